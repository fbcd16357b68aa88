"""Making the database of a log: its folder, its file, its migrations.

Migrations are the modules ``lab/log/migrations/mNNNN_*.py``, each with ``apply(db)``; sqlite-utils
runs each in a transaction of its own and records it. sqlite-utils takes a second to import, so
it is imported only where something is pending.
"""

from __future__ import annotations

import fcntl
import os
import pkgutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from lab.errors import LogError
from lab.log import migrations

SET = "log"
"""Name of our set of migrations in sqlite-utils' table."""


def prepare(path: Path) -> None:
    """Make the folder (0700) and the file (0600) where they are missing, and migrate.

    Raises:
        LogError: ``log_newer`` for a database that a newer version of the lab has migrated.
        OSError, sqlite3.Error: the disk does not allow it.
    """
    _make_folder(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        names = known()
        with locked(path.with_suffix(".migrating")):
            done = applied(db)
            if set(done) - set(names):
                raise LogError("log_newer")
            if len(done) < len(names):
                _migrate(db, names)


def known() -> list[str]:
    """Names of all migrations, in order."""
    return sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))


def step(name: str) -> Callable[[Any], None]:
    """What a migration does."""
    apply: Callable[[Any], None] = import_module(f"{migrations.__name__}.{name}").apply
    return apply


def applied(db: sqlite3.Connection) -> list[str]:
    """Names of the migrations that this database has had, in order."""
    query = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlite_migrations'"
    if not db.execute(query).fetchone()[0]:
        return []
    query = "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id"
    return [name for (name,) in db.execute(query, (SET,))]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes; it ends with the process, however that ends."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def claim(path: Path) -> int | None:
    """A lock held until the returned handle is closed; None where another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def _migrate(db: sqlite3.Connection, names: list[str]) -> None:
    from sqlite_utils import Database, Migrations  # noqa: PLC0415 - slow, and seldom needed

    steps = Migrations(SET)
    for name in names:
        steps(name=name)(step(name))
    steps.apply(Database(db, execute_plugins=False))
