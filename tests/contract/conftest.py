"""What contract tests share: a log on each of the databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from postgressupport import shared

from lab.keys import Keys
from lab.log.base import Log
from lab.log.postgres import PostgresLog
from lab.log.sqlite import SqliteLog


@pytest.fixture(params=["sqlite", "postgresql"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Log]:
    """A started log, on each of the databases."""
    keys = Keys.load(tmp_path / "keys")
    made: Log
    if request.param == "postgresql":
        made = PostgresLog(shared().database(), keys, commit_ms=0.2)
    else:
        made = SqliteLog(tmp_path / "home" / "lab.sqlite", keys, commit_ms=0.2)
    await made.start()
    yield made
    await made.close()
