"""Event streams that stay open for hours, held by one coroutine each.

A route decides who may listen and answers with an `EventStream`. All that stood around the route
(FastAPI, its stacks of dependencies, what sets headers and counts bodies) comes to its end then;
only the stream itself goes on. Held within all of it, an open page cost some 200 objects more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lab.errors import where

LOGGER = logging.getLogger("lab.pages")
KEY = "lab.stream"
"""Key of the scope under which a route leaves its stream."""


class EventStream(Response):
    """Server-sent events: what is told, until it ends or its reader has gone."""

    media_type = "text/event-stream"

    def __init__(self, told: AsyncGenerator[bytes], gone: Callable[[], None]) -> None:
        """``told`` ends soon after ``gone`` was called."""
        self.told, self.gone = told, gone
        self.status_code = 200
        self.background: BackgroundTask | None = None
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the head, and leave the stream to `OpenStreams`."""
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(head)
        scope[KEY].append(self)

    async def run(self, receive: Receive, send: Send) -> None:
        """Send what is told."""
        leaving = asyncio.create_task(self._listen(receive), name="leaving")
        try:
            async with aclosing(self.told) as told:
                async for message in told:
                    await send({"type": "http.response.body", "body": message, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            leaving.cancel()

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone()


class OpenStreams:
    """Runs a stream that a route began, outside all that stood around the route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; go on with the stream where there is one."""
        begun: list[EventStream] = []
        scope[KEY] = begun
        await self.app(scope, receive, send)
        for stream in begun:
            try:
                await stream.run(receive, send)
            except Exception as error:  # noqa: BLE001 - its text may hold a prompt
                LOGGER.error("a stream failed: %s", where(error))  # noqa: TRY400 - no text
