"""Which sessions have canaries, and what became of those that people typed: SQL."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from lab.log.base import Db, Write
from lab.log.chain import MICRO

Counts = Counter[tuple[str, str, str]]
"""(site, entity, outcome) -> how often."""


def begin(write: Write, session: str, version: int) -> None:
    """The session's values are derived from the key of this version."""
    write.db.execute(
        "INSERT INTO canaries (session, version) VALUES (?, ?) ON CONFLICT (session) DO NOTHING",
        (session, version),
    )


def version_of(db: Db, session: str) -> int | None:
    """Of the key of a session's values; None for a session without canaries."""
    row = db.execute("SELECT version FROM canaries WHERE session = ?", (session,)).fetchone()
    return None if row is None else int(row[0])


def seen(db: Db, since: float) -> Counts:
    """Planted values that were typed since a time, by site, kind and what became of them."""
    query = (
        "SELECT s.site, e.payload FROM events e JOIN sessions s ON s.id = e.stream"
        " WHERE e.kind = 'turn.decided' AND e.at >= ?"
    )
    counts: Counts = Counter()
    for place, payload in db.execute(query, (round(since * MICRO),)):
        row: Mapping[str, Any] = json.loads(payload) if payload else {}
        for each in row.get("canaries", ()):
            counts[place or "", each["entity"], each["outcome"]] += 1
    return counts


def sessions(db: Db, since: float, most: int) -> list[tuple[str, str, str, int]]:
    """The newest ``most`` sessions with canaries since a time: (id, site, exercise, version)."""
    query = (
        "SELECT s.id, s.site, s.exercise, c.version FROM canaries c"
        " JOIN sessions s ON s.id = c.session WHERE s.opened_at >= ?"
        " ORDER BY s.opened_at DESC LIMIT ?"
    )
    rows = db.execute(query, (since, most)).fetchall()
    return [(row[0], row[1] or "", row[2], int(row[3])) for row in rows]
