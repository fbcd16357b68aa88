"""``lab policy shadow|resolve|schema``: what a change would do, what is in force where."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lab.cli.out import tell, tell_text
from lab.cli.policy_publish import Json, desk_of
from lab.cli.storage import opened
from lab.model import Action
from lab.settings import Settings
from lab.words import number, say

if TYPE_CHECKING:
    from lab.log.base import Log
    from lab.policy.compare import Tally
    from lab.session.evidence import Evidence, Here

Place = Annotated[str | None, typer.Option(help=say("publish.cli.place"))]


def _evidence(log: Log) -> Evidence:
    """The figures behind decisions, over a log."""
    from lab.course import Course
    from lab.session.canaries import Canaries
    from lab.session.evidence import Evidence

    editions = desk_of(log).editions
    canaries = Canaries(log, editions.keys)
    course = Course.load(editions.settings.exercises)
    return Evidence(editions, canaries, lambda: course)


def shadow(
    days: Annotated[float, typer.Option(min=0.01, help=say("publish.cli.days"))] = 30,
    corpus: Annotated[bool, typer.Option(help=say("publish.cli.corpus"))] = True,
    as_json: Json = False,
) -> None:
    """The draft beside the version in force: over the corpus, and over the masked history."""
    from lab.session.evidence import figures

    async def run() -> dict[str, Any]:
        async with opened(write=True) as log:
            editions = desk_of(log).editions
            evidence = _evidence(log)
            base = f"v{(await editions.in_force()).version}"
            found: dict[str, Any] = {"base": base}
            if corpus:
                compared = await editions.compared(base, "draft")
                found["corpus"] = {**figures(compared), "tally": compared.tally}
            past = await evidence.history(days)
            found["history"] = {**past.row(), "tally": past.replay.tally}
            found["live"] = await evidence.live(days)
            return found

    found = asyncio.run(run())
    tallies = {name: found[name].pop("tally") for name in ("corpus", "history") if name in found}
    if as_json:
        tell(json.dumps(found, ensure_ascii=False))
        return
    for name, tally in tallies.items():
        tell(say(f"publish.shadow.{name}", base=found["base"], texts=number(tally.texts)))
        _tally(tally)
        for case in found[name].get("lost", ()):
            tell("  " + say("publish.shadow.lost", case=case))
    _unknown(found["history"])
    tell(say("publish.shadow.live", days=f"{days:g}"))
    for rule, site, count in found["live"]:
        tell(f"  {rule}  {site}  {number(count)}")


def _unknown(history: Mapping[str, Any]) -> None:
    """What history cannot tell, and what is made again in its place."""
    for why, counts in history["unknown"].items():
        if counts:
            tell(say(f"publish.shadow.{why}", count=number(sum(counts.values()))))
            for rule, count in counts.items():
                tell(f"  {rule or '-'}: {number(count)}")
    planted = history["planted"]
    if planted["sessions"]:
        tell(say("publish.shadow.planted", count=number(planted["sessions"])))
        for each in planted["places"]:
            tell("  " + say("publish.shadow.planted_row", **each))


def _tally(tally: Tally) -> None:
    for rule, where, counts in tally.by_rule():
        shown = " · ".join(
            f"{say(f'publish.shadow.{kind}')} {number(count)}" for kind, count in counts.items()
        )
        tell(f"  {rule or '-'}  {where}  {shown}")
    if not tally.changes:
        tell("  " + say("publish.shadow.nothing"))


def resolve(
    site: Place = None,
    class_code: Annotated[
        str | None, typer.Option("--class", help=say("publish.cli.place"))
    ] = None,
    exercise: Place = None,
    role: Place = None,
    version: Annotated[str, typer.Option(help=say("publish.cli.of"))] = "",
    as_json: Json = False,
) -> None:
    """The policy in force in a place, and where each line of it comes from."""
    tighten = _tighten(exercise)

    async def run() -> tuple[str, list[Here]]:
        async with opened(write=True) as log:
            editions = desk_of(log).editions
            name = version or f"v{(await editions.in_force()).version}"
            found = await _evidence(log).resolve(
                name,
                site=site,
                class_code=class_code,
                exercise=exercise,
                role=role,
                tighten=tighten,
            )
            return name, found

    name, found = asyncio.run(run())
    if as_json:
        rows = [here_row(each) for each in found]
        tell(json.dumps({"version": name, "rules": rows}, ensure_ascii=False))
        return
    for each in found:
        tell(f"{each.rule.id}  {say(f'policy.action.{each.action}')}")
        for line in each.lines:
            mark = "→" if line.counts else " "
            origin = say(f"publish.origin.{line.origin}")
            tell(f"  {mark} {origin} {line.name}: {say(f'policy.action.{line.action}')}")


def here_row(each: Here) -> dict[str, Any]:
    """One rule in one place as JSON."""
    lines = [
        {"origin": x.origin, "name": x.name, "action": str(x.action), "counts": x.counts}
        for x in each.lines
    ]
    return {"rule": each.rule.id, "action": str(each.action), "lines": lines}


def _tighten(exercise: str | None) -> Mapping[str, Action]:
    if exercise is None:
        return {}
    from lab.course import Course

    try:
        return Course.load(Settings().exercises).exercise(exercise).tighten
    except KeyError:
        raise typer.BadParameter(exercise) from None


def schema(
    name: Annotated[str, typer.Argument(help=say("publish.cli.schema_file"))] = "",
) -> None:
    """The JSON schema of a file of the policy, by default of the files of rules."""
    from lab.policy import editing

    tell_text(json.dumps(editing.schema(name), ensure_ascii=False, indent=1))
