"""What somebody hostile types into every box: shown as text, refused in words, never obeyed."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from websupport import Visitor, Web, pages

from lab.model import Role

MARK = "alert(27182)"
HOSTILE = (
    f"<script>{MARK}</script>",
    f'"><img src=x onerror={MARK}>',
    f"'><svg/onload={MARK}>",
    f"[bấm](javascript:{MARK})",
    f'<a href="java&#10;script:{MARK}">x</a>',
    f"</textarea></title><iframe srcdoc='<script>{MARK}</script>'></iframe>",
    "{{7*7}}{% raw %}",
)
LINKS = frozenset({"href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "poster"})


class Dangers(HTMLParser):
    """Collects what a browser would run of what was typed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Handlers, and addresses that are code."""
        self._script = tag in {"script", "style"} and dict(attrs).get("type") != "application/json"
        for name, value in attrs:
            said = re.sub(r"[\x00-\x20]", "", value or "").lower()
            live = name.startswith("on") or (
                name in LINKS and said.startswith(("javascript:", "data:text/html", "vbscript:"))
            )
            if live or (name == "srcdoc" and MARK in said):
                self.found.append(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag: str) -> None:
        """The script is over."""
        self._script = self._script and tag not in {"script", "style"}

    def handle_data(self, data: str) -> None:
        """Words within a script."""
        if self._script and MARK in data:
            self.found.append(data)


def dangers(html: str) -> list[str]:
    """What of this page would run."""
    parser = Dangers()
    parser.feed(html)
    return parser.found


def test_the_parser_sees_what_a_browser_would_run() -> None:
    """Each hostile text that is put into a page as it is would be noticed."""
    seen = [bool(dangers(f"<p>{text}</p>")) for text in HOSTILE[:3]]
    assert seen == [True, True, True]
    assert dangers(f"<a href='javascript:{MARK}'>x</a>")
    assert not dangers(f"<p>&lt;script&gt;{MARK}&lt;/script&gt;</p>")


@pytest.fixture(scope="module")
def planted(web: Web) -> Web:
    """The lab after hostile people were everywhere: names, classes, prompts, replies, hands."""
    admin = web.staff(Role.ADMIN)
    for nth, text in enumerate(HOSTILE):
        form = {"csrf": admin.csrf, "name": f"Lớp {text}"[:80], "code": f"HOST{nth}"}
        admin.http.post("/classes/add", data=form, headers={"Origin": "http://localhost"})
        visitor = web.visitor()
        answer = visitor.login(class_code="THU", name=f"{text} Người"[:80])
        if not answer.is_success:
            continue
        session = visitor.open()
        web.endpoint.behave(reply=" ".join(HOSTILE))
        visitor.ask(session, f"Sửa câu này: {text}")
        visitor.call("POST", f"/api/sessions/{session}/check")
        hand = {"session": session, "severity": "task", "word": text[:80]}
        visitor.call("POST", "/api/room/hand", hand)
    web.endpoint.behave()
    return web


@pytest.mark.parametrize("role", [Role.TRAINER, Role.ADMIN, Role.OFFICER])
def test_what_was_typed_is_shown_as_text_on_every_page(planted: Web, role: Role) -> None:
    """No page of any desk runs a name, a class, a prompt, a reply or a note."""
    visitor = planted.staff(role)
    shown = 0
    for path in pages(planted):
        answer = visitor.call("GET", path)
        kind = answer.headers.get("content-type", "")
        if kind.startswith("text/html"):
            assert dangers(answer.text) == [], path
            shown += MARK in answer.text
        elif MARK in answer.text:
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert not kind.startswith(("application/xhtml", "image/svg", "text/xml")), path
    assert shown or role is Role.OFFICER


def sessions(visitor: Visitor) -> list[str]:
    """Ids of the newest sessions."""
    rows = visitor.call("GET", "/api/review/sessions").json()["sessions"]
    return [row.get("id") or row["session"] for row in rows][:12]


def test_a_review_runs_nothing_of_what_was_typed(planted: Web) -> None:
    """The page of a session, and its replay, show prompt and reply as text."""
    trainer = planted.staff(Role.TRAINER)
    seen = 0
    for session in sessions(trainer):
        for path in (f"/review/replay/{session}", f"/review/?session={session}"):
            answer = trainer.call("GET", path)
            if answer.status_code == 200 and "html" in answer.headers["content-type"]:
                assert dangers(answer.text) == [], path
                seen += MARK in answer.text
    assert seen


@pytest.mark.parametrize("path", ["/", "/practice", "/board", "/?next=officer"])
def test_a_false_host_is_repeated_nowhere(web: Web, path: str) -> None:
    """Neither a page nor a redirect leads to the host that a request claims to ask."""
    told = {
        "Host": "xau.example",
        "X-Forwarded-Host": "xau.example",
        "Forwarded": "host=xau.example",
    }
    answer = web.visitor().http.get(path, headers=told, follow_redirects=False)
    assert answer.status_code < 500
    assert "xau.example" not in answer.text
    assert "xau.example" not in str(answer.headers).replace("'host'", "")


DEEP: tuple[tuple[str, Any], ...] = (
    ("lists", "[" * 200_000),
    ("objects", '{"a":' * 100_000),
    ("number", "1" * 100_000),
    ("name", '{"name":"' + "a" * 500_000 + '"}'),
    ("null", '{"name":null,"class_code":"\\u0000"}'),
    ("surrogate", '{"name":"\\ud800","class_code":"THU"}'),
)


@pytest.mark.parametrize(("what", "body"), DEEP, ids=[what for what, _ in DEEP])
def test_a_monstrous_body_is_refused_in_words(web: Web, what: str, body: str) -> None:
    """Depth, length and odd characters get an answer of the lab's own, below 500."""
    visitor = web.trainee(f"Người Gửi {what}")
    for path in ("/api/login", "/api/sessions", "/api/room/hand"):
        headers = {"Content-Type": "application/json", "X-CSRF-Token": visitor.csrf}
        answer = visitor.http.post(path, content=body.encode("utf-8"), headers=headers)
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
        assert answer.json()["error"]["message"]


def test_one_person_who_fills_the_queue_stops_nobody(web: Web) -> None:
    """Two hundred events of one trainee in Gradio's queue: another one's page opens meanwhile."""
    greedy, other = web.trainee("Người Tham"), web.trainee("Người Đợi")
    join = "/practice/gradio_api/queue/join"
    while "gradio_config" not in greedy.call("GET", "/practice/").text:
        pass
    body: dict[str, Any] = {"data": [], "event_data": None, "fn_index": 0, "trigger_id": 0}
    for nth in range(200):
        greedy.call("POST", join, {**body, "session_hash": f"tham{nth}"})
    assert other.call("POST", join, {**body, "session_hash": "doi"}).is_success
    answer = other.call("GET", "/practice/gradio_api/queue/data?session_hash=doi")
    assert "process_completed" in answer.text
