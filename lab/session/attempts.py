"""A person's attempts at an exercise, the first and the best of them, and where a class stands."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.attach import Kind
from lab.log.base import Log, SessionFilter
from lab.model import Action, Person, Score, SessionRow
from lab.session.attached import Attachment
from lab.session.transcript import Transcript, fold

if TYPE_CHECKING:
    from lab.scoring import File, Work

MOST = 500
"""Sessions of one exercise that are looked at, the latest."""
FEWEST = 3
"""Points of so many others at least are shown: of fewer one could tell whose they are."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One "check my work"."""

    session: str
    at: float
    score: Mapping[str, Any]
    """As the log keeps it."""

    @property
    def rank(self) -> tuple[bool, float]:
        """What makes an attempt the best: passed, then the share of the points."""
        return bool(self.score["passed"]), float(self.score["share"])

    @property
    def point(self) -> Point | None:
        """Where it stands on the plot; None where the exercise has no planted values."""
        return _point(self.score.get("privacy"), self.score.get("usefulness"))

    @property
    def start(self) -> Point | None:
        """Where the first prompt of its session stood."""
        first = self.score.get("first")
        return _point(*first) if first else None


@dataclass(frozen=True, slots=True)
class Point:
    """What was protected and what was achieved, 0 to 1 each."""

    privacy: float
    usefulness: float


def _point(privacy: float | None, usefulness: float | None) -> Point | None:
    if privacy is None or usefulness is None:
        return None
    return Point(privacy, usefulness)


@dataclass(frozen=True, slots=True)
class Attempts:
    """All that one person tried at one exercise, oldest first."""

    every: tuple[Attempt, ...] = ()

    @property
    def first(self) -> Attempt | None:
        """The first one, whatever came later."""
        return self.every[0] if self.every else None

    @property
    def best(self) -> Attempt | None:
        """The best one; of equal ones the earliest."""
        return max(self.every, key=lambda attempt: attempt.rank, default=None)


@dataclass(frozen=True, slots=True)
class Standing:
    """One's own points and those of the class, whose names nobody learns from here."""

    first: Point | None
    best: Point | None
    others: tuple[Point, ...]


async def attempts(log: Log, person: Person, exercise: str) -> Attempts:
    """What a person tried, over all their sessions."""
    wanted = SessionFilter(person_id=person.id, exercise=exercise, limit=MOST)
    return await _of(log, await log.sessions(wanted))


async def standing(log: Log, person: Person, exercise: str) -> Standing:
    """Where a person and their class stand."""
    mine = await attempts(log, person, exercise)
    others: tuple[Point, ...] = ()
    if person.class_id is not None:
        wanted = SessionFilter(class_id=person.class_id, exercise=exercise, limit=MOST)
        rows = await log.sessions(wanted)
        others = await _others(log, [row for row in rows if row.person_id != person.id])
    start = mine.first.start if mine.first else None
    best = mine.best.point if mine.best else None
    return Standing(start, best, others)


async def _others(log: Log, rows: Sequence[SessionRow]) -> tuple[Point, ...]:
    """The best point of each other person, in no order that tells whose it is."""
    people: dict[str, list[SessionRow]] = {}
    for row in rows:
        people.setdefault(row.person_id, []).append(row)
    tried = await asyncio.gather(*(_of(log, theirs) for theirs in people.values()))
    points = [each.best.point for each in tried if each.best and each.best.point]
    if len(points) < FEWEST:
        return ()
    return tuple(sorted(points, key=lambda point: (point.privacy, point.usefulness)))


async def _of(log: Log, rows: Iterable[SessionRow]) -> Attempts:
    """The attempts of some sessions."""
    scored = [row for row in rows if row.score is not None]
    found: list[Attempt] = []
    for row in scored:
        transcript = fold(await log.events(row.id))
        found += [Attempt(row.id, at, score) for at, score in transcript.scores]
    return Attempts(tuple(sorted(found, key=lambda attempt: attempt.at)))


def score_row(result: Score) -> dict[str, Any]:
    """The payload of ``check.scored``."""
    return {
        "share": result.share,
        "passed": result.passed,
        "next_step": result.next_step,
        "privacy": result.privacy,
        "usefulness": result.usefulness,
        "first": result.first,
        "criteria": [
            {
                "id": criterion.id,
                "title": criterion.title,
                "points": criterion.points,
                "reason": criterion.reason,
                "critical": criterion.critical,
            }
            for criterion in result.criteria
        ],
    }


def work_of(transcript: Transcript) -> Work:
    """What a session holds besides its turns, as marking reads it."""
    from lab.scoring import Work  # noqa: PLC0415 - its lexicon is read at first use

    files = {each.number: _file(each) for each in transcript.attachments}
    return Work(transcript.answers, transcript.masked, transcript.minutes, files)


def _file(attached: Attachment) -> File:
    """A file as far as it leaves."""
    from lab.scoring import File  # noqa: PLC0415 - its lexicon is read at first use

    parts = [part for part in attached.parts if part.leaves]
    masked = [
        finding.placeholder or finding.entity
        for part in parts
        for finding in part.findings
        if finding.action is Action.MASK
    ]
    name = "".join(part.text or "" for part in parts if part.kind is Kind.NAME)
    return File(f"{name}\n\n{attached.text}", tuple(dict.fromkeys(masked)))
