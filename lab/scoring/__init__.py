"""Marking: the same session always gets the same score, and a sentence that helps for each line.

Each check is a small function in :mod:`lab.scoring.checks`. What is copied from the task counts as
nothing, and so does a list of cue words. Only what the log keeps is read: masked prompts, findings
without values, answers as ids of options.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab.course import Exercise
from lab.course.rubric import Line
from lab.model import Criterion, Language, Score, Turn
from lab.scoring.case import Case, Copied, Prompt, was_sent
from lab.scoring.checks import FULL, OF_PROMPT, Result, answered, order
from lab.words import say

__all__ = ["PASS", "score"]

PASS = 0.7
"""Least share of the points to pass, with no critical failure."""
LEAST = 3
"""Different words that a prompt must say besides the cues by which its parts are known."""
LOOKED_AT = 40
"""Prompts of a session that are compared; the latest."""


def score(
    exercise: Exercise,
    turns: Sequence[Turn],
    *,
    answers: Mapping[str, Any],
    language: Language,
) -> Score:
    """The rubric of an exercise applied to a session."""
    rows = Copied.of(exercise)
    sent = tuple(Prompt(turn, exercise, rows) for turn in turns if was_sent(turn))
    case = Case(exercise, turns, answers, language, sent, None)
    for prompt in reversed(sent[-LOOKED_AT:]):
        rival = replace(case, chosen=prompt)
        if case.chosen is None or _points(rival) > _points(case):
            case = rival
    results = [(line, _check(case, line)) for line in exercise.rubric]
    criteria = tuple(
        Criterion(
            id=line.id,
            title=line.title.read(language),
            points=result.points,
            reason=_reason(line.check, result, language),
            critical=result.critical,
        )
        for line, result in results
    )
    possible = sum(FULL * line.weight for line in exercise.rubric)
    reached = sum(result.points * line.weight for line, result in results)
    share = reached / possible
    passed = share >= PASS and not any(result.critical for _, result in results)
    return Score(criteria, share, passed, _next(results, passed=passed, language=language))


def _check(case: Case, line: Any) -> Result:
    """One line of the rubric."""
    if line.check == "answers":
        return answered(case, line)
    if case.chosen is not None and case.chosen.copy:
        return Result(0, "copied")
    if case.chosen is not None and case.chosen.own.total < LEAST:
        return Result(0, "says_nothing")
    if line.check == "order":
        return order(case, line)
    if case.chosen is None:
        return Result(0, "nothing_sent")
    return OF_PROMPT[line.check](case, case.chosen, line)


def _points(case: Case) -> tuple[bool, int]:
    """How well a prompt does: first of all without a critical failure."""
    lines = [line for line in case.exercise.rubric if line.check in OF_PROMPT]
    results = [(line, _check(case, line)) for line in lines]
    total = sum(result.points * line.weight for line, result in results)
    return not any(result.critical for _, result in results), total


def _reason(check: str, result: Result, language: Language) -> str:
    if result.outcome in {"nothing_sent", "copied", "says_nothing"}:
        return say(f"scoring.{result.outcome}", language)
    return say(f"scoring.{check}.{result.outcome}", language, **result.gaps)


def _next(results: Sequence[tuple[Line, Result]], *, passed: bool, language: Language) -> str:
    """The one thing to do next: what is critical first, then what is furthest from full."""
    weak = [(line, result) for line, result in results if result.points < FULL]
    if not weak:
        return say("scoring.next.done", language)
    line, _ = min(weak, key=lambda each: (not each[1].critical, each[1].points))
    advice = line.advice.read(language)
    return say("scoring.next.passed", language, advice=advice) if passed else advice
