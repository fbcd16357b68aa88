"""The signed heads of days: made once a day by the running lab, and whenever somebody asks."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from lab.errors import BadRequest, LabError, NotFound, Unavailable
from lab.keys import Keys
from lab.log import heads
from lab.log.base import SYSTEM, Db, Log, Write
from lab.log.chain import MICRO, canonical
from lab.log.heads import Head, Left
from lab.model import Who

LOGGER = logging.getLogger("lab.heads")
LOOK_SECONDS = 300.0
"""Between two looks whether a day is over that has no head yet."""
GRACE_SECONDS = 60.0
"""After midnight: what was written before it is on disk by then."""
MOST_DAYS = 31
"""Days without a head that are made up for, where the lab did not run."""


@dataclass(frozen=True, slots=True)
class Heads:
    """Signs, lists and hands out heads of days; says what left."""

    log: Log
    keys: Keys

    async def sign(self, by: str, day: str = "") -> Head:
        """The head of a day: of one that is over the one that there is, else a new one up to now.

        Raises:
            BadRequest: it is no day, one to come, or one before the log began.
            Unavailable: no anchor could be made.
        """
        now = time.time()
        day = day or heads.day_of(now)
        try:
            begin, end = heads.day_begin(day), heads.day_end(day)
        except ValueError:
            raise BadRequest("head_day", day=day) from None
        first = await self.log.read(heads.first_day)
        if begin > now * MICRO or first is None or day < first:
            raise BadRequest("head_day", day=day)
        over = end + GRACE_SECONDS * MICRO <= now * MICRO
        if over:
            known = [each for each, _, _ in await self.signed() if each.day == day]
            if known and known[0].complete:
                return known[0]
        until = end if over else min(round(now * MICRO), end - 1)
        await self.log.anchor()
        at = round(now * MICRO)
        make = partial(heads.made, keys=self.keys, day=day, until=until, at=at)
        found = await self.log.read(make)
        if found is None:
            raise Unavailable("receipt_later")
        return await self.log.write(partial(_keep, head=found, by=by))

    async def signed(self) -> list[tuple[Head, str, str]]:
        """All heads, the newest first, with who asked for each and the hash of its row."""
        return await self.log.read(heads.signed)

    async def file(self, day: str) -> dict[str, Any]:
        """The newest head of a day as it is taken away. Raises ``NotFound``."""
        found = next((each for each, _, _ in await self.signed() if each.day == day), None)
        if found is None:
            raise NotFound("no_head")
        return await self.log.read(partial(self._whole, head=found))

    def _whole(self, db: Db, head: Head) -> dict[str, Any]:
        anchor = heads.anchor(db, head.number)
        if anchor is None:
            raise NotFound("no_head")
        rotations = [asdict(each) for each in self.keys.rotations]
        return head.row() | {"anchor": json.loads(anchor.line()), "rotations": rotations}

    def since(self, days: int) -> float:
        """When the first of the last ``days`` days began, today among them."""
        today = dt.date.fromisoformat(heads.day_of(time.time()))
        return heads.day_begin((today - dt.timedelta(days=days - 1)).isoformat()) / MICRO

    async def left(self, who: Who, days: int) -> list[Left]:
        """What left in the last days, for officers of a site what left from there."""
        since, until = round(self.since(days) * MICRO), round(time.time() * MICRO)
        site = who.person.site or ""
        return await self.log.read(partial(heads.left, since=since, until=until, site=site))

    async def run(self) -> None:
        """Sign the head of each day that is over, for ever."""
        while True:
            try:
                await self._catch_up()
            except LabError as error:
                LOGGER.error("no head was signed: %s", error.code)  # noqa: TRY400 - code is all
            await asyncio.sleep(LOOK_SECONDS)

    async def _catch_up(self) -> None:
        first = await self.log.read(heads.first_day)
        if first is None:
            return
        over = dt.date.fromisoformat(heads.day_of(time.time() - GRACE_SECONDS))
        done = {each.day for each, _, _ in await self.signed() if each.complete}
        for back in range(MOST_DAYS, 0, -1):
            day = (over - dt.timedelta(days=back)).isoformat()
            if day >= first and day not in done:
                await self.sign("", day)


def _keep(write: Write, *, head: Head, by: str) -> Head:
    """Write the head's event; of a day that is over there is one, whichever process made it."""
    if head.complete:
        for each, _, _ in heads.signed(write.db):
            if each.day == head.day and each.complete:
                return each
    payload = {"by": by, "day": head.day, "head": head.row()}
    write.append(SYSTEM, heads.SIGNED, canonical(payload))
    return head
