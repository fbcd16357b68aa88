"""``lab policy versions|diff|draft|publish|approve|withdraw|rollback``: what two agree on."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from lab.cli.out import tell, tell_refusal, tell_text
from lab.cli.storage import opened
from lab.errors import BadRequest
from lab.keys import Keys
from lab.model import Role
from lab.settings import Settings
from lab.words import explain, say

if TYPE_CHECKING:
    from lab.log.base import Log
    from lab.log.officers import Published
    from lab.model import Person
    from lab.policy.drafts import Draft
    from lab.session.officers import NeedsSecond, Officers

ALONE = 3
"""Exit code where one officer alone may not: nothing was changed."""
BAD = 1
Json = Annotated[bool, typer.Option("--json", help=say("publish.cli.json"))]
As = Annotated[str, typer.Option("--as", help=say("publish.cli.as"))]
Reason = Annotated[str, typer.Option(help=say("publish.cli.reason"))]


def desk_of(log: Log) -> Officers:
    """The officers' service over a log."""
    from lab.session.editions import Editions
    from lab.session.officers import Officers
    from lab.session.proving import Prover

    settings = Settings()
    return Officers(Editions(log, Keys.load(settings.keys_dir), settings), Prover(log))


def versions(as_json: Json = False) -> None:
    """Every version, oldest first."""

    async def run() -> tuple[list[Published], dict[str, str]]:
        async with opened(write=True) as log:
            desk = desk_of(log)
            await desk.editions.start()
            return await desk.editions.versions(), await _names(log)

    found, names = asyncio.run(run())
    if as_json:
        tell(json.dumps([version_row(each) for each in found], ensure_ascii=False))
        return
    for each in found:
        tell(version_line(each, names))


def draft(as_json: Json = False) -> None:
    """How the files of the policy stand, and what waits for a second officer."""
    from lab.datafile import render

    async def run() -> tuple[Draft, list[Any], dict[str, str]]:
        async with opened(write=True) as log:
            desk = desk_of(log)
            return await desk.editions.draft(), await desk.editions.proposals(), await _names(log)

    found, waiting, names = asyncio.run(run())
    if as_json:
        rows = [{"proposal": each.id, "by": each.by, "reason": each.reason} for each in waiting]
        tell(json.dumps({**found.row(), "proposals": rows}, ensure_ascii=False))
    else:
        if found.problems:
            tell_text(render(found.problems))
        _print(found)
        for each in waiting:
            by = names.get(each.by, each.by)
            tell(say("publish.cli.waiting", proposal=each.id, by=by, reason=each.reason))
    if found.problems:
        raise typer.Exit(BAD)


def diff(
    old: Annotated[str, typer.Argument(help=say("publish.cli.old"))],
    new: Annotated[str, typer.Argument(help=say("publish.cli.new"))] = "draft",
    as_json: Json = False,
) -> None:
    """What differs between two versions, or a version and the draft."""

    async def run() -> Draft:
        async with opened(write=True) as log:
            desk = desk_of(log)
            await desk.editions.start()
            return await desk.editions.between(_named(old), _named(new))

    found = asyncio.run(run())
    if as_json:
        tell(json.dumps({**found.row(), "base": old, "with": new}, ensure_ascii=False))
        return
    _print(found)


def publish(
    who: As,
    reason: Reason = "",
    acknowledge: Annotated[
        list[str] | None, typer.Option(help=say("publish.cli.acknowledge"))
    ] = None,
    people: Annotated[
        int | None, typer.Option("--limit-people", min=2, help=say("publish.cli.people"))
    ] = None,
    hours: Annotated[
        float, typer.Option("--limit-hours", min=0.1, help=say("publish.cli.hours"))
    ] = 24.0,
    as_json: Json = False,
) -> None:
    """Publish the draft. Exit 3 where it weakens: it then waits for a second officer."""
    from lab.log.officers import Limit

    limit = Limit(people, hours) if people is not None else None
    _act(
        who,
        lambda desk, person: desk.publish(
            person, reason=reason, acknowledge=acknowledge or (), limit=limit
        ),
        as_json=as_json,
    )


def approve(
    name: Annotated[str, typer.Argument(help=say("publish.cli.proposal"))],
    who: As,
    as_json: Json = False,
) -> None:
    """Approve another officer's proposal; asks for one's own password."""
    _act(who, lambda desk, person: desk.approve(person, name), as_json=as_json)


def rollback(
    version: Annotated[str, typer.Argument(help=say("publish.cli.version"))],
    who: As,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Bring back an earlier version. Exit 3 where that weakens and no two approved it."""
    number = version.removeprefix("v")
    if not number.isdecimal():
        raise typer.BadParameter(version)
    _act(
        who,
        lambda desk, person: desk.roll_back(person, int(number), reason=reason),
        as_json=as_json,
    )


def withdraw(
    name: Annotated[str, typer.Argument(help=say("publish.cli.proposal"))], who: As
) -> None:
    """Take a proposal away, one's own or another's."""

    async def run() -> str:
        async with opened(write=True) as log:
            person = await officer(log, who)
            return (await desk_of(log).withdraw(person, name)).id

    tell(say("publish.cli.withdrawn", proposal=asyncio.run(run())))


def _act(
    name: str, work: Callable[[Officers, Person], Awaitable[Published]], *, as_json: bool
) -> None:
    """One act of an officer, who proves who they are."""
    from lab.session.officers import NeedsSecond

    async def run() -> tuple[Published, dict[str, str]]:
        async with opened(write=True) as log:
            person = await officer(log, name)
            return await work(desk_of(log), person), await _names(log)

    try:
        found, names = asyncio.run(run())
    except NeedsSecond as error:
        _alone(error, as_json=as_json)
    if as_json:
        tell(json.dumps(version_row(found), ensure_ascii=False))
    else:
        tell(say("publish.cli.done", version=f"v{found.version}"))
        tell(version_line(found, names))


def _alone(error: NeedsSecond, *, as_json: bool) -> NoReturn:
    words = explain(error)
    if as_json:
        tell(json.dumps({"error": error.code, "proposal": error.proposal, **words}))
    else:
        tell_refusal(words)
    raise typer.Exit(ALONE)


async def officer(log: Log, name: str) -> Person:
    """The officer of this name, after the password: typed unseen, or a line of standard input.

    Raises:
        NotSignedIn: it does not fit, or it is not an officer's.
        TooMany: it was wrong too often just now.
        BadRequest: there is no password to read.
    """
    from lab.session.proving import Prover

    if sys.stdin.isatty():
        password = str(typer.prompt(say("publish.cli.password", name=name), hide_input=True))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise BadRequest("password_missing")
    return await Prover(log).officer(name, password, time.time())


async def _names(log: Log) -> dict[str, str]:
    return {each.id: each.name for each in await log.people(role=Role.OFFICER)}


def _named(name: str) -> str:
    return f"v{name}" if name.isdecimal() else name.lower()


# --- how it is shown -------------------------------------------------------------------------


def version_row(each: Published) -> dict[str, Any]:
    """A version as JSON."""
    from lab.log.officers import row_of

    return {**row_of(each), "version": f"v{each.version}", "at": each.at}


def version_line(each: Published, names: dict[str, str]) -> str:
    """A version in one line."""
    from lab.pages.shell import moment

    by = " + ".join(names.get(who, who) for who in (each.by, each.approved_by) if who)
    back = say("publish.cli.restores", version=f"v{each.restores}") if each.restores else ""
    how = f"{say(f'publish.how.{each.how}')} {back}".rstrip()
    line = f"v{each.version}  {moment(each.at, 'vi')}  {how}"
    return f"{line}  {by or '-'}  {', '.join(each.rules) or '-'}  {each.reason}".rstrip()


def _print(found: Draft) -> None:
    """Differences, one a line, those that weaken marked."""
    for each in found.differences:
        tell(difference_line(each.row()))
    if not found.differences:
        tell(say("publish.cli.same"))
    else:
        tell(say("publish.cli.weakens" if found.weakens else "publish.cli.strengthens"))


def difference_line(row: dict[str, Any]) -> str:
    """One difference in words."""
    what = say(f"publish.what.{row['what']}")
    parts = [row["rule"] or say("publish.cli.whole"), f"{what} {row.get('name', '')}".rstrip()]
    if row.get("before") or row.get("after"):
        parts.append(f"{row.get('before') or '∅'} → {row.get('after') or '∅'}")
    parts += [f"+ {word}" for word in row.get("added", ())]
    parts += [f"- {word}" for word in row.get("removed", ())]
    mark = "!" if row["weakens"] else " "
    return f"{mark} " + "  ".join(parts)
