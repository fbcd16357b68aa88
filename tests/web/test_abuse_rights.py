"""Rights that end while somebody uses them, and what of a lab a browser may keep."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from websupport import Visitor, Web, paths

from lab.auth import hash_password
from lab.model import Role
from lab.pages import lines
from lab.session.board_feed import Page

STREAMS = {
    Role.TRAINER: ("/api/board/stream", "/api/help/stream"),
    Role.OFFICER: ("/api/help/stream",),
}


async def _new_staff(web: Web, name: str, role: Role) -> str:
    log = web.app.state.lab.log
    made = await log.add_person(
        name, role, password=await hash_password("mat-khau-thu-nghiem"), site="Xã Quyền"
    )
    return str(made.id)


@pytest.mark.parametrize("role", list(STREAMS))
def test_a_new_password_ends_sign_ins_and_their_streams(
    web: Web, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was signed in with the old one is asked to sign in, as soon as the seconds are over
    in which a sign-in that was just read is believed; streams that were open say so and end.
    """
    monkeypatch.setattr(lines, "HEARTBEAT", 0.05)
    monkeypatch.setattr("lab.auth.service.CACHE_SECONDS", 0.0)
    name = f"Người Đổi Quyền {role}"
    person = web.portal.call(_new_staff, web, name, role)
    visitor = web.named(name)
    with ThreadPoolExecutor(len(STREAMS[role])) as beside:
        open_ = [beside.submit(visitor.http.get, path) for path in STREAMS[role]]
        hashed = web.portal.call(hash_password, "mat-khau-moi")
        web.portal.call(web.app.state.lab.log.set_password, person, hashed)
        assert visitor.call("GET", "/api/me").status_code == 401
        for stream in open_:
            assert "event: gone" in stream.result(60).text or stream.result().status_code == 401


async def test_a_busy_stream_ends_too() -> None:
    """Where there is always something to say it is still looked at who listens."""
    page, asked = Page(), []

    async def alive() -> bool:
        asked.append(True)
        return len(asked) < 2

    async def talk() -> None:
        while True:
            page.put(b"data: 1\n\n")
            await asyncio.sleep(0.001)

    talking = asyncio.create_task(talk())
    async with asyncio.timeout(30):
        said = [message async for message in page.stream(0.05, alive, 2)]
    talking.cancel()
    assert said[-1].startswith(b"event: gone")
    assert len(said) > 2


def _filled(path: str, known: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: known.get(found[1], "x"), path)


@pytest.mark.parametrize("role", [Role.TRAINER, Role.ADMIN, Role.OFFICER, Role.TRAINEE])
def test_nothing_with_an_id_is_kept(web: Web, role: Role) -> None:
    """What is told of a session, a person, a turn or a file may be kept nowhere on the way, whether
    it is there or not.
    """
    trainee = web.trainee("Người Có Phiên")
    session = trainee.open()
    told = trainee.ask(session, "Soạn lời chào bà con xóm 3.")
    turn = next(data["turn"] for name, data in told if name == "done")
    me = trainee.call("GET", "/api/me").json()
    known = {"session": session, "turn": turn, "person": str(me.get("id", "x"))}
    visitor: Visitor = trainee if role is Role.TRAINEE else web.staff(role)
    ask = partial(visitor.http.get, follow_redirects=False)
    seen = kept = 0
    for path in sorted({path for path in paths(web) if "{" in path}):
        if path.startswith(("/static", "/gradio", "/api/docs")):
            continue
        answer = ask(_filled(path, known))
        seen += 1
        kept += answer.is_success
        assert "no-store" in answer.headers["cache-control"], path
    assert seen > 20
    assert kept or role is Role.OFFICER
