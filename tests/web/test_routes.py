"""Every way into the application as every kind of person, against the page that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import pytest
from reachsupport import MARK, WORD, Theirs, asked, field_names, outsiders, rows_of
from routesupport import ABSENT, PAGE, PEOPLE, YES, Answer, Place, Way, place, table, walk

Walked = Mapping[Way, Mapping[str, Answer]]
OPEN = {
    "GET /",
    "HEAD /",
    "POST /sign-in",
    "POST /sign-out",
    "POST /language",
    "POST /api/login",
    "POST /api/language",
    "POST /api/relay",
    "GET /healthz",
    "HEAD /healthz",
    "GET /readyz",
    "HEAD /readyz",
    "GET /metrics",
    "GET /static/{name:path}",
}
"""What strangers are let through to, beside addresses without their last sign."""
TOKENLESS = {"/sign-in", "/api/login", "/api/language", "/language"}
"""What is asked before there is a token, or needs none: its Origin is looked at."""
SIGNED = {"/api/relay"}
"""What is opened by the signature of a site's machine: no browser, no sign-in, nobody's token."""
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
PROOFS = "/receipt"
"""What of a session officers may fetch too."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A lab of its own: the walk signs out, hides and deletes."""
    with place(tmp_path_factory.mktemp("routes")) as found:
        yield found


@pytest.fixture(scope="module")
def walked(there: Place) -> Walked:
    """Every way in, as everybody."""
    return walk(there)


def test_the_documentation_shows_every_way_in(walked: Walked) -> None:
    """The table of the documentation is what this application answers today."""
    assert table(walked) == PAGE.read_text("utf-8"), "run python tests/routesupport.py"


def test_strangers_come_through_the_door_only(walked: Walked) -> None:
    """Without a sign-in nothing but the first page, health and static files is let through."""
    through = {
        f"{way.method} {way.path}"
        for way, row in walked.items()
        if row["nobody"].seen == YES and row["nobody"].status != 307
    }
    assert through == OPEN


def test_what_belongs_to_somebody_is_not_there_for_others(walked: Walked) -> None:
    """Everything of a session answers its owner; to everybody else it does not exist."""
    ways = [way for way in walked if "{session}" in way.path and way.path.startswith("/api/s")]
    assert len(ways) > 15
    for way in ways:
        others = {who for who in PEOPLE if who not in {"nobody", "owner"}}
        if way.path.endswith(PROOFS):
            others -= {"officer", "admin"}
        assert {walked[way][who].seen for who in others} == {ABSENT}, way.title


def test_nobody_gets_an_error_of_the_server(walked: Walked) -> None:
    """Whatever is asked by whomever, nothing breaks; and no refusal repeats what was sent."""
    for way, row in walked.items():
        for who, answer in row.items():
            assert 200 <= answer.status < 500, (way.title, who, answer.status)
            if answer.status in {401, 403, 404} and way.kind == "api":
                assert "cuộc họp" not in answer.text, (way.title, who)


def test_what_changes_something_needs_the_token_of_the_sign_in(
    there: Place, walked: Walked
) -> None:
    """No token, a made-up one and another person's own are refused to whoever may do it."""
    tokens = {
        who: ("", "x", there.people["other" if who != "other" else "owner"].visitor.csrf)
        for who in PEOPLE
    }
    seen = 0
    for way, row in walked.items():
        if (
            way.method not in UNSAFE
            or way.kind in {"route", "event"}
            or way.path in TOKENLESS | SIGNED
        ):
            continue
        who = next(
            name for name in ("owner", "trainer", "officer", "admin") if row[name].seen != "403"
        )
        for token in tokens[who]:
            answer = there.request(who, way, csrf=token)
            assert answer.status == 403, (way.title, who, answer.status)
            seen += 1
    assert seen > 150


@pytest.mark.parametrize("origin", ["https://xau.example", "null", "http://localhost.xau.example"])
def test_what_changes_something_is_asked_from_our_own_pages(
    there: Place, walked: Walked, origin: str
) -> None:
    """A page of another site can do nothing in somebody's name, with the token or without."""
    for way, row in walked.items():
        if way.path in SIGNED:
            assert row["admin"].status in {403, 422}, way.title
        elif way.method in UNSAFE and row["admin"].status not in {404, 405}:
            who = next(name for name in ("owner", "officer", "admin") if row[name].seen != "403")
            answer = there.request(who, way, origin=origin)
            assert answer.status == 403, (way.title, answer.status)


def test_what_a_page_event_is_sent_is_printed_nowhere(
    there: Place, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A value that Gradio refuses is quoted in no line of the server's log."""
    officer = there.people["officer"].visitor
    body = {"session_hash": "dong-cua-toi", "data": ["BI-MAT-4711\nERROR: dòng giả"]}
    blocks = there.web.app.router.default._pages["officer", "vi"].app  # type: ignore[attr-defined]
    inner = next(each for each in blocks.routes if getattr(each, "path", "") == "/officer").app
    for number in inner.get_blocks().fns:
        sent = officer.call("POST", "/officer/gradio_api/queue/join", body | {"fn_index": number})
        assert sent.is_success
        stream = officer.call("GET", "/officer/gradio_api/queue/data?session_hash=dong-cua-toi")
        assert "process_completed" in stream.text
    told = "".join(capfd.readouterr()) + caplog.text
    assert "BI-MAT-4711" not in told
    assert "dòng giả" not in told


@pytest.fixture(scope="module")
def theirs(there: Place) -> Theirs:
    """A trainee of a site of its own, with work, a raised hand, a notice, a report."""
    web, state = there.web, there.web.app.state
    room = web.portal.call(
        partial(state.lab.log.add_class, "Lớp Bản Riêng", "BANRIENG", site="Xã Riêng")
    )
    trainee = web.trainee("Moong Thị Riêng", "BANRIENG")
    session = trainee.open()
    trainee.ask(session, f"Viết lời chào mở đầu {MARK}.")
    turn = trainee.call("GET", f"/api/sessions/{session}").json()["turns"][0]["turn"]
    hand = {"session": session, "severity": "task", "word": WORD}
    assert trainee.call("POST", "/api/room/hand", hand).is_success
    admin = there.people["admin"].visitor
    (raised,) = [each for each in admin.call("GET", "/api/help").json() if each["site"]]
    to_site = {"site": "Xã Riêng", "text": "Cả Xã Riêng họp lúc chín giờ."}
    assert admin.call("POST", "/api/board/notices", to_site).is_success
    to_class = {"class_id": room.id, "text": "Lớp Bản Riêng họp lúc mười giờ."}
    notice = admin.call("POST", "/api/board/notices", to_class)
    web.portal.call(state.reviews.catch_up)
    (row,) = admin.call("GET", f"/api/review/sessions?class={room.id}").json()["sessions"]
    person = web.portal.call(partial(state.lab.log.session, session)).person_id
    marks = (MARK, WORD, "Moong Thị Riêng", row["pseudonym"])
    return Theirs(
        session,
        turn,
        room.id,
        "Xã Riêng",
        person,
        raised["id"],
        notice.json()["id"],
        there.job,
        marks,
        ("Lớp Bản Riêng", "BANRIENG"),
    )


def test_nobody_reaches_what_is_of_another_person_class_or_site(
    there: Place, theirs: Theirs
) -> None:
    """Staff of other places and other trainees: on every way in, with every id and name of one
    trainee in path, address, form and body, no answer holds a word of theirs, and no row of theirs
    is changed or added.
    """
    log, call = there.web.app.state.lab.log, there.web.portal.call
    assert {"session", "class", "site", "person", "place"} <= field_names(there)
    seen: list[tuple[str, str, str]] = []
    asks = 0
    for title, walker, unseen in outsiders(there, theirs):
        before = call(log.read, partial(rows_of, ids=theirs.ids))
        assert len(before) > 7
        for way, answer in asked(there, walker, theirs):
            asks += 1
            assert answer.status < 500, (title, way.title)
            seen += [(title, way.title, mark) for mark in unseen if mark in answer.text]
        after = call(log.read, partial(rows_of, ids=theirs.ids))
        changed = [
            (title, table, row)
            for table in before.keys() | after.keys()
            for row in set(before.get(table, ())) ^ set(after.get(table, ()))
        ]
        assert changed == []
    assert not seen, seen
    assert asks > 500
