"""What the shape of one file cannot show: names that must agree with each other."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab import datafile
from lab.course.shapes import CourseFile, ExerciseFile
from lab.errors import Problem
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


def cross(
    path: Path, spec: ExerciseFile, head: CourseFile | None, seen: dict[str, Path]
) -> Iterator[Problem]:
    """All that one exercise gets wrong; ``seen`` remembers ids and numbers of the others."""
    pointer = Pointer(path)
    if spec.id in seen:
        yield pointer.at(("id",), "same_id", id=spec.id, other=seen[spec.id].name)
    number = f"#{spec.number}"
    if number in seen:
        yield pointer.at(("number",), "same_number", number=spec.number, other=seen[number].name)
    seen[spec.id] = seen[number] = path.parent
    groups = [group.id for group in head.groups] if head else [spec.group]
    if spec.group not in groups:
        yield pointer.at(("group",), "no_group", group=spec.group, known=", ".join(groups))
    for nth, widget in enumerate(spec.widgets):
        right = sum(option.right for option in widget.options)
        if right == 0 or (widget.kind == "choice" and right != 1):
            yield pointer.at(("widgets", nth, "options"), "right_options", widget=widget.id)
    yield from _rubric(pointer, spec)


def _rubric(pointer: Pointer, spec: ExerciseFile) -> Iterator[Problem]:
    """What the lines of the rubric name must be there."""
    widgets = {widget.id for widget in spec.widgets}
    facts = {fact.name for fact in spec.facts}
    ids = [line.id for line in spec.rubric]
    for nth, line in enumerate(spec.rubric):
        if line.id in ids[:nth]:
            yield pointer.at(("rubric", nth, "id"), "same_line", id=line.id)
        match line.check:
            case "answers" if line.widget not in widgets:
                yield pointer.at(("rubric", nth, "widget"), "no_widget", widget=line.widget)
            case "drop" if not spec.planted:
                yield pointer.at(("rubric", nth, "check"), "no_planted")
            case "length" if line.least > line.most:
                yield pointer.at(("rubric", nth, "most"), "least_over_most")
            case "keep":
                for deep, name in enumerate(line.facts):
                    if name not in facts:
                        yield pointer.at(("rubric", nth, "facts", deep), "no_fact", fact=name)
            case _:
                pass
