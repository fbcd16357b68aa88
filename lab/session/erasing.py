"""Erasing people and classes for good (Law 91/2025/QH15), and keeping to the time of keeping.

In this order: nobody can sign in as the person and the name is gone; what the log holds of them is
emptied, stream by stream; the rows are deleted, and the log says who did it and why. Whatever
interrupts it, doing it again goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from lab.errors import BadRequest, LabError, NotFound
from lab.log import erasing
from lab.log.base import SYSTEM, Log
from lab.log.erasing import Due
from lab.model import Role

LOGGER = logging.getLogger("lab.erasing")
REASON_CHARS = (3, 300)
FIRST_SECONDS, EVERY_SECONDS = 600.0, 6 * 3600.0
"""When a running lab looks for what is due: some minutes after its start, then every six hours."""


async def _nothing(_sessions: Sequence[str], _people: Sequence[str]) -> None:
    """Where no lab is running in this process."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased."""

    people: int
    sessions: int
    rows: int
    """Rows of the log whose content is gone."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """Erases for good."""

    log: Log
    quiet: Callable[[Sequence[str], Sequence[str]], Awaitable[None]] = field(default=_nothing)
    """Ends what this process does and remembers of sessions and people."""

    async def person(self, person_id: str, *, by: str, reason: str) -> Erased:
        """Erase a person. Of people with a password only the account: what they did in office
        stays told, under an id without a name.

        Raises:
            BadRequest: no reason was given.
            NotFound: no such person.
        """
        person = await self.log.person(person_id)
        if person is None:
            raise NotFound("no_person")
        trainee = person.role is Role.TRAINEE
        return await self._erase([person.id], by=by, reason=clean_reason(reason), trainee=trainee)

    async def room(self, class_id: str, *, by: str, reason: str) -> Erased:
        """Erase a class and all of its trainees.

        Raises:
            BadRequest: no reason was given.
            NotFound: no such class.
        """
        reason = clean_reason(reason)
        if all(room.id != class_id for room in await self.log.classes()):
            raise NotFound("no_class")
        people = await self.log.read(partial(erasing.trainees, class_id=class_id))
        done = await self._erase(people, by=by, reason=reason, trainee=True)
        close = partial(
            erasing.finish_class, class_id=class_id, people=len(people), by=by, reason=reason
        )
        await self.log.write(close)
        return done

    async def due(self) -> list[Due]:
        """Whose time of keeping is over."""
        return await self.log.read(partial(erasing.due, now=time.time()))

    async def expire(self, reason: str) -> Erased:
        """Erase whom is due."""
        people = [each.person for each in await self.due()]
        return await self._erase(people, by="retention", reason=reason, trainee=True)

    async def sweep(self) -> int:
        """Erase what a turn wrote after its session was erased; how many rows."""
        left = await self.log.read(erasing.leftovers)
        for stream, seqs in left.items():
            await self.log.erase(stream, seqs, by="retention", reason="erased before")
        if left:
            await self.log.write(erasing.forget_late_vaults)
        return sum(map(len, left.values()))

    async def _erase(self, people: Sequence[str], *, by: str, reason: str, trainee: bool) -> Erased:
        sessions = rows = 0
        left = bool(people)
        while left:
            found = await self.log.write(partial(erasing.lock_out, people=people))
            await self.quiet(found, people)
            held = await self.log.read(
                partial(erasing.contents, people=people, sessions=found, trainee=trainee)
            )
            for stream, seqs in held.items():
                await self.log.erase(stream, seqs, by=by, reason=reason)
                rows += len(seqs)
            sessions = len(found)
            late = await self.log.write(
                partial(erasing.finish, people=people, by=by, reason=reason)
            )
            left = bool(late)
        if people:  # the journal still holds names and words of the index: erasing empties it
            await self.log.erase(SYSTEM, [], by=by, reason=reason)
        return Erased(len(people), sessions, rows)


def clean_reason(reason: str) -> str:
    """A reason as it is logged. Raises ``BadRequest`` for none, or for a whole story."""
    clean = " ".join(reason.split())
    least, most = REASON_CHARS
    if not least <= len(clean) <= most or not clean.isprintable():
        raise BadRequest("erase_reason", least=least, most=most)
    return clean


async def keep_to_retention(work: Erasing, reason: str) -> None:
    """Erase what is due, now and then, as long as the lab runs."""
    pause = FIRST_SECONDS
    while True:
        await asyncio.sleep(pause)
        pause = EVERY_SECONDS
        try:
            await work.expire(reason)
            await work.sweep()
        except LabError as error:
            LOGGER.error("nothing was erased: %s", error.code)  # noqa: TRY400 - code is all
