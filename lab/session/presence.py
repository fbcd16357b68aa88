"""Who is connected to the other processes of a lab, so that each process's board counts everybody.

Each process tells of its own people when they come or go, at most once a second, and reads what the
others told since it looked last. Nobody tells of who stays. A process that has not shown itself for
a while is gone, and nobody is connected to it; what it told before is not remembered.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from lab.errors import LabError
from lab.log import presence as rows
from lab.log.base import Db, Log

LOGGER = logging.getLogger("lab.presence")
SECOND = 1.0
"""Between two exchanges."""
LEASE_SECONDS = 20.0
"""As the log has it: after this a silent process is taken to be gone."""
MOST = 500
"""People told of at a time: writes of trainees wait for no more."""


@dataclass(slots=True)
class _Other:
    """Another process, as this one knows it."""

    seen_at: float
    """Its last sign of life, by the server's clock: compared with itself only."""
    heard: float
    """When that was new, by the clock of this process."""
    turn: int = 0
    """Its last telling that was read; 0: none, or none since it fell silent."""
    pages: dict[str, int] = field(default_factory=dict)


class Presence:
    """What this process tells the others, and what it heard from them."""

    def __init__(
        self,
        log: Log,
        line: Callable[[str, int], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``line`` is called for somebody of another process: so many pages more, or fewer."""
        self.log = log
        self._line = line
        self._clock = clock
        self._owner: str | None = None
        self._turn = 0
        self._own: dict[str, int] = {}
        self._untold: dict[str, None] = {}
        self._others: dict[str, _Other] = {}

    async def start(self) -> None:
        """Take this process's place among the others; without others there is nothing to do."""
        begun = partial(rows.begin, turn=int(time.time() * 1000))
        self._owner, self._turn = await self.log.write(begun) or (None, 0)

    async def run(self) -> None:
        """Tell and hear, once a second; to be cancelled. Ends at once where there are no others."""
        while self._owner is not None:
            try:
                await self.exchange()
            except LabError as error:  # the log is away: with the next exchange
                LOGGER.debug("presence: %s", error.code)
            await asyncio.sleep(SECOND)

    def line(self, person: str, by: int) -> None:
        """A page of somebody was opened in this process (``by`` 1), or is gone (-1)."""
        pages = self._own.get(person, 0) + by
        if pages > 0:
            self._own[person] = pages
        else:
            self._own.pop(person, None)
        self._untold[person] = None

    async def exchange(self) -> None:
        """Tell what is new here, and hear what is new elsewhere. Raises ``LogError``."""
        if self._owner is None:
            return
        await self._tell(self._owner)
        known = {name: other.turn for name, other in self._others.items()}
        silent = frozenset(n for n, other in self._others.items() if self._silent(other))
        look = partial(_look, owner=self._owner, known=known, silent=silent)
        self._hear(*await self.log.read(look))

    async def _tell(self, owner: str) -> None:
        some = {person: self._own.get(person, 0) for person in islice(self._untold, MOST)}
        if not some:
            return
        for person in some:
            del self._untold[person]
        self._turn += 1
        try:
            await self.log.write(partial(rows.tell, owner=owner, pages=some, turn=self._turn))
        except LabError:
            self._untold.update(dict.fromkeys(some))
            raise

    def _hear(self, beats: Mapping[str, float], told: list[rows.Told]) -> None:
        now = self._clock()
        for name, seen_at in beats.items():
            other = self._others.setdefault(name, _Other(seen_at, now))
            if other.seen_at != seen_at:
                other.seen_at, other.heard = seen_at, now
        for each in told:
            other = self._others[each.owner]
            other.turn = each.turn
            self._count(other, each.person, each.pages)
        for name, other in tuple(self._others.items()):
            if name not in beats or self._silent(other):
                other.turn = 0  # once it is back, all that it told is read again
                for person in tuple(other.pages):
                    self._count(other, person, 0)
            if name not in beats:
                del self._others[name]

    def _silent(self, other: _Other) -> bool:
        return self._clock() - other.heard > LEASE_SECONDS

    def _count(self, other: _Other, person: str, pages: int) -> None:
        more = pages - other.pages.get(person, 0)
        if pages:
            other.pages[person] = pages
        else:
            other.pages.pop(person, None)
        if more:
            self._line(person, more)


def _look(
    db: Db, owner: str, known: Mapping[str, int], silent: frozenset[str]
) -> tuple[dict[str, float], list[rows.Told]]:
    beats = rows.beats(db, owner)
    heard = [name for name in beats if name not in silent]
    told = [each for name in heard for each in rows.told_since(db, name, known.get(name, 0))]
    return beats, told
