"""The faults of ``bench/faults.py``: which there are, which can be had here, and their order."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from bench import break_machine as machine
from bench import break_processes as processes
from bench.room import Room
from bench.site import Site

PAUSE = (0.2, 1.2)
"""Seconds between two faults."""
MODEL_PAUSE = (3.0, 9.0)
"""The same where a small model on this machine's processors has to come to an answer."""
CALM = 6
"""After so many faults the lab must serve before the next one."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to break something for a moment."""

    name: str
    act: Callable[[Room, random.Random], Awaitable[None]]
    weight: int
    """How often it is chosen beside the others."""
    able: Callable[[Room], object] = lambda _room: True
    """Whether it can be had here."""
    restarts: bool = False
    """Whether the lab has to start again after it, which costs seconds of a processor."""


FREEZE = Kind("freeze", processes.freeze, 2)
STALL = Kind("stall", machine.stall, 2, lambda room: room.freezes)
SLOW = Kind("slow", machine.slow, 2, lambda room: room.shim)
MEMORY = Kind("memory", machine.memory, 1, lambda room: room.group, restarts=True)
KILL = Kind("kill", processes.kill, 3, restarts=True)
COMMON = (
    FREEZE,
    STALL,
    MEMORY,
    Kind("reader", processes.reader, 2, restarts=True),
    Kind("disk", machine.disk, 2, lambda room: room.small),
    Kind("files", machine.files, 2),
    Kind("address", machine.address, 1, restarts=True),
    Kind("clock", machine.clock, 2, lambda room: room.shim),
    Kind("endpoint", machine.endpoint, 4),
    Kind("stop", processes.stop, 1, restarts=True),
)
ALONE = (*COMMON, SLOW, KILL)
EMBEDDED = (FREEZE, STALL, SLOW, MEMORY, KILL, Kind("model", processes.model, 16))
SEVERAL = (
    *COMMON,
    Kind("kill", processes.kill, 1, restarts=True),
    Kind("worker", processes.worker, 3, restarts=True),
    Kind("postgres", processes.postgres, 3),
    Kind("nginx", processes.nginx, 3),
)


def kinds(room: Room) -> tuple[Kind, ...]:
    """What is broken in a room."""
    if isinstance(room, Site):
        return SEVERAL
    return EMBEDDED if room.embedded else ALONE


class Breaker:
    """Breaks things at random; says what it did."""

    def __init__(self, room: Room, seed: int, *, spare: bool = False) -> None:
        """The same seed breaks in the same order. ``spare``: what makes the lab start again comes
        once only, for a machine that has little time.
        """
        self.room = room
        self.spare = spare
        self.dice = random.Random(seed)  # noqa: S311 - a load, no secret
        self.done: Counter[str] = Counter()
        self.left_out = [kind.name for kind in kinds(room) if not kind.able(room)]
        """Kinds that cannot be had here."""
        self.at: list[tuple[str, float]] = []
        """What was broken, and when: seconds since the campaign began."""

    def order(self, faults: int) -> list[Kind]:
        """So many: each kind once at first, then by weight."""
        able = [kind for kind in kinds(self.room) if kind.able(self.room)]
        again = [kind for kind in able if not (self.spare and kind.restarts)]
        first = self.dice.sample(able, len(able))
        rest = self.dice.choices(again, [kind.weight for kind in again], k=faults)
        return [*first, *rest][:faults]

    async def run(self, faults: int) -> None:
        """So many faults, one after another."""
        pause = MODEL_PAUSE if self.room.embedded else PAUSE
        for nth, kind in enumerate(self.order(faults)):
            await asyncio.sleep(self.dice.uniform(*pause))
            self.room.fault = f"{kind.name} ({nth + 1})"
            self.at.append((kind.name, time.monotonic() - self.room.began))
            with suppress(ProcessLookupError):
                await kind.act(self.room, self.dice)
            self.done[kind.name] += 1
            if nth % CALM == CALM - 1:
                await self.room.serves()
