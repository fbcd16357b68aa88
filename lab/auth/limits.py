"""How often somebody may be wrong: longer and longer waits, for one account at a time.

Never by address: a whole site sits behind one, and a class that starts is a crowd.
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

    failures: int
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
    forgiving: bool = True
    """Whether a success forgets the failures before it."""
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
            if self.forgiving:
                self._records.pop(key, None)

    def wait(self, key: str) -> float:
        """Seconds until another try is allowed; 0 or less where it is now."""
        record = self._records.get(key)
        if record is None or record.failures < self.free:
            return 0
        pause = min(self.longest, 2.0 ** min(record.failures - self.free, 30))
        return record.at + pause - time.monotonic()

    def _fail(self, key: str) -> None:
        now = time.monotonic()
        before = self._records.pop(key, None)
        fresh = before is None or now - before.at > self.forget
        failures = 1 if fresh or before is None else before.failures + 1
        self._records[key] = _Record(failures, now)
        if len(self._records) > self.size:
            self._records.popitem(last=False)
