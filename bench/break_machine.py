"""Faults of the machine: its disk, limits, memory and clock; and of the model's server."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import resource
import subprocess
from contextlib import suppress
from pathlib import Path

from bench.room import Room

JUMPS = (-1200, -300, -5, 5, 300, 1200)
"""Seconds by which the clock may be wrong: from one end to the other is less than the 45 minutes
after which an idle sign-in ends, which is right and no fault."""


async def disk(room: Room, dice: random.Random) -> None:
    """The disk is full for a moment."""
    filler = room.disk / "filler"
    await asyncio.to_thread(_fill, filler)
    await asyncio.sleep(dice.uniform(0.3, 1.5))
    filler.unlink(missing_ok=True)


async def stall(room: Room, dice: random.Random) -> None:
    """The disk stands still: whoever writes waits."""
    place = str(room.disk)
    await asyncio.to_thread(subprocess.run, ["/sbin/fsfreeze", "-f", place], check=True)
    try:
        await asyncio.sleep(dice.uniform(0.3, 2))
    finally:
        subprocess.run(  # noqa: ASYNC221 - also when cancelled: it must not stay halted
            ["/sbin/fsfreeze", "-u", place], check=True
        )


async def slow(room: Room, dice: random.Random) -> None:
    """Each sync of the disk takes a tenth of a second or several, for some seconds."""
    if room.shim is None:
        return
    room.shim.slow(dice.uniform(0.05, 0.5))
    await asyncio.sleep(dice.uniform(1, 4))
    room.shim.slow(0)


async def files(room: Room, dice: random.Random) -> None:
    """A process may open two more files, and no more."""
    pid = dice.choice(room.serving() or [room.lab.pid])
    await _limited(pid, resource.RLIMIT_NOFILE, _open_files(pid) + 2, dice)


async def address(room: Room, dice: random.Random) -> None:
    """A process may have four more megabytes of addresses, and no more."""
    pid = dice.choice(room.serving() or [room.lab.pid])
    await _limited(pid, resource.RLIMIT_AS, _addresses(pid) + 4_000_000, dice)


async def memory(room: Room, dice: random.Random) -> None:
    """The lab and its children get no more memory: who asks for it is killed by the kernel."""
    if room.group is None:
        return
    room.group.squeeze()
    await asyncio.sleep(dice.uniform(0.5, 3))
    room.group.release()
    await room.serves()


async def clock(room: Room, dice: random.Random) -> None:
    """The wall clock of the lab jumps, and stays wrong until it jumps again."""
    if room.shim is not None:
        room.shim.jump(dice.choice(JUMPS))


async def endpoint(room: Room, dice: random.Random) -> None:
    """The model's server fails in one of its ways."""
    kind = dice.choice(("status", "refuse", "cut", "silence", "garbage", "error", "page"))
    room.endpoint.behave(kind=kind, after=dice.randint(0, 20), rate=200, tokens=40)
    await asyncio.sleep(dice.uniform(0.5, 2))
    room.usual()


async def _limited(pid: int, what: int, most: int, dice: random.Random) -> None:
    before = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (most, before[1]))
    await asyncio.sleep(dice.uniform(0.3, 1.5))
    with suppress(ProcessLookupError):
        resource.prlimit(pid, what, before)


def _open_files(pid: int) -> int:
    """Files that a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _addresses(pid: int) -> int:
    """Bytes of address space that a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _fill(path: Path) -> None:
    """Write until the disk is full."""
    try:
        with path.open("wb") as file:
            while True:
                file.write(b"\0" * 65536)
                file.flush()
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
