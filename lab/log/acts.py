"""Acts of trainers, officers and administrators, as the chain tells of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.log.base import Db
from lab.log.chain import MICRO

PAGE = 50
KINDS: Mapping[str, tuple[str, ...]] = {
    "policy": (
        *("policy.edited", "policy.proposed", "policy.withdrawn", "policy.published"),
        *("attack.judged", "alarm.judged"),
    ),
    "sending": ("sending.halted", "sending.resumed"),
    "incident": (
        *("incident.taken", "incident.noted", "incident.matched"),
        *("incident.closed", "incident.opened", "incident.exported"),
    ),
    "people": (
        *("person.added", "person.password", "person.resume", "person.rostered"),
        *("person.named", "person.erased", "roster.imported"),
    ),
    "class": (
        *("class.added", "class.retention", "class.named", "class.erased"),
        *("notice.sent", "notice.over"),
        *("exercise.held", "exercise.released", "help.claimed", "help.handed", "help.answered"),
        "help.closed",
    ),
    "review": (
        *("review.claimed", "review.released", "review.marked", "review.undone"),
        "report.exported",
    ),
    "course": (
        *("exercise.drafted", "exercise.dropped", "exercise.exported"),
        *("exercise.published", "story.decided"),
        *("story.hidden", "story.turned"),
    ),
    "proof": (
        *("head.signed", "security.reported", "audit.exported"),
        *("rows.erased", "keys.rotated"),
    ),
    "system": (
        "contact.set",
        "system.stopping",
        "backup.made",
        "backup.restored",
        "relay.admitted",
    ),
}
"""Kind of act -> its kinds of events. Each is told of with its ``by``."""
JOINED = '{"by":"",%"role":"trainee"}'
"""A trainee who came with a class code: no act of staff."""
BY = ("by", "approved_by", "proposed_by")
"""Fields that hold who acted."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which acts to list; nothing given means any."""

    person: str = ""
    group: str = ""
    kinds: tuple[str, ...] = ()
    """Narrower than a group."""
    since: float = 0.0
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One act. Its payload is None where it was erased by a recorded decision."""

    place: int
    """In the log."""
    at: float
    stream: str
    seq: int
    kind: str
    hash: str
    payload: Mapping[str, Any] | None


def acts(db: Db, wanted: Wanted, before: int | None = None, limit: int = PAGE) -> list[Act]:
    """Acts, the newest first, from before a place in the log."""
    every = tuple(kind for some in KINDS.values() for kind in some)
    kinds = wanted.kinds or KINDS.get(wanted.group) or every
    terms = [
        f"kind IN ({', '.join('?' * len(kinds))})",
        "at >= ?",
        "NOT (kind = 'person.added' AND coalesce(payload, '') LIKE ?)",
    ]
    values: list[Any] = [*kinds, round(wanted.since * MICRO), JOINED]
    if wanted.until is not None:
        terms.append("at < ?")
        values.append(round(wanted.until * MICRO))
    if before is not None:
        terms.append("id < ?")
        values.append(before)
    if wanted.person:
        terms.append(f"({' OR '.join(['payload LIKE ?'] * len(BY))})")
        values += [f'%"{name}":{json.dumps(_plain(wanted.person))}%' for name in BY]
    rows = db.execute(
        "SELECT id, at, stream, seq, kind, hash, payload FROM events"  # noqa: S608 - our words
        f" WHERE {' AND '.join(terms)} ORDER BY id DESC LIMIT ?",
        (*values, limit),
    )
    return [
        Act(place, at / MICRO, stream, seq, kind, hashed, json.loads(held) if held else None)
        for place, at, stream, seq, kind, hashed, held in rows
    ]


def actors(db: Db) -> list[tuple[str, str, str]]:
    """Everybody with a password: (id, name, role)."""
    rows = db.execute(
        "SELECT id, name, role FROM people WHERE role <> 'trainee' ORDER BY name_key, id"
    )
    return [(person, name, role) for person, name, role in rows]


def pseudonyms(db: Db, people: Sequence[str]) -> dict[str, str]:
    """What trainees are called where no name is to be read."""
    found = {}
    for person in people:
        query = "SELECT pseudonym FROM people WHERE id = ? AND role = 'trainee'"
        row = db.execute(query, (person,)).fetchone()
        if row:
            found[person] = str(row[0])
    return found


def _plain(text: str) -> str:
    """Without what ``LIKE`` reads in its own way."""
    return text.replace("%", "").replace("_", "")
