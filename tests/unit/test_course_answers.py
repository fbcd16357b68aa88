"""Answers of people who saw only the task are kept beside each exercise, in ``tried/``.

That good ones pass and bad ones do not, for the reason given, is proved by ``lab course check``,
which ``test_course_bad`` runs over the whole course.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.course import Course, Exercise

COURSE = Course.load(Path(__file__).parents[2] / "exercises")


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda each: each.id)
def test_each_exercise_has_enough_answers(exercise: Exercise) -> None:
    """Each exercise has two good answers besides the model answer, and three bad ones."""
    assert sum(tried.good for tried in exercise.tried) >= 2
    assert sum(not tried.good for tried in exercise.tried) >= 3


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda each: each.id)
def test_answers_are_answers_of_the_exercise(exercise: Exercise) -> None:
    """No tried answer names a widget or an option that is not there, nor the model answer."""
    exercise.check_answers(exercise.model_answer.answers)
    for tried in exercise.tried:
        exercise.check_answers(tried.answers)
        assert set(tried.weak) <= {line.id for line in exercise.rubric}
