"""Notices to a room, countdowns and exercises on hold in the database."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from lab.errors import NotFound
from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import canonical
from lab.log.people import new_id
from lab.log.roster import Scope
from lab.model import Person

MOST = 200


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom something is for: a class, a site, or all."""

    class_id: str | None = None
    site: str | None = None
    """With a class: where that one is."""

    def meets(self, person: Person) -> bool:
        """Whether it is for this person."""
        if self.class_id is not None:
            return self.class_id == person.class_id
        return self.site in {None, person.site}


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence to a room, or a countdown."""

    id: str
    kind: str
    """``notice``, ``hint`` or ``countdown``."""
    reach: Reach
    text: str
    at: float
    ends_at: float | None


@dataclass(frozen=True, slots=True)
class Hold:
    """An exercise that waits until it is released; ``exercise`` empty: every one."""

    reach: Reach
    exercise: str


def notices(db: Db, since: float) -> list[Notice]:
    """What was sent since then and not taken back, the newest last."""
    rows = db.execute(
        "SELECT n.id, n.kind, n.class_id, coalesce(n.site, c.site), n.text, n.at, n.ends_at"
        " FROM notices n LEFT JOIN classes c ON c.id = n.class_id"
        " WHERE n.at > ? AND n.over_at IS NULL ORDER BY n.at DESC, n.id LIMIT ?",
        (since, MOST),
    )
    found = [Notice(row[0], row[1], Reach(row[2], row[3]), *row[4:]) for row in rows]
    return found[::-1]


def holds(db: Db) -> list[Hold]:
    """Everything that is on hold."""
    rows = db.execute(
        "SELECT h.class_id, coalesce(h.site, c.site), h.exercise FROM holds h"
        " LEFT JOIN classes c ON c.id = h.class_id ORDER BY h.at, h.id"
    )
    return [Hold(Reach(row[0], row[1]), row[2]) for row in rows]


def send(write: Write, by: str, to: Reach, kind: str, text: str, ends_at: float | None) -> str:
    """A notice, a hint or a countdown; a new countdown takes the place of the one before."""
    made, now = new_id(), time.time()
    if kind == "countdown":
        write.db.execute(
            "UPDATE notices SET over_at = ? WHERE kind = 'countdown' AND over_at IS NULL"
            " AND coalesce(class_id, '') = ? AND coalesce(site, '') = ?",
            (now, to.class_id or "", to.site or ""),
        )
    write.db.execute(
        "INSERT INTO notices (id, kind, class_id, site, text, by_id, at, ends_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (made, kind, to.class_id, to.site, text, by, now, ends_at),
    )
    told = {"notice": made, "kind": kind, "text": text, "ends_at": ends_at}
    _tell(write, "notice.sent", by, to, told)
    return made


def take_back(write: Write, scope: Scope, notice: str) -> None:
    """A notice or a countdown is over. Raises ``NotFound`` for one that is not within the scope."""
    query = "SELECT class_id, site FROM notices WHERE id = ? AND over_at IS NULL"
    row = write.db.execute(query, (notice,)).fetchone()
    if row is None or scope.class_id not in {None, row[0]} or scope.site not in {None, row[1]}:
        raise NotFound("no_notice")
    write.db.execute("UPDATE notices SET over_at = ? WHERE id = ?", (time.time(), notice))
    _tell(write, "notice.over", scope.by, Reach(row[0], row[1]), {"notice": notice})


def hold(write: Write, by: str, what: Hold) -> None:
    """An exercise waits from now on."""
    done = write.db.execute(
        "INSERT INTO holds (id, class_id, site, exercise, by_id, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (_key(what), what.reach.class_id, what.reach.site, what.exercise, by, time.time()),
    )
    if done.rowcount:
        _tell(write, "exercise.held", by, what.reach, {"exercise": what.exercise})


def release(write: Write, by: str, what: Hold) -> None:
    """It goes on. Raises ``NotFound`` where it was not on hold."""
    done = write.db.execute("DELETE FROM holds WHERE id = ?", (_key(what),))
    if not done.rowcount:
        raise NotFound("no_hold")
    _tell(write, "exercise.released", by, what.reach, {"exercise": what.exercise})


def _key(what: Hold) -> str:
    room = what.reach.class_id or ""
    return f"{room}\n{'' if room else what.reach.site or ''}\n{what.exercise}"


def _tell(write: Write, kind: str, by: str, to: Reach, more: Mapping[str, object]) -> None:
    told = {"by": by, "class_id": to.class_id, "site": to.site, **more}
    write.append(SYSTEM, kind, canonical(told))
