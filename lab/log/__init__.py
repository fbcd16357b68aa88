"""The log: people, sessions and the hash-chained events, behind one Protocol."""

import socket

from lab.keys import Keys
from lab.log.base import Log
from lab.log.sqlite import SqliteLog
from lab.settings import Settings


def make(settings: Settings, keys: Keys) -> Log:
    """The log that the settings name. Start it before writing."""
    if settings.database is None:
        return SqliteLog(settings.database_file, keys, commit_ms=settings.commit_ms)
    from lab.log.postgres import PostgresLog  # noqa: PLC0415 - seldom needed

    return PostgresLog(
        settings.database.get_secret_value(),
        keys,
        place=f"{socket.gethostname()}:{settings.port}" if settings.port else "",
        commit_ms=settings.commit_ms,
    )
