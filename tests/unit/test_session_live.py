"""Turns under way: one at a time in a session, stopped and ended in order."""

from __future__ import annotations

import asyncio

import pytest

from lab.errors import Conflict, NotFound, Unavailable
from lab.model import Delta, Done, Shown, Status
from lab.session.live import LiveTurn, LiveTurns


async def _talk(live: LiveTurn) -> None:
    """A turn that talks until it is cut short."""
    try:
        for number in range(1000):
            live.show(Delta(f"{number} "))
            await asyncio.sleep(0.001)
    except asyncio.CancelledError:
        live.show(Done(live.turn, Status.INTERRUPTED))
    else:
        live.show(Done(live.turn, Status.ANSWERED))


async def _read(live: LiveTurn) -> list[Shown]:
    return [event async for event in live.events()]


async def test_a_turn_ends_with_done_and_then_its_session_is_free() -> None:
    """The last event is Done; afterwards the session takes another turn."""
    turns = LiveTurns()

    async def short(live: LiveTurn) -> None:
        live.show(Delta("a"))
        live.show(Delta("b"))
        live.show(Done(live.turn, Status.ANSWERED))

    events = await _read(turns.start("s", "1", short))
    assert events == [Delta("ab"), Done("1", Status.ANSWERED)]
    await asyncio.sleep(0)
    assert turns.running("s") is None
    assert len(turns) == 0


async def test_deltas_that_wait_together_come_as_one_and_in_order() -> None:
    """Joining what waits loses nothing and moves nothing past another event."""
    live = LiveTurn("s", "1")
    for event in (Delta("a"), Delta("b"), Done("1", Status.ANSWERED)):
        live.show(event)
    assert await _read(live) == [Delta("ab"), Done("1", Status.ANSWERED)]


async def test_the_first_word_never_waits_and_fast_ones_go_together() -> None:
    """A page gets the first word at once, then as many events as people can see, and every word."""
    turns = LiveTurns()

    async def fast(live: LiveTurn) -> None:
        for number in range(100):
            live.show(Delta(f"{number} "))
            await asyncio.sleep(0.002)
        live.show(Done(live.turn, Status.ANSWERED))

    events = await _read(turns.start("s", "1", fast))
    words = [event.text for event in events if isinstance(event, Delta)]
    assert words[0] == "0 "
    assert "".join(words) == "".join(f"{number} " for number in range(100))
    assert len(words) < 50


async def test_a_session_has_one_turn_at_a_time() -> None:
    """A second turn of the same session is a conflict; another session's is not."""
    turns = LiveTurns()
    live = turns.start("s", "1", _talk)
    with pytest.raises(Conflict):
        turns.start("s", "2", _talk)
    other = turns.start("t", "3", _talk)
    await asyncio.sleep(0.01)
    for one in (live, other):
        one.stop("stopped")
        assert (await _read(one))[-1] == Done(one.turn, Status.INTERRUPTED)


async def test_stop_names_the_turn() -> None:
    """Stopping a turn that is not under way is not found; the right one ends at once."""
    turns = LiveTurns()
    live = turns.start("s", "1", _talk)
    await asyncio.sleep(0.01)
    for session, turn in (("s", "2"), ("t", "1")):
        with pytest.raises(NotFound):
            turns.stop(session, turn)
    turns.stop("s", "1")
    assert (await _read(live))[-1] == Done("1", Status.INTERRUPTED)
    assert live.reason == "stopped"


async def test_a_reader_who_leaves_stops_the_turn() -> None:
    """When the page goes away the turn is cut short, with the reason ``left``."""
    turns = LiveTurns()
    live = turns.start("s", "1", _talk)
    reader = live.events()
    await anext(reader)
    await reader.aclose()  # type: ignore[attr-defined]
    assert live.task is not None
    await asyncio.wait([live.task], timeout=1)
    assert live.task.done()
    assert live.reason == "left"


async def test_closing_ends_all_turns_and_takes_no_more() -> None:
    """After close every turn has ended and a new one is refused."""
    turns = LiveTurns()
    lives = [turns.start(str(number), str(number), _talk) for number in range(5)]
    await asyncio.sleep(0.01)
    await turns.close()
    assert {live.reason for live in lives} == {"shutdown"}
    assert all(live.task is not None and live.task.done() for live in lives)
    with pytest.raises(Unavailable):
        turns.start("new", "1", _talk)
