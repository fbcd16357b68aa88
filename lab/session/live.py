"""Turns under way: each is a task of its own, so that a browser that leaves cannot tear its log."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from lab.assistant.base import GATHER_SECONDS
from lab.errors import Conflict, NotFound, Unavailable, where
from lab.model import Delta, Done, Shown, Status
from lab.session.ending import NOT_SENT

LOGGER = logging.getLogger("lab.turn")
CLOSE_SECONDS = 6.0
"""Longest that ``close`` waits for turns to be logged."""
PAIR = 2
"""Turns of one session that may run beside each other."""


@dataclass(slots=True, eq=False)
class LiveTurn:
    """One turn under way. ``show`` is what its task calls, ``events`` is what the page reads."""

    session: str
    turn: str
    beside: bool = False
    """Whether another one of its session may run at the same time: two prompts side by side."""
    queue: asyncio.Queue[Shown] = field(default_factory=asyncio.Queue)
    task: asyncio.Future[None] | None = None
    reason: str = ""
    """Why it was cut short, where it was: ``stopped``, ``left`` or ``shutdown``."""
    ending: bool = False
    """Set by its task once it only writes how it ended: from then on nothing cuts it short."""
    over: bool = False
    """Whether ``Done`` was shown."""
    late: asyncio.Task[None] | None = None
    """Writes its end once the log can be written again."""
    _words: list[str] = field(default_factory=list)
    _told: float = 0.0
    _timer: asyncio.TimerHandle | None = None

    def show(self, event: Shown) -> None:
        """Hand one more event to the page; words that follow each other fast go together."""
        if isinstance(event, Delta):
            self._words.append(event.text)
            if self._timer is not None:
                return
            rest = self._told + GATHER_SECONDS - time.monotonic()
            if rest > 0:
                self._timer = asyncio.get_running_loop().call_later(rest, self._tell)
                return
        self._tell()
        if not isinstance(event, Delta):
            self.over = self.over or isinstance(event, Done)
            self.queue.put_nowait(event)

    def _tell(self) -> None:
        """The words that wait, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._words:
            self._told = time.monotonic()
            self.queue.put_nowait(Delta("".join(self._words)))
            self._words.clear()

    def stop(self, reason: str) -> None:
        """Cut the turn short; its task logs it, with the first reason, and shows ``Done``."""
        if self.task is not None and not self.task.done() and not self.ending:
            self.reason = self.reason or reason
            self.task.cancel()

    async def left(self) -> None:
        """The reader is gone, whether or not it ever began to read."""
        self.stop("left")

    async def events(self) -> AsyncIterator[Shown]:
        """What happens, up to ``Done``. Deltas that wait together come as one. When the reader
        goes away the turn is stopped.
        """
        try:
            while True:
                event = await self.queue.get()
                while isinstance(event, Delta) and not self.queue.empty():
                    follower = self.queue.get_nowait()
                    if not isinstance(follower, Delta):
                        yield event
                        event = follower
                        break
                    event = Delta(event.text + follower.text)
                yield event
                if isinstance(event, Done):
                    return
        finally:
            self.stop("left")


class LiveTurns:
    """All turns under way, by session: one at a time in each, or two that are side by side."""

    def __init__(self) -> None:
        self._by_session: dict[str, list[LiveTurn]] = {}
        self._late: set[asyncio.Task[None]] = set()
        self._closing = False

    def __len__(self) -> int:
        return sum(map(len, self._by_session.values()))

    def start(
        self,
        session: str,
        turn: str,
        run: Callable[[LiveTurn], Awaitable[None]],
        *,
        beside: bool = False,
    ) -> LiveTurn:
        """Start a turn's task. ``beside``: one more that says so may run beside it.

        Raises:
            Conflict: the session has a turn under way.
            Unavailable: the lab is stopping.
        """
        if self._closing:
            raise Unavailable("stopping")
        running = self._by_session.setdefault(session, [])
        if len(running) >= (PAIR if beside and all(each.beside for each in running) else 1):
            raise Conflict("turn_running")
        live = LiveTurn(session, turn, beside)

        def ended(task: asyncio.Future[None]) -> None:
            running.remove(live)
            if not running and self._by_session.get(session) is running:
                del self._by_session[session]
            if live.late is not None:
                self._late.add(live.late)
                live.late.add_done_callback(self._late.discard)
            error = None if task.cancelled() else task.exception()
            if error is not None:
                LOGGER.error("turn %s broke: %s", turn, where(error))
            if not live.over:  # it was cut short before its first step, or broke
                if task.cancelled():
                    live.show(NOT_SENT)
                live.show(Done(turn, Status.INTERRUPTED if task.cancelled() else Status.FAILED))

        running.append(live)
        live.task = asyncio.ensure_future(run(live))
        live.task.add_done_callback(ended)
        return live

    def running(self, session: str) -> LiveTurn | None:
        """The turn of a session that is under way (the first of two)."""
        return next(iter(self._by_session.get(session, ())), None)

    def stop(self, session: str, turn: str) -> None:
        """Stop a turn on its trainee's word. Raises ``NotFound`` where it is not under way."""
        for live in self._by_session.get(session, ()):
            if live.turn == turn:
                live.stop("stopped")
                return
        raise NotFound("turn_not_running")

    async def end(self, session: str) -> None:
        """Stop the turns of a session and wait until they are logged."""
        under_way = list(self._by_session.get(session, ()))
        tasks = [live.task for live in under_way if live.task is not None]
        for live in under_way:
            live.stop("left")
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)

    def stop_all(self, reason: str) -> None:
        """Stop every turn under way."""
        for live in [each for running in self._by_session.values() for each in running]:
            live.stop(reason)

    async def close(self) -> None:
        """Stop all turns and wait until they are logged (at most ``CLOSE_SECONDS``)."""
        self._closing = True
        under_way = [live for running in self._by_session.values() for live in running]
        tasks = [live.task for live in under_way if live.task is not None]
        for live in under_way:
            live.stop("shutdown")
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
