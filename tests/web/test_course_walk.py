"""Three trainees walk through the whole course over the API that the page uses.

The good one gives the model answers, the careless one falls into every trap that is kept as test
data, the lost one does next to nothing. The assistant is the recorded one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader
from walksupport import begun, checked, with_model_answer, work
from websupport import Web

from lab.course import Exercise
from lab.course.widgets import OrderWidget, SortWidget, TextWidget

LOST = "giúp tôi với"


@pytest.fixture
def course(web: Web) -> Iterator[tuple[Exercise, ...]]:
    """The exercises in the order in which they are taken."""
    yield web.app.state.lab.course.in_order
    web.endpoint.behave(kind="answer", reply=None)


def test_a_good_trainee_ends_with_the_certificate(web: Web, course: tuple[Exercise, ...]) -> None:
    """With the model answers each exercise is passed with every point, and the paper is there."""
    who = web.trainee("Học Viên Giỏi")
    for exercise in course:
        assert who.call("GET", "/api/me/progress").json()["next"] == exercise.id
        score = work(web, who, exercise, with_model_answer(exercise), assistant="recorded")
        weak = [each["id"] for each in score["criteria"] if each["points"] < 2]
        assert (exercise.id, weak, score["passed"]) == (exercise.id, [], True)
    found = who.call("GET", "/api/me/progress").json()
    assert (found["passed"], found["next"]) == (found["total"], None)
    paper = who.call("GET", "/api/me/certificate")
    assert "Học Viên Giỏi" in PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()


def test_a_careless_trainee_falls_into_every_trap(web: Web, course: tuple[Exercise, ...]) -> None:
    """None of the bad answers passes, each for the reason that is kept with it, and each is told
    one thing to do next; there is no certificate.
    """
    who = web.trainee("Học Viên Ẩu")
    for exercise in course:
        for tried in (each for each in exercise.tried if not each.good):
            score = work(web, who, exercise, tried, assistant="recorded")
            name = f"{exercise.id}: {tried.path.name}"
            points = {each["id"]: each["points"] for each in score["criteria"]}
            assert not score["passed"], name
            timed = {line.id for line in exercise.rubric if line.check == "time"}
            told = set(tried.weak) - timed  # here nobody takes half an hour
            assert all(points[line] < 2 for line in told), (name, points)
            assert score["next_step"], name
            if tried.critical:
                assert any(each["critical"] for each in score["criteria"]), name
    assert who.call("GET", "/api/me/certificate").status_code == 409


def test_a_lost_trainee_is_led_on(web: Web, course: tuple[Exercise, ...]) -> None:
    """Nothing, three words, or the first that comes to hand: no exercise is passed, none fails to
    answer, and each says in a sentence what to do next, to this one in English; a stopped text says
    why and keeps nothing.
    """
    who = web.trainee("Học Viên Lạc")
    assert who.call("POST", "/api/language", {"language": "en"}).is_success
    for exercise in course:
        session = begun(who, exercise)
        empty = checked(who, session, {})
        assert (empty["share"], empty["passed"]) == (0, False), exercise.id
        assert empty["next_step"] in {line.advice.en for line in exercise.rubric}, exercise.id
        who.ask(session, LOST, assistant="recorded")
        score = checked(who, session, _at_random(exercise))
        assert not score["passed"], exercise.id
        assert score["next_step"], exercise.id
        stopped = who.ask(
            session, "TỐI MẬT\nPhương án Sao Khuê của xã Hòa Lam", assistant="recorded"
        )
        decision = next(data for name, data in stopped if name == "decision")
        assert decision["action"] == "block", exercise.id
        assert decision["findings"][0]["why"], exercise.id
        titles = {each["title"] for each in score["criteria"]}
        assert titles == {line.title.en for line in exercise.rubric}, exercise.id
    assert who.call("GET", "/api/me/progress").json()["passed"] == 0


def _at_random(exercise: Exercise) -> dict[str, Any]:
    """The first option everywhere, and nothing written."""
    answers: dict[str, Any] = {}
    for widget in exercise.widgets:
        if isinstance(widget, SortWidget):
            answers[widget.id] = {each.id: widget.groups[0].id for each in widget.options}
        elif isinstance(widget, OrderWidget):
            answers[widget.id] = [each.id for each in widget.options]
        elif not isinstance(widget, TextWidget) and widget.kind in {"ticks", "layers"}:
            answers[widget.id] = [widget.options[0].id]
        elif widget.kind == "choice":
            answers[widget.id] = widget.options[0].id
    return answers
