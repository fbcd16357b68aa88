"""The line in front of the embedded model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from hypothesis import given
from hypothesis import strategies as st

from lab.assistant.line import Line, Ticket
from lab.model import Queued

LONG = 3600.0


async def _until_served(ticket: Ticket, offer_after: float = LONG) -> list[Queued]:
    return [queued async for queued in ticket.wait(offer_after)]


async def _step(waiting: AsyncGenerator[Queued, None]) -> Queued:
    async with asyncio.timeout(2):
        return await anext(waiting)


async def test_a_free_slot_is_had_without_waiting() -> None:
    """Nobody is told to wait while a slot is free."""
    line = Line(2)
    assert await _until_served(line.join()) == []
    assert await _until_served(line.join()) == []
    assert len(line) == 0


async def test_every_change_of_place_is_told() -> None:
    """The third in line hears 3, 2, 1, and is served when a slot is given back."""
    line = Line(1)
    tickets = [line.join() for _ in range(4)]
    waiting = tickets[3].wait(LONG)
    heard = [await _step(waiting)]
    for ticket in tickets[:2]:
        ticket.leave()
        heard.append(await _step(waiting))
    tickets[2].leave()
    assert [queued.place for queued in heard] == [3, 2, 1]
    assert [queued async for queued in waiting] == []
    assert tickets[3].served


async def test_a_recorded_reply_is_offered_after_the_time_and_once() -> None:
    """After the set time the same place comes once more, with the offer; the wait goes on."""
    line = Line(1)
    holder, ticket = line.join(), line.join()
    waiting = ticket.wait(0.02)
    assert await _step(waiting) == Queued(1)
    assert await _step(waiting) == Queued(1, offer_recorded=True)
    following = asyncio.create_task(anext(waiting, None))
    await asyncio.sleep(0.05)
    assert not following.done()
    holder.leave()
    assert await following is None


async def test_leaving_twice_gives_back_one_slot() -> None:
    """A ticket gives back its slot once, however often it leaves."""
    line = Line(1)
    first = line.join()
    second, third = line.join(), line.join()
    first.leave()
    first.leave()
    assert (second.served, third.served) == (True, False)


@given(
    slots=st.integers(1, 4),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 7)), max_size=60),
)
async def test_the_line_is_first_come_first_served(
    slots: int, steps: list[tuple[bool, int]]
) -> None:
    """Whoever comes and goes: never more served than there are slots, no slot idle while somebody
    waits, nobody overtaken, and places are 1, 2, 3 in order of arrival.
    """
    line = Line(slots)
    inside: list[Ticket] = []
    for joins, which in steps:
        if joins or not inside:
            inside.append(line.join())
        else:
            inside.pop(which % len(inside)).leave()
        served = [ticket.served for ticket in inside]
        assert sum(served) == min(slots, len(inside))
        assert served == sorted(served, reverse=True)
        waiting = [ticket for ticket in inside if not ticket.served]
        assert [ticket.place for ticket in waiting] == list(range(1, len(waiting) + 1))
