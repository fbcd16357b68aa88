"""Writing to SQLite: one connection, one ``fsync`` a group."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from lab.errors import LogError
from lab.log.chain import Row
from lab.log.files import Handle, as_log_error
from lab.log.writer import Transaction, Waiting, Writer


class SqliteWriter(Writer):
    """The thread that writes to one SQLite file."""

    def __init__(
        self,
        path: Path,
        commit_seconds: float,
        wait_seconds: float,
        busy_seconds: float,
        told: Callable[[Sequence[Row]], None],
    ) -> None:
        super().__init__(commit_seconds=commit_seconds, wait_seconds=wait_seconds)
        self.path = path
        self.busy_seconds = busy_seconds
        """How long another process may hold the database."""
        self._told_of = told
        """Called in this thread with what a commit has put on disk."""
        self._handle = Handle(path, write=True, busy_seconds=busy_seconds)
        self._version = -1

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

    def _commit(self, due: Sequence[Waiting]) -> None:
        db = self._handle.get()
        db.execute("BEGIN IMMEDIATE")
        version: int = db.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:  # another process wrote: what we remember may be old
            self._heads.clear()
            self._version = version
        transaction = Transaction(db, self._heads)
        self._do(transaction, due)
        db.execute("COMMIT")
        self._told_of(transaction.rows)

    def _undo(self, *, drop: bool) -> None:
        self._heads.clear()
        with suppress(sqlite3.Error, OSError):
            db = self._handle.get()
            if db.in_transaction:
                db.execute("ROLLBACK")
        if drop:
            self._version = -1
            self._handle.drop()

    def _storage_error(self, error: Exception) -> LogError | None:
        if isinstance(error, sqlite3.Error | OSError):
            return as_log_error(error, "log_unwritable")
        return None

    def _fails_all(self, error: Exception) -> bool:
        operational = isinstance(error, sqlite3.OperationalError | OSError)
        return operational or type(error) is sqlite3.DatabaseError

    def _end(self) -> None:
        with suppress(sqlite3.Error, OSError):
            self._handle.get().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._handle.drop()
