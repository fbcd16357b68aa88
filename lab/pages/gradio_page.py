"""One Gradio ``Blocks`` as a page of ours: our own HTML around it, strict policy, no extras."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import gradio as gr
import gradio.queueing
import gradio.route_utils
import gradio.routes
import gradio.utils
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from lab.errors import NotFound, NotSignedIn, where
from lab.model import Language, Who
from lab.pages.assets import FOREVER, Asset
from lab.pages.headers import NONCE
from lab.pages.shell import AREAS, render, script_words
from lab.pages.theme import gradio_theme

LOGGER = logging.getLogger("lab.pages")
FRONTEND = Path(gr.__file__).parent / "templates" / "frontend"
CONFIG = re.compile(r"<script>(window\.gradio_config = .*?)</script>", re.DOTALL)
API_INFO = re.compile(r"<script>(window\.gradio_api_info = .*?)</script>", re.DOTALL)
MODULE = re.compile(r'<script type="module" crossorigin src="\./(assets/[\w.-]+\.js)">')
STYLES = re.compile(r'<link rel="stylesheet" crossorigin href="\./(assets/[\w.-]+\.css)">')
LOOK_SECONDS = 0.02
ASSET = re.compile(r"[\w-][\w.-]*")
MODE = 'window.__gradio_mode__ = "app";'


class Told:
    """Stands where Gradio's modules keep ``traceback``, whose print would quote what was sent."""

    @staticmethod
    def print_exc() -> None:
        """Log the kind of the error under way and its lines."""
        error = sys.exception()
        LOGGER.error("a page event failed: %s", where(error) if error else "no exception")


for _module in (gradio.queueing, gradio.routes, gradio.route_utils, gradio.utils):
    _module.traceback = Told  # type: ignore[attr-defined] # modules have what they import


def signed_in(request: Request) -> str | None:
    """Gradio's ``auth_dependency``: the id of the person whom ``LatePages`` let in."""
    who = request.scope.get("lab.who")
    return who.person.id if isinstance(who, Who) else None


def who_of(request: gr.Request) -> Who:
    """The signed-in person behind an event of a page, from the server's own sign-in row.

    Raises:
        NotSignedIn: the event did not come through the door.
    """
    scope = request.request.scope if request.request is not None else {}
    who = scope.get("lab.who")
    if not isinstance(who, Who) or request.username != who.person.id:
        raise NotSignedIn
    return who


@dataclass(frozen=True, slots=True)
class GradioPage:
    """A mounted Blocks and what our own HTML needs to know of it."""

    room: str
    language: Language
    app: FastAPI

    @classmethod
    def of(cls, room: str, language: Language, blocks: gr.Blocks) -> GradioPage:
        """Mount a Blocks with all that calls home, records or publishes switched off."""
        blocks.queue(default_concurrency_limit=8, max_size=2000)
        _calm(blocks)
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        gr.mount_gradio_app(
            app,
            blocks,
            f"/{room}",
            auth_dependency=signed_in,
            app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
            theme=gradio_theme(),
            footer_links=[],
            run_history=False,
            show_error=False,
            enable_monitoring=False,
            mcp_server=False,
            ssr_mode=False,
            pwa=False,
            allowed_paths=[],
            max_file_size=1,
        )
        return cls(room, language, app)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run what Gradio starts and stops with the application that it is mounted in."""
        async with self.app.router.lifespan_context(self.app):
            yield

    async def html(self, request: Request, who: Who, receive: Receive, send: Send) -> None:
        """Our own page around Gradio's: its configuration and scripts, none of its HTML."""
        status, body = await self._original(request.scope, receive)
        if status != 200:  # noqa: PLR2004 - anything else is not the page
            await Response(status_code=status)(request.scope, receive, send)
            return
        html = render(
            "room.html",
            self.language,
            cookies=request.cookies,
            who=who,
            page=self.room,
            words=script_words(("page", *AREAS.get(self.room, (self.room,))), self.language),
            nonce=request.scope[NONCE],
            **_parts(body),
        )
        await HTMLResponse(html)(request.scope, receive, send)

    async def _original(self, scope: Scope, receive: Receive) -> tuple[int, str]:
        """Gradio's own page, as text."""
        plain = [row for row in scope["headers"] if row[0] != b"accept-encoding"]
        chunks: list[bytes] = []
        status = 500

        async def collect(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))

        await self.app({**scope, "headers": plain, "method": "GET"}, receive, collect)
        return status, b"".join(chunks).decode()


def _calm(blocks: gr.Blocks) -> None:
    """Gradio's queue looks for work a thousand times a second, each of four, all day: a tenth of a
    processor. A page that opens may wait a moment. There is no setting for it.
    """
    queue = blocks._queue  # noqa: SLF001
    queue.sleep_when_free = LOOK_SECONDS
    queue.progress_update_sleep_when_free = 1.0  # no page shows progress


def _parts(html: str) -> dict[str, str]:
    """What of Gradio's page is used. Raises ``ValueError`` where a new Gradio looks different."""
    found = {
        "config": CONFIG.search(html),
        "info": API_INFO.search(html),
        "module": MODULE.search(html),
        "stylesheet": STYLES.search(html),
    }
    missing = [name for name, match in found.items() if match is None]
    if missing:
        raise ValueError(f"Gradio's page has changed: no {', '.join(missing)}")
    texts = {name: match.group(1) for name, match in found.items() if match is not None}
    return {
        "gradio_config": f"{texts['config']}\n{texts['info']}",
        "gradio_mode": f"\n{MODE}",
        "module": f"/gradio/{texts['module']}",
        "stylesheet": f"/gradio/{texts['stylesheet']}",
    }


@lru_cache(maxsize=256)
def _asset(name: str) -> Asset:
    """A file of Gradio's."""
    if not ASSET.fullmatch(name):
        raise FileNotFoundError
    content = (FRONTEND / "assets" / name).read_bytes()
    if name.endswith(".css"):
        # In a layer Gradio's rules yield to ours whatever their specificity.
        content = b"@layer gradio {" + content + b"}"
    return Asset.of(name, content)


async def gradio_asset(scope: Scope, receive: Receive, send: Send) -> None:
    """Gradio's scripts and styles, one address for all pages; their names change with them."""
    try:
        found = _asset(str(scope["path"]).rpartition("/")[2])
    except OSError:
        raise NotFound from None
    await found.answer(Headers(scope=scope), FOREVER)(scope, receive, send)
