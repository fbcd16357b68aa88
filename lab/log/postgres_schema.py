"""A log's database on PostgreSQL: how it is reached, its migrations, what its errors mean."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from psycopg import conninfo

from lab.errors import LogError
from lab.log import schema
from lab.log.dialect import Schema, adapt

LOCKS = 0x7468616F
"""First half of our advisory locks: keeps them apart from those of other programs."""
WRITING, MIGRATING, SERVING = 1, 2, LOCKS + 1
"""Second half of the lock of who writes and of who migrates; first half of that of a place."""
RETRY_SECONDS = 0.2
_CODES = {"53100": "log_full", "55P03": "log_busy", "XX001": "log_corrupt", "XX002": "log_corrupt"}
_AWAY = ("08", "57P", "53300", "28", "3D")
_LINE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "tcp_user_timeout": 8000,
}


def target(url: str, name: str) -> str:
    """Where to connect to; a line that is cut is noticed within seconds."""
    return conninfo.make_conninfo(url, application_name=f"lab {name}", **_LINE)


def ours(db: psycopg.Connection[Any], **settings: str) -> None:
    """Make a connection one of ours. ``settings`` are the server's, for this connection."""
    adapt(db)
    for key, value in settings.items():
        db.execute("SELECT set_config(%s, %s, false)", (key, value))


def connect(url: str, name: str, **settings: str) -> psycopg.Connection[Any]:
    """A connection of its own that commits by itself."""
    db = psycopg.connect(target(url, name), autocommit=True)
    ours(db, **settings)
    return db


def prepare(url: str, wait_seconds: float) -> None:
    """Migrate; waits a moment for a server that is starting.

    Raises:
        LogError: ``log_newer`` for a database that a newer version of the lab has migrated.
    """
    end = time.monotonic() + wait_seconds
    while True:
        try:
            with connect(url, "migrating") as db:
                migrate(db)
        except psycopg.Error as error:
            if not away(error) or time.monotonic() > end:
                raise as_log_error(error, "log_unwritable") from None
            time.sleep(RETRY_SECONDS)
        else:
            return


def migrate(db: psycopg.Connection[Any]) -> None:
    """Bring a database to the present form; nobody else does meanwhile. Raises ``LogError``."""
    db.execute("SELECT pg_advisory_lock(%s, %s)", (LOCKS, MIGRATING))  # ends with the connection
    db.execute(
        "CREATE TABLE IF NOT EXISTS lab_migrations"
        " (name TEXT PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())"
    )
    done = {name for (name,) in db.execute("SELECT name FROM lab_migrations")}
    names = schema.known()
    if done - set(names):
        raise LogError("log_newer")
    for name in names:
        if name not in done:
            with db.transaction():
                schema.step(name)(Schema(db))
                db.execute("INSERT INTO lab_migrations (name) VALUES (%s)", (name,))


def away(error: psycopg.Error) -> bool:
    """Whether the server does not answer, or not us, now."""
    state = error.sqlstate
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state.startswith(_AWAY)


def as_log_error(error: psycopg.Error, otherwise: str) -> LogError:
    """The error that the lab raises for one of PostgreSQL. It does not carry that one along: its
    text can quote values of a row.
    """
    if away(error):
        return LogError("log_away")
    return LogError(_CODES.get(error.sqlstate or "", otherwise))
