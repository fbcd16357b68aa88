"""The page of reviewers over HTTP: filters, search, reservation, marks, names."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any

import pytest
from support import PASSWORD
from websupport import Visitor, Web

from lab.auth import hash_password
from lab.log.review_queue import Wanted
from lab.model import Role, Who

HOME = {"origin": "http://localhost"}


def post(visitor: Visitor, path: str, **fields: str) -> Any:
    """Send a form of the page."""
    data = {"csrf": visitor.csrf, **fields}
    return visitor.http.post(path, data=data, headers=HOME, follow_redirects=False)


def of_the_log(web: Web, name: str, *given: Any, **more: Any) -> Any:
    """A method of the log, called in the application's loop."""
    method = getattr(web.app.state.lab.log, name)
    return web.portal.call(lambda: method(*given, **more))


def reviewer(web: Web, class_id: str | None = None, role: Role = Role.TRAINER) -> Visitor:
    """Somebody who reviews."""
    name = f"Người chấm {uuid.uuid4().hex[:8]}"
    password = web.portal.call(hash_password, PASSWORD)
    of_the_log(web, "add_person", name, role, password=password, class_id=class_id)
    visitor = web.visitor()
    assert visitor.login(name=name, password=PASSWORD).is_success
    return visitor


@pytest.fixture(scope="module")
def room(web: Web) -> dict[str, Any]:
    """A class with three sessions: one masked, one stopped three times, one clean."""
    code = uuid.uuid4().hex[:8].upper()
    room = of_the_log(web, "add_class", f"Lớp {code}", code)
    texts = {
        "masked": ["Soạn giấy mời hoà giải gửi ông Nguyễn Văn Mẫu, 0950 000 123."],
        "stopped": ["TUYỆT MẬT\nTóm tắt phương án Sao Khuê giúp tôi"] * 3,
        "clean": ["Gợi ý đường lối mở đầu buổi tuyên truyền về rác thải."],
    }
    made: dict[str, Any] = {"class": room.id, "people": {}}
    for name, prompts in texts.items():
        trainee = web.visitor()
        assert trainee.login(class_code=code, name=f"Lô Thị Thử {name}").is_success
        made[name] = trainee.open()
        made["people"][name] = trainee
        for text in prompts:
            trainee.ask(made[name], text)
    index(web)
    return made


def index(web: Web) -> None:
    """Let the index catch up."""
    web.portal.call(web.app.state.reviews.catch_up)


def lines(visitor: Visitor, query: str = "") -> set[str]:
    """Sessions that the list has."""
    page = visitor.http.get(f"/review/?view=all{query}")
    assert page.status_code == 200, page.text
    return set(re.findall(r'data-session="(\w+)" ?(?:aria|>)', page.text))


def test_search_finds_words_with_and_without_accents(web: Web, room: dict[str, Any]) -> None:
    """Plain letters find every spelling; accents find that word; what was stopped is nowhere."""
    trainer = reviewer(web, room["class"])
    assert lines(trainer) == {room["masked"], room["stopped"], room["clean"]}
    for text in ("giay moi", "giấy mời", "hòa giải", "hoà", '"giay moi hoa giai"', "HOA GIAI"):
        assert lines(trainer, f"&q={text}") == {room["masked"]}, text
    assert lines(trainer, "&q=duong loi") == {room["clean"]}
    for text in ("Nguyen Van Mau", "0950", "Sao Khue", "sao khuê", '"moi giay"', "%22 OR folded:"):
        assert not lines(trainer, f"&q={text}"), text


def test_filters_choose_and_tell_what_each_would_leave(web: Web, room: dict[str, Any]) -> None:
    """Outcome, rule, stuck and exercise choose; the counts beside them are what they choose."""
    trainer = reviewer(web, room["class"])
    assert lines(trainer, "&outcome=masked") == {room["masked"]}
    assert lines(trainer, "&stuck=1") == {room["stopped"]}
    assert lines(trainer, "&outcome=blocked&stuck=1") == {room["stopped"]}
    assert not lines(trainer, "&outcome=masked&stuck=1")
    assert not lines(trainer, "&exercise=khong-co")
    page = trainer.http.get("/review/?view=all").text
    choices = re.findall(r'<option value="([\w-]+)">[^<]*\((\d+)\)</option>', page)
    for value, count in choices:
        facet = next(
            each
            for each in ("outcome", "rule", "score", "stuck", "class", "exercise", "disputed")
            if re.search(rf'name="{each}">(?:(?!</select>).)*value="{value}"', page, re.DOTALL)
        )
        assert len(lines(trainer, f"&{facet}={value}")) == int(count), (facet, value)
    assert len(choices) > 6


def test_what_needs_eyes_comes_first(web: Web, room: dict[str, Any]) -> None:
    """The queue holds the stuck session; a disputed one joins it."""
    trainer = reviewer(web, room["class"])
    page = trainer.http.get("/review/").text
    assert room["stopped"] in page
    masked, owner = room["masked"], room["people"]["masked"]
    turn = owner.call("GET", f"/api/sessions/{masked}").json()["turns"][0]
    rule = turn["findings"][0]["rule"]
    told = owner.call(
        "POST", f"/api/sessions/{masked}/turns/{turn['turn']}/disputes", {"rule": rule}
    )
    assert told.is_success, told.text
    index(web)
    assert masked in trainer.http.get("/review/").text
    assert lines(trainer, "&disputed=1") == {masked}


def test_a_link_opens_only_within_reach(web: Web, room: dict[str, Any]) -> None:
    """Another class's trainer gets 404 for page, marks, name and reservation; a trainee 403."""
    other = of_the_log(web, "add_class", "Lớp khác", uuid.uuid4().hex[:8].upper())
    stranger, session = reviewer(web, other.id), room["masked"]
    assert not lines(stranger)
    page = stranger.http.get(f"/review/?session={session}")
    assert page.status_code == 404
    assert "HỌ TÊN" not in page.text
    sent: dict[str, dict[str, str]] = {
        "mark": {"mark_sent": "1"},
        "undo": {},
        "name": {"reason": "muốn biết là ai trong lớp"},
        "claim": {},
    }
    for act, fields in sent.items():
        assert post(stranger, f"/review/{act}", session=session, **fields).status_code in {403, 404}
    trainee = room["people"]["masked"]
    assert trainee.http.get(f"/review/?session={session}").status_code == 403
    assert post(trainee, "/review/mark", session=session, mark_sent="2").status_code == 403
    assert (
        "Lô Thị Thử"
        not in reviewer(web).http.get(f"/review/?session={session}").text.split("</header>", 1)[1]
    )


def test_two_reviewers_race_for_one_session(web: Web, room: dict[str, Any]) -> None:
    """Of twenty reservations at once by two people, one person has all; the other cannot mark."""
    one, two = reviewer(web, room["class"]), reviewer(web, room["class"])
    reviews, session = web.app.state.reviews, room["clean"]
    wins = _race(web, reviews, session, (one, two))
    assert sorted(wins) == [0, 10]
    winner, loser = (one, two) if wins[0] else (two, one)
    assert post(loser, "/review/claim", session=session).status_code == 409
    refused = post(loser, "/review/mark", session=session, mark_sent="1", comment="chờ chút")
    assert refused.status_code == 409
    assert "chờ chút" in refused.text
    assert post(winner, "/review/mark", session=session, mark_sent="2").status_code == 303
    assert post(loser, "/review/claim", session=session).status_code == 200
    assert post(loser, "/review/claim", session=session, release="1").status_code == 200


def _race(web: Web, reviews: Any, session: str, two: tuple[Visitor, Visitor]) -> list[int]:
    names = [each.call("GET", "/api/me").json()["who"] for each in two]
    people = {each.name: each for each in of_the_log(web, "people", role=Role.TRAINER)}
    whos = [Who(people[name], "s", "c") for name in names]

    async def all_at_once() -> list[int]:
        asked = [reviews.claim(whos[nth % 2], session) for nth in range(20)]
        got = await asyncio.gather(*asked)
        return [sum(got[nth::2]) for nth in range(2)]

    return web.portal.call(all_at_once)


def test_marks_are_blind_undone_and_shown_to_the_trainee(web: Web, room: dict[str, Any]) -> None:
    """A second marker sees the first one's marks only after marking; the trainee sees both."""
    one, two = reviewer(web, room["class"]), reviewer(web, room["class"])
    session, owner = room["masked"], room["people"]["masked"]
    said = "Che tên rất tốt, gọi 0950 000 456 nếu cần"
    done = post(one, "/review/mark", session=session, mark_sent="2", mark_topic="1", comment=said)
    assert done.status_code == 303
    path = f"/review/?view=all&session={session}"
    assert "Che tên rất tốt" in one.http.get(path).text
    assert "Che tên rất tốt" not in two.http.get(path).text
    assert session in two.http.get("/review/?view=second").text
    assert post(two, "/review/mark", session=session, mark_sent="1").status_code == 303
    assert "Che tên rất tốt" in two.http.get(path).text
    mine = owner.http.get("/feedback/").text
    assert "Che tên rất tốt" in mine
    assert "0950" not in mine
    assert "2 / 2" in mine
    assert post(one, "/review/undo", session=session).status_code == 303
    mine = owner.http.get("/feedback/").text
    assert "Che tên rất tốt" not in mine
    assert "1 / 2" in mine
    assert post(one, "/review/mark", session=session, mark_sent="3").status_code == 422
    assert post(one, "/review/mark", session=session, mark_drop="1").status_code == 422
    assert post(one, "/review/mark", session=session).status_code == 422
    words = {"comment": "Chỉ một câu, không chấm điểm"}
    assert post(two, "/review/mark", session=session, **words).status_code == 303
    assert words["comment"] in owner.http.get("/feedback/").text
    assert post(two, "/review/undo", session=session).status_code == 303
    mine = owner.http.get("/feedback/").text
    assert words["comment"] not in mine
    assert "1 / 2" in mine
    secret = post(one, "/review/mark", session=session, comment="TUYỆT MẬT: phương án Sao Khuê")
    assert secret.status_code == 422


def test_a_name_needs_a_reason_that_its_owner_sees(web: Web, room: dict[str, Any]) -> None:
    """A name needs a reason, which is logged and shown to the trainee; only who asked sees it."""
    one, two = reviewer(web, room["class"]), reviewer(web, room["class"])
    session, owner = room["clean"], room["people"]["clean"]
    path = f"/review/?view=all&session={session}"
    assert post(one, "/review/name", session=session, reason="tò mò").status_code == 422
    reason = "Học viên cần người đến giúp tận nơi"
    assert post(one, "/review/name", session=session, reason=reason).status_code == 303
    assert "Lô Thị Thử clean" in one.http.get(path).text
    assert "Lô Thị Thử clean" not in two.http.get(path).text
    assert reason in owner.http.get("/feedback/").text
    kinds = [each.kind for each in of_the_log(web, "events", session)]
    assert kinds.count("person.named") == 1


def test_pages_follow_each_other_by_key(web: Web) -> None:
    """Going on from the last line shows every session once, also while new ones come."""
    code = uuid.uuid4().hex[:8].upper()
    room = of_the_log(web, "add_class", f"Lớp {code}", code)
    trainee = web.visitor()
    assert trainee.login(class_code=code, name="Lô Thị Thử Nhiều").is_success
    made = [trainee.open() for _ in range(9)]
    for each in made:
        trainee.ask(each, "Gợi ý ba tiêu đề cho bản tin của thôn.")
    index(web)
    trainer = reviewer(web, room.id)
    reviews, seen, before = web.app.state.reviews, [], ""
    name = trainer.call("GET", "/api/me").json()["who"]
    person = next(p for p in of_the_log(web, "people", role=Role.TRAINER) if p.name == name)
    for _ in range(5):
        queue = web.portal.call(
            lambda key=before: reviews.queue(
                Who(person, "s", "c"), Wanted(view="all"), before=key, limit=2
            )
        )
        seen += [row.session for row in queue.rows]
        before = queue.following
    assert not before
    assert sorted(seen) == sorted(made)


def test_erased_words_are_found_no_more(web: Web, room: dict[str, Any]) -> None:
    """When the content of a turn is erased, the search forgets its words."""
    trainer, session = reviewer(web, room["class"]), room["clean"]
    assert lines(trainer, "&q=rac thai") == {session}
    events = of_the_log(web, "events", session)
    seqs = [each.seq for each in events if each.kind in {"turn.decided", "turn.ended"}]
    of_the_log(web, "erase", session, seqs, by="x", reason="thử")
    index(web)
    assert not lines(trainer, "&q=rac thai")
