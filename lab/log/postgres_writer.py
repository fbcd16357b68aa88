"""Writing to PostgreSQL: one connection a process, one commit a group, one group at a time.

The processes of a lab take turns by an advisory lock, so that places in the log (``events.id``) are
given in the order of commits and every chain, that of the system too, has one next row. A process
gathers what waits while it waits for its turn: the more processes, the larger the groups.

A connection that is lost loses no write: before the commit, the group is done again on a new one;
where the commit itself had no answer, the log is asked whether it has the group's last row. The
number of the transaction does not tell: a server that crashed gives it to somebody else's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from lab.errors import LogError
from lab.log.base import Db
from lab.log.chain import Row
from lab.log.dialect import PostgresDb
from lab.log.postgres_schema import (
    LOCKS,
    RETRY_SECONDS,
    WRITING,
    as_log_error,
    away,
    connect,
)
from lab.log.writer import HEADS, Transaction, Waiting, Writer

CHANNEL = "lab_events"
"""Where the last place of each commit is told."""

Told = Callable[[Db, int, int, Sequence[Row]], None]


def _nobody(_db: Db, _before: int, _end: int, _rows: Sequence[Row]) -> None:
    """Nobody watches."""


class PostgresWriter(Writer):
    """The thread that writes to one PostgreSQL database."""

    def __init__(self, url: str, *, commit_seconds: float, wait_seconds: float) -> None:
        super().__init__(commit_seconds=commit_seconds, wait_seconds=wait_seconds)
        self.owner: str | None = None
        """This process, as its open turns name it."""
        self.told: Told = _nobody
        """Called with what a commit has put on disk, and between which places of the log."""
        self._url = url
        self._db: psycopg.Connection[Any] | None = None
        self._transaction = ""
        """Number of the open transaction; empty where none is open."""
        self._committing = ""
        """Number of a transaction whose commit was asked for and not answered yet."""
        self._written: Row | None = None
        """The last row of that transaction; None where it wrote nothing to the chain."""
        self._last = 0
        """The last place in the log that the remembered heads take account of."""

    # --- what Writer asks for --------------------------------------------------------------------

    def _prepare(self) -> None:
        try:
            self._begin()
        except psycopg.Error:  # the commit tries again, and tells
            self._undo(drop=True)

    def _commit(self, due: Sequence[Waiting]) -> None:
        while True:
            try:
                self._attempt(due)
            except psycopg.Error as error:
                end = max((entry.deadline for entry in due), default=0.0)
                if not self._lost(error):
                    raise
                if self._was_committed(end):
                    return
                now = time.monotonic()
                if now + RETRY_SECONDS > end:
                    raise
                time.sleep(RETRY_SECONDS)
                for entry in due:
                    entry.error = LogError("log_away")
                due = [entry for entry in due if entry.deadline > now + RETRY_SECONDS]
            else:
                return

    def _undo(self, *, drop: bool) -> None:
        self._heads.clear()
        self._last = 0
        self._transaction = ""
        if self._db is None:
            return
        with suppress(psycopg.Error):
            self._db.rollback()
        if drop or self._db.closed:
            with suppress(psycopg.Error):
                self._db.close()
            self._db = None

    def _storage_error(self, error: Exception) -> LogError | None:
        if isinstance(error, psycopg.Error):
            return as_log_error(error, "log_unwritable")
        return None

    def _fails_all(self, error: Exception) -> bool:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)

    def _told(self, error: Exception) -> str:
        state = error.sqlstate if isinstance(error, psycopg.Error) else None
        return f"{type(error).__name__} {state or ''}".strip()

    def _end(self) -> None:
        self._undo(drop=True)

    # --- one transaction -------------------------------------------------------------------------

    def _begin(self) -> PostgresDb:
        """Our turn: from here to the commit, nobody else writes."""
        if self._db is None:
            self._db = connect(
                self._url,
                "writer",
                synchronous_commit="on",
                lock_timeout=f"{self.wait_seconds}s",
                idle_in_transaction_session_timeout=f"{self.wait_seconds / 3}s",  # if we hang
            )
            self._db.autocommit = False
        db = PostgresDb(self._db)
        if not self._transaction:
            row = self._db.execute(
                "SELECT pg_current_xact_id()::text, pg_advisory_xact_lock(%s, %s)::text",
                (LOCKS, WRITING),
            ).fetchone()
            self._transaction = row[0] if row else ""
            self._follow(db)
        return db

    def _attempt(self, due: Sequence[Waiting]) -> None:
        db = self._begin()
        transaction, before = Transaction(db, self._heads, self.owner), self._last
        self._do(transaction, due)
        if transaction.rows:
            query = "SELECT max(id), pg_notify(?, max(id)::text)::text FROM events"
            self._last = db.execute(query, (CHANNEL,)).fetchone()[0]
        self._committing, self._transaction = self._transaction, ""
        self._written = transaction.rows[-1] if transaction.rows else None
        db.connection.commit()
        self._committing = ""
        if transaction.rows:
            with suppress(psycopg.Error):  # it is written; the listener tells of it then
                self.told(db, before, self._last, transaction.rows)
                db.connection.rollback()  # of what was read to tell

    def _follow(self, db: PostgresDb) -> None:
        """Forget the heads of streams that another process has written to since our last turn."""
        if self._last:
            query = "SELECT id, stream FROM events WHERE id >= ? ORDER BY id LIMIT ?"
            rows = db.execute(query, (self._last, HEADS)).fetchall()
            if rows and rows[0][0] == self._last and len(rows) < HEADS:
                for _, stream in rows[1:]:
                    self._heads.pop(stream, None)
                self._last = rows[-1][0]
                return
        self._heads.clear()
        found = db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
        self._last = found[0]

    # --- a connection that was lost --------------------------------------------------------------

    def _lost(self, error: psycopg.Error) -> bool:
        """Whether it was the connection that failed; it is dropped then."""
        lost = self._db is None or self._db.closed or away(error)
        if lost:
            self._undo(drop=True)
        return lost

    def _was_committed(self, end: float) -> bool:
        """What became of a commit that was not answered. Raises what the last try to ask met.

        One that wrote nothing to the chain is done again: it only sets what is as it should be.
        """
        number, self._committing = self._committing, ""
        row = self._written
        while number and row is not None:
            try:
                with connect(self._url, "asking") as db:
                    query = "SELECT pg_xact_status(%s::text::xid8)"
                    state = db.execute(query, (number,)).fetchone()
                    if state is None or state[0] != "in progress":
                        query = "SELECT 1 FROM events WHERE stream = %s AND seq = %s AND hash = %s"
                        place = (row.stream, row.seq, row.hash)
                        return db.execute(query, place).fetchone() is not None
            except psycopg.Error as error:
                if not away(error) or time.monotonic() > end:
                    raise
            time.sleep(RETRY_SECONDS)
        return False
