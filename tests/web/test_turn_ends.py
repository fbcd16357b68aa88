"""However a turn is cut short: one end in the log, ``done`` on the page, a session that is free."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from websupport import Visitor, Web

from lab.model import Delta, Done, Failed, Shown, Status, Who
from lab.session import Lab
from lab.session.live import LiveTurn

TEXT = "Hãy nêu ba việc cần làm để chuẩn bị một cuộc họp chi bộ, dạng gạch đầu dòng."


@pytest.fixture
def web(web: Web) -> Iterator[Web]:
    """The application, with an endpoint that is as by default again afterwards."""
    yield web
    web.endpoint.behave()


async def who_is(web: Web, visitor: Visitor) -> Who:
    """The person behind a browser."""
    who: Who | None = await web.app.state.auth.who(visitor.http.cookies["lab_signin"])
    assert who is not None
    return who


async def heard(live: LiveTurn) -> list[Shown]:
    """All events of a turn, within 5 s."""
    async with asyncio.timeout(5):
        return [event async for event in live.events()]


async def kinds(lab: Lab, session: str, turn: str) -> list[str]:
    """The rows of a turn in the log, without those that say that something was sent."""
    rows = [event for event in await lab.log.events(session) if event.payload]
    mine = [event.kind for event in rows if (event.payload or {}).get("turn") == turn]
    return [kind for kind in mine if kind != "turn.sent"]


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13, 21, 34, 55])
def test_a_turn_that_is_stopped_again_and_again_ends_once(web: Web, steps: int) -> None:
    """Wherever stops hit it, also while it writes its end, a turn ends once and says ``done``; one
    that came to no decision is not in the log, and its page is told that nothing was sent or kept.
    """
    web.endpoint.behave(tokens=5, rate=200)
    visitor = web.trainee(f"Người Dừng {steps}")
    session = visitor.open()
    lab: Lab = web.app.state.lab

    async def run() -> None:
        live = await lab.ask(await who_is(web, visitor), session, TEXT)
        for _ in range(steps):
            await asyncio.sleep(0)
        while live.task is not None and not live.task.done():
            live.stop("stopped")
            await asyncio.sleep(0)
        told = await heard(live)
        assert isinstance(told[-1], Done)
        await asyncio.sleep(0)
        assert lab.live.running(session) is None
        rows = await kinds(lab, session, live.turn)
        assert rows in ([], ["turn.decided", "turn.ended"]), rows
        assert (Failed("turn_not_sent", retry=True) in told) is (rows == []), told

    web.portal.call(run)


def test_a_turn_whose_decision_could_not_be_written_when_it_was_stopped_has_no_end_in_the_log(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped while its decision waits for a disk that then takes nothing: no row of it is written
    although the disk is well again, and its page is told that nothing was sent or kept.
    """
    visitor = web.trainee("Người Gặp Đĩa Đầy")
    session = visitor.open()
    lab: Lab = web.app.state.lab
    writer = lab.log._writer  # type: ignore[attr-defined]
    commit, writing = writer._commit, threading.Event()

    def full(_due: Any) -> None:
        monkeypatch.setattr(writer, "_commit", commit)
        writing.set()
        time.sleep(0.2)
        raise sqlite3.OperationalError("database or disk is full")

    async def run() -> list[Shown]:
        live = await lab.ask(await who_is(web, visitor), session, TEXT)
        monkeypatch.setattr(writer, "_commit", full)
        while not writing.is_set():  # noqa: ASYNC110 - of a thread
            await asyncio.sleep(0.01)
        live.stop("shutdown")
        told = await heard(live)
        assert await kinds(lab, session, live.turn) == []
        return told

    told = web.portal.call(run)
    assert [type(each) for each in told] == [Failed, Done]
    assert told[0] == Failed("turn_not_sent", retry=True)
    assert visitor.ask(session, TEXT)[-1][1]["status"] == "answered"


def test_a_stop_while_the_end_is_written_changes_nothing(web: Web) -> None:
    """A turn that was answered stays answered although its reader leaves while this is logged."""
    visitor = web.trainee("Người Đi Sớm")
    session = visitor.open()
    lab: Lab = web.app.state.lab

    async def run() -> list[Shown]:
        live = await lab.ask(await who_is(web, visitor), session, TEXT)
        while not live.ending:  # noqa: ASYNC110 - the very next step of the loop counts
            await asyncio.sleep(0)
        live.stop("left")
        return await heard(live)

    done = web.portal.call(run)[-1]
    assert isinstance(done, Done)
    assert done.status is Status.ANSWERED
    turn = visitor.call("GET", f"/api/sessions/{session}").json()["turns"][0]
    assert (turn["status"], turn["error"]) == ("answered", None)


def test_the_first_reason_of_a_stop_is_kept(web: Web) -> None:
    """Who presses Stop and then closes the page has stopped the turn, and not left it."""
    web.endpoint.behave(tokens=200, rate=50)
    visitor = web.trainee("Người Bấm Dừng")
    session = visitor.open()
    lab: Lab = web.app.state.lab

    async def run() -> None:
        live = await lab.ask(await who_is(web, visitor), session, TEXT)
        async for event in live.events():
            if isinstance(event, Delta):
                live.stop("stopped")
                live.stop("left")

    web.portal.call(run)
    turn = visitor.call("GET", f"/api/sessions/{session}").json()["turns"][0]
    assert (turn["status"], turn["error"]) == ("interrupted", "stopped")


def test_a_browser_that_left_before_the_first_byte_stops_its_turn(web: Web) -> None:
    """A request whose browser is gone when the answer begins does not keep the model busy."""
    web.endpoint.behave(tokens=2000, rate=50)
    visitor = web.trainee("Người Đóng Trang")
    session = visitor.open()
    lab: Lab = web.app.state.lab
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": f"/api/sessions/{session}/prompts",
        "raw_path": f"/api/sessions/{session}/prompts".encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"content-type", b"application/json"),
            (b"cookie", cookies.encode()),
            (b"x-csrf-token", visitor.csrf.encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }

    async def run() -> None:
        coming = [{"type": "http.request", "body": json.dumps({"text": TEXT}).encode()}]

        async def receive() -> dict[str, Any]:
            return coming.pop() if coming else {"type": "http.disconnect"}

        async def send(_message: Any) -> None:
            await asyncio.sleep(0)

        await web.app(scope, receive, send)
        live = lab.live.running(session)
        assert live is None or live.reason == "left"
        if live is not None and live.task is not None:
            await asyncio.wait([live.task], timeout=5)
            assert live.task.done()

    web.portal.call(run)


def test_half_a_character_does_not_break_a_turn(web: Web) -> None:
    """A prompt, and a reply, with half of an emoji is answered to its end."""
    visitor = web.trainee("Người Cắt Hình")
    session = visitor.open()
    web.endpoint.behave(reply="Xin chào \ud83d các bạn. \u2028 \r\n Hết.")
    body = json.dumps({"text": "Viết lời chào \ud83d ngắn."})
    head = {"X-CSRF-Token": visitor.csrf, "Content-Type": "application/json"}
    path = f"/api/sessions/{session}"
    answer = visitor.http.post(f"{path}/prompts", content=body, headers=head)
    assert 'event: done\ndata: {"turn"' in answer.text
    turn = visitor.call("GET", path).json()["turns"][0]
    assert turn["status"] == "answered"
    assert turn["prompt"] == "Viết lời chào \ufffd ngắn."
    assert turn["reply"].startswith("Xin chào \ufffd các bạn.")
    preview = visitor.http.post(f"{path}/preview", content=body, headers=head)
    assert preview.is_success, preview.text
    assert preview.json()["action"] == "allow"


def test_a_prompt_follows_a_turn_of_its_own_session_only(web: Web) -> None:
    """An unknown parent, and one of another session, is refused with 404; nothing is sent."""
    visitor = web.trainee("Người Nối Câu")
    first, second = visitor.open(), visitor.open()
    turn = visitor.ask(first, TEXT)[0][1]["turn"]
    before = len(web.endpoint.requests)
    for parent in ("khong-co", turn):
        body = {"text": TEXT, "parent": parent}
        answer = visitor.call("POST", f"/api/sessions/{second}/prompts", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_turn")
    assert len(web.endpoint.requests) == before
    assert visitor.ask(first, "Viết ngắn hơn.", parent=turn)[-1][1]["status"] == "answered"


def test_a_reply_without_end_is_cut(web: Web) -> None:
    """An endpoint that forgets its limit does not fill the memory and the log."""
    visitor = web.trainee("Người Đọc Mãi")
    session = visitor.open()
    web.endpoint.behave(reply="một câu rất dài " * 20_000)
    shown = visitor.ask(session, TEXT)
    error = next(data for kind, data in shown if kind == "error")
    assert (error["code"], error["retry"]) == ("assistant_cut", True)
    turn = visitor.call("GET", f"/api/sessions/{session}").json()["turns"][0]
    assert turn["status"] == "failed"
    assert 100_000 < len(turn["reply"]) <= 200_000


def test_two_browsers_of_one_person_never_share_a_placeholder(web: Web) -> None:
    """A new branch in another browser takes new numbers, so that nobody's name is shown as
    another's.
    """
    one = web.trainee("Người Hai Máy")
    session = one.open()
    web.endpoint.behave(echo=True)
    one.ask(session, "Soạn thư mời bà Lô Thị Thử, số CCCD 040295083617, đến họp.")
    two = web.visitor()
    resume = one.resume_code or ""
    assert two.login(class_code="THU", name="Người Hai Máy", resume_code=resume).is_success
    other = "Soạn thư mời ông Vi Văn Mẫu, số CCCD 040195083615, đến họp."
    preview = two.call("POST", f"/api/sessions/{session}/preview", {"text": other}).json()
    shown = two.ask(session, other, parent="")
    assert preview["outgoing"] == shown[0][1]["outgoing"]
    assert "[SỐ CCCD 1]" not in shown[0][1]["outgoing"]
    assert "040195083615" in "".join(data.get("text", "") for _, data in shown)
    first, second = one.call("GET", f"/api/sessions/{session}").json()["turns"]
    assert "040295083617" in first["prompt"]
    assert "040295083617" not in second["prompt"] + second["reply"]
    assert "[SỐ CCCD 2]" in second["prompt"]
