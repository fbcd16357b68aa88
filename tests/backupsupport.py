"""What the tests of backup, restore and upgrade share: a look at the data, and a kill at a step."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from lab.errors import LabError
from lab.keys import Keys
from lab.log.sqlite import SqliteLog
from lab.settings import Settings

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from lab.keys import Keys
from lab.session.backup import back_up
from lab.session.restore import restore, upgrade
from lab.settings import Settings
work, step, path = sys.argv[1:]
settings = Settings()
def told(name):
    if name == step:
        os.kill(os.getpid(), signal.SIGKILL)
if work == "restore":
    asyncio.run(restore(settings, Path(path), told=told))
elif work == "backup":
    asyncio.run(back_up(settings, Keys.load(settings.keys_dir), Path(path), told=told))
else:
    asyncio.run(upgrade(settings, Keys.load(settings.keys_dir), told=told))
"""


def quiet(_step: str) -> None:
    """Progress that nobody reads."""


def people(settings: Settings) -> list[str]:
    """Whose names stand in the data, once the whole chain was found to verify."""

    async def look() -> list[str]:
        log = SqliteLog(settings.database_file, Keys.load(settings.keys_dir))
        try:
            found = await log.verify()
            assert found.problems == ()
            assert found.events > 0
            return sorted(person.name for person in await log.people())
        finally:
            await log.close()

    return asyncio.run(look())


def code_of(error: pytest.ExceptionInfo[LabError]) -> str:
    """Which sentence an error says."""
    return error.value.code


def killed(settings: Settings, *words: str) -> None:
    """Run a command in a process that kills itself (SIGKILL) at a step."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("LAB_")}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *words],
        env=env | {"LAB_HOME": str(settings.home)},
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
