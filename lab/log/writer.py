"""The one thread of a process that writes: it gathers writes and commits them together.

``fsync`` is what a write costs; sharing one among all that wait makes thousands of durable writes a
second out of a few hundred commits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar, cast

from lab.errors import Conflict, LabError, LogError, Refused, where
from lab.log import chain
from lab.log.base import Db
from lab.log.chain import Head, Row

T = TypeVar("T")
LOGGER = logging.getLogger(__name__)
BATCH = 2000
"""Most writes in one commit."""
HEADS = 8192
"""Streams whose last row is remembered, so that an append need not look it up."""
_INSERT = (
    "INSERT INTO events (stream, seq, at, kind, payload, salt, digest, hash)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)

_AWAY = "SELECT 1 FROM relay_streams WHERE stream = ?"


class Transaction:
    """What a write may do while its transaction is open."""

    __slots__ = ("_heads", "db", "owner", "rows")

    def __init__(self, db: Db, heads: dict[str, Head], owner: str | None = None) -> None:
        self.db = db
        self.owner = owner
        """Which process writes, where there are several."""
        self.rows: list[Row] = []
        """What was appended: those who watch are told once it is on disk."""
        self._heads = heads

    def append(self, stream: str, kind: str, payload: bytes) -> Row:
        """One more row of the chain. ``payload`` is canonical JSON.

        Raises:
            Conflict: ``relay_home``: the stream is written on the machine of a site.
        """
        head = self._heads.pop(stream, None) or self._stored_head(stream)
        row = chain.link(head, stream, time.time_ns() // 1000, kind, payload)
        self._insert(row)
        self._heads[stream] = Head(row.seq, row.hash)  # last in order: the most recently used
        if len(self._heads) > HEADS:
            del self._heads[next(iter(self._heads))]
        return row

    def take(self, row: Row) -> None:
        """A row that another lab made, as it is: whoever calls this has checked it."""
        self._insert(row)

    def _insert(self, row: Row) -> None:
        payload = None if row.payload is None else row.payload.decode()
        told = (row.stream, row.seq, row.at, row.kind, payload, row.salt, row.digest, row.hash)
        self.db.execute(_INSERT, told)
        self.rows.append(row)

    def _stored_head(self, stream: str) -> Head:
        if self.db.execute(_AWAY, (stream,)).fetchone():
            raise Conflict("relay_home")
        query = "SELECT seq, hash FROM events WHERE stream = ? ORDER BY seq DESC LIMIT 1"
        found = self.db.execute(query, (stream,)).fetchone()
        return Head(*found) if found else chain.genesis(stream)


Work = Callable[[Transaction], T]
"""A write. It raises ``Refused`` only before it has changed anything."""


@dataclass(slots=True, eq=False)
class Waiting:
    """One write and who waits for it."""

    work: Work[Any]
    future: asyncio.Future[Any]
    since: float
    deadline: float
    result: Any = None
    error: BaseException | None = None


class Writer(ABC):
    """Queue and thread. Which database it is, and what its errors mean, is said by a subclass."""

    def __init__(self, *, commit_seconds: float, wait_seconds: float) -> None:
        self.commit_seconds = commit_seconds
        """How long a write waits for others to share its commit."""
        self.wait_seconds = wait_seconds
        """After this the caller is told that the log is not writable, whatever the disk does."""
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._closed = False
        self._lock = Lock()
        self._heads: dict[str, Head] = {}
        self._failing = ""

    async def run(self, work: Work[T]) -> T:
        """Do ``work`` in a transaction; when this returns, it is on disk.

        A caller who is cancelled while waiting does not take the write back.

        Raises:
            LogError: it could not be written. After a time-out it may still have been.
            Refused: raised by ``work``.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        now = time.monotonic()
        with self._lock:
            if self._closed:
                raise LogError("log_closed")
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._serve, name="log-writer", daemon=True)
                self._thread.start()
            self._queue.put(Waiting(work, future, now, now + self.wait_seconds))
        try:
            async with asyncio.timeout(self.wait_seconds):
                return await future
        except TimeoutError:
            raise LogError("log_unwritable") from None

    async def close(self) -> None:
        """Write what waits, and end the thread."""
        with self._lock:
            self._closed = True
            self._queue.put(None)
            thread = self._thread
        if thread is not None:
            await asyncio.to_thread(thread.join, self.wait_seconds)

    # --- what a database does its own way, in the thread -----------------------------------------

    def _prepare(self) -> None:  # noqa: B027 - most have nothing to get ready
        """Get ready for a commit before the last of its writes are gathered. Never raises."""

    @abstractmethod
    def _commit(self, due: Sequence[Waiting]) -> None:
        """Do all of these in one transaction: their ``result``, or ``error`` where refused."""

    @abstractmethod
    def _undo(self, *, drop: bool) -> None:
        """Roll back what is open. ``drop``: and use another connection next time. Never raises."""

    @abstractmethod
    def _storage_error(self, error: Exception) -> LogError | None:
        """What an error of the database or the disk means; None for one of a write's own."""

    @abstractmethod
    def _fails_all(self, error: Exception) -> bool:
        """Whether every other write would fail in the same way."""

    @abstractmethod
    def _end(self) -> None:
        """All is written. Never raises."""

    # --- in the thread ---------------------------------------------------------------------------

    def _serve(self) -> None:
        last = False
        while not last:
            batch: list[Waiting] = []
            try:
                last = self._gather(batch)
            except Exception as error:  # noqa: BLE001 - who waits hears of it, the next is written
                LOGGER.critical("the log's writer broke and goes on: %s", where(error))
                if not batch:
                    break  # the next write begins another thread
                self._fail(batch, error)
                answer(batch)
                continue
            if batch:
                self._write(batch)
                answer(batch)
        self._end()

    def _gather(self, batch: list[Waiting]) -> bool:
        """Put the writes of the next commit into ``batch``; whether they are the last."""
        first = self._queue.get()
        if first is None:
            return True
        batch.append(first)
        rest = first.since + self.commit_seconds - time.monotonic()
        if rest > 0:
            time.sleep(rest)
        self._prepare()
        with suppress(Empty):
            while len(batch) < BATCH:
                entry = self._queue.get_nowait()
                if entry is None:
                    return True
                batch.append(entry)
        return False

    def _write(self, batch: Sequence[Waiting]) -> None:
        """Commit a batch. A write that fails by itself takes no other with it."""
        now = time.monotonic()
        due = [entry for entry in batch if entry.deadline > now]
        for entry in batch:
            entry.error = None if entry.deadline > now else LogError("log_unwritable")
        try:
            self._commit(due)
        except Exception as error:  # noqa: BLE001 - whatever it was, each caller hears of it
            if self._fails_all(error) or len(due) <= 1:
                self._fail(due, error)
                return
            self._undo(drop=False)
            for entry in due:
                self._write([entry])
        else:
            self._failing = ""

    def _fail(self, due: Sequence[Waiting], error: Exception) -> None:
        """Nothing of these was written: say so to each, and begin anew next time."""
        self._undo(drop=True)
        known = None if isinstance(error, LabError) else self._storage_error(error)
        for entry in due:
            entry.error = known or error
        if known is not None and str(error) != self._failing:
            self._failing = str(error)
            LOGGER.error("the log cannot be written: %s", self._told(error))

    def _told(self, error: Exception) -> str:
        """What our own log says of an error: never what was to be written."""
        return str(error)

    def _do(self, transaction: Transaction, due: Sequence[Waiting]) -> None:
        """All writes, within the open transaction."""
        for entry in due:
            try:
                entry.result = entry.work(transaction)
                entry.error = None
            except Refused as error:
                entry.error = error


def answer(batch: Sequence[Waiting]) -> None:
    """Wake who waits: one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Waiting]] = defaultdict(list)
    for entry in batch:
        by_loop[entry.future.get_loop()].append(entry)
    for loop, entries in by_loop.items():
        with suppress(RuntimeError):  # that loop is closed: nobody waits
            loop.call_soon_threadsafe(_resolve, entries)


def _resolve(entries: Sequence[Waiting]) -> None:
    for entry in entries:
        if entry.future.done():
            continue
        if entry.error is not None:
            entry.future.set_exception(cast("Exception", entry.error))
        else:
            entry.future.set_result(entry.result)
