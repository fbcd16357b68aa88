"""The audit: every act of staff is an event of the chain, listed, filtered and exported."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import PASSWORD
from websupport import NEW_RULE, Visitor, Web, running, with_endpoint

from lab.app import ROUTERS
from lab.assistant.testing import Endpoint
from lab.auth import hash_password
from lab.course.bundle import pack
from lab.log import attacks
from lab.log.acts import BY, KINDS
from lab.log.attacks import Found
from lab.model import Event, Role
from lab.settings import ROOT
from lab.words import area

CLEAN = "Soạn giúp thông báo họp tổ dân phố chiều thứ sáu."
STORY = "Tôi phải viết giấy mời họp cho nhiều người lớn tuổi mà chưa biết mở đầu thế nào."
ACTS_OF_STAFF = frozenset(kind for kinds in KINDS.values() for kind in kinds)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NO_ACT = {
    # one's own sign-in and language; sign-ins have events of their own
    *("/api/login", "/api/logout", "/api/language", "/sign-in", "/sign-out", "/language"),
    # a trainee's own work, in the stream of its session
    *("/api/sessions", "/api/sessions/{session}/prompts", "/api/sessions/{session}/check"),
    *("/api/sessions/{session}/turns/{turn}", "/api/sessions/{session}/answers"),
    *("/api/sessions/{session}/opinion", "/api/sessions/{session}/draft"),
    *("/api/sessions/{session}/turns/{turn}/disputes", "/api/sessions/{session}/attachments"),
    *("/api/sessions/{session}/attachments/{number}", "/api/room/hand"),
    *("/sharing/post", "/sharing/{story}/answer", "/sharing/{story}/vote"),
    # looked at, and nothing is kept
    *("/api/sessions/{session}/preview", "/api/sessions/{session}/mend", "/api/policy/try"),
    *("/api/policy/try-file", "/api/policy/patterns/try", "/api/policy/runs"),
    *("/api/writing/{draft}/preview", "/api/writing/{draft}/check", "/classes/preview"),
    *("/officer/file", "/attack/try/{level}"),
    "/api/attack/levels/{level}",
    # sent by the machine of a site, which signs it
    "/api/relay",
    # a reservation of some minutes, so that no two mark the same session
    "/review/claim",
}
"""Routes that change something, or look as if they did, and are no act of staff."""


@dataclass(slots=True)
class Walk:
    """People, what was made on the way, and how far the log was read."""

    web: Web
    people: dict[str, Visitor] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    def call(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """A request of the API; ``{name}`` in the path is something made before."""
        return self.people[who].call(method, path.format(**self.made), body)

    def post(self, who: str, path: str, file: bytes = b"", **form: str) -> httpx.Response:
        """A form of a page."""
        visitor = self.people[who]
        answer: httpx.Response = visitor.http.post(
            path.format(**self.made),
            data={"csrf": visitor.csrf, **form},
            files={"file": ("tep", file)} if file else None,
            headers={"origin": "http://localhost"},
            follow_redirects=False,
        )
        return answer

    def events(self) -> list[Event]:
        """Every event so far, by time."""
        log = self.web.app.state.lab.log
        return self.web.portal.call(partial(log.events_of_kind, sorted(ACTS_OF_STAFF), since=0))  # type: ignore[no-any-return]

    def of(self, who: str) -> str:
        """The id of a person."""
        name = self.people[who].call("GET", "/api/me").json()["who"]
        people = self.web.portal.call(self.web.app.state.lab.log.people)
        return str(next(each.id for each in people if each.name == name))


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """A lab with a policy folder of its own and two officers."""
    home = tmp_path_factory.mktemp("audit")
    ignored = shutil.ignore_patterns("*.jsonl")
    shutil.copytree(ROOT / "policies", home / "policies", ignore=ignored)
    with Endpoint() as endpoint:
        settings = with_endpoint(
            home, endpoint, policies=home / "policies", officer_wait_hours=0, preview_seconds=0.01
        )
        with running(settings, endpoint) as web:
            web.app.state.stop = lambda: None
            add = web.app.state.lab.log.add_person
            hashed = web.portal.call(hash_password, PASSWORD)
            web.portal.call(partial(add, "=Cán bộ hai", Role.OFFICER, password=hashed))
            walk = Walk(web)
            walk.people = {str(role): web.staff(role) for role in Role if role is not Role.TRAINEE}
            walk.people |= {"second": web.named("=Cán bộ hai"), "trainee": web.trainee("Lô Thử")}
            yield walk


def _prepare(walk: Walk) -> None:
    """A trainee's session with a turn, a raised hand and a situation."""
    trainee, made = walk.people["trainee"], walk.made
    made["session"] = trainee.open()
    made["turn"] = trainee.ask(made["session"], CLEAN)[0][1]["turn"]
    hand = {"session": made["session"], "severity": "task"}
    assert trainee.call("POST", "/api/room/hand", hand).is_success
    made["hand"] = walk.call("assistant", "GET", "/api/help").json()[0]["id"]
    made["exercise"] = trainee.call("GET", "/api/exercises").json()[0]["id"]
    answer = walk.post("trainee", "/sharing/post", title="Giấy mời họp", text=STORY)
    made["story"] = answer.headers["location"].rstrip("/").rpartition("/")[2].partition("?")[0]
    made["trainee"] = walk.of("trainee")


def _of_page(path: str, who: str, **form: str) -> Callable[[Walk], object]:
    return lambda walk: walk.post(
        who, path, **{name: value.format(**walk.made) for name, value in form.items()}
    )


def _of_api(method: str, path: str, who: str, body: Any = None) -> Callable[[Walk], object]:
    return lambda walk: walk.call(who, method, path, body)


def _notice(walk: Walk) -> None:
    answer = walk.call("trainer", "POST", "/api/board/notices", {"text": "Nghỉ năm phút"})
    walk.made["notice"] = answer.json()["id"]


def _name(walk: Walk) -> object:
    tiles = walk.call("trainer", "GET", "/api/board").json()["tiles"]
    path = next(f"/api/board?place={each['place']}" for each in tiles if each["people"])
    seats = walk.call("trainer", "GET", path).json()["seats"]
    person = next(each["person"] for each in seats if "exercise" in each)
    body = {"person": person, "reason": "phải đến tận chỗ giúp"}
    return walk.call("trainer", "POST", "/api/board/names", body)


def _hide(walk: Walk) -> None:
    walk.post("trainee", "/sharing/{story}/answer", text="Mở đầu bằng lời chào kính mời.")
    text = walk.call("trainer", "GET", "/sharing/{story}").text
    found = re.search(r'name="answer" value="([0-9a-f]+)"', text)
    assert found
    walk.post("trainer", "/sharing/{story}/hide", answer=found[1], reason="Nhắc tên người")


def _import(walk: Walk) -> None:
    sheet = "Họ tên,Lớp\nVi Thị Danh Sách,Lớp thử\n".encode()
    page = walk.post("trainer", "/classes/preview", sheet, into="{class}".format(**walk.made))
    found = re.search(r'name="token" value="([^"]+)"', page.text)
    assert found, page.text
    walk.post("trainer", "/classes/import", token=found[1])


def _bring_in(walk: Walk) -> None:
    with tempfile.TemporaryDirectory() as place:
        course = Path(place) / "course"
        shutil.copytree(ROOT / "exercises", course)
        with next(course.glob("*/task.md")).open("a", encoding="utf-8") as task:
            task.write("\n\nChúc vui.\n")
        walk.post("trainer", "/writing/import", pack(course))


def _add_class(walk: Walk) -> None:
    walk.post("admin", "/classes/add", name="Lớp để xóa", code="XOA1")
    rooms = walk.web.portal.call(walk.web.app.state.lab.log.classes)
    walk.made |= {"class": next(room.id for room in rooms if room.code == "THU")}
    walk.made |= {"gone": next(room.id for room in rooms if room.code == "XOA1")}


def _propose(walk: Walk) -> None:
    answer = walk.call("officer", "POST", "/api/policy/publish", {"reason": "thử nới"})
    assert answer.json()["error"]["code"] == "policy_second"
    _waiting(walk)


def _waiting(walk: Walk) -> None:
    draft = walk.call("second", "GET", "/api/policy/draft").json()
    walk.made["proposal"] = draft["proposals"][0]["id"]


def _take(walk: Walk) -> None:
    walk.people["trainee"].ask(walk.made["session"], STOPPED)
    rows = walk.call("officer", "GET", "/api/incidents").json()["incidents"]
    walk.made["incident"] = rows[0]["id"]
    walk.call("officer", "POST", f"{INCIDENT}/take", {})


def _decline(walk: Walk) -> None:
    trainee = walk.people["trainee"]
    decision = trainee.ask(walk.made["session"], STOPPED)[0][1]
    path = f"/api/sessions/{{session}}/turns/{decision['turn']}/disputes"
    walk.call("trainee", "POST", path, {"rule": decision["findings"][0]["rule"]})
    walk.made["alarm"] = walk.call("officer", "GET", "/api/alarms").json()[0]["id"]
    body = {"act": "decline", "reason": "quy tắc phải giữ"}
    walk.call("officer", "POST", "/api/alarms/{alarm}", body)


def _judge(walk: Walk) -> None:
    turns = ("Ghép các chữ A B C thành hình",)
    found = Found(
        *("abcd1234", 0.0, walk.made["trainee"], "plain", "VN_PHONE", "T3", turns),
        *("told", "mỗi chữ cái là một chữ số", "v1", "waiting"),
    )
    walk.web.portal.call(walk.web.app.state.lab.log.write, partial(attacks.add, found=found))
    walk.post("officer", "/attack/judge/abcd1234", act="accept", reason="đọc lại được")


def _edit(route: str) -> Callable[[Walk], object]:
    def work(walk: Walk) -> None:
        rule = walk.call("officer", "GET", "/api/policy/draft/rules/phone").json()
        if route.endswith("files/{name:path}"):
            path = f"/api/policy/draft/files/{rule['file']}"
            whole = walk.call("officer", "GET", path).json()
            body = {"text": whole["text"] + "\n# xem lại\n", "digest": whole["digest"]}
            assert walk.call("officer", "PUT", path, body).json()["saved"]
        else:
            body = {"text": rule["text"], "digest": rule["digest"]}
            assert walk.call("officer", "PUT", "/api/policy/draft/rules/phone", body).is_success

    return work


Act = tuple[str, str, str, Callable[[Walk], object]]
API, HELP, INCIDENT = "/api/policy", "/api/help/{hand}", "/api/incidents/{incident}"
STOPPED = "TUYỆT MẬT\nGiấy mời ông Vi Văn Mẫu, CCCD 040295083617, về phương án tuần tra."
WARN = {"form": {"mode": "warn"}}
SURE = {"sure": "1", "reason": "hết đợt tập huấn"}
MARKS = {"mark_sent": "2"}
ACTS: tuple[Act, ...] = (
    ("POST", "/classes/add", "admin", _add_class),
    ("POST", "/classes/import", "trainer", _import),
    ("POST", "/classes/{class_id}/keep", "trainer",
     _of_page("/classes/{class}/keep", "trainer", days="30")),
    ("POST", "/classes/{class_id}/names", "trainer",
     _of_page("/classes/{class}/names", "trainer", reason="cần gọi tên từng người")),
    ("POST", "/review/mark", "trainer",
     _of_page("/review/mark", "trainer", session="{session}", **MARKS)),
    ("POST", "/review/undo", "trainer", _of_page("/review/undo", "trainer", session="{session}")),
    ("POST", "/review/name", "trainer",
     _of_page("/review/name", "trainer", session="{session}", reason="cần gặp để giúp")),
    ("POST", "/reports/export", "trainer", _of_page("/reports/export", "trainer", format="csv")),
    ("POST", "/reports/pdf", "trainer", _of_page("/reports/pdf", "trainer")),
    ("POST", "/sharing/{story}/decide", "trainer",
     _of_page("/sharing/{story}/decide", "trainer", act="show")),
    ("POST", "/sharing/{story}/hide", "trainer", _hide),
    ("POST", "/writing/new", "trainer",
     _of_page("/writing/new", "trainer", id="bai-kiem-toan", title="Bài kiểm toán")),
    ("PUT", "/api/writing/{draft}/file", "trainer",
     _of_api("PUT", "/api/writing/bai-kiem-toan/file", "trainer",
             {"file": "task.md", "text": "Viết thông báo họp."})),
    ("POST", "/writing/from-story", "trainer",
     _of_page("/writing/from-story", "trainer", story="{story}")),
    ("POST", "/writing/copy", "trainer",
     _of_page("/writing/copy", "trainer", exercise="capstone")),
    ("POST", "/api/writing/{draft}/publish", "trainer",
     _of_api("POST", "/api/writing/capstone/publish", "trainer")),
    ("POST", "/writing/import", "trainer", _bring_in),
    ("POST", "/writing/{draft}/drop", "trainer",
     _of_page("/writing/bai-kiem-toan/drop", "trainer")),
    ("POST", "/api/board/names", "trainer", _name),
    ("POST", "/api/board/notices", "trainer", _notice),
    ("DELETE", "/api/board/notices/{notice}", "trainer",
     _of_api("DELETE", "/api/board/notices/{notice}", "trainer")),
    ("POST", "/api/board/countdowns", "trainer",
     _of_api("POST", "/api/board/countdowns", "trainer", {"minutes": 5, "text": "Nộp bài"})),
    ("POST", "/api/board/holds", "trainer",
     _of_api("POST", "/api/board/holds", "trainer", {"exercise": ""})),
    ("POST", "/api/board/releases", "trainer",
     _of_api("POST", "/api/board/releases", "trainer", {"exercise": ""})),
    ("POST", f"{HELP}/claim", "assistant", _of_api("POST", f"{HELP}/claim", "assistant")),
    ("POST", f"{HELP}/answers", "assistant",
     _of_api("POST", f"{HELP}/answers", "assistant", {"text": "Bấm nút Gợi ý nhé."})),
    ("POST", f"{HELP}/hand-over", "assistant",
     _of_api("POST", f"{HELP}/hand-over", "assistant", {"to": None})),
    ("POST", f"{HELP}/close", "trainer",
     _of_api("POST", f"{HELP}/close", "trainer", {"reason": "solved"})),
    ("POST", f"{API}/draft/rules", "officer",
     _of_api("POST", f"{API}/draft/rules", "officer", {"form": NEW_RULE})),
    *(("PUT", f"{API}/draft/{end}", "officer", _edit(f"{API}/draft/{end}"))
      for end in ("files/{name:path}", "rules/{rule}")),
    ("PATCH", f"{API}/draft/rules/{{rule}}", "officer",
     _of_api("PATCH", f"{API}/draft/rules/phone", "officer", WARN)),
    ("POST", f"{API}/publish", "officer", _propose),
    ("POST", f"{API}/proposals/{{proposal}}/approve", "second",
     _of_api("POST", f"{API}/proposals/{{proposal}}/approve", "second", {"password": PASSWORD})),
    ("POST", f"{API}/versions/{{number}}/restore", "officer",
     _of_api("POST", f"{API}/versions/1/restore", "officer", {})),
    ("POST", f"{API}/proposals/{{proposal}}/withdraw", "second", lambda walk: (
        _waiting(walk), walk.call("second", "POST", f"{API}/proposals/{{proposal}}/withdraw"))),
    ("POST", f"{INCIDENT}/take", "officer", _take),
    ("POST", f"{INCIDENT}/match", "officer",
     _of_api("POST", f"{INCIDENT}/match", "officer", {"value": "040295083617"})),
    ("POST", "/incidents/{incident}", "officer",
     _of_page("/incidents/{incident}", "officer", act="note", text="Đã gọi điểm cầu.")),
    ("POST", "/incidents/{incident}/export", "officer",
     _of_page("/incidents/{incident}/export", "officer", form="json")),
    ("POST", f"{INCIDENT}/close", "officer",
     _of_api("POST", f"{INCIDENT}/close", "officer", {"outcome": "exercise", "reason": "gõ thử"})),
    ("POST", "/api/sending", "officer",
     _of_api("POST", "/api/sending", "officer", {"halted": True, "reason": "diễn tập"})),
    ("POST", "/sending/", "admin", _of_page("/sending/", "admin", do="resume", reason="xong")),
    ("POST", "/runbook/", "admin",
     _of_page("/runbook/", "admin", site="", name="Trực ban Mẫu", phone="0950 000 113")),
    ("POST", "/attack/judge/{case}", "officer", _judge),
    ("POST", "/api/attack/found/{case}", "officer",
     _of_api("POST", "/api/attack/found/abcd1234", "officer",
             {"act": "decline", "reason": "đọc không ra"})),
    ("PUT", "/api/runbook", "admin",
     _of_api("PUT", "/api/runbook", "admin",
             {"name": "Trực ban Mẫu", "phone": "0950 000 114"})),
    ("POST", "/api/alarms/{alarm}", "officer", _decline),
    ("POST", "/alarms/{alarm}", "officer",
     _of_page("/alarms/{alarm}", "officer", act="accept", reason="đúng là nhầm")),
    ("POST", "/proof/report", "officer",
     _of_page("/proof/report", "officer", since="2026-01-01", until="2026-12-31")),
    ("POST", "/proof/head", "officer", _of_page("/proof/head", "officer")),
    ("POST", "/audit/export", "officer", _of_page("/audit/export", "officer")),
    ("POST", "/classes/{class_id}/resume", "trainer",
     _of_page("/classes/{class}/resume", "trainer", person="{trainee}")),
    ("POST", "/api/people/{person}/resume", "trainer",
     _of_api("POST", "/api/people/{trainee}/resume", "trainer")),
    ("POST", "/classes/{class_id}/erase", "admin",
     _of_page("/classes/{gone}/erase", "admin", person="all", **SURE)),
    ("POST", "/admin/stop", "admin", _of_page("/admin/stop", "admin", **SURE)),
)  # fmt: skip
"""Each act of staff: its route, who does it, how it is done. In this order."""


def changing() -> set[str]:
    """``METHOD path`` of every route that may change something."""
    return {
        f"{method} {route.path}"
        for router in ROUTERS
        for route in router.routes
        for method in getattr(route, "methods", ())
        if method not in SAFE
    }


def test_every_route_that_changes_something_is_an_act_or_named_as_none() -> None:
    """A new route of a desk is tried below, or stands among those that are no act of staff."""
    known = {f"{method} {path}" for method, path, _, _ in ACTS}
    rest = {each for each in changing() if each.partition(" ")[2] not in NO_ACT}
    assert sorted(rest - known) == []
    assert sorted(known - rest) == []


def test_every_act_of_staff_is_an_event_that_says_who(walk: Walk) -> None:
    """Each route of officers, administrators, trainers and assistants appends an event with who."""
    _prepare(walk)
    silent = []
    for method, path, who, act in ACTS:
        me = walk.of(who)

        def mine(me: str = me) -> int:
            told = [each.payload or {} for each in walk.events()]
            return sum(me in {row.get(name) for name in BY} for row in told)

        before = mine()
        act(walk)
        if mine() == before:
            silent.append(f"{method} {path}")
    assert silent == []


def test_the_page_shows_who_what_before_and_after_and_why(walk: Walk) -> None:
    """The acts are listed in words, filtered by person, kind and day; helpers see nothing."""
    officer = walk.people["officer"]
    text = officer.call("GET", "/audit/").text
    for words in (
        *("Dừng mọi việc gửi", "diễn tập", "Ban hành chính sách", "v1", "v2"),
        "cách: hai người duyệt",
    ):
        assert words in text
    assert "Lô Thử" not in text
    assert "vai: " in (people := officer.call("GET", "/audit/?group=people").text)
    assert "vai: officer" not in people
    admin = walk.of("admin")
    only = officer.call("GET", f"/api/audit?person={admin}&group=sending").json()["acts"]
    assert [(each["by"], each["kind"]) for each in only] == [(admin, "sending.resumed")]
    assert officer.call("GET", "/api/audit?until=2020-01-01").json()["acts"] == []
    assert walk.people["trainer"].call("GET", "/api/audit").status_code == 403
    assert walk.people["assistant"].call("GET", "/audit/").status_code == 403


def test_a_place_that_no_log_reaches_is_refused(walk: Walk) -> None:
    """A number larger than the database counts is a wrong request, not a fault of the lab."""
    officer = walk.people["officer"]
    for path in ("/api/audit", "/audit/"):
        assert officer.call("GET", f"{path}?before={2**63}").status_code == 422
        assert officer.call("GET", f"{path}?before={2**63 - 1}").status_code == 200


def test_the_export_runs_no_formula_and_leaves_nothing_out(walk: Walk) -> None:
    """The CSV has every act of the choice, and a cell that begins a formula has a quote before."""
    sheet = walk.post("officer", "/audit/export", group="policy").text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(sheet)))
    told = [event for event in walk.events() if event.kind in KINDS["policy"]]
    assert [row["hash"] for row in rows] == [event.hash for event in reversed(told)]
    assert "'=Cán bộ hai" in {row["who"] for row in rows}


def test_every_kind_of_act_has_words() -> None:
    """What was done is said in both languages, and no words are left over."""
    for language in ("vi", "en"):
        said = {
            key.removeprefix("audit.kind.")
            for key in area("audit", language)
            if key.startswith("audit.kind.")
        }
        assert said == ACTS_OF_STAFF
