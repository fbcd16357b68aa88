"""Runs, sites, classes and their people in the database: one function a statement or two."""

from __future__ import annotations

import time
from dataclasses import dataclass

from lab.errors import Conflict, NotFound
from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import canonical
from lab.log.people import code_key, name_key, new_id
from lab.model import Person, Role


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose classes somebody may see, and who that is. Nothing given means the whole course."""

    by: str
    """Id of the person, or ``cli``."""
    class_id: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """A class as its trainers see it."""

    id: str
    name: str
    code: str
    site: str | None
    run: str | None
    """Name of its course run."""
    retention_days: int | None
    added_at: float
    people: int = 0
    came: int = 0
    """Of these, who has signed in at least once."""
    named: str | None = None
    """Why trainers see names on the board; None: they see pseudonyms."""


@dataclass(frozen=True, slots=True)
class Member:
    """A trainee of a class."""

    id: str
    name: str
    unit: str
    ref: str
    rostered: bool
    came: bool
    last_at: float | None
    """The last work in a session."""


# --- what there is -------------------------------------------------------------------------------


def rooms(db: Db, scope: Scope, *, only: str | None = None) -> list[Room]:
    """Classes within a scope, by run, site and name; ``only`` this one."""
    wanted = {"c.id": only, "c.site": scope.site}
    terms = [f"{column} = ?" for column, value in wanted.items() if value is not None]
    values = [value for value in wanted.values() if value is not None]
    if scope.class_id is not None:
        terms.append("c.id = ?")
        values.append(scope.class_id)
    found = db.execute(
        "SELECT c.id, c.name, c.code, c.site, r.name, c.retention_days, c.added_at, count(p.id),"  # noqa: S608 - our words
        " coalesce(sum(CASE WHEN p.resume IS NULL THEN 0 ELSE 1 END), 0), c.named"
        " FROM classes c LEFT JOIN runs r ON r.id = c.run_id"
        " LEFT JOIN people p ON p.class_id = c.id AND p.role = 'trainee'"
        f" WHERE {' AND '.join(terms or ['1 = 1'])}"
        " GROUP BY c.id, c.name, c.code, c.site, r.name, c.retention_days, c.added_at, c.named"
        " ORDER BY coalesce(r.name, ''), coalesce(c.site, ''), c.name, c.id",
        values,
    )
    return [Room(*row) for row in found]


def sites(db: Db) -> list[str]:
    """Names of all sites."""
    return [name for (name,) in db.execute("SELECT name FROM sites ORDER BY name")]


def runs(db: Db) -> list[str]:
    """Names of all course runs, the newest first."""
    return [name for (name,) in db.execute("SELECT name FROM runs ORDER BY added_at DESC, name")]


def members(db: Db, class_id: str) -> list[Member]:
    """Trainees of a class, by name."""
    found = db.execute(
        "SELECT p.id, p.name, coalesce(p.unit, ''), coalesce(p.ref, ''), p.rostered_at, p.resume,"
        " (SELECT max(s.last_at) FROM sessions s WHERE s.person_id = p.id)"
        " FROM people p WHERE p.class_id = ? AND p.role = 'trainee' ORDER BY p.name_key, p.id",
        (class_id,),
    )
    return [
        Member(row[0], row[1], row[2], row[3], row[4] is not None, row[5] is not None, row[6])
        for row in found
    ]


# --- classes -------------------------------------------------------------------------------------


def add_room(
    write: Write,
    scope: Scope,
    *,
    name: str,
    code: str,
    site: str | None,
    run: str | None,
    retention_days: int | None,
) -> str:
    """A new class; its id. Raises ``Conflict`` for a code in use."""
    if write.db.execute("SELECT 1 FROM classes WHERE code = ?", (code_key(code),)).fetchone():
        raise Conflict("code_taken")
    return make_room(write, scope, new_id(), name, code, site, run, retention_days)


def make_room(
    write: Write,
    scope: Scope,
    room: str,
    name: str,
    code: str,
    site: str | None,
    run: str | None,
    retention_days: int | None,
) -> str:
    """The row itself, its site and its run; the code is free."""
    now = time.time()
    if site is not None:
        known = "INSERT INTO sites (name, added_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
        write.db.execute(known, (site, now))
    write.db.execute(
        "INSERT INTO classes (id, name, code, site, added_at, run_id, retention_days)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (room, name, code_key(code), site, now, _run_id(write, run), retention_days),
    )
    told = {"class_id": room, "by": scope.by, "site": site, "retention_days": retention_days}
    write.append(SYSTEM, "class.added", canonical(told))
    return room


def _run_id(write: Write, run: str | None) -> str | None:
    if run is None:
        return None
    found = write.db.execute("SELECT id FROM runs WHERE name = ?", (run,)).fetchone()
    if found:
        return str(found[0])
    made = new_id()
    values = (made, run, time.time())
    write.db.execute("INSERT INTO runs (id, name, added_at) VALUES (?, ?, ?)", values)
    write.append(SYSTEM, "run.added", canonical({"run": made, "name": run}))
    return made


def keep_for(write: Write, scope: Scope, room: str, days: int | None) -> None:
    """How long the data of a class are kept. Raises ``NotFound``."""
    found = write.db.execute("SELECT retention_days FROM classes WHERE id = ?", (room,)).fetchone()
    if found is None:
        raise NotFound("no_class")
    write.db.execute("UPDATE classes SET retention_days = ? WHERE id = ?", (days, room))
    told = {"class_id": room, "by": scope.by, "before": found[0], "after": days}
    write.append(SYSTEM, "class.retention", canonical(told))


def name_on_board(write: Write, scope: Scope, room: str, reason: str | None) -> None:
    """Show a class by name on the board of its trainers, for a reason; None: by pseudonym."""
    write.db.execute("UPDATE classes SET named = ? WHERE id = ?", (reason, room))
    told = {"class_id": room, "by": scope.by, "reason": reason}
    write.append(SYSTEM, "class.named", canonical(told))


# --- coming in by a list -------------------------------------------------------------------------


def claim(write: Write, class_id: str, name: str, resume: str) -> Person | None:
    """The first of this name on the roster who has not come yet: now with a resume code."""
    found = write.db.execute(
        "SELECT id, name, site FROM people WHERE class_id = ? AND name_key = ?"
        " AND role = 'trainee' AND rostered_at IS NOT NULL AND resume IS NULL"
        " ORDER BY added_at, id LIMIT 1",
        (class_id, name_key(name)),
    ).fetchone()
    if found is None:
        return None
    write.db.execute("UPDATE people SET resume = ? WHERE id = ?", (resume, found[0]))
    write.append(SYSTEM, "person.joined", canonical({"person": found[0], "class_id": class_id}))
    return Person(found[0], found[1], Role.TRAINEE, class_id, found[2])
