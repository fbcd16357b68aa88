"""Exercises on the embedded model: three on the small weights, all of them on the large ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from walksupport import with_model_answer, work
from websupport import Web, running

from lab.assistant import wait_ready
from lab.assistant.testing import Endpoint
from lab.assistant.weights import Place, catalogue
from lab.course import Exercise
from lab.settings import Settings

THREE = ("first-prompt", "redact-first", "state-letter")
"""A first prompt, one with a privacy score, one that goes on with a document of one's own."""
START_SECONDS = 180
REPLY = 60
"""Tokens of the longest reply: some seconds of writing."""


def _web(home: Path, weights: Path, reply: int) -> Settings:
    return Settings(
        home=home / "data",
        assistant="embedded",
        model_path=weights,
        model_slots=1,
        reply_tokens=reply,
    )


@pytest.fixture(scope="module")
def small(weights_05b: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A lab that the small model answers in."""
    settings = _web(tmp_path_factory.mktemp("small"), weights_05b, REPLY)
    with Endpoint() as unused, running(settings, unused, seconds=START_SECONDS) as web:
        assert web.portal.call(wait_ready, web.app.state.lab.assistant, START_SECONDS)
        yield web


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A lab that the model answers in which the product serves."""
    place = Place.of(Settings(), Settings().model)
    if not place.verified(catalogue().models[Settings().model]):
        pytest.skip("the weights are not pulled: lab model pull")
    settings = _web(tmp_path_factory.mktemp("large"), place.file, 200)
    with Endpoint() as unused, running(settings, unused, seconds=START_SECONDS) as web:
        assert web.portal.call(wait_ready, web.app.state.lab.assistant, START_SECONDS)
        yield web


def passes(web: Web, exercise: Exercise, name: str) -> None:
    """The model answer, sent to the real model, is answered and passes."""
    who = web.trainee(name)
    score = work(web, who, exercise, with_model_answer(exercise))
    assert score["passed"], (exercise.id, score)
    row = who.call("GET", "/api/exercises").json()
    session = next(each["session"] for each in row if each["id"] == exercise.id)
    turns = who.call("GET", f"/api/sessions/{session}").json()["turns"]
    answered = [turn for turn in turns if turn["status"] != "blocked"]
    assert len(answered) == len(exercise.model_answer.prompts)
    empty = [(turn["status"], turn["error"]) for turn in answered if not turn["reply"].strip()]
    assert empty == [], exercise.id


@pytest.mark.model
@pytest.mark.parametrize("exercise", THREE)
def test_three_exercises_are_passed_on_the_small_model(small: Web, exercise: str) -> None:
    """Whatever the small model writes, good work is answered and passes: it is the work that is
    marked.
    """
    passes(small, small.app.state.lab.course.exercise(exercise), f"Học Viên {exercise[:4]}")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_exercise_is_passed_on_the_large_model(large: Web) -> None:
    """The same for all eighteen on the model that the product serves."""
    for exercise in large.app.state.lab.course.in_order:
        passes(large, exercise, f"Học Viên Số {exercise.number}")
