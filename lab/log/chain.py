"""The chain that lets the log prove itself: digests of content, hashes of rows, signed anchors.

Nothing here knows a database. Every hash is SHA-256 in lower-case hex over *canonical JSON*: UTF-8,
no spaces, object keys sorted, no escapes but those that JSON asks for. ``docs/log.md`` says the
same for somebody who wants to check a log by hand.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

STREAM, ROW, ANCHOR = "lab.stream.1", "lab.row.1", "lab.anchor.1"
"""First element of what is hashed: keeps the three uses, and later formats, apart."""

SALT_BYTES = 16
MICRO = 1_000_000
"""Microseconds of a second: rows tell their time in whole ones."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a stream: what the next one links to."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the log as the database holds it."""

    stream: str
    seq: int
    at: int
    """Unix time in microseconds: a whole number, so that it hashes the same everywhere."""
    kind: str
    payload: bytes | None
    """Canonical JSON; None where it was erased."""
    salt: str | None
    """Hex; erased with the payload, so that nobody can guess what stood there."""
    digest: str
    hash: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One row that an anchor vouches for."""

    stream: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A signature over the heads of all streams.

    ``marks`` are the heads that changed since the anchor before; the digest of that one
    (``previous``) vouches for all others.
    """

    number: int
    at: int
    previous: str
    marks: tuple[Mark, ...]
    digest: str
    signature: str
    key: str
    """The public key (hex) that verifies the signature."""

    def line(self) -> str:
        """One line of JSON: what is kept elsewhere."""
        return canonical(
            {
                "number": self.number,
                "at": self.at,
                "previous": self.previous,
                "heads": _listed(self.marks),
                "digest": self.digest,
                "signature": self.signature,
                "key": self.key,
            }
        ).decode()

    @classmethod
    def read(cls, line: str) -> Anchor:
        """An anchor from its line. Raises ``ValueError`` for anything else."""
        try:
            held = json.loads(line)
            marks = marks_of(held["heads"])
            words = [held[name] for name in ("previous", "digest", "signature", "key")]
            number, at = held["number"], held["at"]
        except (KeyError, TypeError, ValueError):
            raise ValueError("not an anchor") from None
        if not all(isinstance(word, str) for word in words) or not _whole(number, at):
            raise ValueError("not an anchor")
        previous, digest, signature, key = words
        return cls(number, at, previous, marks, digest, signature, key)


def canonical(value: Any) -> bytes:
    """Canonical JSON. A lone surrogate, which UTF-8 cannot hold, stays as its JSON escape.

    Raises:
        TypeError, ValueError: ``value`` is no JSON.
    """
    text = json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
    )
    return text.encode("utf-8", "backslashreplace")


def words_of(value: object) -> Iterator[str]:
    """Every string of a payload."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from words_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from words_of(each)


def genesis(stream: str) -> Head:
    """What the first row of a stream links to."""
    return Head(0, hashlib.sha256(canonical([STREAM, stream])).hexdigest())


def content_digest(salt: str, payload: bytes) -> str:
    """SHA-256 over the salt's bytes followed by the payload's bytes."""
    return hashlib.sha256(bytes.fromhex(salt) + payload).hexdigest()


def row_hash(previous: str, stream: str, seq: int, at: int, kind: str, digest: str) -> str:
    """Hash of a row: covers the row before, the row's place and the digest of its content."""
    return hashlib.sha256(canonical([ROW, previous, stream, seq, at, kind, digest])).hexdigest()


def link(head: Head, stream: str, at: int, kind: str, payload: bytes) -> Row:
    """The row that follows ``head``."""
    salt = secrets.token_hex(SALT_BYTES)
    digest = content_digest(salt, payload)
    seq = head.seq + 1
    hashed = row_hash(head.hash, stream, seq, at, kind, digest)
    return Row(stream, seq, at, kind, payload, salt, digest, hashed)


def marks_of(listed: Any) -> tuple[Mark, ...]:
    """Marks from ``[[stream, seq, hash], …]``. Raises ``ValueError`` for another shape."""
    marks = tuple(Mark(*entry) for entry in listed)
    for mark in marks:
        if not isinstance(mark.stream, str) or not isinstance(mark.hash, str):
            raise ValueError("not a head")  # noqa: TRY004 - one error for every bad shape
        if not _whole(mark.seq):
            raise ValueError("not a head")
    return marks


def sign(key: Ed25519PrivateKey, before: Anchor | None, at: int, marks: Sequence[Mark]) -> Anchor:
    """The anchor after ``before`` over the heads that changed since then."""
    number = before.number + 1 if before else 1
    previous = before.digest if before else ""
    ordered = tuple(sorted(marks, key=lambda mark: mark.stream))
    digest = anchor_digest(number, at, previous, ordered)
    signature = key.sign(bytes.fromhex(digest)).hex()
    return Anchor(number, at, previous, ordered, digest, signature, public_hex(key.public_key()))


def anchor_digest(number: int, at: int, previous: str, marks: Sequence[Mark]) -> str:
    """What an anchor's signature covers."""
    body = [ANCHOR, number, at, previous, _listed(marks)]
    return hashlib.sha256(canonical(body)).hexdigest()


def signed_by(anchor: Anchor, key: Ed25519PublicKey) -> bool:
    """Whether ``key`` made the signature over the anchor's digest."""
    try:
        key.verify(bytes.fromhex(anchor.signature), bytes.fromhex(anchor.digest))
    except (InvalidSignature, ValueError):
        return False
    return anchor.key == public_hex(key)


def public_hex(key: Ed25519PublicKey) -> str:
    """A public key's 32 bytes in hex."""
    return key.public_bytes_raw().hex()


def _listed(marks: Sequence[Mark]) -> list[list[str | int]]:
    return [[mark.stream, mark.seq, mark.hash] for mark in marks]


def _whole(*values: object) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) for value in values)
