"""``lab keys``: which keys this installation has, and new ones for old."""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import asdict
from typing import Annotated, Any

import typer

from lab.cli.out import tell
from lab.cli.storage import opened, operator
from lab.errors import Conflict
from lab.keys import Keys, Rotation, rotate
from lab.settings import Settings
from lab.words import say

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
Json = Annotated[bool, typer.Option("--json", help=say("proof.cli.json"))]


@app.command("list", help=say("proof.keys.list"))
def show(*, as_json: Json = False) -> None:
    """Version, beginning and public half of each signing key, the oldest first."""
    keys = Keys.load(Settings().keys_dir)
    publics = [key.public_bytes_raw().hex() for key in reversed(keys.verifiers)]
    begun = [None, *(each.at for each in keys.rotations)]
    rows = [
        {"version": number, "from": at, "public": public, "in_use": number == keys.version}
        for number, (at, public) in enumerate(zip(begun, publics, strict=True), 1)
    ]
    if as_json:
        tell(json.dumps(rows))
        return
    for row in rows:
        at = row["from"]
        day = time.strftime("%Y-%m-%d", time.localtime(at)) if isinstance(at, int) else "-"
        tell(row["version"], day, row["public"], "*" if row["in_use"] else "")


@app.command("rotate", help=say("proof.keys.rotate"))
def renew(
    why: Annotated[str, typer.Option(help=say("proof.keys.why"))] = "",
    *,
    as_json: Json = False,
) -> None:
    """New keys. What older ones signed, hashed and sealed can still be verified and read."""
    settings = Settings()
    made = asyncio.run(_rotated(settings, why.strip()))
    if as_json:
        tell(json.dumps(asdict(made)))
    else:
        tell(say("proof.keys.done", version=made.version, folder=settings.keys_dir))


async def _rotated(settings: Settings, why: str) -> Rotation:
    """Anchor everything with the old key, rotate, and put the rotation on record.

    Raises:
        Conflict: the lab is running: it would go on signing with the old keys.
    """
    from lab.log.schema import claim

    async with opened(write=True) as log:
        if settings.database is not None:
            from lab.log.postgres_listener import serving

            if await log.read(serving):
                raise Conflict("keys_in_use")
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = claim(settings.database_file.with_suffix(".serving"))
        if held is None:
            raise Conflict("keys_in_use")
        try:
            await log.anchor()
        except BaseException:
            os.close(held)
            raise
    try:
        made = rotate(settings.keys_dir)
        told: dict[str, Any] = asdict(made) | {"by": operator(), "why": why}
        async with opened(write=True) as log:
            await log.append("system", "keys.rotated", told)
    finally:
        os.close(held)
    return made
