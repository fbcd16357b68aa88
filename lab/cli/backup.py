"""``lab backup``, ``lab restore`` and ``lab upgrade``."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.out import tell
from lab.cli.storage import opened
from lab.words import number, say

if TYPE_CHECKING:
    from lab.session.archive import Manifest

DryRun = Annotated[bool, typer.Option("--dry-run", help=say("backup.cli.dry_run"))]
MEGABYTE = 1e6


def _told(step: str) -> None:
    """Progress: one line a step."""
    tell(say(f"backup.step.{step}"), err=True)


def backup(
    target: Annotated[Path, typer.Argument(help=say("backup.cli.target"))],
    dry_run: DryRun = False,
) -> None:
    """Write a backup, also beside a running lab; exit 1 where the log in it does not verify."""
    from lab.keys import Keys
    from lab.log.base import SYSTEM
    from lab.session.backup import MADE, back_up
    from lab.settings import Settings

    settings = Settings()
    made = asyncio.run(
        back_up(settings, Keys.load(settings.keys_dir), target, told=_told, dry_run=dry_run)
    )
    _tell(made.manifest)
    if dry_run:
        tell(say("backup.cli.would_write", path=made.path))
    else:

        async def note() -> None:
            async with opened(write=True) as log:
                told = {"file": made.path.name, "size": made.size, "faults": made.manifest.faults}
                await log.append(SYSTEM, MADE, told)

        asyncio.run(note())
        size = number(made.size / MEGABYTE, digits=1)
        tell(say("backup.cli.written", path=made.path, size=size))
        tell(say("backup.cli.keys_apart", path=settings.keys_dir))
    raise typer.Exit(1 if made.manifest.faults else 0)


def restore(
    file: Annotated[Path, typer.Argument(help=say("backup.cli.file"))],
    dry_run: DryRun = False,
) -> None:
    """Put a backup in place of the data; those of before stay beside them."""
    from lab.log.base import SYSTEM
    from lab.session.restore import RESTORED
    from lab.session.restore import restore as put_back
    from lab.settings import Settings

    done = asyncio.run(put_back(Settings(), file, told=_told, dry_run=dry_run))
    _tell(done.manifest)
    if dry_run:
        tell(say("backup.cli.would_restore"))
        return

    async def note() -> None:
        async with opened(write=True) as log:
            await log.append(SYSTEM, RESTORED, {"file": file.name, "made_at": done.manifest.at})

    asyncio.run(note())
    tell(say("backup.cli.restored", home=Settings().home))
    if done.before is not None:
        tell(say("backup.cli.before", path=done.before))
    if done.tables:
        tell(say("backup.cli.tables", schema=done.tables))


def upgrade(dry_run: DryRun = False) -> None:
    """Bring the database to the present form: on a copy, verified, then put in place."""
    from lab.keys import Keys
    from lab.session.restore import upgrade as bring_up
    from lab.settings import Settings

    settings = Settings()
    done = asyncio.run(
        bring_up(settings, Keys.load(settings.keys_dir), told=_told, dry_run=dry_run)
    )
    if not done.steps:
        tell(say("backup.cli.present"))
        return
    key = "backup.cli.would_upgrade" if dry_run else "backup.cli.upgraded"
    tell(say(key, steps=", ".join(done.steps)))
    if done.before is not None:
        tell(say("backup.cli.before", path=done.before))


def _tell(manifest: Manifest) -> None:
    at = time.strftime("%d/%m/%Y %H:%M", time.localtime(manifest.at))
    tell(
        say(
            "backup.cli.contents",
            at=at,
            files=number(len(manifest.files)),
            size=number(manifest.size / MEGABYTE, digits=1),
            events=number(manifest.events),
            version=manifest.version,
        )
    )
    if manifest.faults:
        tell(say("backup.cli.faults", count=number(manifest.faults)), err=True)
