"""What the live board begins with: people, and what each did last, in statements with a limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lab.log.base import Db
from lab.log.sessions import events_of_kind
from lab.model import Event

MOST_PEOPLE = 20_000
MOST_SESSIONS = 20_000
MOST_EVENTS = 50_000
MOST_ROOMS = 5_000
_PERSON = (
    "SELECT p.id, p.name, p.pseudonym, p.class_id, coalesce(p.site, ''), coalesce(c.name, ''),"
    " CASE WHEN c.named IS NULL THEN 0 ELSE 1 END"
    " FROM people p LEFT JOIN classes c ON c.id = p.class_id WHERE p.role = 'trainee'"
)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Learner:
    """A trainee, and where they sit."""

    id: str
    name: str
    pseudonym: str
    class_id: str | None
    site: str
    class_name: str
    named: int = 0
    """1: the class is shown by name, for a reason that was given."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A session, and its sums up to the event ``seq``."""

    id: str
    person_id: str
    exercise: str
    last_at: float
    turns: int
    blocked: int
    score: float | None
    passed: bool
    seq: int


@dataclass(frozen=True, slots=True)
class Start:
    """All that a board begins with."""

    people: tuple[Learner, ...]
    sessions: tuple[Begun, ...]
    recent: tuple[Event, ...]
    """What happened last, for what no sum tells: stops in a row, the step of each."""
    hands: tuple[tuple[str, str], ...]
    """Person and severity of each open hand."""
    rooms: tuple[tuple[str, str, str], ...] = ()
    """Id, name and site of every class."""


_BEGUN = (
    "SELECT s.id, s.person_id, s.exercise, s.last_at, s.turns, s.blocked, s.score, s.passed,"
    " coalesce((SELECT max(e.seq) FROM events e WHERE e.stream = s.id), 0) FROM sessions s"
)
_HANDS = "SELECT person_id, severity FROM hands WHERE closed_at IS NULL"


def start(db: Db, kinds: Sequence[str], *, since: float, lately: float) -> Start:
    """Everybody, their sessions since ``since``, and what happened since ``lately``."""
    people = [Learner(*row) for row in db.execute(f"{_PERSON} LIMIT ?", (MOST_PEOPLE,))]
    query = f"{_BEGUN} WHERE s.last_at > ? ORDER BY s.last_at DESC LIMIT ?"
    sessions = [_begun(row) for row in db.execute(query, (since, MOST_SESSIONS))]
    recent = events_of_kind(db, kinds, lately)[-MOST_EVENTS:]
    hands = [(person, severity) for person, severity in db.execute(_HANDS)]
    return Start(tuple(people), tuple(sessions), tuple(recent), tuple(hands), _rooms(db))


def more(db: Db, people: Sequence[str], sessions: Sequence[str]) -> Start:
    """The same of these people and sessions, of whom an event told first."""
    begun = [_begun(row) for row in _some(db, f"{_BEGUN} WHERE s.id IN", sessions)]
    wanted = sorted({*people, *(each.person_id for each in begun)})
    found = [Learner(*row) for row in _some(db, f"{_PERSON} AND p.id IN", wanted)]
    hands = [(row[0], row[1]) for row in _some(db, f"{_HANDS} AND person_id IN", wanted)]
    return Start(tuple(found), tuple(begun), (), tuple(hands), _rooms(db))


def _rooms(db: Db) -> tuple[tuple[str, str, str], ...]:
    found = db.execute(
        "SELECT id, name, coalesce(site, '') FROM classes ORDER BY name LIMIT ?", (MOST_ROOMS,)
    )
    return tuple((room, name, site) for room, name, site in found)


def _begun(row: Sequence[Any]) -> Begun:
    session, person, exercise, at, turns, blocked, score, passed, seq = row
    return Begun(session, person, exercise, at, turns, blocked, score, bool(passed), seq)


def _some(db: Db, query: str, values: Sequence[str]) -> Iterator[Any]:
    for first in range(0, len(values), _CHUNK):
        some = values[first : first + _CHUNK]
        yield from db.execute(f"{query} ({', '.join('?' * len(some))})", some)
