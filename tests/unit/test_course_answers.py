"""Answers of people who saw only the task: good ones pass, plausible bad ones do not.

They are kept beside each exercise, in ``tried/``; ``lab course check`` plays them too.
"""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

import pytest

from lab.course import Course, Exercise, Tried
from lab.model import Score
from lab.policy.clear import Policy
from lab.scoring import score
from lab.scoring.play import play, write

ROOT = Path(__file__).parents[2]
COURSE = Course.load(ROOT / "exercises")
CASES = [
    pytest.param(exercise, tried, id=f"{exercise.number:02}-{tried.path.stem}")
    for exercise in COURSE.exercises
    for tried in exercise.tried
]


@cache
def policy() -> Policy:
    """The policy as it ships."""
    return Policy.load(ROOT / "policies", seconds=60, workers=0)


def marked(exercise: Exercise, tried: Tried) -> Score:
    """An answer, sent through the policy and marked."""
    turns = asyncio.run(play(exercise, policy(), tried.turns))
    work = asyncio.run(write(exercise, policy(), tried.answers, minutes=tried.minutes))
    return score(exercise, turns, work, language="vi")


@pytest.mark.parametrize(("exercise", "tried"), CASES)
def test_good_answers_pass_and_bad_ones_do_not(exercise: Exercise, tried: Tried) -> None:
    """An answer passes exactly where people would say that it should, and fails for its reason."""
    exercise.check_answers(tried.answers)
    result = marked(exercise, tried)
    lines = [f"{each.id} {each.points}: {each.reason}" for each in result.criteria]
    assert result.passed == tried.good, lines
    assert any(each.critical for each in result.criteria) == tried.critical, lines
    assert {each.id for each in result.criteria if each.points == 2}.isdisjoint(tried.weak), lines


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda each: each.id)
def test_each_exercise_has_enough_answers(exercise: Exercise) -> None:
    """Each exercise has two good answers besides the model answer, and three bad ones."""
    assert sum(tried.good for tried in exercise.tried) >= 2
    assert sum(not tried.good for tried in exercise.tried) >= 3
