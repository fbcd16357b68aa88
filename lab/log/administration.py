"""What the administrator's page and the readiness sheet read from the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from lab.log.base import SYSTEM, Db
from lab.log.chain import MICRO


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is."""

    people: int
    trainees: int
    classes: int
    sites: int
    sessions: int
    events: int
    signed_in: int
    """Trainees and staff who were there in the last minutes."""


def counts(db: Db, lately: float) -> Counts:
    """How much there is; ``lately``: since when a sign-in counts as being there."""

    def one(query: str, *values: object) -> int:
        return int(db.execute(query, values).fetchone()[0])

    return Counts(
        people=one("SELECT count(*) FROM people"),
        trainees=one("SELECT count(*) FROM people WHERE role = 'trainee'"),
        classes=one("SELECT count(*) FROM classes"),
        sites=one("SELECT count(*) FROM sites"),
        sessions=one("SELECT count(*) FROM sessions"),
        events=one("SELECT coalesce(max(id), 0) FROM events"),
        signed_in=one("SELECT count(*) FROM signins WHERE seen_at >= ?", lately),
    )


def last_of_kind(db: Db, kind: str) -> float | None:
    """When the log last told of this, in the stream of the system."""
    query = "SELECT max(at) FROM events WHERE stream = ? AND kind = ?"
    found = db.execute(query, (SYSTEM, kind)).fetchone()[0]
    return None if found is None else found / MICRO


def last_backup(db: Db) -> tuple[float, bool] | None:
    """When a backup was last made, and whether its log verified."""
    found = db.execute(
        "SELECT at, payload FROM events WHERE stream = ? AND kind = 'backup.made'"
        " AND payload IS NOT NULL ORDER BY at DESC LIMIT 1",
        (SYSTEM,),
    ).fetchone()
    return None if found is None else (found[0] / MICRO, json.loads(found[1])["faults"] == 0)


def last_event(db: Db) -> float | None:
    """The time of the newest row of the log."""
    query = "SELECT at FROM events ORDER BY id DESC LIMIT 1"
    found = db.execute(query).fetchone()
    return None if found is None else found[0] / MICRO


def last_anchor(db: Db) -> float | None:
    """When the log was last signed."""
    found = db.execute("SELECT max(at) FROM anchors").fetchone()[0]
    return None if found is None else found / MICRO


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What the database knows of a site before its course begins."""

    classes: Sequence[str]
    empty: Sequence[str]
    """Classes without a trainee."""
    trainees: int
    helpers: Sequence[str]
    """Trainers and assistants whose scope is the site or one of its classes."""
    officers: int
    """Officers of the site or of the whole course."""
    tried: int
    """Sessions at the site in which a prompt was sent."""


def site_facts(db: Db, site: str, class_id: str | None = None) -> SiteFacts:
    """The facts of one site; with ``class_id``, of its classes that one alone."""
    found = db.execute(
        "SELECT c.id, c.name, (SELECT count(*) FROM people p WHERE p.class_id = c.id"
        " AND p.role = 'trainee') FROM classes c WHERE c.site = ? ORDER BY c.name, c.id",
        (site,),
    )
    rooms = [row for row in found if class_id in {None, row[0]}]
    helpers = db.execute(
        "SELECT name FROM people WHERE role IN ('trainer', 'assistant') AND (site = ?"
        " OR class_id IN (SELECT id FROM classes WHERE site = ?)) ORDER BY name_key, id",
        (site, site),
    )
    officers = "SELECT count(*) FROM people WHERE role = 'officer' AND (site IS NULL OR site = ?)"
    tried = (
        "SELECT count(*) FROM sessions WHERE turns > 0"
        " AND class_id IN (SELECT id FROM classes WHERE site = ?)"
    )
    return SiteFacts(
        classes=[name for _, name, _ in rooms],
        empty=[name for _, name, people in rooms if not people],
        trainees=sum(people for _, _, people in rooms),
        helpers=[name for (name,) in helpers],
        officers=db.execute(officers, (site,)).fetchone()[0],
        tried=db.execute(tried, (site,)).fetchone()[0],
    )
