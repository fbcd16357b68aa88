"""Three trainees take the whole course in the browser, on the recorded assistant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from browsersupport import Visitor, accessible, lab_with_pages
from playwright.sync_api import Locator, expect
from support import LabProcess
from walksupport import with_model_answer
from widgetsupport import question

from bench.browser import READY
from lab.assistant.testing import Endpoint
from lab.course import Course, Exercise, Tried
from lab.course.widgets import (
    ChoiceWidget,
    LayersWidget,
    MarkWidget,
    SortWidget,
    TextWidget,
    Widget,
)

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(1200)]
Visit = Callable[..., Visitor]
COURSE = Course.load(Path(__file__).parents[2] / "exercises").in_order
REPLY = 120_000
"""Longest that a recorded reply may take to be told, in milliseconds."""
SECRET = "TỐI MẬT\nPhương án Sao Khuê của xã Hòa Lam"


@pytest.fixture(scope="module")
def lab(model: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """A lab that answers with what is recorded."""
    with lab_with_pages(
        tmp_path_factory.mktemp("walk"), model, LAB_ASSISTANT="recorded"
    ) as running:
        yield running


def test_a_good_trainee_is_led_to_the_certificate(visit: Visit) -> None:
    """With the model answers, on a phone, every exercise is passed; the paper can be taken."""
    someone = visit(390)
    someone.join("Học Viên Giỏi Giang")
    for exercise in COURSE:
        result = done(someone, exercise, with_model_answer(exercise))
        assert result.get_attribute("data-passed") == "yes", exercise.id
    someone.go("/map/")
    with someone.page.expect_download() as got:
        someone.page.get_by_role("link", name="Tải giấy chứng nhận").click()
    assert got.value.suggested_filename.endswith(".pdf")


def test_a_careless_trainee_is_told_why(visit: Visit) -> None:
    """The first bad answer that is kept with each exercise: none passes, each names what to do."""
    someone = visit()
    someone.join("Học Viên Vội Vàng")
    for exercise in COURSE:
        bad = [
            each for each in exercise.tried if not each.good and not any(r for _, r in each.turns)
        ]
        result = done(someone, exercise, bad[0])
        assert result.get_attribute("data-passed") == "no", exercise.id
        expect(result.locator(".next-step")).to_be_visible()


def test_a_lost_trainee_is_led_on(visit: Visit) -> None:
    """Nothing done, then a text that is stopped: no exercise is passed or breaks, the card says why
    and what to do, and each state is accessible.
    """
    someone = visit()
    someone.join("Học Viên Lạc Lối")
    page = someone.page
    for exercise in COURSE:
        nothing = Tried("nothing", exercise.folder, (), {}, 1, good=False)
        result = done(someone, exercise, nothing)
        assert result.get_attribute("data-passed") == "no", exercise.id
        boxless(someone)
        someone.write(SECRET)
        page.get_by_role("button", name="Gửi", exact=True).click()
        expect(page.locator(".card-stop").last).to_be_visible()
        assert accessible(page) == [], exercise.id


def recorded(tried: Tried) -> bool:
    """Whether it goes with the replies of the exercise's own."""
    return all(reply is None for _, reply in tried.turns)


def boxless(someone: Visitor) -> None:
    """Where a prompt may be written in five boxes, write it freely."""
    someone.pane("chat")
    free = someone.page.locator(".modes [data-five=false]")
    if free.is_visible():
        free.click()


def done(someone: Visitor, exercise: Exercise, tried: Tried) -> Locator:
    """Do an exercise as somebody did, in the browser, and have it checked; the result."""
    page = someone.page
    someone.go(f"/practice/?exercise={exercise.id}")
    page.locator(f"{READY}[data-exercise={exercise.id}]").wait_for(state="attached")
    for nth, (prompt, _) in enumerate(tried.turns, 1):
        boxless(someone)
        someone.send(prompt)
        expect(page.locator(".mine")).to_have_count(nth)
        expect(page.locator(".composer .halt")).to_be_hidden(timeout=REPLY)
    if tried.answers:
        someone.pane("answer")
        widgets = {each.id: each for each in exercise.widgets}
        for name, given in tried.answers.items():
            answer(question(page, name), widgets[name], given)
        page.locator(".saved[data-state=saved], .saved[data-state=held]").wait_for()
    someone.pane("rail")
    page.get_by_role("button", name="Kiểm tra bài của tôi").locator("visible=true").first.click()
    result = page.locator(".result")
    expect(result).to_be_visible()
    return result


def answer(place: Locator, widget: Widget, given: Any) -> None:
    """Answer one question with the browser's own controls."""
    if isinstance(widget, TextWidget):
        place.locator("textarea").fill(given)
    elif isinstance(widget, SortWidget):
        (in_table if widget.layout == "table" else in_piles)(place, given)
    elif isinstance(widget, MarkWidget):
        mark(place, widget, given)
    elif widget.kind == "order":
        for step in given:
            place.locator(f".pool [data-step={step}] .step-add").click()
    else:
        if isinstance(widget, LayersWidget):
            for switch in place.get_by_role("switch").all():
                switch.click()
        for each in [given] if isinstance(widget, ChoiceWidget) else given:
            place.locator(f"input[value={each}]").check(force=True)


def mark(place: Locator, widget: MarkWidget, given: Any) -> None:
    """Sentences of a text, each with its label where there are labels."""
    titles = {each.id: each.title.vi for each in widget.labels}
    for sentence in given:
        if titles:
            place.locator(f"[data-sentence={sentence}]").click()
            label = titles[given[sentence]]
            place.locator(".chooser").get_by_role("button", name=label, exact=True).click()
        else:
            place.locator(f"label:has(input[value={sentence}]) .sentence-text").click()


def in_table(place: Locator, given: Mapping[str, str]) -> None:
    """A row for each card."""
    for card, group in given.items():
        row = place.locator(f".sort-row:has([id$='-{card}'])")
        if row.locator("select").count():
            row.locator("select").select_option(group)
        else:
            row.locator(f"input[value={group}]").check(force=True)


def in_piles(place: Locator, given: Mapping[str, str]) -> None:
    """One card after another; those without a group are passed over."""
    rest = place.locator(".rest")
    for card, group in given.items():
        if not rest.evaluate("node => node.open"):
            rest.locator("summary").click()
        rest.locator(f"[data-card={card}]").click()
        place.locator(f".group[data-group={group}]").click()
