"""What reviewers filter by, derived from events; who has a session reserved; marks.

``catch_up`` reads events behind a cursor and is the only writer of ``review_facts``,
``review_rules`` and the index of words: see ``docs/decisions/review-index.md``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.errors import Conflict
from lab.log import search
from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import MICRO, canonical
from lab.log.relay_taking import home_of

STUCK_STOPS, STUCK_CHECKS = 3, 3
"""So many stops one after the other, or checks without a pass: stuck."""
LOTS, SAMPLE = 1000, 50
"""Of every 1000 sessions, 50 are looked at whatever happened in them."""
CURSOR = "review"
CLAIMED, RELEASED = "review.claimed", "review.released"
MARKED, UNDONE = "review.marked", "review.undone"
_FACTS = (
    "session, number, class_id, site, exercise, pseudonym, last_at, turns, blocked, masked, failed,"
    " score, passed, checks, first_score, disputed, streak, stuck, eyes, lot, marked"
)
_UPSERT = (
    f"INSERT INTO review_facts ({_FACTS}) VALUES (?{', ?' * 20})"  # noqa: S608 - constant
    " ON CONFLICT (session) DO UPDATE SET class_id = excluded.class_id, site = excluded.site,"
    " last_at = excluded.last_at, turns = excluded.turns, blocked = excluded.blocked,"
    " masked = excluded.masked, failed = excluded.failed, score = excluded.score,"
    " passed = excluded.passed, checks = excluded.checks, first_score = excluded.first_score,"
    " disputed = excluded.disputed, streak = excluded.streak, stuck = excluded.stuck,"
    " eyes = excluded.eyes"
)
_ROW = "class_id, site, exercise, pseudonym, last_at, turns, blocked, masked, failed, score, passed"


@dataclass(slots=True)
class _Work:
    """What a batch of events changes in one session."""

    number: int
    checks: int = 0
    first_score: float | None = None
    disputed: int = 0
    streak: int = 0
    rules: dict[str, int] = field(default_factory=dict)
    texts: list[tuple[int, str]] = field(default_factory=list)
    marked: bool = False
    """Whether somebody marked it, or took a mark back."""

    def take(self, seq: int, kind: str, row: Mapping[str, Any]) -> None:
        """One event more."""
        if kind == "turn.decided":
            self.streak = self.streak + 1 if row["action"] == "block" else 0
        elif kind == "check.scored":
            self.checks += 1
            if self.first_score is None:
                self.first_score = row["share"]
        elif kind == "finding.disputed":
            self.disputed += 1
        if kind in {"turn.decided", "attachment.decided"}:
            for rule in {each["rule"] for each in row["findings"] if each["action"] != "allow"}:
                self.rules[rule] = self.rules.get(rule, 0) + 1
        text = _text(kind, row)
        if text:
            self.texts.append(((self.number << search.SHIFT) + seq, text))


def _text(kind: str, row: Mapping[str, Any]) -> str:
    """The words of an event, as they were logged: masked, and none where it was stopped."""
    if kind == "turn.decided":
        return row["prompt"] or ""
    if kind == "turn.ended":
        return row["reply"] or ""
    if kind == "answers.given":
        return "\n".join(each for each in row["answers"].values() if isinstance(each, str))
    if kind == "attachment.decided":
        return "\n".join(part["text"] or "" for part in row["parts"])
    return ""


def catch_up(write: Write, most: int = 500) -> int:
    """Take up to ``most`` events behind the cursor; how many there were."""
    db = write.db
    found = db.execute("SELECT place FROM review_cursor WHERE name = ?", (CURSOR,)).fetchone()
    rows = db.execute(
        "SELECT id, stream, seq, kind, payload, at FROM events WHERE id > ? ORDER BY id LIMIT ?",
        (found[0] if found else 0, most),
    ).fetchall()
    work: dict[str, _Work] = {}
    for _, stream, seq, kind, payload, at in rows:
        if payload is None:
            continue
        if stream == SYSTEM:
            if kind == "rows.erased":
                told = json.loads(payload)
                _forget(db, told["stream"], told["seqs"])
            continue
        if stream not in work:
            work[stream] = _begun(db, stream, len(work))
        row = json.loads(payload)
        work[stream].take(seq, kind, row)
        if kind in {MARKED, UNDONE}:
            work[stream].marked = True
            _take_mark(db, stream, seq, at / MICRO, row)
    for stream, done in work.items():
        _keep(db, stream, done)
    if rows:
        moved = (
            "INSERT INTO review_cursor (name, place) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET place = excluded.place"
        )
        db.execute(moved, (CURSOR, rows[-1][0]))
    return len(rows)


def _begun(db: Db, stream: str, nth: int) -> _Work:
    query = (
        "SELECT number, checks, first_score, disputed, streak FROM review_facts WHERE session = ?"
    )
    found = db.execute(query, (stream,)).fetchone()
    if found:
        return _Work(*found)
    last = db.execute("SELECT coalesce(max(number), 0) FROM review_facts").fetchone()[0]
    return _Work(last + 1 + nth)


def _keep(db: Db, stream: str, work: _Work) -> None:
    """Write what was learnt of a session, beside the sums that its own row has."""
    row = db.execute(f"SELECT {_ROW} FROM sessions WHERE id = ?", (stream,)).fetchone()  # noqa: S608
    if row is None:  # no session, or one that was erased whole
        return
    failed, passed = row[8], row[10]
    tried = work.streak >= STUCK_STOPS or work.checks >= STUCK_CHECKS
    stuck = int(tried and not passed)
    eyes = int(bool(work.disputed or stuck or failed or (work.checks and not passed)))
    values = (stream, work.number, *row, work.checks, work.first_score, work.disputed, work.streak)
    db.execute(_UPSERT, (*values, stuck, eyes, lot_of(stream), 0))
    for rule, count in work.rules.items():
        db.execute(
            "INSERT INTO review_rules (session, rule, count, number, exercise)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (session, rule)"
            " DO UPDATE SET count = review_rules.count + excluded.count",
            (stream, rule, count, work.number, row[2]),
        )
    if work.marked:
        _count_marks(db, stream)
    search.add(db, work.texts)


def lot_of(session: str) -> int:
    """The number that a session drew: the same whenever it is asked, and by nobody chosen."""
    return int.from_bytes(hashlib.sha256(session.encode()).digest()[:4]) % LOTS


def _forget(db: Db, stream: str, seqs: Sequence[int]) -> None:
    """The content of rows was erased: their words and marks go too."""
    found = db.execute("SELECT number FROM review_facts WHERE session = ?", (stream,)).fetchone()
    if found is None:
        return
    search.forget(db, [(found[0] << search.SHIFT) + seq for seq in seqs])
    for seq in seqs:
        db.execute("DELETE FROM review_marks WHERE session = ? AND seq = ?", (stream, seq))
    _count_marks(db, stream)


def behind(db: Db) -> int:
    """How many places of the log are not read yet."""
    last = db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
    found = db.execute("SELECT place FROM review_cursor WHERE name = ?", (CURSOR,)).fetchone()
    return int(last) - (found[0] if found else 0)


# --- reservations --------------------------------------------------------------------------------


def claim(write: Write, session: str, person: str, now: float, until: float) -> bool:
    """Reserve a session, or go on with one's own; False where another has it. An event tells of
    who has it now, not of each sign that they still have.
    """
    if home_of(write.db, session) is not None:
        raise Conflict("relay_home")
    mine = "SELECT 1 FROM review_claims WHERE session = ? AND person_id = ? AND until >= ?"
    going_on = write.db.execute(mine, (session, person, now)).fetchone() is not None
    done = write.db.execute(
        "INSERT INTO review_claims (session, person_id, until) VALUES (?, ?, ?)"
        " ON CONFLICT (session) DO UPDATE SET person_id = excluded.person_id,"
        " until = excluded.until"
        " WHERE review_claims.until < ? OR review_claims.person_id = excluded.person_id",
        (session, person, until, now),
    )
    if done.rowcount == 1 and not going_on:
        write.append(session, CLAIMED, canonical({"by": person}))
    return done.rowcount == 1


def release(write: Write, session: str, person: str) -> None:
    """Give a reservation back."""
    done = write.db.execute(
        "DELETE FROM review_claims WHERE session = ? AND person_id = ?", (session, person)
    )
    if done.rowcount:
        write.append(session, RELEASED, canonical({"by": person}))


# --- marks ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Marked:
    """What one person marked: of the whole session, or of a turn."""

    session: str
    seq: int
    by_id: str
    turn: str
    marks: Mapping[str, int]
    at: float


def add_mark(db: Db, marked: Marked) -> None:
    """Keep a remark, also one without marks; the same person's on the same thing is replaced."""
    db.execute(
        "UPDATE review_marks SET undone = 1 WHERE session = ? AND by_id = ? AND turn = ?",
        (marked.session, marked.by_id, marked.turn),
    )
    db.execute(
        "INSERT INTO review_marks (session, seq, by_id, turn, marks, at, undone)"
        " VALUES (?, ?, ?, ?, ?, ?, 0)",
        (
            marked.session,
            marked.seq,
            marked.by_id,
            marked.turn,
            json.dumps(dict(marked.marks)),
            marked.at,
        ),
    )
    _count_marks(db, marked.session)


def _take_mark(db: Db, session: str, seq: int, at: float, row: Mapping[str, Any]) -> None:
    """A mark, or one taken back, that was not made here: it came with a log."""
    known = "SELECT undone FROM review_marks WHERE session = ? AND seq = ?"
    if "marks" in row:
        if db.execute(known, (session, seq)).fetchone() is None:
            add_mark(db, Marked(session, seq, row["by"], row["turn"], row["marks"], at))
        return
    query = "SELECT turn FROM review_marks WHERE session = ? AND seq = ? AND undone = 0"
    found = db.execute(query, (session, row["seq"])).fetchone()
    if found is not None:
        undo_mark(db, Marked(session, row["seq"], row["by"], found[0], {}, at))


def last_mark(db: Db, session: str, person: str) -> Marked | None:
    """The person's last remark on a session that stands."""
    mine = [each for each in marks_of(db, session) if each.by_id == person]
    return max(mine, key=lambda each: each.seq, default=None)


def undo_mark(db: Db, marked: Marked) -> None:
    """A remark no longer stands; the one that it replaced stands again."""
    db.execute(
        "UPDATE review_marks SET undone = 2 WHERE session = ? AND seq = ?",
        (marked.session, marked.seq),
    )
    before = db.execute(
        "SELECT max(seq) FROM review_marks"
        " WHERE session = ? AND by_id = ? AND turn = ? AND undone = 1",
        (marked.session, marked.by_id, marked.turn),
    ).fetchone()
    if before[0] is not None:
        db.execute(
            "UPDATE review_marks SET undone = 0 WHERE session = ? AND seq = ?",
            (marked.session, before[0]),
        )
    _count_marks(db, marked.session)


def _count_marks(db: Db, session: str) -> None:
    db.execute(
        "UPDATE review_facts SET marked = (SELECT count(DISTINCT by_id) FROM review_marks m"
        " WHERE m.session = ? AND m.undone = 0 AND m.turn = '' AND m.marks <> '{}')"
        " WHERE session = ?",
        (session, session),
    )


def marks_of(db: Db, session: str) -> list[Marked]:
    """Marks that stand, in order."""
    rows = db.execute(
        "SELECT session, seq, by_id, turn, marks, at FROM review_marks"
        " WHERE session = ? AND undone = 0 ORDER BY seq",
        (session,),
    )
    return [_marked(row) for row in rows]


def pairs(db: Db, scope: tuple[str | None, str | None]) -> list[tuple[str, Marked, Marked]]:
    """The exercise, and the first two people's marks, of each session that two have marked as a
    whole.
    """
    class_id, site = scope
    rows = db.execute(
        "SELECT f.exercise, m.session, m.seq, m.by_id, m.turn, m.marks, m.at FROM review_marks m"
        " JOIN review_facts f ON f.session = m.session WHERE m.undone = 0 AND m.turn = ''"
        " AND m.marks <> '{}' AND f.marked > 1"
        " AND (f.class_id = ? OR ? = 1) AND (f.site = ? OR ? = 1)"
        " ORDER BY m.session, m.seq",
        (class_id or "", int(class_id is None), site or "", int(site is None)),
    )
    by_session: dict[tuple[str, str], list[Marked]] = {}
    for exercise, *row in rows:
        by_session.setdefault((exercise, row[0]), []).append(_marked(row))
    return [
        (exercise, each[0], each[1]) for (exercise, _), each in by_session.items() if len(each) > 1
    ]


def _marked(row: Sequence[Any]) -> Marked:
    session, seq, by_id, turn, marks, at = row
    return Marked(session, seq, by_id, turn, json.loads(marks), at)


def told_of(db: Db, person: str) -> list[str]:
    """A person's sessions with remarks, or whose person was named; newest first."""
    rows = db.execute(
        "SELECT s.id FROM sessions s WHERE s.person_id = ? AND EXISTS (SELECT 1 FROM events e"
        " WHERE e.stream = s.id AND e.kind IN ('review.marked', 'person.named'))"
        " ORDER BY s.last_at DESC, s.id DESC LIMIT 100",
        (person,),
    )
    return [found for (found,) in rows]


@dataclass(frozen=True, slots=True)
class KnownAs:
    """How trainers see a trainee."""

    pseudonym: str
    reason: str | None
    """Why the class is shown by name on its board; None: it is not."""


def known_as(db: Db, person: str) -> KnownAs:
    """How trainers see somebody."""
    row = db.execute(
        "SELECT p.pseudonym, c.named FROM people p LEFT JOIN classes c ON c.id = p.class_id"
        " WHERE p.id = ?",
        (person,),
    ).fetchone()
    return KnownAs(row[0], row[1]) if row else KnownAs("", None)


def last_session(db: Db, person: str) -> str | None:
    """The session that somebody used last."""
    row = db.execute(
        "SELECT id FROM sessions WHERE person_id = ? ORDER BY last_at DESC, id DESC LIMIT 1",
        (person,),
    ).fetchone()
    return row[0] if row else None
