"""``lab incident``: the queue of incidents from the console, also while the lab serves."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer

from lab.cli.out import tell
from lab.cli.storage import opened, operator
from lab.keys import Keys
from lab.model import Person, Role
from lab.pages.shell import moment
from lab.session.holder import PolicyHolder
from lab.session.incidents import Incidents
from lab.settings import Settings
from lab.words import say

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
OTHER = 3
Json = Annotated[bool, typer.Option("--json", help=say("log.cli.json"))]
Id = Annotated[str, typer.Argument(help=say("incidents.cli.id"))]


def _console() -> Person:
    """Who gives a command on the server itself: sees all, and acts in the account's name."""
    return Person(operator(), operator(), Role.OFFICER)


@app.command("list", help=say("incidents.cli.list"))
def listed(
    state: Annotated[str, typer.Option(help=say("incidents.cli.state"))] = "open",
    *,
    as_json: Json = False,
) -> None:
    """The gravest first, then the newest; all pages."""

    async def run() -> list[dict[str, Any]]:
        found, after = [], ""
        async with _queue(write=False) as queue:
            while True:
                desk = await queue.queue(_console(), state=state, after=after)
                found += [asdict(each) | {"overdue": each.id in desk.overdue} for each in desk.rows]
                after = desk.following
                if not after:
                    return found

    for row in asyncio.run(run()):
        if as_json:
            tell(json.dumps(row, ensure_ascii=False))
            continue
        late = "!" if row["overdue"] else ""
        shown = (row["id"], row["severity"], row["entity"], row["site"] or "-")
        tell(*shown, moment(row["at"], "vi"), row["state"] + late)


@app.command("show", help=say("incidents.cli.show"))
def show(incident: Id, *, as_json: Json = False) -> None:
    """One incident, what was found and what was done."""

    async def run() -> dict[str, Any]:
        async with _queue(write=False) as queue:
            found = await queue.one(_console(), incident)
        acts = [asdict(each) for each in found.acts]
        return asdict(found.incident) | {"findings": found.findings, "acts": acts}

    told = asyncio.run(run())
    if as_json:
        tell(json.dumps(told, ensure_ascii=False))
        return
    for name, value in told.items():
        if not isinstance(value, list):
            tell(name, "-" if value is None else value)
    for each in told["findings"]:
        tell(*(each.get(name, "-") for name in ("rule", "tier", "shape", "start", "end")))


@app.command("match", help=say("incidents.cli.match"))
def match(
    incident: Id,
    value_stdin: Annotated[
        bool, typer.Option("--value-stdin", help=say("incidents.cli.value_stdin"))
    ] = False,
    *,
    as_json: Json = False,
) -> None:
    """Exit 0 where the value is the one that was stopped, 3 where it is not, 1 where refused."""
    value = sys.stdin.readline() if value_stdin else getpass.getpass(say("incidents.cli.ask"))

    async def run() -> bool:
        async with _queue(write=True, policy=True) as queue:
            return await queue.match(_console(), incident, value)

    same = asyncio.run(run())
    told = say("incidents.same" if same else "incidents.other")
    tell(json.dumps({"same": same}) if as_json else told)
    raise typer.Exit(0 if same else OTHER)


@app.command("close", help=say("incidents.cli.close"))
def close(
    incident: Id,
    outcome: Annotated[str, typer.Option(help=say("incidents.cli.outcome"))],
    reason: Annotated[str, typer.Option(help=say("incidents.cli.reason"))],
) -> None:
    """End one, with an outcome and a reason."""

    async def run() -> None:
        async with _queue(write=True, policy=True) as queue:
            await queue.close(_console(), incident, outcome, reason)

    asyncio.run(run())
    tell(say("incidents.cli.closed", id=incident))


@asynccontextmanager
async def _queue(*, write: bool, policy: bool = False) -> AsyncIterator[Incidents]:
    """The queue; with ``policy`` the one in force, which reads what is typed."""
    settings = Settings()
    keys = Keys.load(settings.keys_dir)
    async with opened(write=write) as log:
        holder = PolicyHolder()
        if policy:
            from lab.policy.versions import load
            from lab.session.editions import Editions

            number = (await Editions(log, keys, settings).in_force()).version
            holder.replace(load(settings, number, keys=keys, workers=0))
        yield Incidents(log, keys, holder)
