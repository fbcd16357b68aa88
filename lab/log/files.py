"""Connections to the log's SQLite file that mend themselves, and what its errors mean."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from lab.errors import LogError

_CODES = {
    sqlite3.SQLITE_FULL: "log_full",
    sqlite3.SQLITE_BUSY: "log_busy",
    sqlite3.SQLITE_LOCKED: "log_busy",
    sqlite3.SQLITE_CORRUPT: "log_corrupt",
    sqlite3.SQLITE_NOTADB: "log_corrupt",
}


class Handle:
    """One connection, opened when it is first asked for and again after it was dropped.

    It notices when the file was replaced or removed: SQLite would go on writing to a file that
    no longer has a name, and lose every row.
    """

    def __init__(self, path: Path, *, write: bool, busy_seconds: float) -> None:
        self._path = path
        self._write = write
        self._busy_seconds = busy_seconds
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, int] = (0, 0)

    def get(self) -> sqlite3.Connection:
        """The connection. Raises ``OSError`` or ``sqlite3.Error`` where it cannot be opened."""
        found = self._path.stat()
        if self._db is not None and self._file != (found.st_dev, found.st_ino):
            self.drop()
        if self._db is None:
            self._db = self._open()
            self._file = (found.st_dev, found.st_ino)
        return self._db

    def drop(self) -> None:
        """Close; the next ``get`` opens anew."""
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            f"file:{quote(str(self._path))}?mode={'rw' if self._write else 'ro'}",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,
            check_same_thread=False,  # each has one user at a time; only closing is elsewhere
            cached_statements=256,
        )
        db.execute("PRAGMA temp_store = MEMORY")  # nothing of the log in the temp directory
        if self._write:
            db.execute("PRAGMA synchronous = FULL")  # a commit is on disk when it returns
            db.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
            db.execute("PRAGMA journal_size_limit = 67108864")
        return db


def as_log_error(error: Exception, otherwise: str) -> LogError:
    """The error that the lab raises for one of the disk or of SQLite."""
    code = otherwise
    if isinstance(error, sqlite3.Error):
        code = _CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, otherwise)
    elif isinstance(error, FileNotFoundError):
        code = "log_missing"
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        code = "log_full"
    found = LogError(code)
    found.__cause__ = error
    return found
