"""The pupils of ``bench/faults.py``: they write, send, read, and remember what they were told."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

from bench.crowd import Browser, Counts
from bench.room import CODE, Room

LONG = "Nội dung cuộc họp gồm nhiều việc của xã cần bàn và phân công cụ thể. " * 80
"""Put behind some prompts, so that the child that reads long texts is needed."""
LONG_EACH = 6
"""Each so manyth prompt is a long one."""
PATIENCE = 30
"""Seconds after which a prompt is given up and sent anew."""


@dataclass(slots=True)
class Told:
    """What one request told its reader of one turn."""

    turn: str
    at: float
    """Seconds since the campaign began."""
    fault: str
    """What was broken last when it was asked."""
    decision: str = ""
    """The action that was told; what was told is on disk."""
    shown: str = ""
    error: str = ""
    """Code of the error that was told."""
    status: str = ""
    """How it was told to have ended; empty where the line broke before."""
    ended: float = 0.0
    """Seconds since the campaign began."""
    then: str = ""
    """What was broken last when it ended."""

    def hear(self, kind: str, data: dict[str, Any]) -> None:
        """One event of the stream."""
        self.turn = data.get("turn") or self.turn
        if kind == "decision":
            self.decision = data["action"]
        elif kind == "delta":
            self.shown += data.get("text", "")
        elif kind == "error":
            self.error = data.get("code", "")
        elif kind == "done":
            self.status = data["status"]

    def wrong(self, kept: dict[str, Any] | None) -> str:
        """How this does not fit what the log has of the turn; empty where it does.

        Only a turn whose decision was not told may be missing, and then its reader was told so.
        """
        if kept is None:
            unsent = self.status in {"failed", "interrupted"} and self.error
            if self.decision or self.shown or (self.status and not unsent):
                return f"was told {self.status or 'its decision'} and is not there"
            return ""
        if self.status in {"answered", "blocked"} and kept["status"] != self.status:
            return f"was told {self.status} and is {kept['status']}"
        if self.status == "answered" and kept["reply"].strip() != self.shown.strip():
            return "was told other words than the log has"
        return ""


@dataclass(slots=True)
class Pupil:
    """One trainee who writes, sends, reads, and remembers what was told."""

    room: Room
    browser: Browser
    phone: str
    session: str = ""
    leaving: bool = False
    told: list[Told] = field(default_factory=list)
    asked: int = 0
    """Prompts so far."""
    draft: str = ""
    """What the server last said that it keeps."""

    @classmethod
    async def join(cls, room: Room, nth: int) -> Pupil:
        """Come in, and open an exercise."""
        browser = Browser(room.url, Counts(0, 0))
        browser.start()
        pupil = cls(room, browser, f"0950{nth:03}{secrets.randbelow(900) + 100}")
        body = {"class_code": CODE, "name": f"Học viên Thử {nth}"}
        async with browser.open("POST", "/api/login", json=body) as answer:
            for name, cookie in answer.cookies.items():
                browser.cookies[name] = cookie.value
            browser.csrf = (await answer.json())["csrf"]
        async with browser.open("GET", "/api/exercises") as answer:
            exercise = (await answer.json())[0]["id"]
        async with browser.open("POST", "/api/sessions", json={"exercise": exercise}) as answer:
            pupil.session = (await answer.json())["session"]
        return pupil

    async def close(self) -> None:
        """Leave."""
        await self.browser.leave()

    async def work(self) -> None:
        """Write and send until it is time to leave; what fails is tried again in a moment."""
        while not self.leaving:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._type()
                    await self._ask()
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError):
                await asyncio.sleep(0.3)

    async def _type(self) -> None:
        text = f"Soạn giấy mời họp, việc {secrets.token_hex(3)}"
        body = {"text": text, "five": False, "fields": [text], "parent": None}
        path = f"/api/sessions/{self.session}/draft"
        self.draft = ""  # until it is answered nobody knows
        async with self.browser.open("POST", path, json=body) as answer:
            await answer.read()
            if answer.status == 200:
                self.draft = text

    async def _ask(self) -> None:
        text = f"Soạn giấy mời họp gửi ông Lê Văn Thử, điện thoại {self.phone}, lúc 8 giờ."
        self.asked += 1
        if self.asked % LONG_EACH == 0:
            text = f"{text} {LONG}"
        path = f"/api/sessions/{self.session}/prompts"
        told, kind = Told("", self._now(), self.room.fault), ""
        try:
            async with self.browser.open("POST", path, json={"text": text, "parent": ""}) as answer:
                if answer.status != 200:
                    await answer.read()
                    await asyncio.sleep(0.2)
                    return
                async for raw in answer.content:
                    line = raw.decode().rstrip("\n")
                    if line.startswith("event: "):
                        kind = line[7:]
                    elif line.startswith("data: "):
                        told.hear(kind, json.loads(line[6:]))
        finally:
            told.ended, told.then = self._now(), self.room.fault
            if told.turn:
                self.told.append(told)

    def _now(self) -> float:
        return round(time.monotonic() - self.room.began, 2)

    async def accounts(self, rows: dict[str, list[Any]]) -> list[dict[str, Any]]:
        """What this pupil misses: turns, words, own values, or what was being typed.

        ``rows``: what the log holds of each turn, to tell it beside what does not fit.
        """
        async with self.browser.open("GET", f"/api/sessions/{self.session}") as answer:
            if answer.status != 200:
                return [self._misses(f"the session does not open: {answer.status}")]
            turns = {row["turn"]: row for row in (await answer.json())["turns"]}
        wrong = []
        for told in self.told:
            kept = turns.get(told.turn)
            if how := told.wrong(kept):
                more = {"told": asdict(told), "kept": kept, "log": rows.get(told.turn, [])}
                wrong.append(self._misses(f"turn {told.turn} {how}", **more))
        prompts = [row["prompt"] for row in turns.values() if row.get("prompt")]
        wrong += [
            self._misses("an own value does not come back", prompt=prompt)
            for prompt in prompts
            if "điện thoại" in prompt and self.phone not in prompt
        ]
        if any(self.phone.encode() in request.body for request in self.room.endpoint.prompts):
            wrong.append(self._misses("a raw value left"))
        return wrong + await self._draft()

    async def _draft(self) -> list[dict[str, Any]]:
        """Whether what was being typed is gone."""
        if not self.draft:
            return []
        async with self.browser.open("GET", f"/api/sessions/{self.session}/draft") as answer:
            found = await answer.json() if answer.status == 200 else None
        if found and found["fields"] == [self.draft]:
            return []
        return [self._misses("what was being typed is gone", typed=self.draft, found=found)]

    def _misses(self, what: str, **more: Any) -> dict[str, Any]:
        return {"what": what, "pupil": self.phone, "session": self.session, **more}
