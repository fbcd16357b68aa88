"""Raised hands in the database: one function a statement or two, and the event that tells of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab.errors import Conflict, NotFound
from lab.log.base import Db, Write
from lab.log.chain import canonical
from lab.log.people import new_id
from lab.log.roster import Scope
from lab.model import SessionRow

_HAND = (
    "h.id, h.person_id, p.name, h.class_id, coalesce(c.name, ''), coalesce(h.site, ''),"
    " h.session_id, h.exercise, h.severity, h.raised_at, h.claimed_by, coalesce(s.name, ''),"
    " h.claimed_at, h.closed_at, h.reason"
)
_FROM = (
    " FROM hands h JOIN people p ON p.id = h.person_id LEFT JOIN people s ON s.id = h.claimed_by"
    " LEFT JOIN classes c ON c.id = h.class_id"
)
_WORDS = (
    "SELECT w.hand_id, w.at, coalesce(p.name, ''), w.staff, w.text FROM hand_words w"
    " LEFT JOIN people p ON p.id = w.person_id"
)
MOST = 500
"""Hands that a list holds."""


@dataclass(frozen=True, slots=True)
class Watch(Scope):
    """Whose hands somebody sees: all within a scope, or those of one severity."""

    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence about a raised hand."""

    at: float
    by: str
    """Name of who wrote it."""
    staff: bool
    text: str | None
    """Masked, as it is kept; None where the policy stopped it."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A raised hand as the helpers see it."""

    id: str
    person_id: str
    name: str
    class_id: str | None
    class_name: str
    site: str
    session_id: str
    exercise: str
    severity: str
    raised_at: float
    claimed_by: str | None
    helper: str
    """Name of who has taken it; empty while it waits."""
    claimed_at: float | None
    closed_at: float | None
    reason: str | None
    words: tuple[Said, ...] = ()


def reach(scope: Scope, table: str) -> tuple[str, list[str]]:
    """The condition under which a row of ``table`` is within a scope, and its values."""
    terms, values = ["1 = 1"], []
    for column, value in (("class_id", scope.class_id), ("site", scope.site)):
        if value is not None:
            terms.append(f"{table}.{column} = ?")
            values.append(value)
    return " AND ".join(terms), values


def _seen(watch: Watch) -> tuple[str, list[str]]:
    """The condition under which a hand is seen, and its values."""
    within, values = reach(watch, "h")
    if watch.severity is None:
        return within, values
    return f"{within} AND h.severity = ?", [*values, watch.severity]


def waiting(db: Db, watch: Watch) -> list[Hand]:
    """Open hands that somebody sees, the oldest first."""
    within, values = _seen(watch)
    query = (
        f"SELECT {_HAND}{_FROM} WHERE h.closed_at IS NULL AND {within}"
        " ORDER BY h.raised_at, h.id LIMIT ?"
    )
    return _with_words(db, [Hand(*row) for row in db.execute(query, (*values, MOST))])


def hand(db: Db, watch: Watch, hand_id: str) -> Hand:
    """One hand, open or closed. Raises ``NotFound`` for one that is not to be seen."""
    within, values = _seen(watch)
    query = f"SELECT {_HAND}{_FROM} WHERE h.id = ? AND {within}"
    row = db.execute(query, (hand_id, *values)).fetchone()
    if row is None:
        raise NotFound("no_hand")
    return _with_words(db, [Hand(*row)])[0]


def latest(db: Db, person_id: str, since: float) -> Hand | None:
    """Somebody's open hand, else the last one that was closed since then."""
    query = (
        f"SELECT {_HAND}{_FROM} WHERE h.person_id = ?"
        " AND (h.closed_at IS NULL OR h.closed_at > ?) ORDER BY h.raised_at DESC LIMIT 1"
    )
    row = db.execute(query, (person_id, since)).fetchone()
    return _with_words(db, [Hand(*row)])[0] if row else None


def ahead(db: Db, found: Hand) -> int:
    """Hands of the same class (or site) that wait since earlier and that nobody has taken."""
    column, value = ("class_id", found.class_id) if found.class_id else ("site", found.site)
    query = (
        f"SELECT count(*) FROM hands WHERE closed_at IS NULL AND claimed_by IS NULL"  # noqa: S608
        f" AND {column} = ? AND raised_at < ?"
    )
    return int(db.execute(query, (value, found.raised_at)).fetchone()[0])


def _with_words(db: Db, hands: Sequence[Hand]) -> list[Hand]:
    if not hands:
        return []
    marks = ", ".join("?" * len(hands))
    query = f"{_WORDS} WHERE w.hand_id IN ({marks}) ORDER BY w.at, w.id"
    rows = db.execute(query, [each.id for each in hands])
    said: dict[str, list[Said]] = defaultdict(list)
    for of, at, by, staff, text in rows:
        said[of].append(Said(at, by, bool(staff), text))
    return [replace(each, words=tuple(said[each.id])) for each in hands]


# --- what a trainee does --------------------------------------------------------------------------


def raise_hand(
    write: Write,
    row: SessionRow,
    site: str | None,
    *,
    severity: str,
    word: str | None,
    action: str,
) -> str:
    """A hand that was down goes up; its id. Raises ``Conflict`` where it is up already."""
    query = "SELECT 1 FROM hands WHERE person_id = ? AND closed_at IS NULL"
    if write.db.execute(query, (row.person_id,)).fetchone():
        raise Conflict("hand_up")
    made, now = new_id(), time.time()
    write.db.execute(
        "INSERT INTO hands (id, person_id, class_id, site, session_id, exercise, severity,"
        " raised_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (made, row.person_id, row.class_id, site, row.id, row.exercise, severity, now),
    )
    if word is not None or action == "block":
        _say(write, made, row.person_id, word, staff=False)
    told = {
        "hand": made,
        "person": row.person_id,
        "class_id": row.class_id,
        "site": site,
        "exercise": row.exercise,
        "severity": severity,
        "action": action,
        "word": word,
    }
    write.append(row.id, "help.raised", canonical(told))
    return made


def lower(write: Write, person_id: str) -> None:
    """The trainee takes the hand down. Raises ``NotFound`` where it is not up."""
    query = f"SELECT {_HAND}{_FROM} WHERE h.person_id = ? AND h.closed_at IS NULL"
    row = write.db.execute(query, (person_id,)).fetchone()
    if row is None:
        raise NotFound("no_hand")
    _close(write, Hand(*row), person_id, "withdrawn")


# --- what helpers do ------------------------------------------------------------------------------


def claim(write: Write, found: Hand, by: str) -> None:
    """Take a hand that nobody has. Raises ``Conflict`` where somebody was faster."""
    done = write.db.execute(
        "UPDATE hands SET claimed_by = ?, claimed_at = ?"
        " WHERE id = ? AND claimed_by IS NULL AND closed_at IS NULL",
        (by, time.time(), found.id),
    )
    if not done.rowcount:
        raise Conflict("hand_taken")
    _told(write, found, "help.claimed", by=by)


def hand_over(write: Write, found: Hand, by: str, to: str | None) -> None:
    """Give a hand to another helper, or back to the queue. Raises ``Conflict`` where the one who
    gives it does not have it (any more).
    """
    done = write.db.execute(
        "UPDATE hands SET claimed_by = ?, claimed_at = ?"
        " WHERE id = ? AND claimed_by = ? AND closed_at IS NULL",
        (to, time.time() if to else None, found.id, by),
    )
    if not done.rowcount:
        raise Conflict("hand_not_yours")
    _told(write, found, "help.handed", by=by, to=to)


def answer(write: Write, found: Hand, by: str, text: str) -> None:
    """Write to the trainee. Raises ``Conflict`` where somebody else has the hand, or it is down."""
    query = "SELECT claimed_by FROM hands WHERE id = ? AND closed_at IS NULL"
    row = write.db.execute(query, (found.id,)).fetchone()
    if row is None or row[0] != by:
        raise Conflict("hand_not_yours")
    _say(write, found.id, by, text, staff=True)
    _told(write, found, "help.answered", by=by, text=text)


def close(write: Write, found: Hand, by: str, reason: str) -> None:
    """The hand goes down. Raises ``Conflict`` where another helper has it, or it is down."""
    query = "SELECT claimed_by FROM hands WHERE id = ? AND closed_at IS NULL"
    row = write.db.execute(query, (found.id,)).fetchone()
    if row is None or row[0] not in {None, by}:
        raise Conflict("hand_not_yours")
    _close(write, found, by, reason)


def _close(write: Write, found: Hand, by: str, reason: str) -> None:
    write.db.execute(
        "UPDATE hands SET closed_at = ?, closed_by = ?, reason = ? WHERE id = ?",
        (time.time(), by, reason, found.id),
    )
    _told(write, found, "help.closed", by=by, reason=reason)


def _say(write: Write, hand_id: str, by: str, text: str | None, *, staff: bool) -> None:
    write.db.execute(
        "INSERT INTO hand_words (id, hand_id, person_id, staff, at, text)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (new_id(), hand_id, by, int(staff), time.time(), text),
    )


def _told(write: Write, found: Hand, kind: str, **more: str | None) -> None:
    about = {"hand": found.id, "person": found.person_id, "class_id": found.class_id}
    write.append(found.session_id, kind, canonical({**about, **more}))
