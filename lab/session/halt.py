"""The kill switch: an officer or the administrator stops all sending at once, everywhere.

What is in force stands in the log, so it outlives a restart and every process finds it within two
seconds. While it is on, nothing leaves: no prompt, no request for advice; prompts under way are
cut short. Everything else (reading, writing drafts, reviewing) goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.errors import BadRequest, LabError, Unavailable
from lab.log.base import SYSTEM, Db, Log
from lab.model import Event

if TYPE_CHECKING:
    from lab.model import Who
    from lab.session.live import LiveTurns

LOGGER = logging.getLogger("lab.halt")
HALTED, RESUMED = "sending.halted", "sending.resumed"
SECONDS = 1.0
"""Between two looks at the log; it also tells by itself."""
LEAST, MOST = 3, 300
"""Characters of a reason."""


def newest(db: Db) -> str | None:
    """The kind of the last act of the switch; None where it was never used."""
    row = db.execute(
        "SELECT kind FROM events WHERE stream = ? AND kind IN (?, ?) ORDER BY seq DESC LIMIT 1",
        (SYSTEM, HALTED, RESUMED),
    ).fetchone()
    return None if row is None else str(row[0])


@dataclass(slots=True)
class Halt:
    """The switch, as one process knows it."""

    log: Log
    live: LiveTurns
    on: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def check(self) -> None:
        """Raise ``Unavailable`` while nothing may be sent."""
        if self.on:
            raise Unavailable("sending_halted")

    async def set(self, who: Who, reason: str, *, on: bool) -> None:
        """Stop all sending, or let it go on; who did it and why is on record.

        Raises:
            BadRequest: no reason was given.
            LogError: it could not be recorded. A stop holds in this process all the same.
        """
        reason = " ".join(reason.split())
        if not LEAST <= len(reason) <= MOST:
            raise BadRequest("halt_reason")
        if on:
            self._stop()  # first: the log may take its time
        kind = HALTED if on else RESUMED
        await self.log.append(SYSTEM, kind, {"by": who.person.id, "reason": reason})
        await self.look()

    async def look(self) -> None:
        """Take what the log says."""
        on = await self.log.read(newest) == HALTED
        if on and not self.on:
            self._stop()
        self.on = on

    async def run(self) -> None:
        """Follow the log, for ever."""
        end = self.log.watch(self._told)
        try:
            while True:
                try:
                    await self.look()
                except LabError as error:
                    LOGGER.warning("%s", error.code)
                try:
                    async with asyncio.timeout(SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    pass
                self._wake.clear()
        finally:
            end()

    def _told(self, events: Sequence[Event]) -> None:
        if any(event.kind in {HALTED, RESUMED} for event in events):
            self._wake.set()

    def _stop(self) -> None:
        self.on = True
        self.live.stop_all("halted")
