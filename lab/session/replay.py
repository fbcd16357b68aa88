"""A session as it happened: steps on a timeline, idle time shortened, attempts compared.

Of typing only times and lengths are kept (``typing.noted``), gathered from the live checks and
written at most once a minute.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any, Literal

from lab.log.base import Log
from lab.model import Event

NOTED = "typing.noted"
IDLE = 60.0
"""Seconds without anything from which time is shortened."""
SHORT = 12.0
"""Seconds that an idle stretch takes on the timeline."""
NOTE_SECONDS = 60.0
MOST_POINTS = 120
MOST_SESSIONS = 5000
MOST_WORDS = 1500
"""Of a text that is compared with the one before."""
_WORDS = re.compile(r"\S+\s*|\s+")
Look = Literal["plain", "clear", "care", "stop"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of an attempt."""

    text: str
    change: Literal["", "ins", "del"]
    """Whether they are new, or were taken out, against the attempt before."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. Its sentence is ``replay.step.<kind>``."""

    kind: str
    at: float
    place: float
    """Seconds from the beginning, idle stretches shortened."""
    idle: float
    """Seconds without anything before it, where they were shortened; else 0."""
    look: Look = "plain"
    values: Mapping[str, Any] = field(default_factory=dict)
    """What fills the gaps of the sentence."""
    pieces: tuple[Piece, ...] = ()
    """The text, as it was logged."""
    rules: tuple[tuple[str, str], ...] = ()
    """Rule and action of each finding."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The steps of a session."""

    steps: tuple[Step, ...]
    length: float
    """Of the timeline, in seconds."""
    idle: float
    """Seconds that were shortened away."""


def replay(events: Sequence[Event]) -> Replay:
    """The steps of a session's events, in order. Erased rows are passed over."""
    steps: list[Step] = []
    place = shortened = 0.0
    before = events[0].at if events else 0.0
    told = _Teller()
    for event in sorted(events, key=_begun):
        if event.payload is None:
            continue
        at = _begun(event)
        step = told.step(event, event.payload)
        if step is None:
            continue
        gap = max(0.0, at - before)
        idle = gap if gap > IDLE else 0.0
        place += SHORT if idle else gap
        shortened += gap - SHORT if idle else 0.0
        before = at
        kind, look, values, pieces, rules = step
        steps.append(Step(kind, at, place, idle, look, values, pieces, rules))
    return Replay(tuple(steps), max(place, 1.0), shortened)


def _begun(event: Event) -> float:
    """When a step began: typing is written after it."""
    noted = event.kind == NOTED and event.payload is not None
    return float(event.payload["since"]) if noted and event.payload else event.at


_Told = tuple[str, Look, Mapping[str, Any], tuple[Piece, ...], tuple[tuple[str, str], ...]]


class _Teller:
    """Folds events into steps: an attempt is compared with the one before it."""

    def __init__(self) -> None:
        self._last = ""
        self._parents: set[str | None] = set()

    def step(self, event: Event, row: Mapping[str, Any]) -> _Told | None:
        """What an event was; None for one that nobody did."""
        teller = getattr(self, "_" + event.kind.replace(".", "_"), None)
        found: _Told | None = teller(row) if teller else None
        return found

    def _session_opened(self, _row: Mapping[str, Any]) -> _Told:
        return "opened", "plain", {}, (), ()

    def _typing_noted(self, row: Mapping[str, Any]) -> _Told | None:
        points = row["points"]
        if not points:
            return None
        most = max(length for _, length in points)
        taken = sum(max(0, one[1] - two[1]) for one, two in pairwise(points))
        seconds = points[-1][0] - points[0][0]
        return "typed", "plain", {"count": most, "out": taken, "seconds": seconds}, (), ()

    def _turn_decided(self, row: Mapping[str, Any]) -> _Told:
        found = {(each["rule"], each["action"]) for each in row["findings"]}
        rules = tuple(sorted(each for each in found if each[1] != "allow"))
        again = row["parent"] in self._parents
        self._parents.add(row["parent"])
        if row["prompt"] is None:
            return "stopped", "stop", {}, (), rules
        pieces = tuple(differences(self._last, row["prompt"]) if again else _plain(row["prompt"]))
        self._last = row["prompt"]
        masked = row["action"] == "mask"
        kind = (
            ("edited_masked" if masked else "edited") if again else "masked" if masked else "sent"
        )
        return kind, "care" if masked else "clear", {}, pieces, rules

    def _turn_ended(self, row: Mapping[str, Any]) -> _Told | None:
        if row["status"] == "blocked":
            return None
        values = {"seconds": row.get("seconds") or 0}
        if row["status"] == "answered":
            return "answered", "plain", values, tuple(_plain(row.get("reply") or "")), ()
        return "broken", "stop", values, tuple(_plain(row.get("reply") or "")), ()

    def _check_scored(self, row: Mapping[str, Any]) -> _Told:
        kind = "passed" if row["passed"] else "checked"
        return kind, "clear" if row["passed"] else "care", {"share": row["share"] * 100}, (), ()

    def _attachment_decided(self, row: Mapping[str, Any]) -> _Told:
        stopped = row["action"] == "block"
        rules = {(each["rule"], each["action"]) for each in row["findings"]}
        shown = tuple(sorted(each for each in rules if each[1] != "allow"))
        values = {"number": row["number"]}
        return (
            "file_stopped" if stopped else "file",
            "stop" if stopped else "plain",
            values,
            (),
            shown,
        )

    def _answers_given(self, _row: Mapping[str, Any]) -> _Told:
        return "answers", "plain", {}, (), ()

    def _finding_disputed(self, row: Mapping[str, Any]) -> _Told:
        return "disputed", "care", {}, (), ((row["rule"], "disputed"),)

    def _review_marked(self, row: Mapping[str, Any]) -> _Told:
        return "marked", "plain", {"name": row["by_name"]}, (), ()

    def _person_named(self, row: Mapping[str, Any]) -> _Told:
        return "named", "care", {"name": row["by_name"]}, (), ()


def _plain(text: str) -> Iterator[Piece]:
    if text:
        yield Piece(text, "")


def differences(old: str, new: str) -> Iterator[Piece]:
    """The new text with what came in and what went, word by word."""
    one, two = _WORDS.findall(old), _WORDS.findall(new)
    if not one or len(one) > MOST_WORDS or len(two) > MOST_WORDS:
        yield from _plain(new)
        return
    matcher = SequenceMatcher(None, [w.strip() for w in one], [w.strip() for w in two], False)
    for change, start, end, begin, stop in matcher.get_opcodes():
        if change == "equal":
            yield Piece("".join(two[begin:stop]), "")
            continue
        if start < end:
            yield Piece("".join(one[start:end]), "del")
        if begin < stop:
            yield Piece("".join(two[begin:stop]), "ins")


@dataclass(slots=True)
class _Notes:
    since: float
    points: list[tuple[float, int]]


@dataclass(slots=True)
class Typing:
    """Times and lengths of what is being typed, on their way to the log."""

    log: Log
    _notes: OrderedDict[str, _Notes] = field(default_factory=OrderedDict)

    async def note(self, session: str, length: int) -> None:
        """The text of a session has this length now. Written at most once a minute."""
        now = time.time()
        notes = self._notes.setdefault(session, _Notes(now, []))
        if notes.points and now - notes.since > NOTE_SECONDS:
            await self.flush(session)
            notes = self._notes.setdefault(session, _Notes(now, []))
        if len(notes.points) < MOST_POINTS:
            notes.points.append((round(now - notes.since, 1), length))
        self._notes.move_to_end(session)
        while len(self._notes) > MOST_SESSIONS:
            await self.flush(next(iter(self._notes)))

    async def flush(self, session: str) -> None:
        """Write what was noted: what was typed stands before what was sent."""
        notes = self._notes.pop(session, None)
        if notes is not None and len(notes.points) > 1:
            points = [list(each) for each in notes.points]
            await self.log.append(session, NOTED, {"since": notes.since, "points": points})
