"""``lab class``: classes that trainees join by their code."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from lab.cli import erasing, ready, roster, simulate
from lab.cli.out import tell
from lab.cli.storage import opened
from lab.words import say

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.command("import", help=say("roster.cli.import"))(roster.import_list)
app.command("simulate", help=say("simulate.help"))(simulate.simulate)
app.command("ready", help=say("ready.cli.help"))(ready.ready)
app.command("erase", help=say("erasing.cli.class"))(erasing.erase_class)


@app.command("add", help=say("auth.cli.class_add"))
def add(
    name: Annotated[str, typer.Argument(help=say("auth.cli.class_name"))],
    code: Annotated[str | None, typer.Option(help=say("auth.cli.class_code"))] = None,
    site: Annotated[str | None, typer.Option(help=say("auth.cli.site"))] = None,
) -> None:
    """Make a class; without ``--code`` a code is made."""
    from lab.auth.words import clean_class_code, clean_name, made_class_code

    clean = clean_name(name)
    chosen = clean_class_code(code) if code is not None else made_class_code()

    async def run() -> str:
        async with opened(write=True) as log:
            return (await log.add_class(clean, chosen, site=site)).code

    tell(say("auth.cli.class_added", name=clean, code=asyncio.run(run())))


@app.command("list", help=say("auth.cli.class_list"))
def list_classes() -> None:
    """All classes. Tab-separated."""

    async def run() -> None:
        async with opened(write=False) as log:
            for room in await log.classes():
                tell(room.code, room.site or "*", room.name)

    asyncio.run(run())
