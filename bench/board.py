"""What the live board costs: CPU of a class of 3,032 at one prompt a minute, beside a naive board.

    python -m bench.board [--people 3032] [--seconds 20] [--pages 20] [--sites 131]

A real log in SQLite takes the events of a generated class (each prompt: decided, sent, ended; now
and then a check, a stop, a hand). Three runs write the very same stream and differ in who listens:

* nobody: what writing costs by itself;
* the board: the fold, the deltas and the pages of all sites (``--pages`` of the whole course and
  one of each site), each of which reads every message;
* naive: the same fold, but once a second each page gets the whole board again.

CPU is that of the whole process (all threads), of which the run with nobody is taken off. The last
line is JSON with ``board_cpu_percent``: of one core.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lab.keys import Keys
from lab.log import help as hands
from lab.log import people as rows
from lab.log.base import SYSTEM, Tally, Write
from lab.log.sessions import open_session
from lab.log.sqlite import SqliteLog
from lab.model import Person, Role, SessionRow
from lab.session.board_feed import BoardFeed, Page, View, event

EXERCISES = [f"bai-{number:02}" for number in range(1, 19)]
REPLY = "Kính gửi anh/chị, việc cần làm gồm ba bước sau đây, mong anh/chị xem giúp. " * 8
STOPPED, CHECKED, RAISED = 0.06, 0.10, 0.01
"""Shares of prompts that are stopped, after which work is checked, after which a hand goes up."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is in the log, and where."""

    sessions: tuple[SessionRow, ...]
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run used and did."""

    cpu: float
    seconds: float
    events: int
    messages: int
    bytes: int

    @property
    def percent(self) -> float:
        """CPU, of one core."""
        return 100 * self.cpu / self.seconds


def fill(write: Write, keys: Keys, sites: int, people: int) -> Crowd:
    """Everybody, in one transaction; all have begun an exercise."""
    names, found, transaction = [], [], write
    for site in range(sites):
        name = f"Xã Mẫu {site + 1}"
        names.append(name)
        room = rows.add_class(transaction, f"Lớp {site + 1}", f"XA{site:03}", name)  # type: ignore[arg-type]
        for nth in range(site, people, sites):
            person = Person(rows.new_id(), f"Học viên {nth}", Role.TRAINEE, room.id, name)
            rows.add_person(transaction, keys, person, None, None, by=None)  # type: ignore[arg-type]
            found.append(open_session(transaction, person, EXERCISES[nth % 18]))  # type: ignore[arg-type]
    return Crowd(tuple(found), tuple(names))


async def prompt(log: SqliteLog, row: SessionRow, dice: random.Random, nth: int) -> int:
    """One prompt and what follows it; how many events it wrote."""
    stopped = dice.random() < STOPPED
    turn = f"{nth:08x}"
    decided: dict[str, Any] = {
        "turn": turn,
        "parent": None,
        "action": "block" if stopped else "allow",
        "findings": [],
        "reference": turn[:6],
        "policy": "v1",
        "prompt": None if stopped else REPLY[:300],
        "check_ms": 3.0,
        "fault": None,
    }
    await log.append(row.id, "turn.decided", decided, tally=Tally(turns=1, blocked=int(stopped)))
    if stopped:
        return 1
    await log.append(row.id, "turn.sent", {"turn": turn, "digest": "0" * 64, "host": "127.0.0.1"})
    await asyncio.sleep(1.0 + dice.random())
    ended: dict[str, Any] = {
        "turn": turn,
        "status": "answered",
        "reply": REPLY,
        "error": None,
        "findings": [],
    }
    await log.append(row.id, "turn.ended", ended)
    written = 3
    if dice.random() < CHECKED:
        share = round(dice.random(), 2)
        scored = {"share": share, "passed": share > 0.7, "criteria": []}
        await log.append(row.id, "check.scored", scored, tally=Tally(score=share))
        written += 1
    if dice.random() < RAISED:
        raised = partial(hands.raise_hand, severity="task", word="Em hỏi", action="allow")
        with contextlib.suppress(Exception):  # the hand is up already
            await log.write(partial(raised, row=row, site=None))
            written += 1
    return written


async def played(log: SqliteLog, crowd: Crowd, seconds: float, seed: int) -> int:
    """The stream: prompts at one a minute and person, spread evenly at random."""
    dice, tasks = random.Random(seed), []  # noqa: S311 - a load, no secret
    begin, every = time.monotonic(), 60 / len(crowd.sessions)
    for nth in range(int(seconds / every)):
        ahead = begin + nth * every - time.monotonic()
        if ahead > 0:
            await asyncio.sleep(ahead)
        tasks.append(asyncio.create_task(prompt(log, dice.choice(crowd.sessions), dice, nth)))
    return sum(await asyncio.gather(*tasks))


@dataclass(slots=True)
class Reader:
    """A page: it reads all that comes and keeps none of it."""

    messages: int = 0
    bytes: int = 0

    async def read(self, page: Page) -> None:
        """Read until cancelled."""
        while True:
            message = await page.messages.get()
            if message is None:
                raise RuntimeError("a page was let go")
            self.messages += 1
            self.bytes += len(message)


@contextlib.asynccontextmanager
async def board(
    log: SqliteLog, crowd: Crowd, pages: int, tell: Callable[[BoardFeed], Any]
) -> AsyncIterator[Reader]:
    """The board with its pages: ``pages`` of the whole map, one of each site."""
    feed, reader, tasks = BoardFeed(log), Reader(), []
    await feed.start()
    for row in crowd.sessions:
        feed.board.line(row.person_id, 1, time.time())
    views = [View(None)] * pages + [View(f"site:{site}", named=True) for site in crowd.sites]
    for view in views:
        page = Page()
        feed.join(view, page)
        tasks.append(asyncio.create_task(reader.read(page)))
    tasks.append(asyncio.create_task(tell(feed)))
    try:
        yield reader
    finally:
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        feed.close()
        broken = [each for each in done if not isinstance(each, asyncio.CancelledError | None)]
        if broken:
            raise RuntimeError(broken)


async def naive(feed: BoardFeed) -> None:
    """Once a second each page gets everything, put into words for each anew."""
    while True:
        feed.board.changed.clear()
        for view, pages in feed._views.items():  # noqa: SLF001 - what the board itself walks
            for page in tuple(pages):
                page.put(event("board", feed.whole(view)))
        await asyncio.sleep(1)


async def measured(
    log: SqliteLog,
    crowd: Crowd,
    seconds: float,
    pages: int,
    tell: Callable[[BoardFeed], Any] | None,
) -> Run:
    """One run of the same stream."""
    async with contextlib.AsyncExitStack() as stack:
        reader = Reader()
        if tell is not None:
            reader = await stack.enter_async_context(board(log, crowd, pages, tell))
            await asyncio.sleep(1.5)
        begin, used = time.monotonic(), time.process_time()
        before, sent = reader.messages, reader.bytes
        events = await played(log, crowd, seconds, seed=7)
        cpu, took = time.process_time() - used, time.monotonic() - begin
        return Run(cpu, took, events, reader.messages - before, reader.bytes - sent)


async def main(people: int, sites: int, pages: int, seconds: float) -> dict[str, float]:
    """All runs, and what they say."""
    with tempfile.TemporaryDirectory(prefix="bench-board-") as folder:
        keys = Keys.load(Path(folder) / "keys")
        log = SqliteLog(Path(folder) / "log.db", keys)
        await log.start()
        crowd = await log.write(lambda write: fill(write, keys, sites, people))
        ways = {"nobody": None, "board": BoardFeed.run, "naive": naive}
        runs: dict[str, Run] = {}
        for name, tell in ways.items():
            run = runs[name] = await measured(log, crowd, seconds, pages, tell)
            rate, sent = run.messages / run.seconds, run.bytes / run.seconds / 1e3
            told = f"{rate:6.0f} messages/s, {sent:6.0f} kB/s"
            events = run.events / run.seconds
            print(f"{name:7} {run.percent:6.2f} % of a core, {events:5.0f} events/s, {told}")
        await log.append(SYSTEM, "system.stopped", {})
        await log.close()
    base = runs["nobody"].percent
    return {
        "people": people,
        "sites": sites,
        "pages": pages + sites,
        "events_per_second": round(runs["board"].events / runs["board"].seconds),
        "board_cpu_percent": round(max(0.0, runs["board"].percent - base), 2),
        "naive_cpu_percent": round(max(0.0, runs["naive"].percent - base), 2),
        "log_cpu_percent": round(base, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=3032)
    parser.add_argument("--sites", type=int, default=131)
    parser.add_argument("--pages", type=int, default=20, help="pages of the whole course")
    parser.add_argument("--seconds", type=float, default=20)
    wanted = parser.parse_args()
    print(json.dumps(asyncio.run(main(wanted.people, wanted.sites, wanted.pages, wanted.seconds))))
