"""Erasing people: where each table holds something of a person, and what is done about it.

``tests/unit/test_erasing.py`` walks all tables of a fresh database: a new one must be named here.
Contents of events are erased by ``Log.erase``, so that the chain verifies and says who did it.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.log import relay_taking
from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import canonical, words_of
from lab.log.sessions import tables

ERASED = "person.erased"
CLASS_ERASED = "class.erased"
BY_PERSON = (
    "attack_cases",
    "stories",
    "story_answers",
    "story_votes",
    "hands",
    "presence",
    "signins",
    "sessions",
)
"""Tables whose rows belong to the person of their column ``person_id``."""
BY_SESSION: Mapping[str, str] = {
    "alarms": "session",
    "canaries": "session",
    "incidents": "session",
    "open_turns": "stream",
    "review_claims": "session",
    "review_facts": "session",
    "review_marks": "session",
    "review_rules": "session",
}
"""Tables whose rows belong to a session, and the column that names it."""
DEPENDENT: Mapping[str, tuple[str, str]] = {
    "hand_words": ("hand_id", "hands"),
    "story_answers": ("story_id", "stories"),
}
"""Tables whose rows belong to one of another table that belongs to a person."""
EMPTIED = ("people", "vaults", "events", "relay_rows", "review_words")
"""What is handled by statements of its own."""
WITHOUT_PEOPLE = (
    "anchors",
    "classes",
    "contacts",
    "erased",
    "holds",
    "notices",
    "processes",
    "relay_anchors",
    "relay_streams",
    "relays",
    "review_cursor",
    "runs",
    "sites",
)
"""Tables that hold no name and no text of a trainee."""
KEPT_KINDS = ("rows.erased", ERASED, CLASS_ERASED, "roster.imported")
"""Events outside of sessions that stay although they may name the id of a person."""
KEPT_BRANCH = "incident."
"""So do all of these: what became of a possible secret."""
PLACE_BITS = 20
"""A place in the index of words is a session's number, shifted by these, and the event's seq."""
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Due:
    """A trainee whose time of keeping is over."""

    person: str
    class_id: str
    last_at: float


def sessions_of(db: Db, people: Sequence[str]) -> list[str]:
    """Ids of all sessions of these people."""
    found: list[str] = []
    for person in people:
        rows = db.execute("SELECT id FROM sessions WHERE person_id = ?", (person,))
        found.extend(row[0] for row in rows)
    return found


def trainees(db: Db, class_id: str) -> list[str]:
    """Ids of the trainees of a class."""
    query = "SELECT id FROM people WHERE class_id = ? AND role = 'trainee' ORDER BY id"
    return [row[0] for row in db.execute(query, (class_id,))]


def lock_out(write: Write, people: Sequence[str]) -> list[str]:
    """Nobody can sign in as these people any more, and names, maps and drafts are gone; their
    sessions.
    """
    db, now = write.db, time.time()
    sessions = sessions_of(db, people)
    for person in people:
        db.execute("DELETE FROM signins WHERE person_id = ?", (person,))
        db.execute(
            "UPDATE people SET name = '', name_key = id, password = NULL, resume = NULL,"
            " unit = NULL, ref = NULL WHERE id = ?",
            (person,),
        )
    query = "INSERT INTO erased (stream, at) VALUES (?, ?) ON CONFLICT (stream) DO NOTHING"
    for session in sessions:
        db.execute(query, (session, now))
        _forget_vaults(db, session)
    return sessions


def _forget_vaults(db: Db, session: str) -> None:
    """Places begin with the session's id and a full stop (the sign after it is a slash)."""
    db.execute("DELETE FROM vaults WHERE place >= ? AND place < ?", (f"{session}.", f"{session}/"))


def contents(
    db: Db, people: Sequence[str], sessions: Sequence[str], *, trainee: bool
) -> dict[str, list[int]]:
    """Rows of the log whose content is to be erased, by stream.

    All rows of their sessions; of other streams, for trainees, those that name them or a session.
    """
    found: dict[str, list[int]] = defaultdict(list)
    for session in sessions:
        query = "SELECT seq FROM events WHERE stream = ? AND payload IS NOT NULL ORDER BY seq"
        found[session] = [row[0] for row in db.execute(query, (session,))]
    if trainee:
        named = {*people, *sessions}
        gaps = ", ".join("?" * len(KEPT_KINDS))
        rows = db.execute(
            f"SELECT stream, seq, kind, payload FROM events WHERE kind NOT IN ({gaps})"  # noqa: S608
            " AND payload IS NOT NULL AND stream NOT IN (SELECT id FROM sessions) ORDER BY seq",
            KEPT_KINDS,
        )
        for stream, seq, kind, payload in rows:
            if kind.startswith(KEPT_BRANCH):
                continue
            if not named.isdisjoint(words_of(json.loads(payload))):
                found[stream].append(seq)
    return {stream: seqs for stream, seqs in found.items() if seqs}


def finish(write: Write, people: Sequence[str], *, by: str, reason: str) -> list[str]:
    """Delete the rows that are left, and tell of it; sessions that were opened meanwhile, which
    are to be erased first: then nothing is deleted.
    """
    db = write.db
    there = tables(db)
    known = "SELECT 1 FROM erased WHERE stream = ?"
    sessions = sessions_of(db, people)
    late = [each for each in sessions if not db.execute(known, (each,)).fetchone()]
    if late:
        return late
    for session in sessions:
        _forget_vaults(db, session)
        if "review_words" in there:
            _forget_words(db, session)
        for table, column in BY_SESSION.items():
            if table in there:
                db.execute(f"DELETE FROM {table} WHERE {column} = ?", (session,))  # noqa: S608
    if "relay_rows" in there:
        relay_taking.forget(write, {*people, *sessions}, by=by, reason=reason)
    for person in people:
        _delete_person(db, person, there)
        write.append(SYSTEM, ERASED, canonical({"person": person, "by": by, "reason": reason}))
    return []


def _delete_person(db: Db, person: str, there: set[str]) -> None:
    """All rows of a person, in the tables that are there."""
    for table, (column, owner) in DEPENDENT.items():
        if table in there:
            db.execute(
                f"DELETE FROM {table} WHERE {column} IN"  # noqa: S608 - our own words
                f" (SELECT id FROM {owner} WHERE person_id = ?)",
                (person,),
            )
    for table in BY_PERSON:
        if table in there:
            db.execute(f"DELETE FROM {table} WHERE person_id = ?", (person,))  # noqa: S608
    db.execute("DELETE FROM people WHERE id = ?", (person,))


def _forget_words(db: Db, session: str) -> None:
    """Leave no word of a session in the index of words, also where nobody follows the log now."""
    query = "SELECT number FROM review_facts WHERE session = ?"
    found = db.execute(query, (session,)).fetchone()
    if found is None:
        return
    postgres = getattr(db, "dialect", "sqlite") == "postgresql"
    key = "place" if postgres else "rowid"
    first = found[0] << PLACE_BITS
    db.execute(
        f"DELETE FROM review_words WHERE {key} >= ? AND {key} < ?",  # noqa: S608 - constant
        (first, first + (1 << PLACE_BITS)),
    )
    if not postgres:  # FTS5 keeps deleted words until its parts are merged
        db.execute("INSERT INTO review_words (review_words) VALUES ('optimize')")


def finish_class(write: Write, class_id: str, *, people: int, by: str, reason: str) -> None:
    """Delete a class whose people are gone."""
    write.db.execute("DELETE FROM classes WHERE id = ?", (class_id,))
    told = {"class_id": class_id, "people": people, "by": by, "reason": reason}
    write.append(SYSTEM, CLASS_ERASED, canonical(told))


def leftovers(db: Db) -> dict[str, list[int]]:
    """Rows with content in streams that were erased: a turn that ended after it."""
    found: dict[str, list[int]] = defaultdict(list)
    rows = db.execute(
        "SELECT e.stream, e.seq FROM erased x JOIN events e ON e.stream = x.stream"
        " WHERE e.payload IS NOT NULL ORDER BY e.stream, e.seq"
    )
    for stream, seq in rows:
        found[stream].append(seq)
    return dict(found)


def forget_late_vaults(write: Write) -> None:
    """Maps that a turn saved after its session was erased."""
    for (stream,) in write.db.execute("SELECT stream FROM erased").fetchall():
        _forget_vaults(write.db, stream)


def due(db: Db, now: float) -> list[Due]:
    """Trainees whose class keeps data for some days, and whose last use is longer ago."""
    rows = db.execute(
        "SELECT p.id, p.class_id, c.retention_days, p.added_at,"
        " (SELECT max(s.last_at) FROM sessions s WHERE s.person_id = p.id),"
        " (SELECT max(i.seen_at) FROM signins i WHERE i.person_id = p.id)"
        " FROM people p JOIN classes c ON c.id = p.class_id"
        " WHERE p.role = 'trainee' AND c.retention_days IS NOT NULL ORDER BY p.class_id, p.id"
    )
    found = []
    for person, class_id, days, *used in rows:
        last = max(at for at in used if at is not None)
        if last < now - days * DAY:
            found.append(Due(person, class_id, last))
    return found
