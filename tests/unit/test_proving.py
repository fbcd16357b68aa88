"""An officer's password before an act that takes two."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from lab.auth import hash_password
from lab.errors import NotSignedIn, TooMany
from lab.keys import Keys
from lab.log.sqlite import SqliteLog
from lab.model import Role
from lab.session.proving import SECONDS, TRIES, Prover

RIGHT = "mat-khau-cua-toi"


async def test_guesses_are_few_whoever_makes_them_and_others_are_not_kept_waiting(
    tmp_path: Path,
) -> None:
    """After five failures, many at once and by two processes, even the right password waits;
    another officer does not; a quarter of an hour later it is asked again.
    """
    log = SqliteLog(tmp_path / "lab.sqlite", Keys.load(tmp_path / "keys"), commit_ms=0.2)
    await log.start()
    hashed = await hash_password(RIGHT)
    for name in ("Cán bộ một", "Cán bộ hai"):
        await log.add_person(name, Role.OFFICER, password=hashed)
    now = time.time()
    assert (await Prover(log).officer("Cán bộ hai", RIGHT, now)).name == "Cán bộ hai"
    page, command = Prover(log), Prover(log)
    guesses = [page.officer("Cán bộ hai", f"doan-{n}", now) for n in range(TRIES + 4)]
    told = await asyncio.gather(*guesses, return_exceptions=True)
    assert [type(each) for each in told] == [NotSignedIn] * TRIES + [TooMany] * 4
    with pytest.raises(TooMany, match="too_many_tries"):
        await command.officer("Cán bộ hai", RIGHT, time.time())
    assert (await page.officer("Cán bộ một", RIGHT, time.time())).name == "Cán bộ một"
    later = time.time() + SECONDS + 1
    assert (await command.officer("Cán bộ hai", RIGHT, later)).name == "Cán bộ hai"
    await log.close()
