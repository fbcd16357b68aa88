"""The runbook of each site: whom to call, and what not to do, when something real was pasted."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial

from lab.errors import BadRequest, Forbidden, NotFound
from lab.log import contacts, roster
from lab.log.base import Log
from lab.log.contacts import Contact
from lab.model import Role, Who

LONGEST = 120
_PHONE = re.compile(r"\+?[\d .()/-]{3,30}")
"""Short numbers within a unit count too."""


@dataclass(frozen=True, slots=True)
class Runbooks:
    """What the page of runbooks asks."""

    log: Log

    async def sites(self, who: Who) -> list[tuple[str, Contact | None]]:
        """Sites within one's reach, each with whom to call there; ``""`` is the whole course."""
        known = await self.log.read(contacts.contacts)
        return [(name, _of(known, name)) for name in await self._names(who)]

    async def _names(self, who: Who) -> list[str]:
        person = who.person
        if person.class_id is not None:
            scope = roster.Scope(person.id, person.class_id)
            rooms = await self.log.read(partial(roster.rooms, scope=scope))
            return [room.site or "" for room in rooms]
        if person.site is not None:
            return [person.site]
        return ["", *await self.log.read(roster.sites)]

    async def one(self, who: Who, site: str) -> Contact | None:
        """Whom to call at a site. Raises ``NotFound`` for one that is not theirs to see."""
        found = dict(await self.sites(who))
        if site not in found:
            raise NotFound("no_site")
        return found[site]

    async def put(self, who: Who, contact: Contact) -> None:
        """Set whom to call at a site.

        Raises:
            Forbidden: this is no administrator.
            NotFound: no such site.
            BadRequest: the name or a number is missing or none.
        """
        if who.person.role is not Role.ADMIN:
            raise Forbidden
        await self.one(who, contact.site)
        texts = ("name", "phone", "deputy", "deputy_phone", "place")
        clean = {name: " ".join(getattr(contact, name).split())[:LONGEST] for name in texts}
        phones = [clean["phone"], *filter(None, [clean["deputy_phone"]])]
        if not clean["name"] or not all(_PHONE.fullmatch(each) for each in phones):
            raise BadRequest("contact_incomplete")
        made = replace(contact, **clean)
        await self.log.write(partial(contacts.put, contact=made, by=who.person.id))


def _of(known: dict[str, Contact], site: str) -> Contact | None:
    return known.get(site) or known.get("")
