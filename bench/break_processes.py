"""Faults of processes: killed, stopped, frozen. Each is started again by whoever keeps it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bench.hall import tree
from bench.room import Room

if TYPE_CHECKING:
    from bench.site import Site

NOTICED = 0.2
"""Seconds within which the end of a process is noticed."""


async def kill(room: Room, _dice: random.Random) -> None:
    """SIGKILL for the lab; where it has several processes, for the first one."""
    os.kill(room.lab.pid, signal.SIGKILL)
    await _whole(room)


async def stop(room: Room, _dice: random.Random) -> None:
    """SIGTERM for the lab: it ends in order."""
    os.kill(room.lab.pid, signal.SIGTERM)
    await _whole(room)


async def worker(room: Room, dice: random.Random) -> None:
    """SIGKILL for one of several processes that answer."""
    os.kill(dice.choice(_some(room)), signal.SIGKILL)
    await _whole(room)


async def freeze(room: Room, dice: random.Random) -> None:
    """SIGSTOP for a process that answers, for up to two seconds."""
    pid = dice.choice(_some(room))
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(dice.uniform(0.3, 2))
    os.kill(pid, signal.SIGCONT)


async def reader(room: Room, _dice: random.Random) -> None:
    """SIGKILL for the children that read long texts."""
    _kill_children(room, b"lab.policy.workers")


async def model(room: Room, _dice: random.Random) -> None:
    """SIGKILL for the child in which the embedded model runs, while it writes or waits."""
    _kill_children(room, b"lab.assistant.embedded_child")


async def postgres(room: Room, _dice: random.Random) -> None:
    """SIGKILL for the first process of PostgreSQL, as a power cut would end it."""
    os.kill(cast("Site", room).database.pid, signal.SIGKILL)
    await _whole(room)


async def nginx(room: Room, _dice: random.Random) -> None:
    """SIGKILL for nginx, all of it: systemd ends the rest of a unit whose first process is gone."""
    for pid in tree(cast("Site", room).front.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    await _whole(room)


async def _whole(room: Room) -> None:
    """Until all is there again."""
    await asyncio.sleep(NOTICED)
    await room.serves()


def _some(room: Room) -> list[int]:
    """The processes that answer. Raises ``ProcessLookupError`` where none does."""
    found = room.serving()
    if not found:
        raise ProcessLookupError
    return found


def _kill_children(room: Room, what: bytes) -> None:
    for pid in tree(room.lab.pid)[1:]:
        with suppress(OSError):
            if what in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
