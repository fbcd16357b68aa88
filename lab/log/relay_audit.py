"""What came from the machines of sites, proved by their own anchors and keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lab.log import sessions
from lab.log.audit import Audit, Place
from lab.log.base import SYSTEM, Db, Fault, Verification
from lab.log.chain import Row
from lab.log.relay_taking import own_stream, relays


def joined(own: Verification, of_sites: Iterable[Verification]) -> Verification:
    """One verdict on the log of this lab and those of sites; each row counts once."""
    for each in of_sites:
        own = replace(
            own,
            anchors=own.anchors + each.anchors,
            problems=(*own.problems, *each.problems),
        )
    return own


def audit(db: Db) -> Iterator[Verification]:
    """The log of each site, by its own anchors and keys; faults name the site."""
    if "relays" not in sessions.tables(db):
        return
    elsewhere = sessions.erasures(db)
    for relay in relays(db):
        try:
            *older, key = [Ed25519PublicKey.from_public_bytes(bytes.fromhex(k)) for k in relay.keys]
        except ValueError:  # no key, or none that can be read
            yield Verification(0, 0, 0, (Fault("site_keys", relay.site),))
            continue
        query = (
            f"SELECT {sessions.ANCHOR_COLUMNS} FROM relay_anchors WHERE site = ? ORDER BY number"  # noqa: S608
        )
        anchors = [sessions.anchor_of(*row) for row in db.execute(query, (relay.site,))]
        here = own_stream(relay.site)
        emptied = {(SYSTEM, seq) for stream, seq in elsewhere if stream == here}
        erased = elsewhere | emptied | _own_erasures(db, relay.site)
        found = Audit(key, erased, older[::-1]).run(_rows(db, relay.site), anchors)
        faults = tuple(
            Fault(each.code, f"{relay.site}: {each.stream}", each.seq, each.last)
            for each in found.problems
        )
        yield Verification(found.streams, found.events, found.anchors, faults, found.erased)


def _rows(db: Db, site: str) -> Iterator[Row]:
    query = "SELECT stream FROM relay_streams WHERE site = ? ORDER BY stream"
    streams = [stream for (stream,) in db.execute(query, (site,))]
    own = (
        "SELECT seq, at, kind, CAST(payload AS BLOB), salt, digest, hash FROM relay_rows"
        " WHERE site = ? ORDER BY seq"
    )
    for stream in sorted([*streams, SYSTEM]):
        if stream == SYSTEM:
            yield from (Row(SYSTEM, *row) for row in db.execute(own, (site,)).fetchall())
        else:
            yield from (row for _, row in sessions.rows(db, 0, stream, 1_000_000))


def _own_erasures(db: Db, site: str) -> set[Place]:
    """Rows of the site's own stream that the site says were erased."""
    query = "SELECT payload FROM relay_rows WHERE site = ? AND kind = 'rows.erased'"
    told = [json.loads(text) for (text,) in db.execute(query, (site,)) if text]
    return {(SYSTEM, seq) for each in told if each["stream"] == SYSTEM for seq in each["seqs"]}
