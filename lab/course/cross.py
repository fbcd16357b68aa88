"""What the shape of one file cannot show: names that must agree with each other."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import datafile
from lab.course.cross_widgets import absent, cross_widget
from lab.course.forms import Form
from lab.course.rubric import (
    CountLine,
    DropLine,
    FormLine,
    KeepLine,
    LengthLine,
    PickLine,
    QuotedLine,
    RubricLine,
    SequenceLine,
    TextLine,
)
from lab.course.shapes import CourseFile, ExerciseFile
from lab.errors import Problem
from lab.model import RecordedReply
from lab.words import say


def problem(
    path: Path, key: str, gaps: Mapping[str, object], *, at: tuple[int, int, str] = (0, 0, "")
) -> Problem:
    """A problem whose sentences are ``course.problem.<key>`` and ``course.help.<key>``.

    ``at`` is the line, the column and the line's text; zeros where the whole file is meant.
    """
    line, column, source = at
    return Problem(
        file=str(path),
        line=line,
        column=column,
        message=say(f"course.problem.{key}", "vi", **gaps),
        help=say(f"course.help.{key}", "vi", **gaps),
        source=source,
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """The known names that a mistyped one is close to, for a sentence."""
    return ", ".join(difflib.get_close_matches(name, sorted(known), 3, 0.5)) or "-"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Makes problems that stand at an entry of one YAML file."""

    path: Path

    def at(self, loc: tuple[str | int, ...], key: str, /, **gaps: object) -> Problem:
        """A problem at the entry on the way ``loc``."""
        text = datafile.read_text(self.path)
        message = say(f"course.problem.{key}", "vi", **gaps)
        help_ = say(f"course.help.{key}", "vi", **gaps)
        return datafile.point(text, str(self.path), loc, message, help_)


@dataclass(frozen=True, slots=True)
class Known:
    """What an exercise may refer to outside its own file."""

    head: CourseFile | None
    forms: Mapping[str, Form]
    replies: Sequence[RecordedReply]


def cross(path: Path, spec: ExerciseFile, known: Known, seen: dict[str, Path]) -> Iterator[Problem]:
    """All that one exercise gets wrong; ``seen`` remembers ids and numbers of the others."""
    pointer = Pointer(path)
    if spec.id in seen:
        yield pointer.at(("id",), "same_id", id=spec.id, other=seen[spec.id].name)
    number = f"#{spec.number}"
    if number in seen:
        yield pointer.at(("number",), "same_number", number=spec.number, other=seen[number].name)
    seen[spec.id] = seen[number] = path.parent
    groups = [group.id for group in known.head.groups] if known.head else [spec.group]
    if spec.group not in groups:
        yield pointer.at(("group",), "no_group", group=spec.group, known=", ".join(groups))
    for nth, widget in enumerate(spec.widgets):
        yield from cross_widget(pointer.at, ("widgets", nth), widget, known.replies)
    yield from _twice(pointer, ("widgets",), [widget.id for widget in spec.widgets])
    yield from _twice(pointer, ("planted",), [value.name for value in spec.planted], "name")
    yield from _rubric(pointer, spec, known)


def _twice(
    pointer: Pointer, loc: tuple[str | int, ...], ids: Sequence[str], entry: str = "id"
) -> Iterator[Problem]:
    """An id may stand once."""
    for nth, each in enumerate(ids):
        if each in ids[:nth]:
            yield pointer.at((*loc, nth, entry), "same_code", id=each)


FITTING: Mapping[str, tuple[str, ...]] = {
    "answers": ("ticks", "choice"),
    "pick": ("ticks", "sort", "mark", "layers"),
    "sequence": ("order",),
}
"""Check -> the kinds of widget that it can look at; all others look at ``text``."""


def _rubric(pointer: Pointer, spec: ExerciseFile, known: Known) -> Iterator[Problem]:
    """What the lines of the rubric name must be there."""
    ids = [line.id for line in spec.rubric]
    for nth, line in enumerate(spec.rubric):
        loc = ("rubric", nth)
        if line.id in ids[:nth]:
            yield pointer.at((*loc, "id"), "same_line", id=line.id)
        yield from _widget_of(pointer, spec, loc, line)
        yield from _named(pointer, spec, known, loc, line)
        if isinstance(line, LengthLine | CountLine) and line.least > line.most:
            yield pointer.at((*loc, "most"), "least_over_most")
        if isinstance(line, DropLine) and not spec.planted:
            yield pointer.at((*loc, "check"), "no_planted")


def _widget_of(
    pointer: Pointer, spec: ExerciseFile, loc: tuple[str | int, ...], line: RubricLine
) -> Iterator[Problem]:
    """The widget that a line names is there, and of a kind that the check can look at."""
    widgets = {widget.id: widget for widget in spec.widgets}
    entry = "of" if isinstance(line, TextLine) else "widget"
    name = getattr(line, entry, None)
    if name is None:
        return
    if name not in widgets:
        yield pointer.at((*loc, entry), "no_widget", widget=name)
    elif widgets[name].kind not in FITTING.get(line.check, ("text",)):
        kinds = ", ".join(FITTING.get(line.check, ("text",)))
        gaps = {"check": line.check, "kind": widgets[name].kind, "kinds": kinds}
        yield pointer.at((*loc, entry), "wrong_widget", **gaps)


def _named(
    pointer: Pointer, spec: ExerciseFile, known: Known, loc: tuple[str | int, ...], line: RubricLine
) -> Iterator[Problem]:
    """Facts, values, documents, steps and elements that a line names are there."""
    widget = next((each for each in spec.widgets if each.id == getattr(line, "widget", "")), None)
    match line:
        case KeepLine():
            facts = {fact.name for fact in spec.facts}
            for deep, name in enumerate(line.facts):
                if name not in facts:
                    yield pointer.at((*loc, "facts", deep), "no_fact", fact=name)
        case DropLine() if spec.planted:
            names = [value.name for value in spec.planted]
            yield from absent(pointer.at, (*loc, "planted"), line.planted, names)
        case QuotedLine():
            files = [each.file.removesuffix(".md") for each in spec.material]
            yield from absent(pointer.at, (*loc, "material"), (line.material,), files)
        case PickLine() if widget:
            yield from absent(pointer.at, (*loc, "options"), line.options, widget.ids)
        case SequenceLine() if widget and line.step:
            yield from absent(pointer.at, (*loc, "step"), (line.step,), widget.ids)
        case FormLine():
            form = known.forms.get(line.family)
            types, elements = (form.types, form.by_id) if form else ({}, {})
            yield from absent(pointer.at, (*loc, "type"), (line.type,), tuple(types))
            yield from absent(pointer.at, (*loc, "elements"), line.elements, tuple(elements))
        case _:
            pass
