"""How the machine and the lab on it are doing: what an administrator looks at."""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import dataclass
from functools import partial

from lab import __version__
from lab.log import administration
from lab.log.administration import Counts
from lab.log.base import SYSTEM
from lab.model import Who
from lab.session.erasing import clean_reason
from lab.session.lab import Lab
from lab.session.readiness import LEAST_DISK

LATELY_SECONDS = 300.0
STARTED = time.time()
"""When this process began."""


@dataclass(frozen=True, slots=True)
class State:
    """One look at everything."""

    version: str
    started: float
    now: float
    zone: str
    free: int
    total: int
    database: int
    """Bytes of the log's file; 0 where it is in PostgreSQL."""
    running: int
    """Turns under way."""
    policy: str | None
    """Version in force; None where there is none."""
    counts: Counts
    backup: tuple[float, bool] | None
    anchor: float | None
    clock_ok: bool

    @property
    def disk_ok(self) -> bool:
        """Whether there is room for a course."""
        return self.free >= LEAST_DISK


@dataclass(frozen=True, slots=True)
class Administration:
    """Looks at the machine, and notes that somebody ends the lab."""

    lab: Lab

    async def look(self) -> State:
        """How everything is now."""
        lab, now = self.lab, time.time()
        disk = await asyncio.to_thread(shutil.disk_usage, lab.settings.home)
        newest = await lab.log.read(administration.last_event)
        return State(
            version=__version__,
            started=STARTED,
            now=now,
            zone=time.strftime("%Z", time.localtime(now)),
            free=disk.free,
            total=disk.total,
            database=await asyncio.to_thread(self._database),
            running=len(lab.live),
            policy=lab.policy.current.version if lab.policy.loaded else None,
            counts=await lab.log.read(partial(administration.counts, lately=now - LATELY_SECONDS)),
            backup=await lab.log.read(administration.last_backup),
            anchor=await lab.log.read(administration.last_anchor),
            clock_ok=newest is None or newest <= now + 5,
        )

    def _database(self) -> int:
        settings = self.lab.settings
        if settings.database is not None:
            return 0
        return sum(path.stat().st_size for path in settings.home.glob("lab.sqlite*"))

    async def note_stop(self, who: Who, reason: str) -> None:
        """Tell the log who ends the lab and why. Raises ``BadRequest`` without a reason."""
        told = {"by": who.person.id, "reason": clean_reason(reason), "turns": len(self.lab.live)}
        await self.lab.log.append(SYSTEM, "system.stopping", told)
