"""``lab course``: every exercise is whole, passable and safe."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli import course_files, course_preview, course_verify
from lab.cli.out import tell, tell_text
from lab.errors import DataFileError, Problem
from lab.settings import Settings
from lab.words import number, say

if TYPE_CHECKING:
    from lab.policy.clear import Policy
    from lab.scoring.replay import Replay

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)

PERCENT = 100

app.command("new", help=say("bundle.new.help"))(course_files.new)
app.command("export", help=say("bundle.export.help"))(course_files.export)
app.command("import", help=say("bundle.import.help"))(course_files.import_)
app.command("print", help=say("bundle.print.help"))(course_files.print_)
app.command("preview", help=say("writing.cli.help"))(course_preview.preview)
app.command("verify", help=say("certificate.cli.help"))(course_verify.verify)
app.command("key", help=say("certificate.cli.key_help"))(course_verify.key)


@app.callback()
def group() -> None:
    """Commands for people who write exercises."""


@app.command("check", help=say("course.check.help"))
def check(
    folder: Annotated[Path | None, typer.Argument(help=say("course.check.folder"))] = None,
) -> None:
    """Read every file, replay every model answer; exit 1 where something is wrong."""
    from lab.datafile import render
    from lab.policy.clear import Policy

    settings = Settings()
    played: list[Replay] = []
    try:
        policy = Policy.load(settings.policies, seconds=settings.check_seconds, workers=0)
        played, problems = examine(folder or settings.exercises, policy)
    except DataFileError as error:
        problems = error.problems
    for one in played:
        tell(_line(one))
    if problems:
        tell_text(render(problems))
        tell(say("course.check.found", count=len(problems)))
        raise typer.Exit(1)
    tell(say("course.check.done", count=len(played)))


def examine(folder: Path, policy: Policy) -> tuple[list[Replay], tuple[Problem, ...]]:
    """Each exercise of a folder played through, and all that is wrong.

    Raises:
        DataFileError: the files cannot be read as a course.
    """
    from lab.scoring import examine as whole

    return asyncio.run(whole.examine(folder, policy))


def _line(one: Replay) -> str:
    """What is told of one exercise."""
    return say(
        "course.check.exercise",
        number=one.exercise.number,
        title=one.exercise.title.vi,
        model=number(one.model.share * PERCENT),
        empty=number(one.empty.share * PERCENT),
        replies=len(one.exercise.recorded),
    )
