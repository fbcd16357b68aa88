"""What left this machine, day by day, and the signed head of the chain of each day.

A head says for one day: how many rows the log had when it ended, what had left on it, and which
anchor covers all of that. It is signed like an anchor, and is checked without this lab.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lab.keys import Keys, Rotation, followed
from lab.log import chain
from lab.log.base import SYSTEM, Db
from lab.log.chain import MICRO, Anchor
from lab.log.sessions import ANCHOR_COLUMNS, anchor_of

FORMAT, SIGNED = "lab.head.1", "head.signed"
SENDINGS = ("turn.sent", "opinion.asked")
"""Kinds of events that tell of bytes that leave; each is on disk before they do."""
GONE = "?"


class NotAHeadError(ValueError):
    """A text is no valid head; the sentence is ``proof.bad.<code>``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Left:
    """What left on one day for one exercise to one address."""

    day: str
    host: str
    """Empty: this machine itself; ``GONE``: the content was erased by a recorded decision."""
    exercise: str
    sendings: int
    size: int
    """Bytes of text."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a day."""

    day: str
    until: int
    """Rows before this time count (microseconds)."""
    at: int
    events: int
    left: tuple[tuple[str, str, int, int], ...]
    """Address, exercise, sendings, bytes."""
    anchor: str
    """Digest of the anchor over all of it."""
    number: int
    """Of that anchor."""
    key: str
    signature: str

    @property
    def complete(self) -> bool:
        """Whether the day was over."""
        return self.until == day_end(self.day)

    def row(self) -> dict[str, Any]:
        """As its event has it."""
        return {
            "head": FORMAT,
            "day": self.day,
            "until": self.until,
            "at": self.at,
            "events": self.events,
            "left": [list(each) for each in self.left],
            "number": self.number,
            "anchor_digest": self.anchor,
            "key": self.key,
            "signature": self.signature,
        }

    @classmethod
    def read(cls, row: Any) -> Head:
        """From its JSON. Raises ``NotAHeadError``."""
        try:
            if row["head"] != FORMAT:
                raise NotAHeadError("no_head")
            left = tuple((str(h), str(e), int(n), int(size)) for h, e, n, size in row["left"])
            whole = [int(row[name]) for name in ("until", "at", "events", "number")]
            words = [str(row[name]) for name in ("day", "anchor_digest", "key", "signature")]
        except (KeyError, TypeError, ValueError) as error:
            raise error if isinstance(error, NotAHeadError) else NotAHeadError("no_head") from None
        (until, at, events, number), (day, anchor, key, signature) = whole, words
        return cls(day, until, at, events, left, anchor, number, key, signature)

    def digest(self) -> bytes:
        """What the signature covers."""
        left = [list(each) for each in self.left]
        body = [FORMAT, self.day, self.until, self.at, self.events, left, self.number, self.anchor]
        return hashlib.sha256(chain.canonical(body)).digest()


def day_begin(day: str) -> int:
    """Midnight of a day here, in microseconds. Raises ``ValueError``."""
    try:
        return round(dt.datetime.fromisoformat(day).astimezone().timestamp() * MICRO)
    except OverflowError as error:
        raise ValueError(day) from error


def day_end(day: str) -> int:
    """Midnight after a day. Raises ``ValueError``."""
    try:
        after = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    except OverflowError as error:
        raise ValueError(day) from error
    return day_begin(after.isoformat())


def day_of(at: float) -> str:
    """The day of a time (seconds), here."""
    return dt.datetime.fromtimestamp(at).astimezone().date().isoformat()


def left(db: Db, since: int, until: int, site: str = "") -> list[Left]:
    """What left within a time (microseconds), by day, address and exercise."""
    rows = db.execute(
        "SELECT e.at, e.payload, s.exercise FROM events e LEFT JOIN sessions s ON s.id = e.stream"
        " WHERE e.kind IN (?, ?) AND e.at >= ? AND e.at < ? AND (? = '' OR s.site = ?)",
        (*SENDINGS, since, until, site, site),
    )
    sums: dict[tuple[str, str, str], list[int]] = {}
    for at, payload, exercise in rows:
        row = json.loads(payload) if payload is not None else {"host": GONE}
        place = (day_of(at / MICRO), str(row.get("host") or ""), str(exercise or ""))
        counts = sums.setdefault(place, [0, 0])
        counts[0] += 1
        counts[1] += int(row.get("size") or 0)
    return [Left(*place, *counts) for place, counts in sorted(sums.items())]


def summed(found: Iterable[Left], *fields: str) -> list[tuple[tuple[str, ...], int, int]]:
    """Sendings and bytes, summed by these fields, in their order."""
    sums: dict[tuple[str, ...], tuple[int, int]] = {}
    for each in found:
        place = tuple(getattr(each, name) for name in fields)
        sendings, size = sums.get(place, (0, 0))
        sums[place] = sendings + each.sendings, size + each.size
    return [(place, *sums[place]) for place in sorted(sums)]


def first_day(db: Db) -> str | None:
    """The day of the log's first row."""
    row = db.execute("SELECT at FROM events ORDER BY id LIMIT 1").fetchone()
    return None if row is None else day_of(row[0] / MICRO)


def covering(db: Db, at: int) -> Anchor | None:
    """The first anchor that was made at a time or after it, else the last one."""
    later = f"SELECT {ANCHOR_COLUMNS} FROM anchors WHERE at >= ? ORDER BY number LIMIT 1"  # noqa: S608
    last = f"SELECT {ANCHOR_COLUMNS} FROM anchors ORDER BY number DESC LIMIT 1"  # noqa: S608 - constant
    row = db.execute(later, (at,)).fetchone() or db.execute(last).fetchone()
    return None if row is None else anchor_of(*row)


def anchor(db: Db, number: int) -> Anchor | None:
    """An anchor by its number."""
    query = f"SELECT {ANCHOR_COLUMNS} FROM anchors WHERE number = ?"  # noqa: S608 - constant
    row = db.execute(query, (number,)).fetchone()
    return None if row is None else anchor_of(*row)


def counted(db: Db, until: int) -> int:
    """How many rows the log had at a time."""
    return int(db.execute("SELECT count(*) FROM events WHERE at < ?", (until,)).fetchone()[0])


def made(db: Db, keys: Keys, day: str, until: int, at: int) -> Head | None:
    """The head of a day up to a time, after an anchor over all of it; None of an empty log."""
    anchor = covering(db, until)
    if anchor is None:
        return None
    sums = summed(left(db, day_begin(day), until), "host", "exercise")
    rows = tuple((*place, sendings, size) for place, sendings, size in sums)
    events = counted(db, until)
    key = chain.public_hex(keys.signing.public_key())
    head = Head(day, until, at, events, rows, anchor.digest, anchor.number, key, "")  # type: ignore[arg-type]
    signature = keys.signing.sign(head.digest()).hex()
    return Head.read(head.row() | {"signature": signature})


def signed(db: Db) -> list[tuple[Head, str, str]]:
    """All heads, the newest first: the head, who asked for it, the hash of its row."""
    rows = db.execute(
        "SELECT payload, hash FROM events WHERE stream = ? AND kind = ? AND payload IS NOT NULL"
        " ORDER BY seq DESC",
        (SYSTEM, SIGNED),
    )
    found = []
    for payload, hashed in rows:
        row = json.loads(payload)
        found.append((Head.read(row["head"]), str(row["by"]), str(hashed)))
    return found


def checked(
    row: Any, *, keys: Iterable[Ed25519PublicKey] = (), kept: Sequence[Anchor] = ()
) -> Head:
    """A head that somebody who trusts ``keys`` may believe, from the file that was taken away.

    Raises:
        NotAHeadError: it was changed, or is signed by nobody that is trusted.
    """
    head = Head.read(row)
    try:
        anchor = Anchor.read(json.dumps(row["anchor"]))
        rotations = [Rotation.read(each) for each in row["rotations"]]
    except (KeyError, TypeError, ValueError):
        raise NotAHeadError("broken") from None
    due = chain.anchor_digest(anchor.number, anchor.at, anchor.previous, anchor.marks)
    if (anchor.number, anchor.digest) != (head.number, head.anchor) or due != anchor.digest:
        raise NotAHeadError("anchor_changed")
    if any(each.number == anchor.number and each.digest != anchor.digest for each in kept):
        raise NotAHeadError("anchor_other")
    trusted = followed([chain.public_hex(key) for key in keys], rotations)
    if not {head.key, anchor.key} <= trusted:
        raise NotAHeadError("other_key")
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key))
        public.verify(bytes.fromhex(head.signature), head.digest())
    except (InvalidSignature, ValueError):
        raise NotAHeadError("signature") from None
    if not chain.signed_by(anchor, Ed25519PublicKey.from_public_bytes(bytes.fromhex(anchor.key))):
        raise NotAHeadError("signature")
    return head


def against(db: Db, head: Head) -> str | None:
    """What this log has otherwise than a head says; None where it has the same."""
    named = anchor(db, head.number)
    if named is None:
        return "head_anchor_gone"
    if named.digest != head.anchor:
        return "anchor_other"
    return None if counted(db, head.until) == head.events else "head_rows"
