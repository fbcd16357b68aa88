"""A receipt: what became of one prompt, in a form that anybody can check without this lab.

It holds the rows of the log from the decision to the next head that an anchor signed. Rows that
say nothing of a text (``turn.sent``) are open, and so is the decision of a prompt that never left;
of all others only the digest is there, which is enough to derive every hash. ``docs/log.md`` says
how it is checked by hand.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lab.errors import NotFound
from lab.keys import Rotation, followed
from lab.log import chain
from lab.log.base import Db
from lab.log.chain import Anchor, Row
from lab.log.sessions import ANCHOR_COLUMNS, anchor_of

FORMAT = "lab.receipt.1"
DECIDED, SENT, ENDED = "turn.decided", "turn.sent", "turn.ended"
_ROW = "stream, seq, at, kind, CAST(payload AS BLOB), salt, digest, hash"


class NoReceipt(ValueError):
    """A text is no valid receipt; the sentence is ``proof.bad.<code>``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Sending:
    """One time that a payload left."""

    at: float
    digest: str
    """SHA-256 of the exact bytes of the request."""
    host: str
    size: int | None
    """Bytes of text in it; None in rows of older versions."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a receipt proves."""

    session: str
    turn: str
    at: float
    action: str
    policy: str
    reference: str
    sendings: tuple[Sending, ...]
    """Empty: nothing left for this prompt before the row ``last``."""
    first: int
    last: int
    """Rows of the session's chain that it covers."""
    head: str
    anchor: int
    anchored_at: float
    key: str
    """The public key that signed the anchor."""


# --- made from the log ------------------------------------------------------------------------


def made(db: Db, session: str, turn: str, rotations: Sequence[Rotation]) -> dict[str, Any] | None:
    """The receipt of a turn; None where no anchor covers it yet.

    Raises:
        NotFound: no such turn in this session.
    """
    query = f"SELECT {_ROW} FROM events WHERE stream = ? ORDER BY seq"  # noqa: S608 - constant
    rows = [Row(*row) for row in db.execute(query, (session,))]
    own = [row for row in rows if _turn_of(row) == turn]
    if not own or own[0].kind != DECIDED:
        raise NotFound("no_turn")
    anchor = _covering(db, own[-1])
    if anchor is None:
        return None
    last = next(mark.seq for mark in anchor.marks if mark.stream == session)
    first = own[0]
    told = any("action" in _payload(row) for row in own if row.kind == SENT)
    before = rows[first.seq - 2].hash if first.seq > 1 else chain.genesis(session).hash
    return {
        "receipt": FORMAT,
        "session": session,
        "turn": turn,
        "before": before,
        "rows": [
            _listed(row, open_=row.kind == SENT or (row.seq == first.seq and not told))
            for row in rows
            if first.seq <= row.seq <= last
        ],
        "anchor": json.loads(anchor.line()),
        "rotations": [
            {
                "version": each.version,
                "at": each.at,
                "previous": each.previous,
                "key": each.key,
                "signature": each.signature,
            }
            for each in rotations
        ],
    }


def _covering(db: Db, row: Row) -> Anchor | None:
    """The first anchor over a head of the row's stream at the row or after it."""
    query = f"SELECT {ANCHOR_COLUMNS} FROM anchors WHERE at >= ? ORDER BY number"  # noqa: S608
    for anchor in (anchor_of(*found) for found in db.execute(query, (row.at,))):
        if any(mark.stream == row.stream and mark.seq >= row.seq for mark in anchor.marks):
            return anchor
    return None


def _payload(row: Row) -> dict[str, Any]:
    held = None if row.payload is None else json.loads(row.payload)
    return held if isinstance(held, dict) else {}


def _turn_of(row: Row) -> str | None:
    if row.kind not in {DECIDED, SENT, ENDED}:
        return None
    turn = _payload(row).get("turn")
    return turn if isinstance(turn, str) else None


def _listed(row: Row, *, open_: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "seq": row.seq,
        "at": row.at,
        "kind": row.kind,
        "digest": row.digest,
    }
    if open_ and row.payload is not None:
        shown |= {"salt": row.salt, "payload": json.loads(row.payload)}
    return shown


# --- checked without a log ----------------------------------------------------------------------


def checked(
    receipt: Any, *, keys: Iterable[Ed25519PublicKey] = (), kept: Collection[Anchor] = ()
) -> Told:
    """What a receipt proves to somebody who trusts ``keys``, or anchors kept elsewhere.

    Raises:
        NoReceipt: it was changed, is incomplete, or is signed by nobody that is trusted.
    """
    try:
        session, turn, rows, anchor, rotations = _read(receipt)
        head = _derived(session, receipt["before"], rows)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise error if isinstance(error, NoReceipt) else NoReceipt("broken") from None
    _vouched(anchor, keys, kept, rotations)
    last = rows[-1]["seq"]
    if (session, last, head) not in {(m.stream, m.seq, m.hash) for m in anchor.marks}:
        raise NoReceipt("unanchored")
    try:
        return _told(session, turn, rows, head, anchor)
    except (KeyError, TypeError, ValueError) as error:
        raise error if isinstance(error, NoReceipt) else NoReceipt("broken") from None


def _read(receipt: Any) -> tuple[str, str, list[dict[str, Any]], Anchor, list[Rotation]]:
    if not isinstance(receipt, dict) or receipt.get("receipt") != FORMAT:
        raise NoReceipt("no_receipt")
    session, turn, rows = receipt["session"], receipt["turn"], receipt["rows"]
    if not (isinstance(session, str) and isinstance(turn, str) and isinstance(rows, list) and rows):
        raise NoReceipt("broken")
    anchor = Anchor.read(json.dumps(receipt["anchor"]))
    return session, turn, rows, anchor, [Rotation.read(row) for row in receipt["rotations"]]


def _derived(session: str, before: str, rows: Sequence[dict[str, Any]]) -> str:
    """The hash of the last row, derived from all rows; open rows must fit their digests."""
    head, seq = before, int(rows[0]["seq"]) - 1
    for row in rows:
        if row["seq"] != seq + 1:
            raise NoReceipt("gap")
        if row["kind"] == SENT and "payload" not in row:
            raise NoReceipt("closed")
        if "payload" in row:
            content = chain.canonical(row["payload"])
            if chain.content_digest(row["salt"], content) != row["digest"]:
                raise NoReceipt("content")
        seq = row["seq"]
        head = chain.row_hash(head, session, seq, row["at"], row["kind"], row["digest"])
    return head


def _vouched(
    anchor: Anchor,
    keys: Iterable[Ed25519PublicKey],
    kept: Collection[Anchor],
    rotations: Iterable[Rotation],
) -> None:
    """Raise where nobody that is trusted signed the anchor."""
    due = chain.anchor_digest(anchor.number, anchor.at, anchor.previous, anchor.marks)
    if due != anchor.digest:
        raise NoReceipt("anchor_changed")
    for mine in kept:
        if mine.number == anchor.number:
            if mine.digest != anchor.digest:
                raise NoReceipt("anchor_other")
            return
    trusted = followed([chain.public_hex(key) for key in keys], rotations)
    if anchor.key not in trusted:
        raise NoReceipt("other_key")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(anchor.key))
    if not chain.signed_by(anchor, key):
        raise NoReceipt("signature")


def _told(
    session: str, turn: str, rows: Sequence[dict[str, Any]], head: str, anchor: Anchor
) -> Told:
    mine = [row for row in rows if row.get("payload", {}).get("turn") == turn]
    first, last = rows[0], rows[-1]
    if first["kind"] != DECIDED or not mine:
        raise NoReceipt("other_turn")
    sent = [row for row in mine if row["kind"] == SENT]
    decision = next((row["payload"] for row in mine if "action" in row["payload"]), None)
    if decision is None:
        raise NoReceipt("other_turn")
    return Told(
        session=session,
        turn=turn,
        at=first["at"] / 1e6,
        action=decision["action"],
        policy=decision["policy"],
        reference=decision["reference"],
        sendings=tuple(
            Sending(
                row["at"] / 1e6,
                row["payload"]["digest"],
                row["payload"]["host"],
                row["payload"].get("size"),
            )
            for row in sent
        ),
        first=first["seq"],
        last=last["seq"],
        head=head,
        anchor=anchor.number,
        anchored_at=anchor.at / 1e6,
        key=anchor.key,
    )
