"""Putting a backup back, and bringing a database to the present form on a copy.

Both prepare everything beside the data and put it in place by one rename at the end: whatever
interrupts them, the data are the old ones, whole, or the new ones, whole.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import pkgutil
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lab.errors import BadRequest, Conflict, LogError, NotFound
from lab.keys import Keys
from lab.log import migrations, postgres_copy, schema
from lab.log.sessions import erased_people
from lab.log.sqlite import SqliteLog
from lab.session.archive import DATABASE, Manifest, Told, read, sync_folder
from lab.session.backup import copy_database, enough, require_data, verified
from lab.session.erasing import Erasing
from lab.settings import Settings

RESTORED = "backup.restored"
_AT_FDCWD = -100
_EXCHANGE = 2
"""``RENAME_EXCHANGE`` of Linux: two names change places in one step."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, or would be."""

    manifest: Manifest
    before: Path | None
    """Where the data of before are now; None where there were none, or nothing was changed."""
    tables: str = ""
    """Schema of PostgreSQL that holds the tables of before; empty where there is none."""


async def restore(settings: Settings, path: Path, *, told: Told, dry_run: bool = False) -> Restored:
    """Put a backup in place of the data. The keys must be there already: they are kept apart.

    Raises:
        BadRequest: the backup is broken, was changed, or fits other keys.
        Conflict: a lab is serving these data.
        LogError: ``log_newer``, or its log does not verify (``backup_log``).
        NotFound: no such file, or no keys.
        OSError: the disk does not allow it.
    """
    keys = _held_keys(settings, path)
    home = settings.home.absolute()
    home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone(settings):
        told("compare")
        manifest = read(path, keys)
        if set(manifest.migrations) - set(_names()):
            raise LogError("log_newer")
        enough(home.parent, manifest.size)
        staging = home.with_name(f".{home.name}.restoring-{os.getpid()}")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        try:
            told("unpack")
            read(path, keys, into=staging)
            told("verify")
            found = await verified(staging / DATABASE, keys)
            if len(found.problems) > manifest.faults:
                raise LogError("backup_log")
            _end_sign_ins(staging / DATABASE)
            await _erase_again(_erased_now(settings), staging / DATABASE, keys)
            if settings.database is None:
                if dry_run:
                    return Restored(manifest, None)
                told("place")
                return Restored(manifest, _exchange(staging, home))
            told("place")
            tables = await asyncio.to_thread(_into_postgres, settings, staging, keys, dry_run)
            return Restored(manifest, None if dry_run else _exchange(staging, home), tables)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _held_keys(settings: Settings, path: Path) -> Keys:
    """The keys that are there: new ones would fit no backup."""
    if not path.is_file():
        raise NotFound("backup_no_file", path=str(path))
    if not (settings.keys_dir / "signing.key").is_file():
        raise NotFound("backup_no_keys", path=str(settings.keys_dir))
    return Keys.load(settings.keys_dir)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the data for this process: no lab serves them, and none can begin to.

    Raises:
        Conflict: one does.
    """
    if not settings.home.is_dir():
        yield
        return
    held: list[int] = []
    try:
        for place in (settings.home / "serve.lock", settings.database_file.with_suffix(".serving")):
            handle = schema.claim(place)
            if handle is None:
                raise Conflict("lab_running", home=str(settings.home))
            held.append(handle)
        yield
    finally:
        for handle in held:
            os.close(handle)


def _names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(migrations.__path__))


def _end_sign_ins(database: Path) -> None:
    """Who was signed out since the backup stays signed out."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("DELETE FROM signins")
    with database.open("rb") as file:
        os.fsync(file.fileno())


def _into_postgres(settings: Settings, staging: Path, keys: Keys, dry_run: bool) -> str:
    """Let the database hold what the unpacked file holds, in the form of this version."""
    if settings.database is None:
        return ""
    schema.prepare(staging / DATABASE)
    _settle(staging / DATABASE)
    url, stamp = settings.database.get_secret_value(), time.strftime("%Y%m%d_%H%M%S")
    kept = postgres_copy.put_back(staging / DATABASE, url, keys, stamp=stamp, dry_run=dry_run)
    for path in staging.glob(f"{DATABASE}*"):
        path.unlink()
    return kept


def _erased_now(settings: Settings) -> list[str]:
    """Who was erased, as far as the present data still tell."""
    try:
        if settings.database is not None:
            return postgres_copy.erased(settings.database.get_secret_value())
        with closing(sqlite3.connect(f"file:{settings.database_file}?mode=ro", uri=True)) as db:
            return erased_people(db)
    except (sqlite3.Error, LogError):  # no data, or damaged ones
        return []


async def _erase_again(gone: list[str], database: Path, keys: Keys) -> None:
    """Who was erased since the backup stays erased."""
    if not gone:
        return
    log = SqliteLog(database, keys)
    await log.start(recover=False)
    try:
        for person in gone:
            if await log.person(person) is not None:
                await Erasing(log).person(person, by="restore", reason="erased before")
    finally:
        await log.close()


def _exchange(staging: Path, home: Path) -> Path | None:
    """Let ``staging`` be ``home`` from one moment to the next; where the old one is now."""
    sync_folder(staging)
    if not home.exists():
        staging.rename(home)
        sync_folder(home.parent)
        return None
    before = home.with_name(f"{home.name}.before-{time.strftime('%Y%m%d-%H%M%S')}")
    library = ctypes.CDLL(None, use_errno=True)
    done = library.renameat2(
        _AT_FDCWD, os.fsencode(staging), _AT_FDCWD, os.fsencode(home), _EXCHANGE
    )
    if done != 0:
        code = ctypes.get_errno()
        if code == errno.EBUSY:  # a mount point cannot be moved
            raise BadRequest("restore_mount", path=str(home))
        raise OSError(code, os.strerror(code), str(home))
    staging.rename(before)
    sync_folder(home.parent)
    return before


# --- bringing a database to the present form -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was done, or would be."""

    steps: tuple[str, ...]
    """Migrations, in order; empty where nothing was to be done."""
    before: Path | None
    """The database as it was, kept."""


async def upgrade(settings: Settings, keys: Keys, *, told: Told, dry_run: bool = False) -> Upgraded:
    """Bring the database to the present form on a copy, verify it, and put it in place.

    Raises:
        Conflict: a lab is serving these data.
        LogError: ``log_newer``, or the chain does not verify afterwards (``upgrade_log``).
        NotFound: there are no data yet.
    """
    require_data(settings)
    if settings.database is not None:
        url = settings.database.get_secret_value()
        told("migrate")
        bring = partial(postgres_copy.bring_up, url, keys, dry_run=dry_run)
        return Upgraded(await asyncio.to_thread(bring), None)
    database = settings.database_file
    with alone(settings):
        done = _applied(database)
        if set(done) - set(_names()):
            raise LogError("log_newer")
        steps = tuple(name for name in _names() if name not in done)
        if not steps:
            return Upgraded((), None)
        enough(settings.home, database.stat().st_size)
        staging = settings.home / f".upgrading-{os.getpid()}"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        try:
            told("copy")
            copy = staging / DATABASE
            copy_database(database, copy)
            before = await verified(copy, keys)
            told("migrate")
            schema.prepare(copy)
            told("verify")
            after = await verified(copy, keys)
            if len(after.problems) > len(before.problems) or after.events != before.events:
                raise LogError("upgrade_log")
            if dry_run:
                return Upgraded(steps, None)
            _settle(copy)
            told("place")
            return Upgraded(steps, _replace(copy, database, done))
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _applied(database: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return schema.applied(db)


def _settle(database: Path) -> None:
    """Everything in the one file, and that on disk."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        db.execute("PRAGMA journal_mode = DELETE").fetchall()
    with database.open("rb") as file:
        os.fsync(file.fileno())


def _replace(copy: Path, database: Path, done: list[str]) -> Path:
    """Put the copy in place; the file of before stays beside it under another name."""
    _settle(database)  # its own write-ahead log must not meet the new file
    for end in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            database.with_name(database.name + end).unlink()
    form = done[-1].split("_")[0] if done else "m0000"
    before = database.with_name(f"{DATABASE}.before-{form}-{time.strftime('%Y%m%d-%H%M%S')}")
    os.link(database, before)
    copy.replace(database)
    sync_folder(database.parent)
    return before
