"""``lab policy alarms``: what trainees held to be mistakes, judged from the console."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from lab.cli.out import tell
from lab.cli.storage import opened, operator
from lab.keys import Keys
from lab.log.alarms import Alarm
from lab.model import Person, Role
from lab.session.alarms import Alarms
from lab.session.holder import PolicyHolder
from lab.settings import Settings
from lab.words import say

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
Id = Annotated[str, typer.Argument(help=say("alarms.cli.id"))]
Reason = Annotated[str, typer.Option(help=say("alarms.cli.reason"))]


@app.command("list", help=say("alarms.cli.list"))
def listed(
    state: Annotated[str, typer.Option(help=say("alarms.cli.state"))] = "waiting",
    *,
    as_json: Annotated[bool, typer.Option("--json", help=say("log.cli.json"))] = False,
) -> None:
    """The newest first."""

    async def run() -> list[Alarm]:
        async with _book() as book:
            return await book.listed(_console(), state)

    for each in asyncio.run(run()):
        if as_json:
            tell(json.dumps(asdict(each), ensure_ascii=False))
        else:
            tell(each.id, each.rule, each.tier, each.state, each.text or "-")


@app.command("accept", help=say("alarms.cli.accept"))
def accept(
    alarm: Id,
    reason: Reason,
    case: Annotated[str, typer.Option(help=say("alarms.cli.case"))] = "",
) -> None:
    """Take one into the corpus, its gap filled."""
    _judge(alarm, "accept", reason, case)


@app.command("decline", help=say("alarms.cli.decline"))
def decline(alarm: Id, reason: Reason) -> None:
    """Decline one; its trainee reads the reason."""
    _judge(alarm, "decline", reason, "")


def _judge(alarm: str, act: str, reason: str, case: str) -> None:
    async def run() -> None:
        async with _book(policy=True) as book:
            await book.judge(_console(), alarm, act, reason, case)

    asyncio.run(run())


def _console() -> Person:
    """Who gives a command on the server itself."""
    return Person(operator(), operator(), Role.OFFICER)


@asynccontextmanager
async def _book(*, policy: bool = False) -> AsyncIterator[Alarms]:
    settings = Settings()
    keys, holder = Keys.load(settings.keys_dir), PolicyHolder()
    async with opened(write=policy) as log:
        if policy:
            from lab.policy.versions import load
            from lab.session.editions import Editions

            number = (await Editions(log, keys, settings).in_force()).version
            holder.replace(load(settings, number, keys=keys, workers=0))
        yield Alarms(log, holder)
