"""Exercises on paper: one HTML page with print styles, for a room whose network is down."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from markupsafe import Markup

from lab.course import Course, Exercise
from lab.model import Language
from lab.words import say

__all__ = ["as_html", "as_line", "sheets"]

LINES = 6
"""Ruled lines for a prompt."""
BY_HAND = frozenset({"answers", "pick", "sequence", "time"})
"""Checks that no prompt is needed for."""


def sheets(
    course: Course, exercises: Sequence[Exercise], language: Language, *, answers: bool
) -> str:
    """A page that prints each exercise from a new sheet on.

    Args:
        course: gives the title, and the notice that all data is fictional.
        exercises: what to print, in this order.
        language: of titles and labels; tasks are in Vietnamese.
        answers: with the model answer and the rubric, for trainers.
    """

    def tell(key: str, **gaps: object) -> str:
        return say(f"bundle.sheet.{key}", language, **gaps)

    template = _environment().get_template("sheets.html")
    return template.render(
        title=course.title.read(language),
        notice=course.notice.read(language),
        language=language,
        exercises=[_facts(each, language) for each in exercises],
        answers=answers,
        lines=range(LINES),
        say=tell,
    )


@cache
def _environment() -> Environment:
    folder = Path(__file__).with_name("templates")
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True)
    environment.filters["markdown"] = as_html
    return environment


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def as_html(text: str) -> Markup:
    """Markdown as HTML; HTML inside it stays text, and no picture is fetched from anywhere."""
    reader = _reader()
    tokens = reader.parse(text)
    for token in tokens:  # styles of their own are against the pages' policy
        if "style" in token.attrs:
            token.attrs["align"] = str(token.attrs.pop("style")).removeprefix("text-align:")
    html = reader.renderer.render(tokens, reader.options, {})
    return Markup(html)  # noqa: S704 - the reader escapes what it is given


def as_line(text: str) -> str:
    """The same on one line, for a ``gr.Markdown``, which does not read it a second time."""
    return str(as_html(text)).rstrip("\n").replace("\n", "&#10;")


def _facts(exercise: Exercise, language: Language) -> dict[str, Any]:
    """What the template needs of one exercise."""
    return {
        "number": exercise.number,
        "title": exercise.title.read(language),
        "minutes": exercise.minutes,
        "goal": exercise.goal.read(language),
        "task": exercise.task_md,
        "materials": [
            {"title": each.title.read(language), "text": each.text}
            for each in exercise.material_shown
        ],
        "boxes": [
            {"title": box.title.read(language), "hint": box.hint.read(language)}
            for box in exercise.boxes
        ],
        "widgets": [widget.shown(language) for widget in exercise.widgets],
        "asks": any(line.check not in BY_HAND for line in exercise.rubric),
        "hints": [hint.read(language) for hint in exercise.hints],
        "model": exercise.model_answer_md,
        "rubric": [
            {
                "title": line.title.read(language),
                "advice": line.advice.read(language),
                "points": 2 * line.weight,
            }
            for line in exercise.rubric
        ],
    }
