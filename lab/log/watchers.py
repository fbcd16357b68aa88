"""Who wants to hear of events as soon as they are on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock

from lab.log.chain import Row
from lab.log.sessions import event_of
from lab.model import Event

Told = Callable[[Sequence[Event]], None]


@dataclass(slots=True)
class Watchers:
    """All who watch, each on the event loop that it came from."""

    _told: dict[int, tuple[asyncio.AbstractEventLoop, Told]] = field(default_factory=dict)
    _next: int = 0
    _lock: Lock = field(default_factory=Lock)

    def add(self, told: Told) -> Callable[[], None]:
        """``told`` is called on the running loop; what is returned ends it."""
        with self._lock:
            self._next += 1
            number = self._next
            self._told[number] = (asyncio.get_running_loop(), told)

        def end() -> None:
            with self._lock:
                self._told.pop(number, None)

        return end

    def any(self) -> bool:
        """Whether anybody watches."""
        with self._lock:
            return bool(self._told)

    def tell(self, rows: Sequence[Row]) -> None:
        """From any thread: these rows are on disk."""
        with self._lock:
            listening = list(self._told.values())
        if not rows or not listening:
            return
        events = [
            event_of(row.stream, row.seq, row.at, row.kind, row.payload, row.hash) for row in rows
        ]
        for loop, told in listening:
            with suppress(RuntimeError):  # that loop is closed: nobody listens
                loop.call_soon_threadsafe(told, events)
