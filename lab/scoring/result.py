"""What a check says, and what several checks ask of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.course.rubric import Line
from lab.policy.text import fold
from lab.scoring.case import Case, Subject
from lab.scoring.words import bare, padded, places

FULL = 2
LISTED = 4
"""So many things at most are told in one sentence."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a check says. The sentence is ``scoring.<check>.<outcome>``."""

    points: int
    outcome: str
    critical: bool = False
    gaps: Mapping[str, object] = field(default_factory=dict)


Check = Callable[[Case, Any, Any], Result]


def stands(way: str, text: str) -> bool:
    """Whether words stand in a text, accents and case aside; signs count where there are any."""
    if not way[:1].isalnum():
        return fold(way) in fold(text)
    return f" {bare(way)} " in padded(text)


def said(subject: Subject, phrases: Iterable[str]) -> frozenset[str]:
    """The different words that a text says besides what is looked for in it."""
    return subject.own.words(apart=places(subject.own.reading.text, tuple(phrases)))


def cues(case: Case, line: Line) -> list[str]:
    """The words by which a line of the rubric knows what it looks for."""
    found: list[str] = []
    for name in ("any_of", "about", "terms", "allow"):
        found += getattr(line, name, ())
    facts = set(getattr(line, "facts", ()))
    found += [way for fact in case.exercise.facts if fact.name in facts for way in fact.any_of]
    for name in ("sources", "columns", "headings"):
        found += [way for each in getattr(line, name, ()) for way in each.any_of]
    return found


def words_of(phrases: Iterable[str]) -> frozenset[str]:
    """The words of some phrases, without accents."""
    return frozenset(word for phrase in phrases for word in bare(phrase).split())


def listed(things: Iterable[str]) -> str:
    """A few things as one phrase."""
    found = list(dict.fromkeys(things))
    joint = "; " if any("," in each for each in found) else ", "
    return joint.join(found[:LISTED]) + (" …" if len(found) > LISTED else "")
