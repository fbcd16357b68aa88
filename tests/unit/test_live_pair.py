"""Two turns of one session at the same time: only as a pair, and each is stopped by itself."""

from __future__ import annotations

import asyncio

import pytest

from lab.errors import Conflict, NotFound
from lab.model import Done, Status
from lab.session.live import LiveTurn, LiveTurns


async def wait(live: LiveTurn) -> None:
    """A turn that goes on until it is stopped."""
    try:
        await asyncio.Event().wait()
    finally:
        live.show(Done(live.turn, Status.INTERRUPTED))


async def test_a_pair_runs_and_nothing_else_beside_it() -> None:
    """Two that say so; no third, no other one beside them, and no pair beside another one."""
    turns = LiveTurns()
    one = turns.start("s", "1", wait, beside=True)
    with pytest.raises(Conflict):
        turns.start("s", "x", wait)
    two = turns.start("s", "2", wait, beside=True)
    with pytest.raises(Conflict):
        turns.start("s", "3", wait, beside=True)
    alone = turns.start("other", "4", wait)
    with pytest.raises(Conflict):
        turns.start("other", "5", wait, beside=True)
    assert len(turns) == 3
    await asyncio.sleep(0)
    turns.stop("s", "1")
    assert one.task is not None
    await asyncio.wait([one.task])
    assert turns.running("s") is two
    with pytest.raises(NotFound):
        turns.stop("s", "1")
    await turns.close()
    assert (len(turns), turns.running("s"), alone.over) == (0, None, True)
