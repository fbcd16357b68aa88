"""``lab course preview``: one exercise as a trainee sees it, and what is wrong with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from lab.cli.out import tell, tell_text
from lab.settings import Settings
from lab.words import FIRST, language_or, say


def preview(
    exercise: Annotated[str, typer.Argument(help=say("writing.cli.exercise"))],
    out: Annotated[Path | None, typer.Option(help=say("writing.cli.out"))] = None,
    language: Annotated[str, typer.Option(help=say("bundle.print.language"))] = "vi",
    folder: Annotated[Path | None, typer.Option(help=say("course.check.folder"))] = None,
) -> None:
    """Write the page of an exercise to a file, and print its problems; exit 1 where there are."""
    from lab.course import Course
    from lab.datafile import render
    from lab.errors import DataFileError
    from lab.pages.sheets import sheets
    from lab.policy.clear import Policy
    from lab.scoring.examine import examine

    settings = Settings()
    source = folder or settings.exercises
    spoken = language_or(language, FIRST)
    try:
        course = Course.load(source)
        wanted = Path(exercise).name
        found = [each for each in course.exercises if wanted in {each.id, each.folder.name}]
        if not found:
            ids = ", ".join(each.id for each in course.exercises)
            raise typer.BadParameter(say("writing.cli.unknown", id=wanted, ids=ids))
        target = out or Path(f"{found[0].id}.html")
        target.write_text(sheets(course, found, spoken, answers=False), encoding="utf-8")
        tell(say("writing.cli.done", file=target))
        policy = Policy.load(settings.policies, seconds=settings.check_seconds, workers=0)
        _, problems = asyncio.run(examine(source, policy, only={found[0].id}))
    except DataFileError as error:
        problems = error.problems
    if problems:
        tell_text(render(problems))
        tell(say("course.check.found", count=len(problems)))
        raise typer.Exit(1)
    tell(say("writing.cli.clean"))
