"""Whom to call at each site when something real was pasted: set by the administrator."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import canonical

SET = "contact.set"
_COLUMNS = "site, name, phone, deputy, deputy_phone, place"


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers for a site. An empty site is every one that has no contact of its own."""

    site: str
    name: str
    phone: str
    deputy: str = ""
    deputy_phone: str = ""
    place: str = ""
    """Where to come, or where the document goes back to."""


def contacts(db: Db) -> dict[str, Contact]:
    """All of them, by site."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM contacts ORDER BY site")  # noqa: S608 - constant
    return {row[0]: Contact(*row) for row in rows}


def put(write: Write, contact: Contact, by: str) -> None:
    """Set a site's contact; what stood there before is in the event."""
    before = contacts(write.db).get(contact.site)
    values = tuple(asdict(contact).values())
    write.db.execute(
        f"INSERT INTO contacts ({_COLUMNS}, set_at) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        " ON CONFLICT (site) DO UPDATE SET name = excluded.name, phone = excluded.phone,"
        " deputy = excluded.deputy, deputy_phone = excluded.deputy_phone, place = excluded.place,"
        " set_at = excluded.set_at",
        (*values, time.time()),
    )
    told = {"by": by, "site": contact.site, "before": before and asdict(before)}
    write.append(SYSTEM, SET, canonical({**told, "after": asdict(contact)}))
