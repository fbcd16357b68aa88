"""The one thread that writes to SQLite: it gathers writes for a moment and commits them together.

``fsync`` is what a write costs; sharing one among all that wait makes thousands of durable writes a
second out of a few hundred commits.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar, cast

from lab.errors import LabError, LogError, Refused
from lab.log import chain
from lab.log.chain import Head, Row
from lab.log.files import Handle, as_log_error

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


class Transaction:
    """What a write may do while its transaction is open."""

    __slots__ = ("_heads", "db", "rows")

    def __init__(self, db: sqlite3.Connection, heads: dict[str, Head]) -> None:
        self.db = db
        self.rows: list[Row] = []
        """What was appended: those who watch are told once it is on disk."""
        self._heads = heads

    def append(self, stream: str, kind: str, payload: bytes) -> Row:
        """One more row of the chain. ``payload`` is canonical JSON."""
        head = self._heads.pop(stream, None) or self._stored_head(stream)
        row = chain.link(head, stream, time.time_ns() // 1000, kind, payload)
        self.db.execute(
            _INSERT,
            (stream, row.seq, row.at, kind, payload.decode(), row.salt, row.digest, row.hash),
        )
        self.rows.append(row)
        self._heads[stream] = Head(row.seq, row.hash)  # last in order: the most recently used
        if len(self._heads) > HEADS:
            del self._heads[next(iter(self._heads))]
        return row

    def _stored_head(self, stream: str) -> Head:
        query = "SELECT seq, hash FROM events WHERE stream = ? ORDER BY seq DESC LIMIT 1"
        found = self.db.execute(query, (stream,)).fetchone()
        return Head(*found) if found else chain.genesis(stream)


Work = Callable[[Transaction], T]
"""A write. It raises ``Refused`` only before it has changed anything."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """One write and who waits for it."""

    work: Work[Any]
    future: asyncio.Future[Any]
    since: float
    deadline: float
    result: Any = None
    error: BaseException | None = None


@dataclass(slots=True)
class Writer:
    """Queue, thread and connection."""

    path: Path
    commit_seconds: float = 0.003
    """How long a write waits for others to share its commit."""
    wait_seconds: float = 10.0
    """After this the caller is told that the log is not writable, whatever the disk does."""
    busy_seconds: float = 3.0
    """How long another process may hold the database."""
    told: Callable[[Sequence[Row]], None] = lambda _rows: None
    """Called in the writer's thread with what a commit has put on disk."""
    _queue: SimpleQueue[_Waiting | None] = field(default_factory=SimpleQueue)
    _thread: Thread | None = None
    _closed: bool = False
    _lock: Lock = field(default_factory=Lock)
    _heads: dict[str, Head] = field(default_factory=dict)
    _version: int = -1
    _failing: str = ""

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
            if self._thread is None:
                self._thread = Thread(target=self._serve, name="log-writer", daemon=True)
                self._thread.start()
            self._queue.put(_Waiting(work, future, now, now + self.wait_seconds))
        try:
            async with asyncio.timeout(self.wait_seconds):
                return await future
        except TimeoutError:
            raise LogError("log_unwritable") from None

    async def empty_journal(self) -> None:
        """Move the write-ahead log into the database and overwrite it."""

        def checkpoint() -> None:
            handle = Handle(self.path, write=True, busy_seconds=self.busy_seconds)
            try:
                handle.get().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except (sqlite3.Error, OSError) as error:
                raise as_log_error(error, "log_unwritable") from error
            finally:
                handle.drop()

        await asyncio.to_thread(checkpoint)

    async def close(self) -> None:
        """Write what waits, move the write-ahead log into the database, close."""
        with self._lock:
            self._closed = True
            self._queue.put(None)
            thread = self._thread
        if thread is not None:
            await asyncio.to_thread(thread.join, self.wait_seconds)

    # --- in the thread ---------------------------------------------------------------------------

    def _serve(self) -> None:
        handle = Handle(self.path, write=True, busy_seconds=self.busy_seconds)
        while True:
            batch, last = self._gather()
            if batch:
                self._write(handle, batch)
                _answer(batch)
            if last:
                break
        with suppress(sqlite3.Error, OSError):
            handle.get().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        handle.drop()

    def _gather(self) -> tuple[list[_Waiting], bool]:
        """The writes of the next commit, and whether they are the last."""
        first = self._queue.get()
        if first is None:
            return [], True
        rest = first.since + self.commit_seconds - time.monotonic()
        if rest > 0:
            time.sleep(rest)
        batch = [first]
        with suppress(Empty):
            while len(batch) < BATCH:
                entry = self._queue.get_nowait()
                if entry is None:
                    return batch, True
                batch.append(entry)
        return batch, False

    def _write(self, handle: Handle, batch: Sequence[_Waiting]) -> None:
        """Commit a batch. A write that fails by itself takes no other with it."""
        now = time.monotonic()
        due = [entry for entry in batch if entry.deadline > now]
        for entry in batch:
            entry.error = None if entry.deadline > now else LogError("log_unwritable")
        try:
            self._commit(handle, due)
        except (sqlite3.OperationalError, OSError) as error:
            self._fail(handle, due, error)
        except Exception as error:  # noqa: BLE001 - whatever it was, each caller hears of it
            self._undo(handle)
            if type(error) is sqlite3.DatabaseError or len(due) == 1:
                self._fail(handle, due, error)
                return
            for entry in due:
                self._write(handle, [entry])
        else:
            self._failing = ""

    def _commit(self, handle: Handle, due: Sequence[_Waiting]) -> None:
        db = handle.get()
        db.execute("BEGIN IMMEDIATE")
        version: int = db.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:  # another process wrote: what we remember may be old
            self._heads.clear()
            self._version = version
        transaction = Transaction(db, self._heads)
        for entry in due:
            try:
                entry.result = entry.work(transaction)
            except Refused as error:
                entry.error = error
        db.execute("COMMIT")
        self.told(transaction.rows)

    def _undo(self, handle: Handle) -> None:
        self._heads.clear()
        with suppress(sqlite3.Error, OSError):
            db = handle.get()
            if db.in_transaction:
                db.execute("ROLLBACK")

    def _fail(self, handle: Handle, due: Sequence[_Waiting], error: Exception) -> None:
        """Nothing of these was written: say so to each, and open the file anew next time."""
        self._undo(handle)
        self._version = -1
        handle.drop()
        storage = isinstance(error, sqlite3.Error | OSError)
        for entry in due:
            known = isinstance(error, LabError) or not storage
            entry.error = error if known else as_log_error(error, "log_unwritable")
        if storage and str(error) != self._failing:
            self._failing = str(error)
            LOGGER.error("the log cannot be written: %s", error)


def _answer(batch: Sequence[_Waiting]) -> None:
    """Wake who waits: one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = defaultdict(list)
    for entry in batch:
        by_loop[entry.future.get_loop()].append(entry)
    for loop, entries in by_loop.items():
        with suppress(RuntimeError):  # that loop is closed: nobody waits
            loop.call_soon_threadsafe(_resolve, entries)


def _resolve(entries: Sequence[_Waiting]) -> None:
    for entry in entries:
        if entry.future.done():
            continue
        if entry.error is not None:
            entry.future.set_exception(cast("Exception", entry.error))
        else:
            entry.future.set_result(entry.result)
