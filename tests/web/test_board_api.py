"""The live board and the class control over HTTP: who sees what, and what a whole class is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from support import PASSWORD, events
from websupport import Visitor, Web

from lab.auth import hash_password
from lab.model import Role
from lab.session.roster import WHOLE

SECRET = "TUYỆT MẬT\nTóm tắt phương án Sao Khuê giúp tôi"
CLEAN = "Viết giúp tôi lời mời họp tổ dân phố tuần sau, ngắn gọn."


@pytest.fixture(scope="module")
def two(web: Web) -> dict[str, str]:
    """Two sites with a class each, and a trainer at each."""
    rosters = web.app.state.rosters

    async def made() -> dict[str, str]:
        one = await rosters.add_room(WHOLE, name="Lớp Khe Sung", code="KSUNG", site="Xã Khe Sung")
        other = await rosters.add_room(WHOLE, name="Lớp Vạn Hạc", code="VHAC", site="Xã Vạn Hạc")
        for room in (one, other):
            await rosters.name_on_board(WHOLE, room.id, "người giúp phải tìm đúng chỗ")
        hashed = await hash_password(PASSWORD)
        add = web.app.state.lab.log.add_person
        await add("Giảng viên Khe Sung", Role.TRAINER, password=hashed, site="Xã Khe Sung")
        await add("Giảng viên Lớp Sung", Role.TRAINER, password=hashed, class_id=one.id)
        await add("Trợ giảng Khe Sung", Role.ASSISTANT, password=hashed, site="Xã Khe Sung")
        await add("Giảng viên Vạn Hạc", Role.TRAINER, password=hashed, site="Xã Vạn Hạc")
        return {"mine": one.id, "theirs": other.id}

    return web.portal.call(made)


def joined(web: Web, name: str, code: str = "KSUNG") -> Visitor:
    """A trainee of the class at hand."""
    return web.trainee(name, code)


class Line:
    """An open event stream of the application, as a browser holds one."""

    def __init__(self, visitor: Visitor, path: str) -> None:
        self.visitor = visitor
        self.path, _, self.query = path.partition("?")
        self.text = ""
        self.gone = asyncio.Event()

    async def _send(self, message: dict[str, Any]) -> None:
        self.text += message.get("body", b"").decode()

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def open(self) -> asyncio.Task[None]:
        """Connect."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.visitor.http.cookies.items())
        headers = [(b"host", b"localhost"), (b"cookie", cookie.encode())]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": self.query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 5),
            "server": ("localhost", 80),
            "state": {},
        }
        app: Any = self.visitor.app
        return asyncio.create_task(app(scope, self._receive, self._send))

    def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """The events so far."""
        return events(self.text)


def listening(
    visitor: Visitor, path: str, act: Callable[[], Any], until: Callable[[Line], bool]
) -> tuple[Line, float]:
    """Hold a stream open, act from elsewhere, and wait until it says so: seconds that it took."""
    line = Line(visitor, path)

    async def hold() -> float:
        loop = asyncio.get_running_loop()
        task = await line.open()
        try:
            async with asyncio.timeout(10):
                while not line.heard():  # noqa: ASYNC110 - what comes is text, not an event
                    await asyncio.sleep(0.02)
                await loop.run_in_executor(None, act)
                since = loop.time()
                while not until(line):  # noqa: ASYNC110 - the same
                    await asyncio.sleep(0.02)
                return loop.time() - since
        finally:
            line.gone.set()
            with suppress(asyncio.CancelledError):
                await task

    return line, visitor.portal.call(hold)


def seats(visitor: Visitor) -> dict[str, dict[str, Any]]:
    """The seats that somebody sees, by name."""
    return {row["name"]: row for row in visitor.call("GET", "/api/board").json()["seats"]}


def test_the_board_says_what_each_trainee_does(web: Web, two: dict[str, str]) -> None:
    """A prompt, a stop and a check are on the seat; three stops in a row say that one is stuck."""
    assert two
    trainee, trainer = joined(web, "Moong Thị Bảng"), web.named("Giảng viên Khe Sung")
    assert seats(trainer)["Moong Thị Bảng"]["state"] == "new"
    session = trainee.open()
    trainee.ask(session, CLEAN)
    seat = seats(trainer)["Moong Thị Bảng"]
    assert (seat["step"], seat["turns"], seat["blocked"], seat["stuck"]) == ("reading", 1, 0, None)
    for _ in range(3):
        trainee.ask(session, SECRET)
    seat = seats(trainer)["Moong Thị Bảng"]
    assert (seat["state"], seat["stuck"], seat["blocked"]) == ("stuck", ["stops", 3], 3)
    trainee.ask(session, CLEAN)
    trainee.call("POST", f"/api/sessions/{session}/check")
    seat = seats(trainer)["Moong Thị Bảng"]
    assert (seat["stuck"], seat["score"] is not None) == (None, True)
    whole = web.staff(Role.TRAINER).call("GET", "/api/board").json()["tiles"]
    tile = next(each for each in whole if each["title"] == "Xã Khe Sung")
    assert tile["people"] == sum(tile["counts"].values()) >= 1


def test_a_name_on_the_board_needs_a_reason_that_is_shown(web: Web) -> None:
    """Seats show pseudonyms, to those of the class too; a name, or all of a class, needs a reason,
    which is logged and which the trainees read.
    """
    rosters = web.app.state.rosters
    room = web.portal.call(lambda: rosters.add_room(WHOLE, name="Lớp Kín", code="LOPKIN"))

    async def trainer_of_it() -> None:
        add, hashed = web.app.state.lab.log.add_person, await hash_password(PASSWORD)
        await add("Giảng viên Lớp Kín", Role.TRAINER, password=hashed, class_id=room.id)

    web.portal.call(trainer_of_it)
    trainee, trainer = joined(web, "Ốc Thị Kín", "LOPKIN"), web.named("Giảng viên Lớp Kín")
    trainee.open()
    (row,) = trainer.call("GET", "/api/board").json()["seats"]
    assert row["name"].startswith("HV-")
    assert row["name"] in trainee.http.get("/feedback/").text
    assert "Ốc Thị" not in trainer.http.get("/board/").text.split("</header>", 1)[1]
    path, body = "/api/board/names", {"person": row["person"], "reason": "tò mò"}
    assert trainer.call("POST", path, body).status_code == 422
    body["reason"] = "phải đến tận chỗ giúp"
    assert web.named("Trợ giảng Khe Sung").call("POST", path, body).status_code == 404
    assert trainer.call("POST", path, body).json() == {"name": "Ốc Thị Kín"}
    assert body["reason"] in trainee.http.get("/feedback/").text
    form = {"csrf": trainer.csrf, "reason": "lớp đông, cần gọi tên từng người"}
    home = {"origin": "http://localhost"}
    for fields, seen in ((form, "Ốc Thị Kín"), (form | {"hide": "1"}, row["name"])):
        trainer.http.post(f"/classes/{room.id}/names", data=fields, headers=home)
        assert set(seats(trainer)) == {seen}
        assert (form["reason"] in trainee.http.get("/feedback/").text) == ("hide" not in fields)


def test_everybody_sees_their_own_place_only(web: Web, two: dict[str, str]) -> None:
    """A trainer of a site or class sees its seats by name whatever place they ask for; who sees the
    whole course sees pseudonyms; trainees and officers see no board, trainees no help queue.
    """
    assert two
    joined(web, "Moong Thị Nơi Này")
    joined(web, "Moong Thị Nơi Kia", "VHAC")
    theirs = "/api/board?place=site:X%C3%A3%20V%E1%BA%A1n%20H%E1%BA%A1c"
    for name in ("Giảng viên Khe Sung", "Giảng viên Lớp Sung", "Trợ giảng Khe Sung"):
        rows = web.named(name).call("GET", theirs).json()["seats"]
        assert "Moong Thị Nơi Này" in {row["name"] for row in rows}
        assert "Moong Thị Nơi Kia" not in {row["name"] for row in rows}
    whole = web.staff(Role.ADMIN).call("GET", theirs)
    assert "Moong Thị" not in whole.text
    assert all(row["name"].startswith("HV-") for row in whole.json()["seats"])
    trainee = joined(web, "Moong Thị Xem Bảng")
    for visitor in (trainee, web.staff(Role.OFFICER)):
        for path in ("/api/board", "/api/board/stream"):
            assert visitor.call("GET", path).status_code == 403
        assert visitor.http.get("/board/").status_code == 403
    assert trainee.http.get("/help/").status_code == 403
    assert trainee.call("GET", "/api/help/stream").status_code == 403
    for path in ("/board/", "/help/"):
        assert web.named("Trợ giảng Khe Sung").http.get(path).is_success


def test_a_raised_hand_is_on_the_board_and_in_the_queue_within_two_seconds(
    web: Web, two: dict[str, str]
) -> None:
    """Over the streams that the pages hold; a stranger's stream hears nothing of it."""
    assert two
    name = "Ốc Thị Giơ Tay"
    trainee = joined(web, name)
    session = trainee.open()
    body = {"session": session, "severity": "technical", "word": "Bàn phím hỏng"}
    raised = partial(trainee.call, "POST", "/api/room/hand", body)

    def on_board(line: Line) -> bool:
        rows = [row for kind, data in line.heard() if kind == "board" for row in data["seats"]]
        return any(row["name"] == name and row["state"] == "hand" for row in rows)

    _line, took = listening(web.named("Giảng viên Khe Sung"), "/api/board/stream", raised, on_board)
    assert took < 2
    lower = partial(trainee.call, "DELETE", "/api/room/hand")

    def gone(line: Line) -> bool:
        last = [data for kind, data in line.heard() if kind == "help"][-1]
        return all(hand["name"] != name for hand in last["hands"])

    line, took = listening(web.named("Trợ giảng Khe Sung"), "/api/help/stream", lower, gone)
    assert took < 2
    assert "Bàn phím hỏng" in json.dumps(line.heard()[0][1], ensure_ascii=False)


def test_a_trainee_with_an_open_page_is_there_and_hears_the_helper(
    web: Web, two: dict[str, str]
) -> None:
    """The seat says that they are there while the stream is open; an answer comes over it."""
    assert two
    name = "Ốc Thị Nghe"
    trainee, helper = joined(web, name), web.named("Trợ giảng Khe Sung")
    session = trainee.open()
    seen: list[bool] = []

    def act() -> None:
        seen.append(seats(web.named("Giảng viên Khe Sung"))[name]["here"])
        trainee.call("POST", "/api/room/hand", {"session": session, "severity": "task"})
        (hand,) = [h for h in helper.call("GET", "/api/help").json() if h["name"] == name]
        helper.call("POST", f"/api/help/{hand['id']}/claim")
        helper.call("POST", f"/api/help/{hand['id']}/answers", {"text": "Bấm nút Gợi ý nhé."})

    _line, took = listening(
        trainee, "/api/room/stream", act, lambda line: "Bấm nút Gợi ý nhé." in line.text
    )
    assert seen == [True]
    assert took < 2


def test_a_paused_exercise_takes_no_prompt_and_loses_nothing(web: Web, two: dict[str, str]) -> None:
    """The server refuses kindly where the class is paused and nowhere else, and goes on after."""
    assert two
    trainer, trainee = web.named("Giảng viên Khe Sung"), joined(web, "Ốc Thị Tạm Dừng")
    elsewhere = joined(web, "Ốc Thị Làm Tiếp", "VHAC")
    session, other = trainee.open(), elsewhere.open()
    exercise = trainee.call("GET", "/api/exercises").json()[0]["id"]
    assert trainer.call("POST", "/api/board/holds", {"exercise": exercise}).status_code == 204
    refused = trainee.call("POST", f"/api/sessions/{session}/prompts", {"text": CLEAN})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "exercise_held")
    draft = {"text": CLEAN, "five": False, "fields": [CLEAN], "parent": None}
    assert trainee.call("POST", f"/api/sessions/{session}/draft", draft).is_success
    assert trainee.call("GET", f"/api/sessions/{session}/draft").json()["fields"] == [CLEAN]
    assert elsewhere.ask(other, CLEAN)[-1][1]["status"] == "answered"
    line, _took = listening(
        trainee,
        "/api/room/stream",
        lambda: trainer.call("POST", "/api/board/releases", {"exercise": exercise}),
        lambda line: line.heard()[-1][1].get("held") == [],
    )
    assert line.heard()[0][1]["held"] == [exercise]
    assert trainee.ask(session, CLEAN)[-1][1]["status"] == "answered"


def test_a_notice_reaches_those_whom_it_is_for(web: Web, two: dict[str, str]) -> None:
    """A class, a site, all of mine; not another site, not by an assistant; a secret never."""
    site, room = web.named("Giảng viên Khe Sung"), web.named("Giảng viên Lớp Sung")
    here, there = joined(web, "Ốc Thị Tin Này"), joined(web, "Ốc Thị Tin Kia", "VHAC")
    said = {"text": "Mười lăm phút nữa nộp bài.", "kind": "notice"}
    assert (
        room.call("POST", "/api/board/notices", said | {"class_id": two["theirs"]}).status_code
        == 404
    )
    wrong = said | {"site": "Xã Vạn Hạc"}
    assert site.call("POST", "/api/board/notices", wrong).status_code == 403
    assert room.call("POST", "/api/board/notices", wrong).status_code == 403
    helper = web.named("Trợ giảng Khe Sung")
    assert helper.call("POST", "/api/board/notices", said).status_code == 403
    stopped = site.call("POST", "/api/board/notices", said | {"text": SECRET})
    assert (stopped.status_code, stopped.json()["error"]["code"]) == (422, "words_stopped")
    act = partial(room.call, "POST", "/api/board/notices", said)
    listening(here, "/api/room/stream", act, lambda line: said["text"] in line.text)
    line, _ = listening(there, "/api/room/stream", lambda: None, lambda line: bool(line.heard()))
    assert said["text"] not in line.text
    timer = site.call("POST", "/api/board/countdowns", {"minutes": 5, "text": "Nộp bài"})
    assert timer.status_code == 201
    assert site.call("POST", "/api/board/countdowns", {"minutes": 0}).status_code == 422
    stranger = web.named("Giảng viên Vạn Hạc")
    assert stranger.call("DELETE", f"/api/board/notices/{timer.json()['id']}").status_code == 404
    assert "Nộp bài" not in stranger.call("GET", "/api/board").text
    assert "Nộp bài" in room.call("GET", "/api/board").text
    to_class = site.call("POST", "/api/board/notices", said | {"class_id": two["mine"]})
    assert to_class.json()["id"] not in stranger.call("GET", "/api/board").text
    assert site.call("DELETE", f"/api/board/notices/{to_class.json()['id']}").status_code == 204
    assert site.call("DELETE", f"/api/board/notices/{timer.json()['id']}").status_code == 204
