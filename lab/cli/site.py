"""``lab site``: machines of sites that send their log here."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Annotated

import typer

from lab.cli.out import tell
from lab.cli.storage import opened, operator
from lab.session.erasing import Erasing
from lab.session.relay import Listed, Relays
from lab.words import number, say

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command("add", help=say("push.site.add"))
def add(
    name: Annotated[str, typer.Argument(help=say("push.site.name"))],
    key: Annotated[str, typer.Option(help=say("push.site.key"))],
) -> None:
    """Let the machine with this key send the log of a site; a second key is one more."""

    async def run() -> None:
        async with opened(write=True) as log:
            await Relays(log, Erasing(log)).admit(name, key, by=operator())

    asyncio.run(run())
    tell(say("push.site.added", site=name))


@app.command("list", help=say("push.site.list"))
def show(
    *, as_json: Annotated[bool, typer.Option("--json", help=say("log.cli.json"))] = False
) -> None:
    """Sites, how many rows came from each, and when something came last."""

    async def run() -> list[Listed]:
        async with opened(write=False) as log:
            return await Relays(log, Erasing(log)).listed()

    for each in asyncio.run(run()):
        relay = each.relay
        if as_json:
            told = {"site": relay.site, "rows": each.rows, "upto": relay.upto}
            told |= {"anchor": relay.anchor, "seen_at": relay.seen_at, "keys": list(relay.keys)}
            tell(json.dumps(told, ensure_ascii=False))
            continue
        seen = time.strftime("%Y-%m-%d %H:%M", time.localtime(relay.seen_at or 0))
        tell(relay.site, number(each.rows), seen if relay.seen_at else "-")
