"""``lab class import``: a list of people from a file."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.out import tell, tell_text
from lab.cli.storage import opened
from lab.errors import NotFound
from lab.words import number, say

if TYPE_CHECKING:
    from lab.log.roster_lists import Plan
    from lab.session.roster_file import Sheet


def import_list(
    file: Annotated[Path, typer.Argument(help=say("roster.cli.file"), exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("roster.cli.dry_run"))] = False,
    into: Annotated[str | None, typer.Option("--class", help=say("roster.cli.into"))] = None,
    run: Annotated[str, typer.Option(help=say("roster.cli.run"))] = "",
    leave_out: Annotated[
        bool, typer.Option("--skip-bad", help=say("roster.cli.leave_out"))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("roster.cli.json"))] = False,
) -> None:
    """Bring in a list, all of it or nothing; exit 1 where rows have problems."""
    from lab.keys import Keys
    from lab.session.roster import WHOLE, Rosters
    from lab.session.roster_file import read
    from lab.settings import Settings

    sheet = read(file.name, file.read_bytes())

    async def work() -> tuple[Plan, bool]:
        async with opened(write=True) as log:
            rosters = Rosters(log, Keys.load(Settings().keys_dir))
            room = await log.class_by_code(into) if into else None
            if into and room is None:
                raise NotFound("bad_class_code")
            default = room.id if room else None
            plan = await rosters.preview(WHOLE, sheet, default=default)
            if dry_run or (plan.problems and not leave_out):
                return plan, False
            return (
                await rosters.bring_in(WHOLE, sheet, default=default, run=run, leave_out=leave_out),
                True,
            )

    plan, done = asyncio.run(work())
    if as_json:
        tell(json.dumps(_as_json(sheet, plan, done=done), ensure_ascii=False))
    else:
        _tell(sheet, plan, done=done)
    raise typer.Exit(0 if done or not plan.problems else 1)


def _as_json(sheet: Sheet, plan: Plan, *, done: bool) -> dict[str, object]:
    from lab.session.roster import problem_of

    return {
        "file": sheet.file,
        "imported": done,
        "counts": {fate: plan.count(fate) for fate in ("new", "known", "changed", "joined")},
        "classes": [asdict(room) for room in plan.rooms],
        "columns_passed_over": list(sheet.passed_over),
        "problems": [
            {
                "file": sheet.file,
                "line": each.line,
                "column": each.column,
                "field": each.field,
                "code": each.code,
                "message": problem_of(each, sheet.file, "vi").message,
                "help": problem_of(each, sheet.file, "vi").help,
            }
            for each in plan.problems
        ],
    }


def _tell(sheet: Sheet, plan: Plan, *, done: bool) -> None:
    from lab.datafile import render
    from lab.session.roster import problem_of

    if plan.problems:
        problems = [problem_of(each, sheet.file, "vi") for each in plan.problems]
        tell_text(render(problems).rstrip("\n"), err=True)
        tell(say("roster.cli.problems", count=number(len(plan.problems))), err=True)
    for room in plan.rooms:
        tell(
            say(
                "roster.cli.made" if room.made else "roster.cli.there",
                name=room.name,
                site=room.site or say("roster.cli.everywhere"),
                code=room.code or say("roster.cli.later"),
                count=number(sum(room.counts.values())),
            )
        )
    counts = {fate: number(plan.count(fate)) for fate in ("new", "known", "changed", "joined")}
    tell(say("roster.cli.sum", "vi", **counts))
    if sheet.passed_over:
        tell(say("roster.cli.passed_over", names=", ".join(sheet.passed_over)))
    tell(say("roster.cli.done" if done else "roster.cli.nothing"))
