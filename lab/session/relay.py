"""The province's side of ``lab log push``: which sites may send their log, and what comes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from lab.errors import BadRequest, Forbidden, NotFound
from lab.log import relay_taking
from lab.log.base import Log
from lab.log.relay import Batch, read_rotations
from lab.log.relay_taking import Relay
from lab.session.erasing import Erasing
from lab.words import say

KEY_HEX = 64
"""Hex digits of a public Ed25519 key."""
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Listed:
    """A site's machine as lists show it."""

    relay: Relay
    rows: int
    """Rows that came."""


@dataclass(frozen=True, slots=True)
class Relays:
    """Machines of sites, and what came from them."""

    log: Log
    erasing: Erasing

    async def admit(self, site: str, key: str, *, by: str) -> None:
        """Let the machine with this public key (64 hex digits) send the log of a site.

        Raises:
            BadRequest: ``relay_key`` or ``relay_name``: no such key, or no name.
        """
        site, key = " ".join(site.split()), key.strip().lower()
        if len(key) != KEY_HEX or set(key) - set("0123456789abcdef"):
            raise BadRequest("relay_key")
        if not 0 < len(site) <= LONGEST_NAME:
            raise BadRequest("relay_name", most=LONGEST_NAME)
        await self.log.write(partial(relay_taking.admit, site=site, key=key, by=by))

    async def listed(self) -> list[Listed]:
        """All of them, by name."""
        return await self.log.read(
            lambda db: [
                Listed(each, relay_taking.rows_of(db, each.site))
                for each in relay_taking.relays(db)
            ]
        )

    async def take(self, site: str, data: bytes, signature: str, rotations: str = "") -> Relay:
        """Check and keep what came; what is there since. An empty batch asks only. ``rotations``
        are the statements by which newer keys of the site follow older ones.

        Raises:
            NotFound: no such site sends its log here.
            Forbidden: ``relay_signature``: its machine did not sign this.
            BadRequest: ``relay_shape`` or ``relay_broken``.
            Conflict: ``relay_place``: it does not go on where the last one ended.
        """
        found = await self.log.read(lambda db: relay_taking.relays(db, site))
        if not found:
            raise NotFound("no_relay")
        try:
            told = read_rotations(rotations)
            if not relay_taking.signed(found[0], told, data, bytes.fromhex(signature)):
                raise Forbidden("relay_signature")
            batch = await asyncio.to_thread(Batch.unpacked, data)
        except (ValueError, RecursionError):
            raise BadRequest("relay_shape") from None
        if batch.upto == batch.after and not (batch.rows or batch.anchors):
            return found[0]
        held = await self.log.write(
            partial(relay_taking.take, site=site, batch=batch, rotations=told)
        )
        for person in relay_taking.erased_people(batch):
            await self._erase(site, person)
        return held

    async def _erase(self, site: str, person: str) -> None:
        """Whom the site has erased is erased here too."""
        found = await self.log.person(person)
        if found is not None and found.site == site:
            await self.erasing.person(person, by=f"site:{site}", reason=say("push.erased"))
