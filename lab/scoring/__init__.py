"""Marking: the same session always gets the same score, and a sentence that helps for each line.

Each check is a small function in one of the modules ``of_...``. What is copied from the task counts
as nothing, and so does a list of cue words. Only what the log keeps is read: masked prompts and
texts, findings without values, answers as ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lab.course import Exercise
from lab.course.rubric import Line
from lab.model import Criterion, Language, Score, Turn
from lab.scoring.case import Case, Copied, File, Prompt, drafts_of, was_sent
from lab.scoring.checks import PRIVACY
from lab.scoring.marking import mark, of_prompt, reason
from lab.scoring.privacy import first_kept, kept
from lab.scoring.result import FULL, Result
from lab.words import say

__all__ = ["PASS", "File", "Work", "score"]

PASS = 0.7
"""Least share of the points to pass, with no critical failure."""
LOOKED_AT = 40
"""Prompts of a session that are compared; the latest."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a session holds besides its turns."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    masked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Id of a ``text`` widget -> the kinds of what was masked in its text, one a place."""
    minutes: float | None = None
    """From the beginning to the last work."""
    files: Mapping[int, File] = field(default_factory=dict)
    """Attached files, by number."""


def score(exercise: Exercise, turns: Sequence[Turn], work: Work, *, language: Language) -> Score:
    """The rubric of an exercise applied to a session."""
    case = _chosen(_case(exercise, turns, work, language))
    results = [(line, mark(case, line)) for line in exercise.rubric]
    share = _share(results)
    critical = any(result.critical for _, result in results)
    passed = share >= PASS and not critical
    measured = _measured(case, results)
    return Score(
        criteria=tuple(
            Criterion(
                id=line.id,
                title=line.title.read(language),
                points=result.points,
                reason=reason(line, result, language),
                critical=result.critical,
            )
            for line, result in results
        ),
        share=share,
        passed=passed,
        next_step=_next(results, passed=passed, language=language),
        **measured,
    )


def _case(exercise: Exercise, turns: Sequence[Turn], work: Work, language: Language) -> Case:
    rows = Copied.of(exercise)
    sent = tuple(
        Prompt(turn.prompt or "", exercise, rows, turn, _files(turn, work))
        for turn in turns
        if was_sent(turn)
    )
    drafts = drafts_of(exercise, rows, work.answers, work.masked)
    return Case(exercise, turns, work.answers, language, sent, drafts, work.minutes, None)


def _files(turn: Turn, work: Work) -> tuple[File, ...]:
    """The files that went along with a prompt."""
    return tuple(work.files[number] for number in turn.files if number in work.files)


def _chosen(case: Case) -> Case:
    """With the prompt that does best."""
    for prompt in reversed(case.sent[-LOOKED_AT:]):
        rival = replace(case, chosen=prompt)
        if case.chosen is None or _points(rival) > _points(case):
            case = rival
    return case


def _points(case: Case) -> tuple[bool, int]:
    """How well a prompt does: first of all without a critical failure."""
    results = [(line, mark(case, line)) for line in case.exercise.rubric if of_prompt(line)]
    total = sum(result.points * line.weight for line, result in results)
    return not any(result.critical for _, result in results), total


def _share(results: Sequence[tuple[Line, Result]]) -> float:
    """Points reached over points possible."""
    possible = sum(FULL * line.weight for line, _ in results)
    reached = sum(result.points * line.weight for line, result in results)
    return reached / possible if possible else 0.0


def _measured(case: Case, results: Sequence[tuple[Line, Result]]) -> dict[str, Any]:
    """What was protected and what was achieved, now and at the first try."""
    if not case.exercise.planted or not (case.turns or case.drafts):
        return {}
    useful = [each for each in results if getattr(each[0], "check", "") not in PRIVACY]
    lines = [line for line, _ in useful]
    first = case.sent[0] if case.turns and was_sent(case.turns[0]) else None
    begun = replace(case, turns=case.turns[:1], chosen=first, sent=(first,) if first else ())
    begun = replace(begun, answers={}, drafts={}) if case.turns else case
    return {
        "privacy": kept(case),
        "usefulness": _share(useful),
        "first": (first_kept(begun), _share([(line, mark(begun, line)) for line in lines])),
    }


def _next(results: Sequence[tuple[Line, Result]], *, passed: bool, language: Language) -> str:
    """The one thing to do next: what is critical first, then what is furthest from full."""
    weak = [(line, result) for line, result in results if result.points < FULL]
    if not weak:
        return say("scoring.next.done", language)
    line, _ = min(weak, key=lambda each: (not each[1].critical, each[1].points))
    advice = line.advice.read(language)
    return say("scoring.next.passed", language, advice=advice) if passed else advice
