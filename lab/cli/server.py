"""The web server: how it stops, and how one of several begins and makes room for the others."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn

from lab.errors import LabError

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from lab.session import Lab

DRAIN_SECONDS = 30.0
"""How long one of several, asked to stop, lets its turns go on."""
WARM_SECONDS = 120.0
"""After this, one of several listens even though it is not ready: it then says why."""
LOOK_SECONDS = 0.1


class LabServer(uvicorn.Server):
    """Ends all turns, and logs them, before connections are waited for."""

    def __init__(self, config: uvicorn.Config, lab: Lab, *, several: bool) -> None:
        super().__init__(config)
        self._lab = lab
        self._several = several
        """Whether others serve the same lab: then it listens only while it can answer."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the lab, then listen."""
        if self._several:
            begin = self.lifespan.startup

            async def begun() -> None:
                await begin()
                await self._warm()

            self.lifespan.startup = begun
        await super().startup(sockets)

    async def shutdown(self, sockets: Sequence[socket.socket] | None = None) -> None:
        """Stop listening, end what runs, stop the lab."""
        if self._several:
            await self._drain(sockets or [])
        await self._lab.live.close()
        # Open pages hold a stream each; that these are cut now is no error.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(list(sockets) if sockets else None)

    async def _warm(self) -> None:
        """Until prompts can be checked, browsers are better served by the others."""
        end = time.monotonic() + WARM_SECONDS
        while time.monotonic() < end and not self.should_exit:
            with suppress(LabError):
                await self._lab.ready()
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _drain(self, sockets: Sequence[socket.socket]) -> None:
        """Browsers go to the others; what is under way here goes on to its end."""
        for server in self.servers:
            server.close()
        for each in sockets:
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()  # once its answer is out
        end = time.monotonic() + DRAIN_SECONDS
        while len(self._lab.live) and time.monotonic() < end:  # noqa: ASYNC110 - of any turn
            await asyncio.sleep(LOOK_SECONDS)
