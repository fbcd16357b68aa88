"""A copy of the log as plain SQLite tables for Datasette, from either database.

What is copied is what exports hold: masked text and pseudonyms; no names, passwords, vaults, or
anything of what was blocked. So it is written row by row, and never a copy of the file.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from lab.log import report, review
from lab.log.base import Log
from lab.log.export import COLUMNS, cells_of, payload_of, stored
from lab.log.report import Line, Span

NAME = "nhat-ky"
"""Of the database, in Datasette's addresses."""
_FINDINGS = ("stream", "seq", "rule", "entity", "tier", "action")
_INDEXES = {
    "events_stream": "events (stream, seq)",
    "events_kind": "events (kind)",
    "findings_rule": "findings (rule)",
}
_NUMBERS = frozenset(
    {"seq", "turns", "blocked", "masked", "failed", "checks", "first_score", "score", "passed"}
    | {"stuck", "disputed"}
)
QUERIES = {
    "rules": "SELECT rule, action, count(*) AS times, count(DISTINCT stream) AS sessions"
    " FROM findings WHERE action <> 'allow' GROUP BY rule, action ORDER BY sessions DESC",
    "exercises": "SELECT exercise, count(*) AS sessions, sum(passed) AS passed,"
    " round(100 * avg(first_score)) AS first_percent, round(100 * avg(score)) AS best_percent"
    " FROM sessions GROUP BY exercise ORDER BY exercise",
    "sites": "SELECT site, count(DISTINCT pseudonym) AS people, count(*) AS sessions,"
    " sum(passed) AS passed, sum(blocked) AS blocked, sum(stuck) AS stuck"
    " FROM sessions GROUP BY site ORDER BY site",
    "hours": "SELECT substr(time, 1, 13) AS hour_utc, kind, count(*) AS times"
    " FROM events GROUP BY 1, 2 ORDER BY 1 DESC, times DESC",
    "stuck": "SELECT * FROM sessions WHERE stuck = 1 ORDER BY last_at DESC",
    "disputed": "SELECT time, stream, details FROM events WHERE kind = 'finding.disputed'"
    " ORDER BY time DESC",
    "named": "SELECT time, stream, json_extract(details, '$.by_name') AS by_name,"
    " json_extract(details, '$.reason') AS reason FROM events WHERE kind = 'person.named'"
    " ORDER BY time DESC",
    "failed": "SELECT time, stream, status, error FROM events"
    " WHERE kind = 'turn.ended' AND status <> 'answered' AND status <> 'blocked'"
    " ORDER BY time DESC",
    "session": "SELECT time, kind, action, status, prompt, reply, rules FROM events"
    " WHERE stream = :session ORDER BY seq",
}
"""Questions that are asked often: titles are ``log.tables.query.<name>``."""


async def write_tables(log: Log, path: Path) -> int:
    """Write the copy, for its owner only; how many rows of the log it holds."""
    while await log.write(partial(review.catch_up, most=report.PAGE)) == report.PAGE:
        pass
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(path)) as db:
        _make(db, "events", COLUMNS)
        _make(db, "findings", _FINDINGS)
        _make(db, "sessions", tuple(each.name for each in fields(Line)))
        count = await _events(log, db)
        await _sessions(log, db)
        for name, on in _INDEXES.items():
            db.execute(f"CREATE INDEX {name} ON {on}")
        db.commit()
    return count


def _make(db: sqlite3.Connection, table: str, names: tuple[str, ...]) -> None:
    columns = ", ".join(f"{name} {'NUMERIC' if name in _NUMBERS else 'TEXT'}" for name in names)
    db.execute(f"CREATE TABLE {table} ({columns})")


def _put(db: sqlite3.Connection, table: str, row: tuple[Any, ...]) -> None:
    db.execute(f"INSERT INTO {table} VALUES (?{', ?' * (len(row) - 1)})", row)  # noqa: S608 - ours


async def _events(log: Log, db: sqlite3.Connection) -> int:
    count = 0
    async for row in stored(log):
        held = payload_of(row)
        cells = cells_of(row, held)
        _put(db, "events", tuple(cells.get(name) for name in COLUMNS))
        listed = held.get("findings")
        for found in listed if isinstance(listed, list) else ():
            if "rule" in found:
                told = {"stream": row.stream, "seq": row.seq, **found}
                _put(db, "findings", tuple(told.get(name) for name in _FINDINGS))
        count += 1
    return count


async def _sessions(log: Log, db: sqlite3.Connection) -> None:
    after = ""
    while page := await log.read(partial(report.lines, span=Span(), after=after)):
        for line in page:
            at = datetime.fromtimestamp(line.last_at, UTC).isoformat(timespec="seconds")
            _put(db, "sessions", tuple((asdict(line) | {"last_at": at}).values()))
        after = page[-1].session
