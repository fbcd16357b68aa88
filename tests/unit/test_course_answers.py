"""Answers of people who saw only the task: good ones pass, plausible bad ones do not."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lab.course import Course
from lab.model import Score
from lab.policy.clear import Policy
from lab.scoring import score
from lab.scoring.replay import play

ROOT = Path(__file__).parents[2]
FILES = sorted((Path(__file__).parent / "course_answers").glob("*.yaml"))
CASES = [
    pytest.param(tree["exercise"], kind, answer, id=f"{path.stem}-{kind}-{answer['name']}")
    for path in FILES
    for tree in [YAML(typ="safe").load(path.read_text("utf-8"))]
    for kind in ("good", "bad")
    for answer in tree[kind]
]


@cache
def course() -> Course:
    """The course as it ships."""
    return Course.load(ROOT / "exercises")


@cache
def policy() -> Policy:
    """The policy as it ships."""
    return Policy.load(ROOT / "policies", seconds=60, workers=0)


def marked(exercise: str, answer: dict[str, Any]) -> Score:
    """An answer, sent through the policy and marked."""
    found = course().exercise(exercise)
    turns = asyncio.run(play(found, policy(), answer["prompts"]))
    answers = found.check_answers(answer["answers"])
    return score(found, turns, answers=answers, language="vi")


@pytest.mark.parametrize(("exercise", "kind", "answer"), CASES)
def test_good_answers_pass_and_bad_ones_do_not(
    exercise: str, kind: str, answer: dict[str, Any]
) -> None:
    """An answer passes exactly where people would say that it should."""
    result = marked(exercise, answer)
    lines = [f"{each.id} {each.points}: {each.reason}" for each in result.criteria]
    assert result.passed == (kind == "good"), lines


def test_each_exercise_has_enough_answers() -> None:
    """Each exercise has two good answers besides the model answer, and three bad ones."""
    trees = [YAML(typ="safe").load(path.read_text("utf-8")) for path in FILES]
    assert {tree["exercise"] for tree in trees} == {each.id for each in course().exercises}
    assert all(len(tree["good"]) >= 2 and len(tree["bad"]) >= 3 for tree in trees)
