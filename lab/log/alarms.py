"""Findings that trainees held to be mistakes: SQL."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, Literal

from lab.errors import Conflict, NotFound
from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import canonical

JUDGED = "alarm.judged"
State = Literal["waiting", "accepted", "declined"]
_COLUMNS = (
    "a.id, a.at, a.session, a.turn, a.rule, a.entity, a.tier, a.view, a.pattern, a.planted,"
    " a.policy, a.digest, a.text, a.state, a.case_text, a.judged_by, a.judged_at, a.reason"
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One finding that a trainee held to be a mistake."""

    id: str
    at: float
    session: str
    turn: str
    rule: str
    entity: str
    tier: str
    view: str
    """Reading of the text in which it was found: how it was hidden, where it was."""
    pattern: str
    planted: int
    """1: the value was the exercise's own."""
    policy: str
    digest: str
    """SHA-256 of the rule's definition as it was then."""
    text: str
    """The prompt as it left, the disputed value as ``{value}``; empty for T1 and T2."""
    state: State = "waiting"
    case_text: str | None = None
    """The case as an officer completed it, with a value that they made up."""
    judged_by: str | None = None
    judged_at: float | None = None
    reason: str | None = None


def add(write: Write, alarm: Alarm) -> None:
    """One more."""
    columns = _COLUMNS.replace("a.", "")
    write.db.execute(
        f"INSERT INTO alarms ({columns}) VALUES (?{', ?' * 17})"  # noqa: S608 - constant
        " ON CONFLICT (id) DO NOTHING",
        astuple(alarm),
    )


def judge(write: Write, name: str, state: State, by: str, reason: str, case: str) -> None:
    """Take one into the corpus, or not. Raises ``NotFound``, ``Conflict``."""
    row = write.db.execute("SELECT state, rule FROM alarms WHERE id = ?", (name,)).fetchone()
    if row is None:
        raise NotFound("no_alarm")
    if row[0] == state:
        raise Conflict("alarm_judged")
    told = {"alarm": name, "rule": row[1], "before": row[0], "after": state, "reason": reason}
    write.append(SYSTEM, JUDGED, canonical({**told, "by": by}))
    write.db.execute(
        "UPDATE alarms SET state = ?, judged_by = ?, judged_at = ?, reason = ?, case_text = ?"
        " WHERE id = ?",
        (state, by, time.time(), reason, case, name),
    )


def listed(db: Db, *, state: str = "", site: str | None = None, most: int = 200) -> list[Alarm]:
    """The newest first; of a state, and of a site."""
    terms, values = ["1 = 1"], list[Any]()
    for term, value in (("a.state = ?", state or None), ("s.site = ?", site)):
        if value is not None:
            terms.append(term)
            values.append(value)
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM alarms a JOIN sessions s ON s.id = a.session"  # noqa: S608
        f" WHERE {' AND '.join(terms)} ORDER BY a.at DESC, a.id LIMIT ?",
        (*values, most),
    )
    return [_alarm(row) for row in rows]


def of_person(db: Db, person: str) -> list[Alarm]:
    """What one trainee held to be mistakes, the newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM alarms a JOIN sessions s ON s.id = a.session"  # noqa: S608
        " WHERE s.person_id = ? ORDER BY a.at DESC, a.id",
        (person,),
    )
    return [_alarm(row) for row in rows]


def one(db: Db, name: str, site: str | None) -> Alarm | None:
    """By id, of a site."""
    found = db.execute(
        f"SELECT {_COLUMNS}, s.site FROM alarms a JOIN sessions s ON s.id = a.session"  # noqa: S608
        " WHERE a.id = ?",
        (name,),
    ).fetchone()
    if found is None or (site is not None and found[-1] != site):
        return None
    return _alarm(found[:-1])


def accepted(db: Db) -> list[Alarm]:
    """Those whose case stands in the corpus, by id."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM alarms a WHERE a.state = 'accepted'"  # noqa: S608 - constant
        " AND a.case_text <> '' ORDER BY a.id"
    )
    return [_alarm(row) for row in rows]


def _alarm(row: Sequence[Any]) -> Alarm:
    return Alarm(*row)
