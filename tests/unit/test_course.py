"""The course as it ships, and the guide for those who write it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from lab.course import PARTS, Course, Exercise
from lab.course.cross_widgets import cross_widget
from lab.course.rubric import RubricLine
from lab.course.shapes import BadFile, ExerciseFile
from lab.course.widgets import Widget
from lab.datafile import loads
from lab.errors import BadRequest, Problem
from lab.scoring.checks import OF_PROMPT, OF_SESSION, OF_TEXT, OF_WIDGET, PRIVACY

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


def tags(union: object, entry: str) -> set[str]:
    """The kinds of a union of shapes."""
    shapes = get_args(get_args(union)[0])
    return {get_args(shape.model_fields[entry].annotation)[0] for shape in shapes}


def test_the_guide_names_every_check() -> None:
    """Each check and each widget is in the guide, and each check has one function."""
    listed = re.findall(r"^\| `([\w-]+)`(?: \*)? \|", GUIDE.read_text("utf-8"), re.MULTILINE)
    registries = (OF_PROMPT, OF_TEXT, OF_SESSION, OF_WIDGET)
    every = [name for registry in registries for name in registry]
    checks = tags(RubricLine, "check")
    assert sorted(every) == sorted(checks)
    assert checks | tags(Widget, "kind") <= set(listed)
    assert checks >= PRIVACY


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


def examples() -> dict[str, str]:
    """The examples of the guide that are not part of a shipped exercise, by their first word."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return {block.split(":")[0]: block for block in blocks if not block.startswith("#")}


def test_the_guide_s_widgets_and_tried_answer_can_be_read() -> None:
    """The examples of questions and of a tried answer have their shapes and fit each other."""
    head = """
id: sample
number: 1
group: buoi-1
title: {vi: a, en: a}
goal: {vi: a, en: a}
minutes: 1
objectives: [N]
token_budget: 50
system_prompt: a
rubric:
  - {id: a, check: clean, title: {vi: a, en: a}, advice: {vi: a, en: a}}
  - {id: b, check: order, title: {vi: a, en: a}, advice: {vi: a, en: a}}
hints_en: [a, b, c]
"""
    found = loads(head + examples()["widgets"], "guide", ExerciseFile)
    tried = loads(examples()["name"], "guide", BadFile)
    assert list(cross_widget_problems(found)) == []
    widgets = {widget.id: widget for widget in found.widgets}
    assert {name: widgets[name].read(given) for name, given in tried.answers.items()} == {
        name: list(given) if isinstance(given, tuple) else given
        for name, given in tried.answers.items()
    }


def cross_widget_problems(found: ExerciseFile) -> list[Problem]:
    """What the widgets of an exercise get wrong among themselves."""

    def at(loc: tuple[str | int, ...], key: str, /, **gaps: object) -> Problem:
        return Problem(file=str(loc), line=0, column=0, message=f"{key} {gaps}", help="", source="")

    return [
        problem
        for nth, widget in enumerate(found.widgets)
        for problem in cross_widget(at, ("widgets", nth), widget, ())
    ]
