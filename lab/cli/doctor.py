"""``lab doctor``: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from lab.cli.out import tell
from lab.errors import DataFileError, LabError
from lab.settings import Settings
from lab.words import explain, number, say

LEAST_DISK = 2_000_000_000
"""Bytes that the log of a course may need."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    ok: bool
    seen: str
    mend: str = ""


def doctor(
    offline: Annotated[bool, typer.Option(help=say("cli.doctor.offline"))] = False,
) -> None:
    """Look at everything; exit 1 where something must be mended."""
    settings = Settings()
    bad = 0
    looks = _home, _keys, _disk, _port, _log, _policy, _course, _weights, _ranks, _fonts, _files
    for look in looks:
        for finding in look(settings):
            bad += not finding.ok
            _print(finding)
    if settings.assistant == "openai" and not offline:
        for finding in _endpoint(settings):
            bad += not finding.ok
            _print(finding)
    tell(say("cli.doctor.bad", count=bad) if bad else say("cli.doctor.good"))
    raise typer.Exit(1 if bad else 0)


def _print(finding: Finding) -> None:
    mark = "✓" if finding.ok else "✗"
    tell(f"{mark} {finding.name}: {finding.seen}")
    if finding.mend and not finding.ok:
        tell(f"    -> {finding.mend}")


def _attempt(name: str, mend: str, work: Callable[[], str]) -> Finding:
    """A finding from something that may fail; only the kind of a failure is shown."""
    try:
        return Finding(name, ok=True, seen=work())
    except DataFileError as error:
        first = error.problems[0]
        return Finding(
            name, ok=False, seen=f"{first.file}:{first.line}: {first.message}", mend=mend
        )
    except LabError as error:
        return Finding(name, ok=False, seen=explain(error)["message"], mend=mend)
    except OSError as error:
        return Finding(name, ok=False, seen=str(error), mend=mend)


def _home(settings: Settings) -> Iterator[Finding]:
    name, home = say("cli.doctor.home"), settings.home
    if not home.exists():
        above = next(parent for parent in home.parents if parent.exists())
        yield Finding(
            name,
            ok=above.is_dir() and os.access(above, os.W_OK),
            seen=say("cli.doctor.home_new", path=home),
            mend=say("cli.doctor.home_above", path=above),
        )
        return
    loose = [
        path for path in (home, *filter(Path.is_file, home.iterdir())) if _open_to_others(path)
    ]
    writable = os.access(home, os.W_OK)
    seen = str(home)
    if loose:
        seen = say("backup.modes.loose", path=home, count=number(len(loose)), first=loose[0])
    yield Finding(
        name,
        ok=writable and not loose,
        seen=seen,
        mend=say("cli.doctor.home_mend", path=home),
    )


def _open_to_others(path: Path) -> bool:
    """Whether others than the owner may do anything with a file; a symbolic link says nothing."""
    found = path.lstat()
    return not stat.S_ISLNK(found.st_mode) and bool(stat.S_IMODE(found.st_mode) & 0o077)


def _keys(settings: Settings) -> Iterator[Finding]:
    name, folder = say("cli.doctor.keys"), settings.keys_dir
    if not folder.exists():
        yield Finding(name, ok=True, seen=say("cli.doctor.keys_new", path=folder))
        return
    apart = not folder.resolve().is_relative_to(settings.home.resolve())
    loose = [key.name for key in folder.iterdir() if stat.S_IMODE(key.stat().st_mode) & 0o077]
    yield Finding(
        name,
        ok=apart and not loose,
        seen=str(folder),
        mend=say("cli.doctor.keys_mend", path=folder),
    )


def _disk(settings: Settings) -> Iterator[Finding]:
    place = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = shutil.disk_usage(place).free
    yield Finding(
        say("cli.doctor.disk"),
        ok=free > LEAST_DISK,
        seen=say("cli.doctor.disk_seen", free=number(free / 1e9, digits=1)),
        mend=say("cli.doctor.disk_mend"),
    )


def _port(settings: Settings) -> Iterator[Finding]:
    try:
        socket.create_connection((settings.host, settings.port), 1).close()
        taken = True
    except OSError:
        taken = False
    seen = "cli.doctor.port_taken" if taken else "cli.doctor.port_free"
    yield Finding(say("cli.doctor.port"), ok=True, seen=say(seen, port=settings.port))


def _log(settings: Settings) -> Iterator[Finding]:
    from lab.keys import Keys
    from lab.log import make

    async def verified() -> str:
        log = make(settings, Keys.load(settings.keys_dir))
        await log.start(recover=False)
        try:
            result = await log.verify()
        finally:
            await log.close()
        if result.problems:
            raise LabError("log_broken", problem=result.problems[0].sentence())
        return say("cli.doctor.log_seen", events=number(result.events))

    if settings.database is None and not settings.database_file.exists():
        yield Finding(say("cli.doctor.log"), ok=True, seen=say("cli.doctor.log_new"))
        return
    yield _attempt(
        say("cli.doctor.log"), say("cli.doctor.log_mend"), lambda: asyncio.run(verified())
    )


def _policy(settings: Settings) -> Iterator[Finding]:
    def loaded() -> str:
        from lab.keys import Keys
        from lab.policy.clear import Policy
        from lab.policy.versions import load, published

        policy = Policy.load(settings.policies, workers=0)
        if numbers := published(settings):
            policy = load(settings, numbers[-1], keys=Keys.load(settings.keys_dir), workers=0)
        policy.self_test()
        return say("cli.doctor.policy_seen", rules=len(policy.rules))

    yield _attempt(say("cli.doctor.policy"), say("cli.doctor.policy_mend"), loaded)


def _course(settings: Settings) -> Iterator[Finding]:
    def loaded() -> str:
        from lab.course import Course

        return say("cli.doctor.course_seen", count=len(Course.load(settings.exercises).exercises))

    yield _attempt(say("cli.doctor.course"), say("cli.doctor.course_mend"), loaded)


def _weights(settings: Settings) -> Iterator[Finding]:
    from lab.assistant.weights import find

    path = find(settings)
    needed = settings.assistant == "embedded"
    seen = str(path) if path else say("cli.doctor.weights_none")
    mend = say("cli.doctor.weights_mend")
    yield Finding(say("cli.doctor.weights"), ok=bool(path) or not needed, seen=seen, mend=mend)


def _ranks(settings: Settings) -> Iterator[Finding]:
    from lab.assistant.tokens import Tokens

    there = Tokens(settings).count("một") is not None
    seen = say("cli.doctor.there" if there else "cli.doctor.missing")
    yield Finding(say("cli.doctor.ranks"), ok=there, seen=seen, mend="lab setup")


def _fonts(settings: Settings) -> Iterator[Finding]:
    there = any((settings.cache / "fonts").glob("*.woff2"))
    seen = say("cli.doctor.there" if there else "cli.doctor.missing")
    yield Finding(say("cli.doctor.fonts"), ok=there, seen=seen, mend="lab setup")


def _files(_settings: Settings) -> Iterator[Finding]:
    from lab.attach import Reader
    from lab.attach.reader import tesseract, with_vietnamese

    def read() -> str:
        document = Reader().read_now("lab.txt", b"lab")
        return say("cli.doctor.files_apart" if document.apart else "cli.doctor.files_joined")

    program = tesseract()
    seen = say("cli.doctor.letters_none")
    if program is not None:
        seen = say("cli.doctor.letters_no_vie")
        if with_vietnamese(program):
            seen = say("cli.doctor.letters_seen", path=program)
    yield _attempt(say("cli.doctor.files"), say("cli.doctor.files_mend"), read)
    yield Finding(say("cli.doctor.letters"), ok=True, seen=seen)


def _endpoint(settings: Settings) -> Iterator[Finding]:
    def reached() -> str:
        from lab.assistant import make, wait_ready

        async def probe() -> str:
            assistant = make(settings)
            await assistant.start()
            try:
                if not await wait_ready(assistant, settings.connect_seconds):
                    raise LabError("assistant_refused")
                return assistant.about.endpoint
            finally:
                await assistant.close()

        return asyncio.run(probe())

    yield _attempt(say("cli.doctor.endpoint"), say("cli.doctor.endpoint_mend"), reached)
