"""Derive a log again from its rows and anchors, and name every row that does not fit.

It reads plain sequences, so it serves every database. A row that was changed is named itself; the
rows after it are checked against what is stored before them, so one change is one or two faults,
not a thousand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lab.log import chain
from lab.log.base import Fault, Verification
from lab.log.chain import Anchor, Mark, Row

Place = tuple[str, int]
"""Stream and seq."""


@dataclass(slots=True)
class Audit:
    """One run over a whole log."""

    key: Ed25519PublicKey
    erasures: Collection[Place] = ()
    """Rows that the log itself says were erased."""
    older: Sequence[Ed25519PublicKey] = ()
    """Keys that ``key`` followed, the newest first: anchors of their time hold."""
    faults: list[Fault] = field(default_factory=list)
    _vouched: dict[str, dict[int, str]] = field(default_factory=dict)
    _anchors: dict[int, Anchor] = field(default_factory=dict)

    def run(
        self,
        rows: Iterable[Row],
        anchors: Sequence[Anchor],
        kept: Sequence[Anchor] = (),
        sessions: Iterable[str] = (),
    ) -> Verification:
        """Check everything. ``rows`` come by stream, then seq; ``anchors`` and ``kept`` by number.

        ``kept`` are anchors from elsewhere, which nobody who can write the database could change.
        ``sessions`` are streams that must not be empty.
        """
        self._read_anchors(anchors)
        self._compare(kept)
        events = erased = 0
        seen: set[str] = set()
        for stream, group in groupby(rows, key=lambda row: row.stream):
            seen.add(stream)
            found = Stream(stream, self._vouched.pop(stream, {}), self.erasures)
            self.faults.extend(found.check(group))
            events += found.rows
            erased += found.erased
        for stream, marks in sorted(self._vouched.items()):
            self.faults.append(Fault("cut", stream, 1, max(marks)))
            seen.add(stream)
        self.faults.extend(
            Fault("empty", session, 1) for session in sessions if session not in seen
        )
        return Verification(len(seen), events, len(anchors), tuple(self.faults), erased)

    def _read_anchors(self, anchors: Iterable[Anchor]) -> None:
        previous, number = "", 0
        signers = self._signers()
        for anchor in anchors:
            self.faults.extend(_anchor_faults(anchor, number, previous, signers))
            previous, number = anchor.digest, anchor.number
            self._anchors[anchor.number] = anchor
            self._vouch(anchor.marks)

    def _compare(self, kept: Iterable[Anchor]) -> None:
        """Hold the database's anchors against those kept elsewhere."""
        previous, number = "", 0
        signers = self._signers()
        for anchor in kept:
            self.faults.extend(
                Fault("kept_" + fault.code, seq=fault.seq)
                for fault in _anchor_faults(anchor, number, previous, signers)
            )
            previous, number = anchor.digest, anchor.number
            mine = self._anchors.get(anchor.number)
            if mine is None:
                self.faults.append(Fault("anchor_gone", seq=anchor.number))
            elif mine.digest != anchor.digest:
                self.faults.append(Fault("anchor_other", seq=anchor.number))
            self._vouch(anchor.marks)

    def _signers(self) -> list[Ed25519PublicKey]:
        return [*reversed(self.older), self.key]

    def _vouch(self, marks: Iterable[Mark]) -> None:
        for mark in marks:
            self._vouched.setdefault(mark.stream, {})[mark.seq] = mark.hash


@dataclass(slots=True)
class Stream:
    """The check of one stream."""

    name: str
    vouched: Mapping[int, str]
    erasures: Collection[Place]
    rows: int = 0
    erased: int = 0

    def check(self, rows: Iterable[Row]) -> Iterator[Fault]:
        """Every fault, in order of rows."""
        head = chain.genesis(self.name)
        for row in rows:
            self.rows += 1
            if row.seq > head.seq + 1:
                yield Fault("gap", self.name, head.seq + 1, row.seq - 1)
            yield from self._content(row)
            due = chain.row_hash(head.hash, row.stream, row.seq, row.at, row.kind, row.digest)
            if due != row.hash:
                yield Fault("link", self.name, row.seq)
            if self.vouched.get(row.seq, row.hash) != row.hash:
                yield Fault("unsigned", self.name, row.seq)
            head = chain.Head(row.seq, row.hash)
        last = max(self.vouched, default=0)
        if last > head.seq:
            yield Fault("cut", self.name, head.seq + 1, last)

    def _content(self, row: Row) -> Iterator[Fault]:
        if row.payload is None and row.salt is None:
            self.erased += 1
            if (row.stream, row.seq) not in self.erasures:
                yield Fault("erased", self.name, row.seq)
            return
        if row.payload is None or row.salt is None:
            yield Fault("content", self.name, row.seq)
            return
        try:
            fits = chain.content_digest(row.salt, row.payload) == row.digest
        except ValueError:
            fits = False
        if not fits:
            yield Fault("content", self.name, row.seq)


def _anchor_faults(
    anchor: Anchor, number: int, previous: str, signers: list[Ed25519PublicKey]
) -> Iterator[Fault]:
    """What is wrong with one anchor after the one numbered ``number``.

    ``signers`` are the keys that may have signed it, the oldest first; those before the one that
    did are taken away: a key that was replaced signs nothing later.
    """
    if anchor.number != number + 1:
        yield Fault("anchor_gap", seq=number + 1)
    elif anchor.previous != previous:
        yield Fault("anchor_link", seq=anchor.number)
    due = chain.anchor_digest(anchor.number, anchor.at, anchor.previous, anchor.marks)
    if due != anchor.digest:
        yield Fault("anchor_content", seq=anchor.number)
        return
    place = next((n for n, key in enumerate(signers) if chain.signed_by(anchor, key)), None)
    if place is None:
        yield Fault("anchor_signature", seq=anchor.number)
    else:
        del signers[:place]
