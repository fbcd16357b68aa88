"""What a site's machine sends of its log: rows in the order of its places, and what they speak of.

A batch says from which place it goes on and up to which it goes. It is signed by the site's own
key, compressed, and may come twice: what is there already stays as it is.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lab.keys import Keys, Rotation
from lab.log import sessions
from lab.log.base import SYSTEM, Db
from lab.log.chain import Anchor, Row, canonical

PUSH = "lab.push.1"
"""First line of what is signed: keeps it apart from rows, anchors and certificates."""
PUSHED = "log.pushed"
"""Kind of the event by which a site's log says what it sent."""
MOST_BYTES = 400_000
"""Of the contents of one batch, before it is compressed; one row is sent however long it is."""
MOST_ROWS = 2_000
MOST_UNPACKED = 40_000_000
"""Bytes that a batch may unpack to."""
PEOPLE = "id, name, role, class_id, site, pseudonym, added_at, unit, ref, rostered_at"
CLASSES = "id, name, code, site, added_at, retention_days, named"
SESSIONS = (
    "id, person_id, class_id, exercise, opened_at, last_at, turns, blocked, masked, failed,"
    " score, passed, pseudonym"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that follow each other in a site's log."""

    after: int
    """Place in the site's log after which it begins."""
    upto: int
    """Place of its last row; ``after`` where it has none."""
    rows: tuple[Row, ...]
    people: tuple[tuple[Any, ...], ...] = ()
    """Columns ``PEOPLE`` of those whom the rows speak of. No password and no code is among them."""
    classes: tuple[tuple[Any, ...], ...] = ()
    sessions: tuple[tuple[Any, ...], ...] = ()
    anchors: tuple[Anchor, ...] = ()
    """Those that cover no row after ``upto``, and that the receiver does not have."""

    def packed(self) -> bytes:
        """As it travels."""
        rows = [[*_texts(row)] for row in self.rows]
        content = {
            "after": self.after,
            "upto": self.upto,
            "rows": rows,
            "people": self.people,
            "classes": self.classes,
            "sessions": self.sessions,
            "anchors": [anchor.line() for anchor in self.anchors],
        }
        return zlib.compress(canonical(content))

    @classmethod
    def unpacked(cls, data: bytes) -> Batch:
        """A batch from what travelled. Raises ``ValueError`` for anything else."""
        try:
            engine = zlib.decompressobj()
            text = engine.decompress(data, MOST_UNPACKED)
            if not engine.eof:
                raise ValueError("too large or cut")
            held = json.loads(text)
            return cls(
                after=_whole(held["after"]),
                upto=_whole(held["upto"]),
                rows=tuple(_row(*each) for each in held["rows"]),
                people=tuple(map(tuple, held["people"])),
                classes=tuple(map(tuple, held["classes"])),
                sessions=tuple(map(tuple, held["sessions"])),
                anchors=tuple(Anchor.read(line) for line in held["anchors"]),
            )
        except (zlib.error, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError("not a batch") from error


def signature(keys: Keys, site: str, data: bytes) -> str:
    """The site's signature (hex) over a batch as it travels."""
    return keys.signing.sign(signed_content(site, data)).hex()


def signed_content(site: str, data: bytes) -> bytes:
    """What the signature of a batch covers."""
    return b"\n".join((PUSH.encode(), site.encode(), data))


def rotations_text(rotations: Sequence[Rotation]) -> str:
    """The statements by which a site's newer keys follow its first, as they go with a batch: apart
    from it, so that nothing is unpacked before its signature was found to hold.
    """
    return json.dumps([asdict(each) for each in rotations])


def read_rotations(text: str) -> tuple[Rotation, ...]:
    """The statements of a text; none where it is empty. Raises ``ValueError`` for anything else."""
    held = json.loads(text or "[]")
    if not isinstance(held, list):
        raise ValueError("not rotations")  # noqa: TRY004 - one error for every bad shape
    return tuple(map(Rotation.read, held))


def read_batch(db: Db, after: int, anchor: int) -> Batch:
    """The rows after a place, as many as one batch takes. ``anchor``: number of the last one that
    the receiver has. ``db`` shows one moment of the log.
    """
    rows: list[Row] = []
    upto, size = after, 0
    for place, row in sessions.rows(db, after, None, MOST_ROWS):
        size += len(row.payload or b"") + 400
        if rows and size > MOST_BYTES:
            break
        rows.append(row)
        upto = place
    streams = sorted({row.stream for row in rows} - {SYSTEM})
    worked = _fetch(db, SESSIONS, "sessions", "id", streams)
    told = [json.loads(row.payload) for row in rows if row.stream == SYSTEM and row.payload]
    named = {str(each["person"]) for each in told if each.get("person")}
    people = _fetch(db, PEOPLE, "people", "id", sorted(named | {row[1] for row in worked}))
    rooms = {each.get("class_id") for each in told} | {row[2] for row in worked}
    rooms |= {row[3] for row in people}
    classes = _fetch(db, CLASSES, "classes", "id", sorted(room for room in rooms if room))
    return Batch(
        after=after,
        upto=upto,
        rows=tuple(rows),
        people=people,
        classes=classes,
        sessions=worked,
        anchors=tuple(_anchors(db, anchor, upto)),
    )


def news(db: Db, after: int) -> bool:
    """Whether the log holds more after a place than word of what was sent."""
    query = "SELECT 1 FROM events WHERE id > ? AND NOT (stream = ? AND kind = ?) LIMIT 1"
    return db.execute(query, (after, SYSTEM, PUSHED)).fetchone() is not None


def _fetch(
    db: Db, columns: str, table: str, key: str, wanted: Sequence[str]
) -> tuple[tuple[Any, ...], ...]:
    query = f"SELECT {columns} FROM {table} WHERE {key} = ?"  # noqa: S608 - names of ours
    found = (db.execute(query, (each,)).fetchone() for each in wanted)
    return tuple(tuple(row) for row in found if row is not None)


def _anchors(db: Db, after: int, upto: int) -> Iterable[Anchor]:
    query = (
        f"SELECT {sessions.ANCHOR_COLUMNS} FROM anchors"  # noqa: S608 - constants
        " WHERE number > ? AND upto <= ? ORDER BY number LIMIT 500"
    )
    return (sessions.anchor_of(*row) for row in db.execute(query, (after, upto)))


def _texts(row: Row) -> Iterable[Any]:
    payload = None if row.payload is None else row.payload.decode()
    return (row.stream, row.seq, row.at, row.kind, payload, row.salt, row.digest, row.hash)


def _row(stream: str, seq: int, at: int, kind: str, payload: str | None, *rest: str | None) -> Row:
    salt, digest, hashed = rest
    words = (stream, kind, digest, hashed)
    if not all(isinstance(word, str) for word in words) or (salt is None) != (payload is None):
        raise ValueError("not a row")
    content = None if payload is None else payload.encode()
    return Row(stream, _whole(seq), _whole(at), kind, content, salt, str(digest), str(hashed))


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("not a whole number")
    return value
