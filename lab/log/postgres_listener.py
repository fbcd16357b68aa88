"""Hearing of what other processes write, and showing them that this one is there.

One thread on a connection of its own: it is told of each commit (``LISTEN``), reads the new rows in
the order of the log and hands them to who watches; after a broken line it goes on where it was.
Every few seconds it renews this process's row in ``processes``; the open turns of a process whose
row is old are ended by whoever notices.
"""

from __future__ import annotations

import logging
import selectors
import socket
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any

import psycopg

from lab.log import sessions
from lab.log.base import Db
from lab.log.chain import Row
from lab.log.dialect import PostgresDb
from lab.log.people import new_id
from lab.log.postgres_schema import SERVING, connect
from lab.log.postgres_writer import CHANNEL
from lab.log.watchers import Watchers
from lab.log.writer import Transaction

LOGGER = logging.getLogger(__name__)
BEAT_SECONDS = 5.0
LEASE_SECONDS = 20.0
"""A process that has not shown itself for so long is taken to be gone."""
RECONNECT_SECONDS = 0.5
PLACE_SECONDS = 3.0
"""How long a place may take to be free of the process that was there before."""
PAGE = 1000
_NOW = "extract(epoch FROM clock_timestamp())"
"""The server's clock: those of several machines differ."""


class Listener:
    """Thread and connection."""

    def __init__(self, url: str, watchers: Watchers, orphaned: Callable[[], None]) -> None:
        self.owner = ""
        """Under which name this process serves; empty: it does not."""
        self._url = url
        self._watchers = watchers
        self._orphaned = orphaned
        """Called in the thread where turns are open whose process is gone."""
        self._position: int | None = None
        self._db: psycopg.Connection[Any] | None = None
        self._thread: Thread | None = None
        self._telling = Lock()
        self._closed = Flag()
        self._wake, self._woken = socket.socketpair()

    def take(self, place: str) -> str:
        """Connect and take this place; another name where another process holds it."""
        db = self._connection()
        end = time.monotonic() + PLACE_SECONDS
        while not self._lock(db, place):
            if time.monotonic() > end:
                place = new_id()
            time.sleep(0.05)
        self.owner = place
        return place

    def start(self) -> None:
        """Begin to hear; what was written before is not told. Once only."""
        if self._thread is None:
            with suppress(psycopg.Error):
                self._listen(self._connection())
            self._thread = Thread(target=self._serve, name="log-listener", daemon=True)
            self._thread.start()

    def own(self, db: Db, before: int, end: int, rows: Sequence[Row]) -> None:
        """From the thread that writes: what it has put on disk, after the place ``before`` up to
        ``end``. Who watches here hears of it before the writer does, in the order of the log.
        """
        with self._telling:
            if self._position == before:
                self._position = end
                self._watchers.tell(rows)
            elif self._position is not None and self._position < end:
                self._catch_up(db, end)

    def close(self) -> None:
        """End the thread, and leave the place."""
        self._closed.set()
        self._wake.send(b".")
        if self._thread is not None:
            self._thread.join(BEAT_SECONDS)
        if self._db is not None:
            with suppress(psycopg.Error):
                self._db.execute("DELETE FROM processes WHERE owner = %s", (self.owner,))
                self._db.close()
        self._wake.close()
        self._woken.close()

    # --- in the thread ---------------------------------------------------------------------------

    def _serve(self) -> None:
        away = False
        while not self._closed.is_set():
            try:
                db = self._connection()
                self._listen(db)
                if away:
                    LOGGER.warning("the log's database is back")
                away = False
                self._hear(db)
            except psycopg.Error as error:
                if not away:
                    LOGGER.warning("the log's database is away: %s", type(error).__name__)
                away = True
                self._drop()
                self._closed.wait(RECONNECT_SECONDS)

    def _hear(self, db: psycopg.Connection[Any]) -> None:
        began = beaten = time.monotonic()
        with selectors.DefaultSelector() as ready:
            ready.register(db.fileno(), selectors.EVENT_READ)
            ready.register(self._woken, selectors.EVENT_READ)
            while not self._closed.is_set():
                self._tell(db)
                if any(True for _ in db.notifies(timeout=0)):
                    continue  # told while we read
                due = beaten + BEAT_SECONDS - time.monotonic()
                if due <= 0:
                    beaten = time.monotonic()
                    self._beat(db, sweep=beaten - began > LEASE_SECONDS)
                    continue
                ready.select(due)

    def _tell(self, db: psycopg.Connection[Any]) -> None:
        """Hand on all rows up to the last one. Whoever watches since before that one hears it."""
        with self._telling:
            row = db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
            self._catch_up(PostgresDb(db), row[0] if row else 0)

    def _catch_up(self, db: Db, end: int) -> None:
        if not self._watchers.any():
            self._position = end
        while self._position is not None and self._position < end:
            page = sessions.rows(db, self._position, None, PAGE)
            self._position = page[-1][0] if page else end
            self._watchers.tell([row for _, row in page])

    def _beat(self, db: psycopg.Connection[Any], *, sweep: bool) -> None:
        if self.owner:
            db.execute(
                f"INSERT INTO processes (owner, seen_at) VALUES (%s, {_NOW})"  # noqa: S608 - constant
                " ON CONFLICT (owner) DO UPDATE SET seen_at = excluded.seen_at",
                (self.owner,),
            )
        if self.owner and sweep:
            left = db.execute(
                "SELECT 1 FROM open_turns WHERE owner IS NULL OR owner NOT IN"  # noqa: S608 - constant
                f" (SELECT owner FROM processes WHERE seen_at >= {_NOW} - %s) LIMIT 1",
                (LEASE_SECONDS,),
            ).fetchone()
            if left:
                self._orphaned()

    # --- the connection --------------------------------------------------------------------------

    def _connection(self) -> psycopg.Connection[Any]:
        if self._db is None:
            self._db = connect(self._url, "listener", synchronous_commit="off")
            if self.owner:
                self._lock(self._db, self.owner)
        return self._db

    def _listen(self, db: psycopg.Connection[Any]) -> None:
        db.execute(f"LISTEN {CHANNEL}")
        if self._position is None:
            row = db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
            self._position = row[0] if row else 0

    def _lock(self, db: psycopg.Connection[Any], place: str) -> bool:
        """One process in one place; the lock ends with the connection."""
        number = zlib.crc32(place.encode()) - 2**31
        row = db.execute("SELECT pg_try_advisory_lock(%s, %s)", (SERVING, number)).fetchone()
        return bool(row and row[0])

    def _drop(self) -> None:
        if self._db is not None:
            with suppress(psycopg.Error):
                self._db.close()
            self._db = None


def take_over(transaction: Transaction, owner: str) -> int:
    """The process ``owner`` is there from now on. What its place left open before is ended,
    and what no process holds; how many turns that were.
    """
    transaction.db.execute("DELETE FROM processes WHERE owner = ?", (owner,))
    ended = sessions.interrupt_open_turns(transaction)
    transaction.db.execute(
        f"INSERT INTO processes (owner, seen_at) VALUES (?, {_NOW})",  # noqa: S608 - constant
        (owner,),
    )
    return ended


def serving(db: Db) -> bool:
    """Whether any process serves this lab now."""
    query = f"SELECT 1 FROM processes WHERE seen_at >= {_NOW} - ? LIMIT 1"  # noqa: S608 - constant
    return db.execute(query, (LEASE_SECONDS,)).fetchone() is not None


def end_orphans(transaction: Transaction) -> int:
    """End the turns of processes that are gone; how many."""
    transaction.db.execute(
        f"DELETE FROM processes WHERE seen_at < {_NOW} - ?",  # noqa: S608 - constant
        (LEASE_SECONDS,),
    )
    return sessions.interrupt_open_turns(transaction)
