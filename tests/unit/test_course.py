"""The course as it ships, and the guide for those who write it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from lab.course import PARTS, Course, Exercise
from lab.course.rubric import RubricLine
from lab.errors import BadRequest
from lab.scoring.checks import OF_PROMPT

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "writing-exercises.md"
EXAMPLE = ROOT / "exercises" / "01-cau-lenh-dau-tien"


@cache
def course() -> Course:
    """The course as it ships."""
    return Course.load(ROOT / "exercises")


def exercise(name: str) -> Exercise:
    """One exercise."""
    return course().exercise(name)


@pytest.mark.parametrize(
    "name", ["exercise.yaml", "hints.md", "model-answer.md", "recorded/ngan-hon.md"]
)
def test_the_guide_s_example_is_a_real_exercise(name: str) -> None:
    """What the guide shows is the file as it ships, to the letter."""
    assert (EXAMPLE / name).read_text("utf-8").strip() in GUIDE.read_text("utf-8")


def test_the_guide_names_every_check() -> None:
    """Each check that a rubric may name is in the guide, and has a function."""
    union = get_args(RubricLine)[0]
    names = {get_args(line.model_fields["check"].annotation)[0] for line in get_args(union)}
    listed = set(re.findall(r"^\| `(\w+)` \|", GUIDE.read_text("utf-8"), re.MULTILINE))
    assert listed & names == names
    assert names == set(OF_PROMPT) | {"answers", "order"}


def test_exercises_come_in_order() -> None:
    """The simplest comes first."""
    numbers = [each.number for each in course().exercises]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("name", ["first-prompt", "five-parts", "redact-first"])
def test_each_exercise_teaches_without_a_model(name: str) -> None:
    """Three hints in both languages, four recorded replies or more, a model answer and a task."""
    found = exercise(name)
    assert len(found.hints) == 3
    assert all(hint.vi and hint.en for hint in found.hints)
    assert len(found.recorded) >= 4
    assert found.model_answer.prompts
    assert found.task_md


def test_what_is_only_shown_does_not_go_to_the_model() -> None:
    """The notes with planted values stay on the screen; public figures go along."""
    assert exercise("redact-first").material_for_model == ""
    assert "655 hồ sơ" in exercise("five-parts").material_for_model
    assert [each.for_model for each in exercise("redact-first").material_shown] == [False]


def test_every_planted_value_stands_in_the_material() -> None:
    """A value that nobody can see cannot be redacted."""
    found = exercise("redact-first")
    text = " ".join(each.text for each in found.material_shown)
    digits = re.sub(r"\D", "", text)
    for value in found.planted:
        written = value.value.replace("/0", "/")
        assert written in text or re.sub(r"\D", "", value.value) in digits


def test_boxes_are_offered_where_the_exercise_says_so() -> None:
    """Five labelled boxes, in the order V-B-N-Đ-R."""
    assert tuple(box.part for box in exercise("five-parts").boxes) == PARTS
    assert exercise("first-prompt").boxes == ()


def test_an_unknown_exercise_is_a_key_error() -> None:
    """There is no exercise of another name."""
    with pytest.raises(KeyError):
        exercise("no-such")


def test_answers_are_ids_of_known_options() -> None:
    """What may be logged are option ids, each once, in the exercise's own order."""
    known = exercise("first-prompt").check_answers(
        {"pledge": ["verify", "made-up", "verify"], "written-by": "machine"}
    )
    assert known == {"pledge": ["made-up", "verify"], "written-by": "machine"}


@pytest.mark.parametrize(
    "answers",
    [
        {"note": "040295000017"},
        {"written-by": "Nguyễn Văn Mẫu"},
        {"written-by": ["machine"]},
        {"pledge": "verify"},
        {"pledge": ["verify", 3]},
        {"pledge": {"verify": True}},
    ],
)
def test_anything_else_is_refused(answers: dict[str, object]) -> None:
    """No free text gets into the log by way of answers, and the error does not repeat it."""
    with pytest.raises(BadRequest) as caught:
        exercise("first-prompt").check_answers(answers)
    assert str(caught.value) == "unknown_answer"
    assert caught.value.values == {}
