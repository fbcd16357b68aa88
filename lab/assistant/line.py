"""The line in front of a model that writes only a few replies at once: first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from lab.model import Queued


class Line:
    """People waiting for one of a few slots."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: deque[Ticket] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def join(self) -> Ticket:
        """A place in the line; at its head at once where a slot is free and nobody waits."""
        ticket = Ticket(self)
        self._waiting.append(ticket)
        ticket.place = len(self._waiting)
        self._serve()
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Give back the slot, or the place in line. Idempotent."""
        if ticket.left:
            return
        ticket.left = True
        if ticket.served:
            self._free += 1
        else:
            self._waiting.remove(ticket)
        self._serve()
        for place, other in enumerate(self._waiting, 1):
            if other.place != place:
                other.place = place
                other.moved.set()

    def _serve(self) -> None:
        while self._free and self._waiting:
            ticket = self._waiting.popleft()
            self._free -= 1
            ticket.place = 0
            ticket.moved.set()


class Ticket:
    """One prompt's place."""

    def __init__(self, line: Line) -> None:
        self.place = 0
        """Place in line, 1 is next; 0 once it is served."""
        self.left = False
        self.moved = asyncio.Event()
        """Set when the place has changed."""
        self._line = line

    @property
    def served(self) -> bool:
        """Whether its turn has come."""
        return self.place == 0

    async def wait(self, offer_after: float) -> AsyncGenerator[Queued, None]:
        """Every change of place until it is this one's turn; after ``offer_after`` seconds with
        the offer of a recorded reply.
        """
        loop = asyncio.get_running_loop()
        offer_at = loop.time() + offer_after
        shown: Queued | None = None
        while not self.served:
            offer = loop.time() >= offer_at
            queued = Queued(self.place, offer)
            if queued != shown:
                shown = queued
                yield queued
                continue
            self.moved.clear()
            try:
                async with asyncio.timeout_at(None if offer else offer_at):
                    await self.moved.wait()
            except TimeoutError:
                continue

    def leave(self) -> None:
        """Give back the slot, or the place in line."""
        self._line.leave(self)
