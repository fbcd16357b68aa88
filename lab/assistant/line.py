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
        self._serve()
        return ticket

    def place(self, ticket: Ticket) -> int:
        """Place in line, 1 is next; 0 once it is served."""
        return 0 if ticket.served else self._waiting.index(ticket) + 1

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
        for other in self._waiting:
            other.moved.set()

    def _serve(self) -> None:
        while self._free and self._waiting:
            ticket = self._waiting.popleft()
            self._free -= 1
            ticket.served = True
            ticket.moved.set()


class Ticket:
    """One prompt's place."""

    def __init__(self, line: Line) -> None:
        self.served = False
        self.left = False
        self.moved = asyncio.Event()
        """Set whenever the place may have changed."""
        self._line = line

    async def wait(self, offer_after: float) -> AsyncGenerator[Queued, None]:
        """Every change of place until it is this one's turn; after ``offer_after`` seconds with
        the offer of a recorded reply.
        """
        loop = asyncio.get_running_loop()
        offer_at = loop.time() + offer_after
        shown: Queued | None = None
        while not self.served:
            offer = loop.time() >= offer_at
            queued = Queued(self._line.place(self), offer)
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
