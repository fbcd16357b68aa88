"""Situations that people share, answers and votes in the database: a statement or two each.

The words themselves are events of the chain; a row tells where (``seq`` in the system's stream).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Literal

from lab.errors import Conflict, NotFound
from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import canonical
from lab.log.people import new_id
from lab.model import Person

State = Literal["waiting", "shown", "refused", "withdrawn"]
ERASED = ""
"""The words of what was erased by a recorded decision."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answers to a situation."""

    id: str
    by: str
    """Id of the person; never shown."""
    shown_as: str
    text: str
    at: float
    hidden: bool
    votes: int
    mine: bool
    """Whether the reader voted for it."""


@dataclass(frozen=True, slots=True)
class Story:
    """A situation from somebody's work."""

    id: str
    by: str
    class_id: str | None
    site: str | None
    shown_as: str
    title: str
    text: str
    state: State
    at: float
    reason: str
    exercise: str | None
    answers: int
    votes: int
    mine: bool


_STORY = (
    "SELECT s.id, s.person_id, s.class_id, s.site, s.shown_as, e.payload, s.state, s.added_at,"
    " coalesce(s.reason, ''), s.exercise,"
    " (SELECT count(*) FROM story_answers a WHERE a.story_id = s.id AND a.hidden = 0),"
    " (SELECT count(*) FROM story_votes v WHERE v.target = s.id),"
    " (SELECT count(*) FROM story_votes v WHERE v.target = s.id AND v.person_id = ?)"
    " FROM stories s JOIN events e ON e.stream = 'system' AND e.seq = s.seq"
)


def pseudonym(db: Db, person: Person) -> str:
    """What the person is called where the name is not shown."""
    row = db.execute("SELECT pseudonym FROM people WHERE id = ?", (person.id,)).fetchone()
    return str(row[0])


def stories(db: Db, reader: Person) -> list[Story]:
    """All situations, newest first; who may read which is decided above."""
    rows = db.execute(f"{_STORY} ORDER BY s.added_at DESC, s.id", (reader.id,))
    return [_story(row) for row in rows]


def story(db: Db, reader: Person, story_id: str) -> Story:
    """By id. Raises ``NotFound``."""
    row = db.execute(f"{_STORY} WHERE s.id = ?", (reader.id, story_id)).fetchone()
    if row is None:
        raise NotFound
    return _story(row)


def _story(row: tuple[object, ...]) -> Story:
    said = json.loads(str(row[5])) if row[5] else {}
    title, text = said.get("title", ERASED), said.get("text", ERASED)
    values = [*row[:5], title, text, *row[6:12], bool(row[12])]
    return Story(*values)


def answers(db: Db, reader: Person, story_id: str) -> list[Answer]:
    """What was answered, most votes first, hidden ones too."""
    rows = db.execute(
        "SELECT a.id, a.person_id, a.shown_as, e.payload, a.added_at, a.hidden,"
        " (SELECT count(*) FROM story_votes v WHERE v.target = a.id),"
        " (SELECT count(*) FROM story_votes v WHERE v.target = a.id AND v.person_id = ?)"
        " FROM story_answers a JOIN events e ON e.stream = 'system' AND e.seq = a.seq"
        " WHERE a.story_id = ? ORDER BY 7 DESC, a.added_at, a.id",
        (reader.id, story_id),
    )
    return [
        Answer(
            key,
            by,
            shown_as,
            json.loads(payload)["text"] if payload else ERASED,
            at,
            bool(hidden),
            votes,
            bool(mine),
        )
        for key, by, shown_as, payload, at, hidden, votes, mine in rows
    ]


def post(write: Write, person: Person, title: str, text: str, *, named: bool, policy: str) -> str:
    """A new situation that waits for a trainer; its id."""
    key = new_id()
    event = {"story": key, "person": person.id, "title": title, "text": text, "policy": policy}
    row = write.append(SYSTEM, "story.posted", canonical(event))
    write.db.execute(
        "INSERT INTO stories (id, seq, person_id, class_id, site, shown_as, state, added_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?)",
        (
            key,
            row.seq,
            person.id,
            person.class_id,
            person.site,
            person.name if named else pseudonym(write.db, person),
            time.time(),
        ),
    )
    return key


def decide(write: Write, found: Story, state: State, by: Person, reason: str) -> None:
    """Show it to all, refuse it, or take it back. Raises ``Conflict`` where it is so already."""
    query = "UPDATE stories SET state = ?, decided_by = ?, reason = ? WHERE id = ? AND state = ?"
    changed = write.db.execute(query, (state, by.id, reason, found.id, found.state)).rowcount
    if found.state == state or not changed:
        raise Conflict("story_decided")
    event = {"story": found.id, "by": by.id, "was": found.state, "state": state, "why": reason}
    write.append(SYSTEM, "story.decided", canonical(event))


def reply(write: Write, person: Person, story_id: str, text: str, *, named: bool) -> str:
    """An answer to a situation; its id."""
    key = new_id()
    event = {"story": story_id, "answer": key, "person": person.id, "text": text}
    row = write.append(SYSTEM, "story.answered", canonical(event))
    write.db.execute(
        "INSERT INTO story_answers (id, story_id, seq, person_id, shown_as, hidden, added_at)"
        " VALUES (?, ?, ?, ?, ?, 0, ?)",
        (
            key,
            story_id,
            row.seq,
            person.id,
            person.name if named else pseudonym(write.db, person),
            time.time(),
        ),
    )
    return key


def hide(write: Write, story_id: str, answer_id: str, by: Person, reason: str) -> None:
    """Show an answer to nobody but trainers any more. Raises ``NotFound``."""
    query = "UPDATE story_answers SET hidden = 1 WHERE id = ? AND story_id = ? AND hidden = 0"
    if not write.db.execute(query, (answer_id, story_id)).rowcount:
        raise NotFound
    event = {"story": story_id, "answer": answer_id, "by": by.id, "why": reason}
    write.append(SYSTEM, "story.hidden", canonical(event))


def vote(write: Write, person: Person, target: str, *, up: bool) -> None:
    """Find a situation or an answer helpful, or not any more; once a person."""
    values = (target, person.id)
    if up:
        query = "INSERT INTO story_votes (target, person_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
    else:
        query = "DELETE FROM story_votes WHERE target = ? AND person_id = ?"
    if write.db.execute(query, values).rowcount:
        event = {"target": target, "person": person.id, "up": up}
        write.append(SYSTEM, "story.voted", canonical(event))


def turned(write: Write, story_id: str, exercise: str, by: Person) -> None:
    """Note that a trainer made the draft of an exercise of it."""
    write.db.execute("UPDATE stories SET exercise = ? WHERE id = ?", (exercise, story_id))
    event = {"story": story_id, "exercise": exercise, "by": by.id}
    write.append(SYSTEM, "story.turned", canonical(event))
