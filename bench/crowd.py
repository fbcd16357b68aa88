"""People of the conference as their browsers: connections held, checks while typing, streams read.

A trainee's browser has its own connections, as a real one does (at most six), and its own cookies.
Times are measured from when something was due, so that a client that falls behind is not kind to
the lab.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.hall import PASSWORD, TRAINER, Trainee
from bench.prompts import prompt

CONNECTIONS = 6
"""Connections that a browser opens to one host."""
CHECKS = (20.0, 8.0)
"""Seconds before a prompt is sent at which the page checks what is typed so far. Once it is sent
the page asks how the mosaic stands, only where the decision told of one."""
PATIENCE = aiohttp.ClientTimeout(total=180, sock_read=120)
_CSRF = re.compile(r'name="csrf"[^>]*content="([^"]+)"|data-csrf="([^"]+)"')
STREAM = "/api/room/stream"
BOARD = "/api/board/stream"


@dataclass(slots=True)
class Counts:
    """What the whole crowd noticed, in the window that is measured."""

    latency: float
    """Seconds that the endpoint itself waits before its first word."""
    length: float
    """Seconds that it takes from its first word to its last."""
    open_at: float = 0.0
    close_at: float = float("inf")
    first: list[float] = field(default_factory=list)
    """Milliseconds that the lab added to the first word."""
    last: list[float] = field(default_factory=list)
    """Milliseconds that it added to the last."""
    pages: list[float] = field(default_factory=list)
    """Milliseconds of a page with all that it loads."""
    checks: list[float] = field(default_factory=list)
    prompts: int = 0
    blocked: int = 0
    told: int = 0
    """Turns that failed and whose page was told why."""
    errors: list[str] = field(default_factory=list)

    def within(self, moment: float) -> bool:
        """Whether what was due at this moment is measured."""
        return self.open_at <= moment < self.close_at

    def wrong(self, what: str, moment: float) -> None:
        """Something failed."""
        if self.within(moment):
            self.errors.append(what)


@dataclass(slots=True)
class Browser:
    """One person's browser."""

    url: str
    counts: Counts
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    _http: aiohttp.ClientSession | None = None
    _stream: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Open the browser; on a running loop."""
        self._http = aiohttp.ClientSession(
            base_url=self.url,
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=110),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=PATIENCE,
        )

    async def leave(self) -> None:
        """Close it and all its streams."""
        if self._stream is not None:
            self._stream.cancel()
            await asyncio.gather(self._stream, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def _headers(self) -> dict[str, str]:
        own = {"Origin": self.url, "Accept-Encoding": "gzip"}
        if self.cookies:
            own["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.csrf:
            own["X-CSRF-Token"] = self.csrf
        return own

    def open(self, method: str, path: str, **more: Any) -> Any:
        """A request; a context manager of its response."""
        assert self._http is not None  # noqa: S101 - entered
        return self._http.request(
            method, path, headers=self._headers(), allow_redirects=False, **more
        )

    async def text(self, method: str, path: str, **more: Any) -> str:
        """The whole body, as text. Raises ``OSError`` for a refusal."""
        return (await self.read(method, path, **more)).decode()

    async def read(self, method: str, path: str, **more: Any) -> bytes:
        """The whole body. Raises ``OSError`` for a refusal."""
        async with self.open(method, path, **more) as answer:
            body: bytes = await answer.read()
            for name, cookie in answer.cookies.items():
                self.cookies[name] = cookie.value
            if answer.status >= 400:
                raise OSError(f"{method} {path.split('?', 1)[0]}: {answer.status}")
            return body

    async def held(self, path: str) -> None:
        """A stream that stays open as long as the page; opened again when it ends."""
        while True:
            with suppress(aiohttp.ClientError, OSError):
                unending = aiohttp.ClientTimeout(total=None, sock_read=None)
                async with self.open("GET", path, timeout=unending) as answer:
                    if answer.status != 200:
                        return
                    async for _chunk in answer.content.iter_any():
                        pass
            await asyncio.sleep(3)


@dataclass(slots=True)
class Visitor(Browser):
    """A trainee's browser."""

    me: Trainee = field(default_factory=lambda: Trainee("", "", "", ""))
    dice: random.Random = field(default_factory=random.Random)
    session: str = ""

    async def sign_in(self) -> None:
        """The landing page and its form."""
        await self.text("GET", "/")
        form = {"class_code": self.me.code, "name": self.me.name, "resume_code": self.me.resume}
        await self.text("POST", "/sign-in", data={**form, "next": ""})
        self.session = self.me.session

    async def practice(self, assets: Sequence[str] = ()) -> None:
        """The practice page, with what it loads and asks for; its stream stays open."""
        html = await self.text("GET", "/practice/")
        while "gradio_config" not in html:  # "starting": the page looks again by itself
            await asyncio.sleep(2)
            html = await self.text("GET", "/practice/")
        found = _CSRF.search(html)
        if found is None:
            raise OSError("the practice page did not open")
        self.csrf = found.group(1) or found.group(2)
        if assets:
            waiting = iter(assets)
            await asyncio.gather(*(self._fetch(waiting) for _ in range(CONNECTIONS)))
        await self._gradio()
        if self._stream is None:
            self._stream = asyncio.create_task(self.held(STREAM))

    async def _fetch(self, waiting: Any) -> None:
        for path in waiting:
            await self.read("GET", path)

    async def _gradio(self) -> None:
        """What Gradio asks for when its page opens."""
        name = f"{self.dice.getrandbits(52):x}"
        body: dict[str, Any] = {"data": [], "event_data": None, "fn_index": 0, "trigger_id": 0}
        joined = "/practice/gradio_api/queue/join"
        await self.text("POST", joined, json={**body, "session_hash": name})
        data = f"/practice/gradio_api/queue/data?session_hash={name}"
        async with self.open("GET", data) as answer:
            seen = b""
            async for chunk in answer.content.iter_any():
                seen = seen[-40:] + chunk
                if b"process_completed" in seen or b"close_stream" in seen:
                    break

    async def resume(self) -> None:
        """The latest session as the page shows it again, and how its mosaic stands."""
        if self.session:
            await self.text("GET", f"/api/sessions/{self.session}")
            await self.text("GET", f"/api/sessions/{self.session}/draft")
            await self._check("")

    async def _check(self, text: str) -> None:
        began = time.monotonic()
        path = f"/api/sessions/{self.session}/draft"
        body: dict[str, Any] = {"text": text, "five": False, "fields": [text], "parent": None}
        async with self.open("POST", path, json=body) as answer:
            await answer.read()
            if answer.status not in {200, 429}:  # 429: the page asks again a little later
                self.counts.wrong(f"draft: {answer.status}", began)
        if self.counts.within(began):
            self.counts.checks.append(1000 * (time.monotonic() - began))

    async def ask(self, due: float, until: float) -> None:
        """Type, with a check now and then, and send when it is due; nothing is begun after
        ``until``.
        """
        text = prompt(self.dice)
        if not self.session:
            opened = await self._json("/api/sessions", {"exercise": "first-prompt"})
            self.session = opened["session"]
        for nth, before in enumerate(CHECKS, 1):
            moment = due - before * (0.7 + 0.6 * self.dice.random())
            if moment >= until:
                return
            await _until(moment)
            await self._check(text[: len(text) * nth // len(CHECKS)])
        if due >= until:
            return
        await _until(due)
        await self._send(text, due)

    async def _json(self, path: str, body: Any) -> Any:
        async with self.open("POST", path, json=body) as answer:
            if answer.status >= 400:
                raise OSError(f"{path}: {answer.status}")
            return await answer.json()

    async def _send(self, text: str, due: float) -> None:
        counts, counted = self.counts, self.counts.within(due)
        first, tail, drawn = 0.0, b"", False
        path = f"/api/sessions/{self.session}/prompts"
        async with self.open("POST", path, json={"text": text}) as answer:
            if answer.status != 200:
                raise OSError(f"prompt: {answer.status}")
            async for chunk in answer.content.iter_any():
                tail = tail[-400:] + chunk
                if not first and b"event: delta" in tail:
                    first = time.monotonic()
                drawn = drawn or b'"mosaic":{' in chunk
        ended = time.monotonic()
        if drawn:
            await self._check("")
        if not counted:
            return
        counts.prompts += 1
        if b'"status":"answered"' in tail:
            counts.first.append(1000 * max(0.0, first - due - counts.latency))
            counts.last.append(1000 * max(0.0, ended - due - counts.latency - counts.length))
        elif b'"status":"blocked"' in tail:
            counts.blocked += 1
        elif b"event: done" in tail:
            counts.told += 1
        else:
            counts.errors.append("a stream ended without done")


@dataclass(slots=True)
class Watcher(Browser):
    """A trainer's browser: a board that stays open, sessions read, now and then an export."""

    every: float = 15.0

    async def watch(self, until: float) -> None:
        """Work until then."""
        form = {"name": TRAINER, "password": PASSWORD, "next": "review"}
        await self.text("POST", "/sign-in", data=form)
        self._stream = asyncio.create_task(self.held(BOARD))
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                await self.text("GET", "/review/")
                async with self.open("GET", "/api/review/sessions") as answer:
                    rows = (await answer.json())["sessions"]
                if rows:
                    session = rows[0].get("id") or rows[0].get("session")
                    await self.text("GET", f"/api/review/sessions/{session}")
            except (aiohttp.ClientError, OSError) as error:
                self.counts.wrong(f"trainer: {type(error).__name__} {error}", began)
            await asyncio.sleep(self.every)


async def _until(moment: float) -> None:
    rest = moment - time.monotonic()
    if rest > 0:
        await asyncio.sleep(rest)
