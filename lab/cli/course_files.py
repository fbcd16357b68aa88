"""``lab course new|export|import|print``: exercises as files to begin, carry and put on paper."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lab.cli.out import tell, tell_text
from lab.settings import Settings
from lab.words import FIRST, language_or, say

KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Folder = Annotated[Path | None, typer.Option("--folder", help=say("course.check.folder"))]


def new(
    exercise_id: Annotated[str, typer.Argument(metavar="ID", help=say("bundle.new.id"))],
    title: Annotated[str, typer.Option(help=say("bundle.new.title"))],
    number: Annotated[int | None, typer.Option(help=say("bundle.new.number"))] = None,
    folder: Folder = None,
) -> None:
    """Begin an exercise: files that pass the check, to be written over."""
    from lab.course import Course
    from lab.course.new import begin

    if not KEBAB.fullmatch(exercise_id):
        raise typer.BadParameter(say("bundle.new.kebab", id=exercise_id))
    course = Course.load(folder or Settings().exercises)
    made = begin(course, exercise_id, title.strip(), number=number)
    tell(say("bundle.new.done", folder=made))


def export(
    target: Annotated[Path, typer.Argument(help=say("bundle.export.file"))],
    folder: Folder = None,
) -> None:
    """Pack the course into one file, once it passes its check."""
    from lab.course.bundle import pack

    source = folder or Settings().exercises
    _whole(source)
    data = pack(source)
    target.write_bytes(data)
    tell(say("bundle.export.done", file=target, size=len(data) // 1000))


def import_(
    source: Annotated[Path, typer.Argument(help=say("bundle.import.file"))],
    folder: Folder = None,
) -> None:
    """Put the course of a file in place of this one; the old one is kept beside it."""
    from lab.course.bundle import unpack

    target = (folder or Settings().exercises).resolve()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as place:
        fresh = Path(place) / target.name
        count = unpack(source.read_bytes(), fresh)
        _whole(fresh)
        kept = target.with_name(f"{target.name}.{datetime.now(UTC):%Y%m%d-%H%M%S}")
        if target.exists():
            target.rename(kept)
        fresh.rename(target)
    tell(say("bundle.import.done", count=count, folder=target))
    if kept.exists():
        tell(say("bundle.import.kept", folder=kept))


def print_(
    target: Annotated[Path, typer.Argument(help=say("bundle.print.file"))],
    exercise: Annotated[list[str] | None, typer.Option(help=say("bundle.print.exercise"))] = None,
    answers: Annotated[bool, typer.Option(help=say("bundle.print.answers"))] = False,
    language: Annotated[str, typer.Option(help=say("bundle.print.language"))] = "vi",
    folder: Folder = None,
) -> None:
    """Write the exercises as one page to be printed, for a room whose network is down."""
    from lab.course import Course
    from lab.pages.sheets import sheets

    course = Course.load(folder or Settings().exercises)
    wanted = set(exercise or [each.id for each in course.exercises])
    unknown = wanted - {each.id for each in course.exercises}
    if unknown:
        raise typer.BadParameter(say("bundle.print.unknown", ids=", ".join(sorted(unknown))))
    chosen = [each for each in course.exercises if each.id in wanted]
    spoken = language_or(language, FIRST)
    target.write_text(sheets(course, chosen, spoken, answers=answers), encoding="utf-8")
    tell(say("bundle.print.done", count=len(chosen), file=target))


def _whole(folder: Path) -> None:
    """A course that passes its check, or its problems and exit code 1."""
    from lab.cli.course import examine
    from lab.datafile import render
    from lab.policy.clear import Policy

    settings = Settings()
    policy = Policy.load(settings.policies, seconds=settings.check_seconds, workers=0)
    _, problems = examine(folder, policy)
    if problems:
        tell_text(render(problems))
        tell(say("bundle.not_whole", count=len(problems)))
        raise typer.Exit(1)
