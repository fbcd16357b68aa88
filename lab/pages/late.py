"""The Gradio pages: imported in the background, mounted late, and only as open as needed.

Gradio takes seconds to import. Until it is there a page answers "starting" and looks again by
itself. Then each request passes, in this order: the role of the person, the Origin, the short list
of Gradio's own routes that a page needs (all others do not exist here), and the owner of the
queue's stream; see ``docs/decisions/csp.md``.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections import OrderedDict
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab.auth import current_person, language_of, role_gate, same_origin
from lab.errors import Forbidden, NotFound, NotSignedIn, Unavailable
from lab.model import Language, Who
from lab.pages.background import in_background
from lab.pages.shell import ROOMS, render
from lab.pages.stubs import no_stubs
from lab.words import languages, say

if TYPE_CHECKING:
    from lab.pages.gradio_page import GradioPage
    from lab.session import Lab

LOGGER = logging.getLogger("lab.pages")
API = "/gradio_api"
READS = frozenset({"/", "/theme.css", "/config", f"{API}/queue/data", f"{API}/startup-events"})
WRITES = frozenset({f"{API}/queue/join", f"{API}/cancel", f"{API}/reset"})
HEARTBEAT = f"{API}/heartbeat/"
"""What of Gradio's routes can be reached. No file, upload, proxy, API page or monitoring."""
AGAIN_SECONDS, LONGEST_PAUSE = 2.0, 60.0
"""What kept the pages from being opened may pass, such as a want of files: they are tried again,
each time after twice as long.
"""
SEATS = 20_000
"""Streams of Gradio's queue whose owner is remembered."""
WHO = "lab.who"
"""Key of the scope under which handlers find the signed-in person."""
ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9),
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
"""Gradio reads these when it is imported: nothing calls home, nothing is kept in browsers, and no
statistics over the last 10,000 pages are worked out anew (by pandas) with each page that opens."""


@dataclass(slots=True)
class Seats:
    """Which sign-in a stream of Gradio's queue belongs to: the first that used its name."""

    owners: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def claim(self, session_hash: str, who: Who) -> None:
        """Raise ``Forbidden`` where the stream is another's."""
        owner = self.owners.setdefault(session_hash, who.signin)
        if owner != who.signin:
            raise Forbidden("forbidden")
        self.owners.move_to_end(session_hash)
        if len(self.owners) > SEATS:
            self.owners.popitem(last=False)


class LatePages:
    """An ASGI application that becomes the pages once they are loaded."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._pages: dict[tuple[str, Language], GradioPage] = {}
        self._assets: ASGIApp | None = None
        self._seats = Seats()
        self._gates = {room: role_gate(*roles, csrf=False) for room, roles in ROOMS.items()}
        self._broken = False
        self._stop = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    def mount(self, app: FastAPI) -> None:
        """Answer every path of ``app`` that nothing before took."""
        app.router.default = self  # not a mount at "/": a wrong method of a route stays a 405

    async def load(self) -> None:
        """Import Gradio and build the pages, off the loop; returns once they answer."""
        ready = asyncio.Event()
        self._keeper = asyncio.create_task(self._keep(ready), name="pages")
        await ready.wait()

    async def close(self) -> None:
        """End the pages' own lifespans; pages that are still being imported are given up."""
        self._stop.set()
        if self._keeper is not None:
            if not self._pages:
                self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def _keep(self, ready: asyncio.Event) -> None:
        pause = AGAIN_SECONDS
        while not self._stop.is_set():
            try:
                await self._open(ready)
            except Exception as error:  # noqa: BLE001 - whatever it is, the rest of the lab goes on
                self._broken = True
                LOGGER.critical("the pages cannot be opened: %s", type(error).__name__)
            finally:
                ready.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stop.wait()
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _open(self, ready: asyncio.Event) -> None:
        """Build the pages, and hold them open until they are closed."""
        # A lifespan must end in the task that began it: this one.
        assets, pages = await in_background(self._build)
        async with AsyncExitStack() as stack:
            for page in pages.values():
                await stack.enter_async_context(page.lifespan())
            self._assets, self._pages, self._broken = assets, pages, False
            ready.set()
            await self._stop.wait()
            self._pages = {}

    def _build(self) -> tuple[ASGIApp, dict[tuple[str, Language], GradioPage]]:
        folder = self._lab.settings.home / "gradio"
        os.environ.update(ENVIRONMENT | {"GRADIO_TEMP_DIR": str(folder)})
        os.environ.setdefault("MPLCONFIGDIR", str(self._lab.settings.cache / "matplotlib"))
        with no_stubs():
            from lab.pages.gradio_page import GradioPage, gradio_asset  # noqa: PLC0415 - seconds
            from lab.pages.officer import OfficerPage  # noqa: PLC0415
            from lab.pages.practice import PracticePage  # noqa: PLC0415

        pages = {}
        for language in languages():
            built = {
                "practice": PracticePage(self._lab, language).build(),
                "officer": OfficerPage(self._lab, language).build(),
            }
            for room, blocks in built.items():
                pages[room, language] = GradioPage.of(room, language, blocks)
        return gradio_asset, pages

    # --- one request ------------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise NotFound
        path: str = scope["path"]
        room, _, rest = path.removeprefix("/").partition("/")
        if rest.startswith("assets/") and room in {"gradio", *ROOMS} and self._assets is not None:
            await self._assets(scope, receive, send)
            return
        if room not in ROOMS:
            raise NotFound
        request = Request(scope)
        if path == f"/{room}/" and scope["method"] in {"GET", "HEAD"}:
            await self._page(room, request, receive, send)
        elif not rest and not path.endswith("/"):
            await RedirectResponse(f"{path}/", status_code=307)(scope, receive, send)
        else:
            await self._part(room, "/" + rest, request, receive, send)

    async def _page(self, room: str, request: Request, receive: Receive, send: Send) -> None:
        """The page itself: refusals are pages too."""
        scope = request.scope
        try:
            who = await self._gates[room](request)
        except NotSignedIn:
            await RedirectResponse(f"/?next={room}", status_code=303)(scope, receive, send)
            return
        except Forbidden:
            answer = self._message(request, await current_person(request), "refused", 403)
            await answer(scope, receive, send)
            return
        page = self._pages.get((room, who.language))
        if page is None:
            kind = "broken" if self._broken else "wait"
            waiting = "" if self._broken else f"/{room}/"
            status = 500 if self._broken else 200
            answer = self._message(request, who, kind, status, waiting)
            await answer(scope, receive, send)
            return
        scope[WHO] = who
        await page.html(request, who, receive, send)

    async def _part(
        self, room: str, rest: str, request: Request, receive: Receive, send: Send
    ) -> None:
        """What the page's own script asks for."""
        scope = request.scope
        if not _open(scope["method"], rest):
            raise NotFound
        who = await self._gates[room](request)
        page = self._pages.get((room, who.language))
        if page is None:
            raise Unavailable("starting")
        if scope["method"] == "POST":
            same_origin(request)
            body, receive = await _read(receive)
            self._seats.claim(_session_hash(body), who)
        elif rest.startswith(HEARTBEAT):
            self._seats.claim(rest.removeprefix(HEARTBEAT), who)
        elif rest == f"{API}/queue/data":
            query = parse_qs(scope["query_string"].decode("latin-1"))
            self._seats.claim(query.get("session_hash", [""])[0], who)
        scope[WHO] = who
        await page.app(scope, receive, send)

    def _message(
        self, request: Request, who: Who, kind: str, status: int, wait: str = ""
    ) -> HTMLResponse:
        language = language_of(request)
        html = render(
            "message.html",
            language,
            cookies=request.cookies,
            who=who,
            heading=say(f"page.{kind}.heading", language),
            text=say(f"page.{kind}.text", language),
            wait=wait,
        )
        return HTMLResponse(html, status, {"Retry-After": "2"} if wait else None)


def _open(method: str, rest: str) -> bool:
    """Whether a page needs this route of Gradio's."""
    if method == "POST":
        return rest in WRITES
    return method in {"GET", "HEAD"} and (rest in READS or rest.startswith(HEARTBEAT))


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """The whole body (its size is limited before), and a ``receive`` that hands it out again."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, again


def _session_hash(body: bytes) -> str:
    """The name of the queue's stream that a body speaks of. Raises ``Forbidden`` without one."""
    try:
        sent: Any = json.loads(body)
    except ValueError:
        sent = None
    name = sent.get("session_hash") if isinstance(sent, dict) else None
    if not isinstance(name, str) or not name:
        raise Forbidden("forbidden")
    return name
