"""``lab log migrate``: a lab that outgrew one process moves to PostgreSQL."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated, Any

import typer

from lab.cli.out import tell
from lab.cli.storage import opened
from lab.errors import BadRequest, Conflict, NotFound
from lab.keys import Keys
from lab.log.base import SYSTEM
from lab.settings import Settings
from lab.words import number, say

MOVED = "log.moved"
"""Kind of the event that tells of a move."""


def migrate(
    to: Annotated[str | None, typer.Option(help=say("migrate.to"))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("migrate.dry_run"))] = False,
) -> None:
    """Copy the SQLite log to PostgreSQL, compare and verify; all or nothing."""
    settings = Settings()
    url = to or (settings.database.get_secret_value() if settings.database else "")
    if not url.startswith(("postgresql://", "postgres://")):
        raise BadRequest("move_where")
    if not settings.database_file.exists():
        raise NotFound("no_data", home=str(settings.home))
    keys = Keys.load(settings.keys_dir)
    if dry_run:
        _move(settings, url, keys, dry_run=True)
        return
    held = _claimed(settings, keys)
    try:
        told = _move(settings, url, keys, dry_run=False)
        asyncio.run(_tell(settings, url, told))
    finally:
        os.close(held)
    tell(say("migrate.next"))


def _claimed(settings: Settings, keys: Keys) -> int:
    """The file is ours alone, its open turns are ended, all is anchored."""
    from lab.log.schema import claim
    from lab.log.sqlite import SqliteLog

    async def closed() -> None:
        log = SqliteLog(settings.database_file, keys)
        await log.start()
        await log.close()

    asyncio.run(closed())
    held = claim(settings.database_file.with_suffix(".serving"))
    if held is None:
        raise Conflict("move_serving")
    return held


def _move(settings: Settings, url: str, keys: Keys, *, dry_run: bool) -> dict[str, Any]:
    from lab.log.move import move

    def told(step: str) -> None:
        tell(say(f"migrate.step.{step}"), err=True)

    moved = move(settings.database_file, url, keys, told=told, dry_run=dry_run)
    for name, rows in moved.tables.items():
        tell(f"{name:<24} {number(rows):>12}")
    found = moved.found
    counts = {"events": number(found.events), "anchors": number(found.anchors)}
    tell(say("migrate.tried" if dry_run else "migrate.done", "vi", **counts))
    return {"tables": moved.tables, "events": found.events, "anchors": found.anchors}


async def _tell(settings: Settings, url: str, told: dict[str, Any]) -> None:
    """The log itself says that it was moved, and all of it is anchored anew."""
    from pydantic import SecretStr

    there = settings.model_copy(update={"database": SecretStr(url)})
    async with opened(write=True, settings=there) as log:
        await log.append(SYSTEM, MOVED, told | {"from": "sqlite", "to": "postgresql"})
