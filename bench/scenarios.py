"""The scenarios of the conference: who does what when, and what was used meanwhile."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import aiohttp

from bench.crowd import CHECKS, Counts, Visitor, Watcher
from bench.hall import STAGES, Hall
from bench.processes import cpu_seconds

WARM = 10.0
"""Seconds of the same load before the window that is measured."""
LEAD = 1.4 * max(CHECKS)
"""Seconds before the first prompt in which its writer is typing."""
JOINING = 40
"""Browsers that open their page at the same time while the conference is being set up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario in numbers."""

    name: str
    trainees: int
    seconds: float
    """Length of the window that is measured."""
    every: float
    """Seconds between two prompts of one trainee."""
    seed: int = 1
    trainers: int = 10


@dataclass(slots=True)
class Used:
    """What the window cost."""

    prompts: int = 0
    seconds: float = 0.0
    lab: float = 0.0
    front: float = 0.0
    endpoint: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """One scenario on one hall."""

    plan: Plan
    hall: Hall
    counts: Counts
    endpoint: int
    used: Used = field(default_factory=Used)
    visitors: list[Visitor] = field(default_factory=list)

    async def join(self, seconds: float, assets: Sequence[str]) -> None:
        """All sign in and open the practice room, spread over ``seconds``; cold caches where
        ``assets`` are given. The time of a page is from its request to the last thing it loads.
        """
        began = time.monotonic()
        self.counts.open_at = began
        gate = asyncio.Semaphore(len(self.visitors) if assets else JOINING)
        step = seconds / max(len(self.visitors), 1)

        async def one(nth: int, visitor: Visitor) -> None:
            due = began + nth * step
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            async with gate:
                due = due if assets else time.monotonic()
                await visitor.sign_in()
                opened = time.monotonic() if assets else due
                await visitor.practice(assets)
                self.counts.pages.append(1000 * (time.monotonic() - opened))
                await visitor.resume()

        await self._all(one)

    async def prompts(self, spread: float) -> None:
        """Each sends one prompt within ``spread`` seconds, and then one every ``plan.every``."""
        dice = random.Random(self.plan.seed)  # noqa: S311 - a load, no secret
        starts = [dice.random() * spread for _ in self.visitors]
        begin = time.monotonic() + LEAD
        warm = WARM if self.plan.every < float("inf") else 0.0
        self.counts.open_at = begin + warm
        self.counts.close_at = begin + warm + self.plan.seconds
        end = self.counts.close_at
        watchers = [Watcher(self.hall.url, self.counts) for _ in range(self.plan.trainers)]
        work = [asyncio.create_task(self._watch(each, end)) for each in watchers]
        meter = asyncio.create_task(self.measure())

        async def one(nth: int, visitor: Visitor) -> None:
            due = begin + starts[nth]
            while due < end + LEAD:  # who sends after the end is typing before it
                await visitor.ask(due, end)
                due += self.plan.every

        await self._all(one)
        await meter
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    async def _watch(self, watcher: Watcher, until: float) -> None:
        watcher.start()
        try:
            await watcher.watch(until)
        finally:
            await watcher.leave()

    async def _all(self, one: Callable[[int, Visitor], Awaitable[None]]) -> None:
        async def kept(nth: int, visitor: Visitor) -> None:
            try:
                await one(nth, visitor)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                self.counts.wrong(f"{type(error).__name__} {error}", time.monotonic())

        await asyncio.gather(*(kept(nth, each) for nth, each in enumerate(self.visitors)))

    async def measure(self) -> None:
        """CPU from the window's beginning to its end (rush: until the last stream has ended)."""
        await asyncio.sleep(max(0.0, self.counts.open_at - time.monotonic()))
        before, at = self._reading(), time.monotonic()
        while time.monotonic() < self.counts.close_at:
            self.used.memory.append(self.hall.memory())
            rest = self.counts.close_at - time.monotonic()
            await asyncio.sleep(min(max(rest, 0.01), 10.0))
        after = self._reading()
        self.used.seconds = time.monotonic() - at
        self.used.lab, self.used.front, self.used.endpoint = (
            late - early for late, early in zip(after[:3], before[:3], strict=True)
        )
        self.used.stages = {stage: after[3][stage] - before[3][stage] for stage in STAGES}
        self.used.memory.append(self.hall.memory())

    def _reading(self) -> tuple[float, float, float, dict[str, float]]:
        hall = self.hall
        return hall.cpu(), hall.front_cpu(), cpu_seconds(self.endpoint), hall.stages()


async def play(run: Run, assets: Sequence[str]) -> None:
    """The whole scenario."""
    plan, hall = run.plan, run.hall
    dice = random.Random(plan.seed)  # noqa: S311
    run.visitors = [
        Visitor(hall.url, run.counts, me=me, dice=random.Random(dice.getrandbits(64)))  # noqa: S311
        for me in hall.trainees
    ]
    for visitor in run.visitors:
        visitor.start()
    try:
        if plan.name == "join":
            meter = asyncio.create_task(_meter_of_join(run))
            await run.join(plan.seconds, assets)
            await meter
        else:
            await run.join(0, ())
            for told in (run.counts.pages, run.counts.checks):
                told.clear()
            await run.prompts(10.0 if plan.name == "rush" else plan.every)
    finally:
        await asyncio.gather(*(each.leave() for each in run.visitors))


async def _meter_of_join(run: Run) -> None:
    run.counts.open_at = time.monotonic()
    run.counts.close_at = run.counts.open_at + run.plan.seconds
    await run.measure()
    run.counts.close_at = float("inf")
