"""Long work in a thread that does not outlive its reason."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
Tell = Callable[[int, int], None]
"""Hears how much is done, and of how much."""


def deaf(_done: int, _total: int) -> None:
    """Nobody listens."""


class _LeftError(Exception):
    """Nobody waits for the work any more."""


async def in_thread(work: Callable[[Tell], T], tell: Tell = deaf) -> T:
    """Do the work in a thread, and return what it returns.

    Cancelled, as when the lab stops, the thread ends where it next tells how far it is: it keeps
    neither the process nor a place among the threads.
    """
    left = threading.Event()

    def heard(done: int, total: int) -> None:
        if left.is_set():
            raise _LeftError
        tell(done, total)

    try:
        return await asyncio.to_thread(work, heard)
    except asyncio.CancelledError:
        left.set()
        raise
