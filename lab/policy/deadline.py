"""A deadline for work that runs inline: a check that hangs must not hang the lab."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Overrun(BaseException):
    """The time is up. No ``Exception``, so that no recognizer can swallow it."""


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raise ``Overrun`` in the block once ``seconds`` have passed.

    The alarm interrupts Python code and the ``re`` engine alike. It works in the main thread, where
    the server's loop runs; in other threads the caller's own look at the clock is what is left.
    A timer that was running before goes on with what is left of it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    armed = [True]

    def ring(_number: int, _frame: FrameType | None) -> None:
        if armed:
            raise Overrun

    before = signal.signal(signal.SIGALRM, ring)
    left, every = signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    try:
        yield
    finally:
        armed.clear()
        unused, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            used = max(seconds, 0.001) - unused
            signal.setitimer(signal.ITIMER_REAL, max(left - used, 0.001), every)
