"""Putting a published version in force wherever the lab runs, within two seconds."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.errors import LabError, PolicyError, Refused, where
from lab.log import officers as told
from lab.model import Event
from lab.session.officers import Officers
from lab.words import explain

if TYPE_CHECKING:
    from lab.policy.clear import Policy
    from lab.session.holder import PolicyHolder

LOGGER = logging.getLogger("lab.policy")
SECONDS = 0.5
"""Between two looks at the log; it also tells by itself."""
GRACE = 60.0
"""Seconds for which the version before goes on with the checks that it began."""
_VERSION = re.compile(r"v[1-9]\d*")
DISPUTED = "finding.disputed"


@dataclass(slots=True)
class Follower:
    """Keeps one process on the newest version."""

    officers: Officers
    holder: PolicyHolder
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _disputed: bool = True
    _refused: str = ""
    """The error that was told last."""

    async def run(self) -> None:
        """Follow, for ever."""
        end = self.officers.log.watch(self._told)
        try:
            while True:
                try:
                    async with asyncio.timeout(SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    pass
                self._wake.clear()
                await self.look()
        finally:
            end()

    def _told(self, events: Sequence[Event]) -> None:
        kinds = {event.kind for event in events}
        self._disputed |= DISPUTED in kinds
        if kinds & {told.PUBLISHED, DISPUTED}:
            self._wake.set()

    async def look(self) -> None:
        """One look: undo what too many hold to be mistaken, then take what the log says."""
        try:
            await self._heed()
            number = await self.officers.log.read(told.newest)
            if number and self._behind(number):
                await self._take(number)
        except Refused as error:  # another process was faster
            LOGGER.info("%s", error.code)
        except LabError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look may go well
            self._fail(PolicyError("policy_unreadable"))
            LOGGER.critical("%s", where(error))

    async def _heed(self) -> None:
        """Undo what too many hold to be mistaken. Where that fails, nothing changes."""
        if not self._disputed:
            return
        self._disputed = False
        try:
            await self.officers.heed_disputes()
        except LabError as error:
            LOGGER.error("no automatic roll-back: %s", error.code)  # noqa: TRY400 - code is all

    def _behind(self, number: int) -> bool:
        if not self.holder.loaded:  # it is still starting, or the newest could not be read
            return self.holder.error is not None
        version = self.holder.current.version
        return bool(_VERSION.fullmatch(version)) and version != f"v{number}"

    async def _take(self, number: int) -> None:
        """Put a version in force. One that cannot be read withdraws the one before: it was too
        mild, or too many found it mistaken, and nobody knows which.
        """
        version = (await self.officers.editions.versions())[-1]
        await asyncio.to_thread(self.officers.editions.files, version)
        fresh = await asyncio.to_thread(_load, self.officers, number)
        before = self.holder.current if self.holder.loaded else None
        self.holder.replace(fresh)
        self._refused = ""
        if before is not None:
            asyncio.get_running_loop().call_later(GRACE, before.close)
        LOGGER.info("version v%s of the policy is in force", number)

    def _fail(self, error: LabError) -> None:
        if isinstance(error, PolicyError):
            before = self.holder.current if self.holder.loaded else None
            self.holder.withdraw(error)
            if before is not None:
                asyncio.get_running_loop().call_later(GRACE, before.close)
        if error.code != self._refused:
            self._refused = error.code
            words = explain(error, self.officers.settings.language)
            LOGGER.critical("%s\n  -> %s", words["message"], words["help"])


def _load(officers: Officers, number: int) -> Policy:
    from lab.policy.versions import load  # noqa: PLC0415 - the policy is imported late

    policy = load(officers.settings, number, keys=officers.editions.keys)
    policy.self_test()
    return policy
