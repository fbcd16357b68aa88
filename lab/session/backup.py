"""Making a backup, beside a running lab or without one.

Everything is written under another name first and takes its place by one rename, once it was read
back and compared: an interrupted backup leaves nothing that could be taken for one.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lab import __version__
from lab.errors import BadRequest, Conflict, NotFound
from lab.keys import Keys
from lab.log import postgres_copy, schema
from lab.log.base import Verification
from lab.log.files import as_log_error
from lab.log.sqlite import SqliteLog
from lab.session.archive import (
    DATABASE,
    Manifest,
    Told,
    digest_of,
    make_folder,
    read,
    sync_folder,
    write,
)
from lab.settings import Settings

MADE = "backup.made"
"""Kind of the event that tells of a backup."""
_PASSED_OVER = frozenset({"gradio"})
"""Folders of what the lab makes anew."""
_TRANSIENT = (".lock", ".serving", ".migrating", "-wal", "-shm", "-journal")
_ROOM = 1.5
"""How much free disk a backup asks for, as a multiple of the data."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made, or would be."""

    path: Path
    manifest: Manifest
    size: int
    """Bytes of the file; 0 where none was written."""


async def back_up(
    settings: Settings, keys: Keys, target: Path, *, told: Told, dry_run: bool = False
) -> BackedUp:
    """Write a backup to ``target``: a file, or a folder in which it gets a name of its own.

    Raises:
        BadRequest: the target is in the data, or a key stands among the data.
        Conflict: the file exists.
        NotFound: there are no data yet.
        LogError: the database cannot be read.
        OSError: the disk does not allow it.
    """
    require_data(settings)
    path = _place(settings, target)
    enough(path.parent, _size_of(settings))
    staging = Path(tempfile.mkdtemp(prefix=".thao-truong-", dir=path.parent))
    try:
        told("copy")
        await asyncio.to_thread(_copy_log, settings, staging / DATABASE)
        names = [DATABASE, *_copy_others(settings, keys, staging)]
        told("verify")
        found = await verified(staging / DATABASE, keys)
        manifest = _listed(staging, names, found)
        if dry_run:
            return BackedUp(path, manifest, 0)
        told("pack")
        write(staging / "made", staging, names, manifest, keys)
        told("compare")
        read(staging / "made", keys)
        told("place")
        size = (staging / "made").stat().st_size
        (staging / "made").rename(path)
        sync_folder(path.parent)
        return BackedUp(path, manifest, size)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def require_data(settings: Settings) -> None:
    """Raise ``NotFound`` where there are no data."""
    if settings.database is None and not settings.database_file.exists():
        raise NotFound("no_data", home=str(settings.home))


def _place(settings: Settings, target: Path) -> Path:
    target = target.absolute()
    if target.is_dir():
        stamp = time.strftime("%Y%m%d-%H%M%S")
        target = target / f"thao-truong-{stamp}.tar.gz"
    if not target.parent.is_dir():
        raise NotFound("backup_no_folder", path=str(target.parent))
    for apart in (settings.home, settings.keys_dir):
        if target.resolve().is_relative_to(apart.resolve()):
            raise BadRequest("backup_inside", path=str(apart))
    if target.exists():
        raise Conflict("backup_exists", path=str(target))
    return target


def enough(folder: Path, size: int) -> None:
    """Raise ``BadRequest`` where a disk has too little room for data of this size."""
    free = shutil.disk_usage(folder).free
    if free < size * _ROOM:
        raise BadRequest("backup_room", path=str(folder), megabytes=round(size * _ROOM / 1e6) + 1)


def _size_of(settings: Settings) -> int:
    if settings.database is None:
        size = settings.database_file.stat().st_size
    else:
        size = postgres_copy.size_of(settings.database.get_secret_value())
    return size + sum((settings.home / name).stat().st_size for name in _others(settings))


def _copy_log(settings: Settings, target: Path) -> None:
    if settings.database is None:
        copy_database(settings.database_file, target)
    else:
        postgres_copy.fetch(settings.database.get_secret_value(), target)


def _others(settings: Settings) -> Iterator[str]:
    """What belongs to the data beside the database: published policies and other files."""
    keys = settings.keys_dir.resolve()
    for folder, folders, files in os.walk(settings.home):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _PASSED_OVER
            and not (here / name).is_symlink()
            and (here / name).resolve() != keys
        )
        for name in sorted(files):
            path = here / name
            if name.startswith((".", DATABASE)) or name.endswith(_TRANSIENT) or path.is_symlink():
                continue
            yield path.relative_to(settings.home).as_posix()


def _copy_others(settings: Settings, keys: Keys, staging: Path) -> list[str]:
    """Copies of the other files. Raises ``BadRequest`` where one of them is a key."""
    raw = keys.signing.private_bytes_raw()
    secret = {raw, keys.trace, keys.vault, *keys.old_traces, *keys.old_vaults}
    names = []
    for name in _others(settings):
        data = (settings.home / name).read_bytes()
        if any(key in data for key in secret):
            raise BadRequest("backup_keys", path=name)
        make_folder((staging / name).parent)
        (staging / name).write_bytes(data)
        names.append(name)
    return names


def copy_database(source: Path, target: Path) -> None:
    """A copy of a database as it is at one moment, whoever writes meanwhile; one file, on disk.

    Raises:
        LogError: it cannot be read or written.
    """
    try:
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=10)) as held,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            held.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        with target.open("rb") as file:
            os.fsync(file.fileno())
    except (sqlite3.Error, OSError) as error:
        raise as_log_error(error, "log_unreadable") from error


async def verified(database: Path, keys: Keys) -> Verification:
    """The whole chain of a copy, derived again."""
    log = SqliteLog(database, keys)
    try:
        return await log.verify()
    finally:
        await log.close()


def _listed(staging: Path, names: list[str], found: Verification) -> Manifest:
    files = {}
    for name in names:
        with (staging / name).open("rb") as source:
            files[name] = digest_of(source)
    with closing(sqlite3.connect(f"file:{staging / DATABASE}?mode=ro", uri=True)) as db:
        migrations = tuple(schema.applied(db))
    return Manifest(
        __version__, int(time.time()), migrations, found.events, len(found.problems), files
    )
