"""Receipts of prompts: for the trainee who wrote one, and for officers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.errors import NotFound, Unavailable
from lab.keys import Keys
from lab.log import receipts
from lab.log.base import Log
from lab.model import Role, Who

OFFICERS = frozenset({Role.OFFICER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Receipts:
    """Hands out receipts; none holds a text that left."""

    log: Log
    keys: Keys

    async def of(self, who: Who, session: str, turn: str) -> dict[str, Any]:
        """The receipt of a turn. Where no anchor covers it yet, one is made.

        Raises:
            NotFound: no such turn, or it is another's and this person is no officer.
            Unavailable: no anchor could be made.
        """
        row = await self.log.session(session)
        own = row is not None and row.person_id == who.person.id
        if row is None or not (own or who.person.role in OFFICERS):
            raise NotFound("no_session")
        if who.person.site and not own:
            owner = await self.log.person(row.person_id)
            if owner is None or owner.site != who.person.site:
                raise NotFound("no_session")
        found = await self._made(row.id, turn)
        if found is None:
            await self.log.anchor()
            found = await self._made(row.id, turn)
        if found is None:
            raise Unavailable("receipt_later")
        return found

    async def _made(self, session: str, turn: str) -> dict[str, Any] | None:
        rotations = self.keys.rotations
        return await self.log.read(lambda db: receipts.made(db, session, turn, rotations))
