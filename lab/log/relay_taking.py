"""What a province's lab does with the log of a site's machine: check all of it, then keep it.

Rows of sessions stand among the events as they were made, so that boards, reviews and reports see
them; nobody can add to them here, since their home is the site. The site's own stream ``system``
and its anchors stand in tables of their own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lab.errors import BadRequest, Conflict, Forbidden, NotFound
from lab.keys import Rotation, followed
from lab.log import chain, incidents, sessions
from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import Anchor, Head, Row, canonical
from lab.log.people import name_key, note
from lab.log.relay import CLASSES, PEOPLE, SESSIONS, Batch, signed_content
from lab.log.writer import Transaction

_STORED = "site, seq, at, kind, payload, salt, digest, hash"


@dataclass(frozen=True, slots=True)
class Relay:
    """A site's machine that sends its log here."""

    site: str
    keys: tuple[str, ...]
    """Public keys (hex) that its signatures may have, the oldest first."""
    upto: int
    """Place in its log up to which everything is here."""
    anchor: int
    """Number of its last anchor that is here; 0 where none is."""
    added_at: float
    seen_at: float | None
    """When something came last."""


def relays(db: Db, only: str | None = None) -> list[Relay]:
    """All of them, or one, by name."""
    found = db.execute(
        "SELECT r.site, r.keys, r.upto, r.added_at, r.seen_at,"
        " (SELECT coalesce(max(number), 0) FROM relay_anchors a WHERE a.site = r.site)"
        " FROM relays r WHERE r.site = coalesce(?, r.site) ORDER BY r.site",
        (only,),
    )
    return [
        Relay(site, _registered(keys), upto, anchor, added, seen)
        for site, keys, upto, added, seen, anchor in found
    ]


def _registered(text: str) -> tuple[str, ...]:
    """Public keys of a site, oldest first; none where somebody spoiled them."""
    try:
        read = json.loads(text)
    except ValueError:
        return ()
    return tuple(map(str, read)) if isinstance(read, list) else ()


def rows_of(db: Db, site: str) -> int:
    """How many rows of a site are here."""
    query = (
        "SELECT (SELECT count(*) FROM relay_rows WHERE site = ?) + (SELECT count(*) FROM events e"
        " JOIN relay_streams s ON s.stream = e.stream WHERE s.site = ?)"
    )
    return int(db.execute(query, (site, site)).fetchone()[0])


def admit(transaction: Transaction, site: str, key: str, *, by: str) -> None:
    """Let the machine with this public key (hex) send the log of a site. Another key than before
    replaces none: it is one more that holds.
    """
    db, now = transaction.db, time.time()
    found = relays(db, site)
    keys = list(dict.fromkeys([*(found[0].keys if found else ()), key]))
    db.execute(
        "INSERT INTO relays (site, keys, upto, added_at) VALUES (?, ?, 0, ?)"
        " ON CONFLICT (site) DO UPDATE SET keys = excluded.keys",
        (site, json.dumps(keys), now),
    )
    db.execute(
        "INSERT INTO sites (name, added_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        (site, now),
    )
    note(transaction, "relay.admitted", site=site, key=key, by=by)


def signed(relay: Relay, rotations: Sequence[Rotation], data: bytes, signature: bytes) -> bool:
    """Whether the site's machine signed this, with a key that we know or that followed one."""
    for key in followed(relay.keys, rotations):
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
            public.verify(signature, signed_content(relay.site, data))
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def take(
    transaction: Transaction, site: str, batch: Batch, rotations: Sequence[Rotation] = ()
) -> Relay:
    """Keep a batch, whole or not at all; what is there since.

    Raises:
        NotFound: no such site sends its log here.
        Conflict: ``relay_place``: the batch does not go on where the last one ended.
        BadRequest: ``relay_broken``: a row does not fit the chain; its place is said.
        Forbidden: ``relay_not_yours``: it speaks of something of another site.
    """
    db = transaction.db
    found = relays(db, site)
    if not found:
        raise NotFound("no_relay")
    relay = found[0]
    if batch.after != relay.upto:
        raise Conflict("relay_place", upto=relay.upto)
    begun = _check_rows(db, site, batch)
    _check_owners(db, site, batch)
    keys = _keys(relay, rotations)
    _check_anchors(db, relay, batch, keys)
    done = db.execute(
        "UPDATE relays SET upto = ?, seen_at = ?, keys = ? WHERE site = ? AND upto = ?",
        (batch.upto, time.time(), json.dumps(keys), site, relay.upto),
    )
    if not done.rowcount:
        raise Conflict("relay_place", upto=relay.upto)
    _keep_rows(transaction, site, batch, begun)
    _keep_people(db, site, batch)
    for anchor in batch.anchors:
        heads = canonical([[mark.stream, mark.seq, mark.hash] for mark in anchor.marks]).decode()
        words = (anchor.digest, anchor.signature, anchor.key)
        db.execute(
            f"INSERT INTO relay_anchors (site, {sessions.ANCHOR_COLUMNS})"  # noqa: S608 - constants
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (site, anchor.number, anchor.at, anchor.previous, heads, *words),
        )
    return relays(db, site)[0]


def _keys(relay: Relay, rotations: Sequence[Rotation]) -> list[str]:
    """Keys that hold from now on, the oldest first."""
    known = followed(relay.keys, rotations)
    order = [*relay.keys, *(each.key for each in rotations)]
    return [key for key in dict.fromkeys(order) if key in known]


# --- checks: nothing is written yet --------------------------------------------------------------


def _check_rows(db: Db, site: str, batch: Batch) -> set[str]:
    """Every row follows the one before it; the streams that begin with this batch."""
    heads: dict[str, Head] = {}
    begun: set[str] = set()
    for row in batch.rows:
        head = heads.get(row.stream)
        if head is None:
            head = _head(db, site, row.stream)
            if head is None:
                begun.add(row.stream)
                head = chain.genesis(row.stream)
        due = chain.row_hash(head.hash, row.stream, row.seq, row.at, row.kind, row.digest)
        if row.seq != head.seq + 1 or row.hash != due or not _content_fits(row):
            raise BadRequest("relay_broken", stream=row.stream, row=row.seq)
        heads[row.stream] = Head(row.seq, row.hash)
    return begun - {SYSTEM}


def _content_fits(row: Row) -> bool:
    if row.payload is None or row.salt is None:
        return True
    try:
        told = json.loads(row.payload)
        return isinstance(told, dict) and chain.content_digest(row.salt, row.payload) == row.digest
    except ValueError:
        return False


def _head(db: Db, site: str, stream: str) -> Head | None:
    """The last row of a stream of this site; None where it has none here. Raises ``Forbidden``."""
    if stream == SYSTEM:
        query = "SELECT seq, hash FROM relay_rows WHERE site = ? ORDER BY seq DESC LIMIT 1"
        found = db.execute(query, (site,)).fetchone()
        return Head(*found) if found else None
    query = "SELECT seq, hash FROM events WHERE stream = ? ORDER BY seq DESC LIMIT 1"
    found = db.execute(query, (stream,)).fetchone()
    owner = home_of(db, stream)
    if owner != site and (owner is not None or found):
        raise Forbidden("relay_not_yours")
    return Head(*found) if found else None


def home_of(db: Db, stream: str) -> str | None:
    """The site on whose machine a stream is written; None for this lab's own."""
    found = db.execute("SELECT site FROM relay_streams WHERE stream = ?", (stream,)).fetchone()
    return str(found[0]) if found else None


def _check_owners(db: Db, site: str, batch: Batch) -> None:
    """People and classes that are here already came from this site; sessions have rows of it."""
    for table, rows, width in (
        ("people", batch.people, PEOPLE),
        ("classes", batch.classes, CLASSES),
        ("sessions", batch.sessions, SESSIONS),
    ):
        for row in rows:
            if len(row) != len(width.split(",")):
                raise BadRequest("relay_shape")
            query = f"SELECT site FROM {table} WHERE id = ?"  # noqa: S608 - names of ours
            found = db.execute(query, (row[0],)).fetchone()
            if found is not None and found[0] != site:
                raise Forbidden("relay_not_yours")
    streams = {row.stream for row in batch.rows}
    if not {row[0] for row in batch.sessions} <= streams:
        raise BadRequest("relay_shape")


def _check_anchors(db: Db, relay: Relay, batch: Batch, keys: Sequence[str]) -> None:
    """Anchors follow each other, are signed, and vouch for rows that are here or come now."""
    query = "SELECT digest FROM relay_anchors WHERE site = ? AND number = ?"
    last = db.execute(query, (relay.site, relay.anchor)).fetchone()
    number, previous = relay.anchor, last[0] if last else ""
    here = {(row.stream, row.seq): row.hash for row in batch.rows}
    for anchor in batch.anchors:
        due = chain.anchor_digest(anchor.number, anchor.at, anchor.previous, anchor.marks)
        follows = (anchor.number, anchor.previous) == (number + 1, previous)
        if not follows or due != anchor.digest or not _signed_by(anchor, keys):
            raise BadRequest("relay_anchor", number=anchor.number)
        for mark in anchor.marks:
            held = here.get((mark.stream, mark.seq)) or _hash(db, relay.site, mark)
            if held != mark.hash:
                raise BadRequest("relay_broken", stream=mark.stream, row=mark.seq)
        number, previous = anchor.number, anchor.digest


def _signed_by(anchor: Anchor, keys: Sequence[str]) -> bool:
    return anchor.key in keys and chain.signed_by(
        anchor, Ed25519PublicKey.from_public_bytes(bytes.fromhex(anchor.key))
    )


def _hash(db: Db, site: str, mark: chain.Mark) -> str | None:
    if mark.stream == SYSTEM:
        query, values = "SELECT hash FROM relay_rows WHERE site = ? AND seq = ?", (site, mark.seq)
    else:
        query = "SELECT hash FROM events WHERE stream = ? AND seq = ?"
        values = (mark.stream, mark.seq)
    found = db.execute(query, values).fetchone()
    return str(found[0]) if found else None


# --- what is kept --------------------------------------------------------------------------------


def _keep_rows(transaction: Transaction, site: str, batch: Batch, begun: Iterable[str]) -> None:
    db = transaction.db
    for stream in sorted(begun):
        db.execute("INSERT INTO relay_streams (stream, site) VALUES (?, ?)", (stream, site))
    gone: dict[str, list[int]] = {}
    erased = {stream for (stream,) in db.execute("SELECT stream FROM erased")}
    for row in batch.rows:
        if row.stream == SYSTEM:
            payload = None if row.payload is None else row.payload.decode()
            db.execute(
                f"INSERT INTO relay_rows ({_STORED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                (site, row.seq, row.at, row.kind, payload, row.salt, row.digest, row.hash),
            )
            continue
        if row.stream in erased:
            row = replace(row, payload=None, salt=None)  # noqa: PLW2901 - it stays erased here
        transaction.take(row)
        _note_stop(db, row)
        if row.payload is None:
            gone.setdefault(row.stream, []).append(row.seq)
    for stream, seqs in gone.items():
        note(transaction, "rows.erased", stream=stream, seqs=seqs, by=f"site:{site}", reason="")
    for row in batch.rows:
        if (row.stream, row.kind) == (SYSTEM, "rows.erased") and row.payload is not None:
            _erase(transaction, site, json.loads(row.payload))


def _note_stop(db: Db, row: Row) -> None:
    """A stop at a site is an incident here too."""
    if row.kind in incidents.STOPS and row.payload is not None:
        told = json.loads(row.payload)
        if told.get("action") == "block":
            incidents.note_stop(db, row.stream, row.seq, row.at / chain.MICRO, told)


def _erase(transaction: Transaction, site: str, told: dict[str, object]) -> None:
    """What the site erased is erased here too."""
    stream, seqs = str(told.get("stream")), told.get("seqs")
    wanted = [seq for seq in seqs if isinstance(seq, int)] if isinstance(seqs, list) else []
    db = transaction.db
    if stream == SYSTEM:
        _empty(db, site, wanted)
        return
    query = "SELECT seq FROM events WHERE stream = ? AND payload IS NOT NULL"
    here = {seq for (seq,) in db.execute(query, (stream,))}
    left = [seq for seq in wanted if seq in here]
    if left and home_of(db, stream) == site:
        reason = str(told.get("reason", ""))
        sessions.erase(transaction, stream, left, by=f"site:{site}", reason=reason)


def forget(write: Write, named: AbstractSet[str], *, by: str, reason: str) -> None:
    """Empty the rows of sites' own streams that name one of these people or sessions."""
    query = "SELECT site, seq, payload FROM relay_rows WHERE payload IS NOT NULL AND kind NOT IN "
    gone: dict[str, list[int]] = {}
    for site, seq, payload in write.db.execute(query + "('rows.erased', 'person.erased')"):
        if not named.isdisjoint(chain.words_of(json.loads(payload))):
            gone.setdefault(site, []).append(seq)
    for site, seqs in gone.items():
        _empty(write.db, site, seqs)
        told = {"stream": own_stream(site), "seqs": seqs, "by": by, "reason": reason}
        write.append(SYSTEM, "rows.erased", canonical(told))


def own_stream(site: str) -> str:
    """What this lab calls the stream ``system`` of a site."""
    return f"relay:{site}"


def _empty(db: Db, site: str, seqs: Iterable[int]) -> None:
    for seq in seqs:
        emptied = "UPDATE relay_rows SET payload = NULL, salt = NULL WHERE site = ? AND seq = ?"
        db.execute(emptied, (site, seq))


def erased_people(batch: Batch) -> list[str]:
    """Ids of people whom the site has erased."""
    told = (
        json.loads(row.payload)
        for row in batch.rows
        if (row.stream, row.kind) == (SYSTEM, "person.erased") and row.payload is not None
    )
    return [str(each["person"]) for each in told if "person" in each]


def _keep_people(db: Db, site: str, batch: Batch) -> None:
    """Names, classes and sums as the site has them; a name that was erased here stays erased."""
    for identity, name, code, _site, added, days, named in batch.classes:
        db.execute(
            "INSERT INTO classes (id, name, code, site, added_at, retention_days, named)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
            " retention_days = excluded.retention_days, named = excluded.named",
            (identity, name, f"{code}@{site}"[:200], site, added, days, named),
        )
    gone = set(sessions.erased_people(db))
    kept = [row for row in batch.people if row[0] not in gone]
    for identity, name, role, room, _site, pseudonym, added, unit, ref, listed in kept:
        key = name_key(name) if name else identity
        db.execute(
            "INSERT INTO people (id, name, name_key, role, class_id, site, pseudonym, added_at,"
            " unit, ref, rostered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key,"
            " class_id = excluded.class_id, unit = excluded.unit, ref = excluded.ref"
            " WHERE people.name <> ''",
            (identity, name, key, role, room, site, pseudonym, added, unit, ref, listed),
        )
    columns = SESSIONS.split(", ")
    sums = ", ".join(f"{name} = excluded.{name}" for name in columns[5:12])
    for row in (row for row in batch.sessions if row[1] not in gone):
        db.execute(
            f"INSERT INTO sessions ({SESSIONS}, site) VALUES (?{', ?' * 13})"  # noqa: S608
            f" ON CONFLICT (id) DO UPDATE SET {sums}",
            (*row, site),
        )
