"""How often somebody may be wrong: longer and longer waits, for one account at a time.

No address is ever shut: a whole site sits behind one, and a class that starts is a crowd. Where
many codes from one address were wrong, newcomers from there come in one after another for a while.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from lab.errors import NotSignedIn, TooMany


@dataclass(slots=True)
class _Record:
    """What is known of one key."""

    failures: float
    at: float


@dataclass(slots=True)
class Failures:
    """Counts failures by key, in memory of bounded size."""

    free: int
    """Failures without a wait."""
    longest: float
    """Longest wait in seconds; waits double up to it."""
    forget: float = 900
    """Seconds without a failure after which a key starts anew."""
    size: int = 10_000
    """Most keys; the one that failed longest ago goes first."""
    _records: OrderedDict[str, _Record] = field(default_factory=OrderedDict)
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def attempt(self, key: str) -> AsyncIterator[None]:
        """One try. A ``NotSignedIn`` inside counts as a failure; success forgives them.

        Tries of one key go one after the other, so that a hundred at once are not a hundred free.

        Raises:
            TooMany: it is too early for another try.
        """
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            left = self.wait(key)
            if left > 0:
                raise TooMany("too_many_tries", seconds=math.ceil(left))
            try:
                yield
            except NotSignedIn:
                self._fail(key)
                raise
            self._records.pop(key, None)

    def wait(self, key: str) -> float:
        """Seconds until another try is allowed; 0 or less where it is now."""
        record = self._records.get(key)
        if record is None or record.failures < self.free:
            return 0
        pause = min(self.longest, 2.0 ** min(int(record.failures) - self.free, 30))
        return record.at + pause - time.monotonic()

    def _fail(self, key: str) -> None:
        now = time.monotonic()
        before = self._records.pop(key, None)
        fresh = before is None or now - before.at > self.forget
        failures = 1 if fresh or before is None else before.failures + 1
        self._records[key] = _Record(failures, now)
        if len(self._records) > self.size:
            self._records.popitem(last=False)


@dataclass(slots=True)
class Pacing:
    """Lets tries from a place in one after another while many from there have just failed.

    Right ones wait as long as wrong ones, else the wait would tell which is which; nobody is
    refused before a whole queue is waiting. A code by which somebody came in from the same place
    lately waits for nobody: there it is no secret.
    """

    free: int = 20
    """Failures in a minute without a pace."""
    every: float = 0.5
    """Seconds between two tries from a place that is paced."""
    longest: float = 60.0
    """Seconds that a try may wait; who would wait longer is told so instead."""
    lately: float = 12 * 3600.0
    """Seconds for which a code that was right is known at its place."""
    size: int = 10_000
    """Most places, and most codes; the one that failed, or was right, longest ago goes first."""
    _levels: OrderedDict[str, _Record] = field(default_factory=OrderedDict)
    _next: dict[str, float] = field(default_factory=dict)
    _right: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)

    async def turn(self, place: str, code: str) -> None:
        """Wait for this try's turn. Raises ``TooMany`` where that would take too long."""
        now = time.monotonic()
        if now - self._right.get((place, code), -math.inf) < self.lately:
            return
        if not place or self._level(place, now) <= self.free:
            self._next.pop(place, None)
            return
        due = max(now, self._next.get(place, 0.0))
        if due - now > self.longest:
            raise TooMany("too_many_tries", seconds=math.ceil(due - now))
        self._next[place] = due + self.every
        await asyncio.sleep(due - now)

    def fitted(self, place: str, code: str) -> None:
        """Somebody came in by this code."""
        self._right[place, code] = time.monotonic()
        self._right.move_to_end((place, code))
        if len(self._right) > self.size:
            self._right.popitem(last=False)

    def failed(self, place: str) -> None:
        """A try from a place was wrong."""
        if not place:
            return
        now = time.monotonic()
        level = self._level(place, now) + 1
        self._levels[place] = _Record(level, now)
        self._levels.move_to_end(place)
        if len(self._levels) > self.size:
            oldest, _ = self._levels.popitem(last=False)
            self._next.pop(oldest, None)

    def _level(self, place: str, now: float) -> float:
        """Failures that still count: a minute forgets as many as are free."""
        record = self._levels.get(place)
        if record is None:
            return 0.0
        return max(0.0, record.failures - (now - record.at) * self.free / 60)
