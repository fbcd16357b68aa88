"""Long work in a thread: its result, and its end."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from lab.session.threads import Tell, in_thread


async def test_it_returns_what_the_work_returns_and_is_heard() -> None:
    """Work that nobody stops is told of and comes to its end."""
    heard: list[tuple[int, int]] = []

    def work(tell: Tell) -> str:
        tell(1, 2)
        return "xong"

    assert await in_thread(work, lambda done, total: heard.append((done, total))) == "xong"
    assert heard == [(1, 2)]


async def test_a_stopped_lab_waits_for_no_long_work() -> None:
    """Cancelled, the thread ends at its next word (found by ``bench/fuzz_api.py``)."""
    begun, ended = threading.Event(), threading.Event()

    def work(tell: Tell) -> None:
        try:
            for number in range(3000):
                tell(number, 3000)
                begun.set()
                time.sleep(0.01)
        finally:
            ended.set()

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 2)
