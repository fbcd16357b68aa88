"""The log: people, sessions and the hash-chained events, behind one Protocol."""

from lab.keys import Keys
from lab.log.base import Log
from lab.log.sqlite import SqliteLog
from lab.settings import Settings


def make(settings: Settings, keys: Keys) -> Log:
    """The log that the settings name. Start it before writing."""
    return SqliteLog(settings.database, keys, commit_ms=settings.commit_ms)
