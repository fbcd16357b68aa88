"""The faults of ``bench/faults.py``: each breaks something for a moment, and mends it again."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import resource
import signal
import subprocess
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.pupils import Room

PAUSE = (0.2, 1.2)
"""Seconds between two faults."""
CALM = 6
"""After so many faults the lab must serve before the next one."""


class Breaker:
    """Breaks things at random; says what it did."""

    def __init__(self, room: Room, seed: int) -> None:
        """The same seed breaks in the same order."""
        self.room = room
        self.dice = random.Random(seed)  # noqa: S311 - a load, no secret
        self.done: Counter[str] = Counter()

    async def run(self, faults: int) -> None:
        """So many faults, one after another."""
        kinds = [name for name, _ in FAULTS]
        order = self.dice.sample(kinds, len(kinds))  # each kind once, then by weight
        order += self.dice.choices(kinds, [weight for _, weight in FAULTS], k=faults)
        for nth, name in enumerate(order[:faults]):
            await asyncio.sleep(self.dice.uniform(*PAUSE))
            act: Callable[[], Awaitable[None]] = getattr(self, f"_{name}")
            self.room.fault = f"{name} ({nth + 1})"
            with suppress(ProcessLookupError):
                await act()
            self.done[name] += 1
            if nth % CALM == CALM - 1:
                await self.room.serves()

    async def _kill(self) -> None:
        os.kill(self.room.pid, signal.SIGKILL)
        await asyncio.sleep(0.05)
        await self.room.serves()

    async def _stop(self) -> None:
        os.kill(self.room.pid, signal.SIGTERM)
        await asyncio.sleep(0.05)
        await self.room.serves()

    async def _freeze(self) -> None:
        pid = self.room.pid
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(self.dice.uniform(0.3, 2))
        os.kill(pid, signal.SIGCONT)

    async def _disk(self) -> None:
        """The disk is full for a moment."""
        filler = self.room.data / "filler"
        await asyncio.to_thread(_fill, filler, self.room.small)
        await asyncio.sleep(self.dice.uniform(0.3, 1.5))
        filler.unlink(missing_ok=True)

    async def _stall(self) -> None:
        """The disk stands still: whoever writes waits."""
        if not self.room.freezes:
            return
        disk = str(self.room.disk)
        await asyncio.to_thread(subprocess.run, ["/sbin/fsfreeze", "-f", disk], check=True)
        try:
            await asyncio.sleep(self.dice.uniform(0.3, 2))
        finally:
            subprocess.run(  # noqa: ASYNC221 - also when cancelled: it must not stay halted
                ["/sbin/fsfreeze", "-u", disk], check=True
            )

    async def _reader(self) -> None:
        """The children that read long texts are killed."""
        for pid in _children(self.room.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def _files(self) -> None:
        """No more files may be opened."""
        await self._limited(resource.RLIMIT_NOFILE, _open_files(self.room.pid) + 2)

    async def _memory(self) -> None:
        """No more memory may be had."""
        await self._limited(resource.RLIMIT_AS, _memory(self.room.pid) + 4_000_000)

    async def _limited(self, what: int, most: int) -> None:
        pid = self.room.pid
        before = resource.prlimit(pid, what)
        resource.prlimit(pid, what, (most, before[1]))
        await asyncio.sleep(self.dice.uniform(0.3, 1.5))
        with suppress(ProcessLookupError):
            resource.prlimit(pid, what, before)

    async def _endpoint(self) -> None:
        """The model's server fails in one of its ways."""
        kind = self.dice.choice(("status", "refuse", "cut", "silence", "garbage", "error", "page"))
        self.room.endpoint.behave(kind=kind, after=self.dice.randint(0, 20), rate=200, tokens=40)
        await asyncio.sleep(self.dice.uniform(0.5, 2))
        self.room.usual()


FAULTS = (
    ("kill", 3),
    ("stop", 1),
    ("freeze", 2),
    ("disk", 2),
    ("stall", 2),
    ("reader", 2),
    ("files", 2),
    ("memory", 1),
    ("endpoint", 4),
)
"""Names of the methods above, and how often each is chosen beside the others."""


def _children(pid: int) -> list[int]:
    """The processes that a process started and that read long texts for it."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            parent = int((entry / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
            if parent == pid and b"lab.policy.workers" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def _open_files(pid: int) -> int:
    """Files that a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _memory(pid: int) -> int:
    """Bytes of address space that a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _fill(path: Path, small: bool) -> None:
    """Write until the disk is full; where it is no small disk of ours, do nothing."""
    if not small:
        return
    try:
        with path.open("wb") as file:
            while True:
                file.write(b"\0" * 65536)
                file.flush()
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
