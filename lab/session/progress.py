"""How far a person has come in the course: by exercise, from the events of their own sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from lab.course import Course, Exercise
from lab.log.base import Log, SessionFilter
from lab.model import Event, Person
from lab.session.attempts import MOST, Attempt, Attempts
from lab.session.transcript import WORK, fold

PAUSE = 15 * 60.0
"""Seconds between two events after which somebody was away: such a gap is no time spent."""
_MARKS = WORK | {"session.opened", "check.scored", "attachment.decided"}
State = Literal["new", "begun", "scored", "passed"]


@dataclass(frozen=True, slots=True)
class Step:
    """One exercise, and how far one is in it."""

    exercise: Exercise
    tries: Attempts
    begun: bool
    seconds: float
    """Time at work, pauses left out."""

    @property
    def state(self) -> State:
        """The furthest that was reached."""
        if self.passed_at is not None:
            return "passed"
        if self.tries.every:
            return "scored"
        return "begun" if self.begun else "new"

    @property
    def passed_at(self) -> float | None:
        """When it was first passed."""
        return next((each.at for each in self.tries.every if each.score["passed"]), None)

    @property
    def first(self) -> float | None:
        """Share of the points of the first attempt."""
        return self.tries.first.rank[1] if self.tries.first else None

    @property
    def best(self) -> float | None:
        """Share of the points of the best attempt."""
        return self.tries.best.rank[1] if self.tries.best else None


@dataclass(frozen=True, slots=True)
class Progress:
    """All exercises of the course, by half-day, then by number: the order to do them in."""

    steps: tuple[Step, ...]

    @property
    def passed(self) -> tuple[Step, ...]:
        """What is done."""
        return tuple(step for step in self.steps if step.state == "passed")

    @property
    def missing(self) -> tuple[Step, ...]:
        """What is not."""
        return tuple(step for step in self.steps if step.state != "passed")

    @property
    def following(self) -> Step | None:
        """What to do next: the first that is not passed."""
        return next(iter(self.missing), None)

    @property
    def seconds(self) -> float:
        """Time at work, over all exercises."""
        return sum(step.seconds for step in self.steps)


async def progress(
    log: Log, course: Course, person: Person, *, until: float | None = None
) -> Progress:
    """How far a person is; ``until``: how far they were then."""
    rows = await log.sessions(SessionFilter(person_id=person.id, limit=MOST))
    streams = await asyncio.gather(*(log.events(row.id) for row in rows))
    by_exercise: dict[str, list[Sequence[Event]]] = {}
    for row, stream in zip(rows, streams, strict=True):
        known = [event for event in stream if until is None or event.at <= until]
        if known:
            by_exercise.setdefault(row.exercise, []).append(known)
    return Progress(tuple(_step(each, by_exercise.get(each.id, ())) for each in course.in_order))


def _step(exercise: Exercise, streams: Sequence[Sequence[Event]]) -> Step:
    tries = [
        Attempt(stream[0].stream, at, score)
        for stream in streams
        for at, score in fold(stream).scores
    ]
    return Step(
        exercise=exercise,
        tries=Attempts(tuple(sorted(tries, key=lambda attempt: attempt.at))),
        begun=any(event.kind in WORK for stream in streams for event in stream),
        seconds=sum(map(at_work, streams)),
    )


def at_work(events: Sequence[Event]) -> float:
    """Seconds between the things done in a session, gaps longer than ``PAUSE`` left out."""
    times = [event.at for event in events if event.kind in _MARKS]
    gaps = [after - before for before, after in pairwise(times)]
    return sum(gap for gap in gaps if 0 < gap <= PAUSE)
