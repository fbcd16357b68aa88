"""An officer proves who they are before an act that takes two: with their own password, each time.

Failures are counted in the log and not in memory, so that a command, another process or a restart
forgets none: the second approval is worth no more than this password.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field

from lab.auth import words
from lab.errors import NotSignedIn, TooMany
from lab.log.base import SYSTEM, Log
from lab.model import Person, Role

FAILED, WAY = "signin.failed", "officer"
TRIES, SECONDS = 5, 900.0
"""So many failures of one officer within so many seconds; then they wait."""


@dataclass(frozen=True, slots=True)
class Prover:
    """Compares passwords of officers, one after the other: many at once are not many free."""

    log: Log
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def officer(self, name: str, password: str, now: float) -> Person:
        """The officer of this name.

        Raises:
            NotSignedIn: the password does not fit, or is not an officer's; on record.
            TooMany: this officer's password was wrong too often just now, whoever typed it.
        """
        async with self._lock:
            found = await self.log.person_by_password_name(words.readable(name))
            if found is not None:
                await self._wait(found.person.id, now)
            fits = await words.password_fits(found.password if found else None, password)
            if found is None or not fits or found.person.role is not Role.OFFICER:
                told = {"way": WAY, "person": found.person.id if found else None}
                await self.log.append(SYSTEM, FAILED, told)
                raise NotSignedIn("officer_name")
            return found.person

    async def _wait(self, person: str, now: float) -> None:
        failed = [
            event.at
            for event in await self.log.events_of_kind([FAILED], since=now - SECONDS)
            if event.payload
            and (event.payload.get("way"), event.payload.get("person")) == (WAY, person)
        ]
        if len(failed) >= TRIES:
            raise TooMany("too_many_tries", seconds=math.ceil(failed[-TRIES] + SECONDS - now))
