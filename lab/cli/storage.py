"""Opening the log for a command, also beside a running lab."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from lab.keys import Keys
from lab.settings import Settings

if TYPE_CHECKING:
    from lab.log.base import Log


def operator() -> str:
    """Who gives a command, as the log tells of it."""
    return f"cli:{getpass.getuser()}"


@asynccontextmanager
async def opened(*, write: bool, settings: Settings | None = None) -> AsyncIterator[Log]:
    """The log of this installation. With ``write`` it is made where it is missing."""
    from lab.log import make

    settings = settings or Settings()
    log = make(settings, Keys.load(settings.keys_dir))
    try:
        if write:
            await log.start(recover=False)
        yield log
    finally:
        await log.close()
