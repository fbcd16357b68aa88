"""The chain of the log: whatever is changed, moved or removed is named by its row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from lab.log import chain
from lab.log.audit import Audit
from lab.log.base import Fault
from lab.log.chain import Anchor, Mark, Row

KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()
STREAMS = ("phiên-1", "phiên-2", "system")

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def write(payloads: list[tuple[str, Any]]) -> list[Row]:
    """A log of these payloads, by stream and seq."""
    heads: dict[str, chain.Head] = {}
    rows = []
    for number, (stream, payload) in enumerate(payloads):
        head = heads.get(stream, chain.genesis(stream))
        row = chain.link(
            head, stream, 1_700_000_000_000_000 + number, "k", chain.canonical(payload)
        )
        heads[stream] = chain.Head(row.seq, row.hash)
        rows.append(row)
    return ordered(rows)


def ordered(rows: list[Row]) -> list[Row]:
    """Rows as the database hands them out."""
    return sorted(rows, key=lambda row: (row.stream, row.seq))


def anchored(rows: list[Row], before: Anchor | None = None) -> Anchor:
    """An anchor over these rows."""
    last = {row.stream: Mark(row.stream, row.seq, row.hash) for row in ordered(rows)}
    return chain.sign(KEY, before, 1_700_000_000_000_000, list(last.values()))


def faults(
    rows: list[Row],
    anchors: tuple[Anchor, ...] = (),
    kept: tuple[Anchor, ...] = (),
    erasures: frozenset[tuple[str, int]] = frozenset(),
) -> tuple[Fault, ...]:
    """What the audit says."""
    return Audit(KEY.public_key(), erasures).run(ordered(rows), anchors, kept).problems


logs = st.lists(st.tuples(st.sampled_from(STREAMS), json_values), min_size=1, max_size=12).map(
    write
)

FIELDS: dict[str, Callable[[Any], Any]] = {
    "stream": lambda value: value + "x",
    "seq": lambda value: value + 50,
    "at": lambda value: value + 1,
    "kind": lambda value: value + " ",
    "payload": lambda value: value + b" ",
    "salt": lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
    "digest": lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
    "hash": lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
}


@given(logs)
def test_a_log_as_it_was_written_verifies(rows: list[Row]) -> None:
    """Whatever the payloads, what was written verifies, with its anchor and a kept copy of it."""
    anchor = anchored(rows)
    assert faults(rows, (anchor,), (anchor,)) == ()


@given(logs, st.data())
def test_any_change_of_any_field_is_named_by_its_row(rows: list[Row], data: st.DataObject) -> None:
    """One changed field of one row gives a fault that names this row."""
    number = data.draw(st.integers(0, len(rows) - 1))
    field = data.draw(st.sampled_from(sorted(FIELDS)))
    row = rows[number]
    changed = replace(row, **{field: FIELDS[field](getattr(row, field))})
    found = faults([*rows[:number], changed, *rows[number + 1 :]])
    assert (changed.stream, changed.seq) in {(fault.stream, fault.seq) for fault in found}


@given(logs, st.data())
def test_a_removed_row_is_named(rows: list[Row], data: st.DataObject) -> None:
    """A row that is gone is named, the last ones of a stream too where an anchor covers them."""
    number = data.draw(st.integers(0, len(rows) - 1))
    gone = rows[number]
    found = faults([*rows[:number], *rows[number + 1 :]], (anchored(rows),))
    assert any(
        fault.code in {"gap", "cut"}
        and fault.stream == gone.stream
        and fault.seq <= gone.seq <= (fault.last or fault.seq)
        for fault in found
    )


@given(logs, st.data())
def test_swapped_rows_are_named(rows: list[Row], data: st.DataObject) -> None:
    """Two rows of a stream that changed places are both named."""
    stream = rows[0].stream
    mine = [row for row in rows if row.stream == stream]
    if len(mine) < 2:
        return
    at = data.draw(st.integers(0, len(mine) - 2))
    first, second = mine[at], mine[at + 1]
    swapped = [replace(second, seq=first.seq), replace(first, seq=second.seq)]
    found = faults([*(row for row in rows if row not in (first, second)), *swapped])
    named = {(fault.stream, fault.seq) for fault in found}
    assert {(stream, first.seq), (stream, second.seq)} <= named


@given(logs, st.data())
def test_an_erased_row_verifies_only_where_the_log_says_so(
    rows: list[Row], data: st.DataObject
) -> None:
    """Without payload and salt a row still verifies; unrecorded, the erasure is named."""
    number = data.draw(st.integers(0, len(rows) - 1))
    stone = replace(rows[number], payload=None, salt=None)
    left = [*rows[:number], stone, *rows[number + 1 :]]
    anchors = (anchored(rows),)
    assert faults(left, anchors, erasures=frozenset({(stone.stream, stone.seq)})) == ()
    assert faults(left, anchors) == (Fault("erased", stone.stream, stone.seq),)


@given(logs, st.data())
def test_a_rewritten_history_is_named_by_the_anchor(rows: list[Row], data: st.DataObject) -> None:
    """Who changes a row and computes all hashes after it anew is found out by the anchor."""
    stream = rows[-1].stream
    mine = [row for row in rows if row.stream == stream]
    start = data.draw(st.integers(0, len(mine) - 1))
    forged = mine[:start]
    head = chain.Head(forged[-1].seq, forged[-1].hash) if forged else chain.genesis(stream)
    for row in mine[start:]:
        forged.append(chain.link(head, stream, row.at, row.kind, b'{"forged":true}'))
        head = chain.Head(forged[-1].seq, forged[-1].hash)
    rest = [row for row in rows if row.stream != stream]
    assert faults([*rest, *forged], (anchored(rows),)) == (Fault("unsigned", stream, mine[-1].seq),)


def test_a_half_erased_row_is_named() -> None:
    """A payload without its salt, or a salt without its payload, does not pass as an erasure."""
    rows = write([("s", {"a": 1})])
    for change in ({"payload": None}, {"salt": None}, {"salt": "zz"}):
        found = faults([replace(rows[0], **change)], erasures=frozenset({("s", 1)}))
        assert found == (Fault("content", "s", 1),)


def test_rows_cut_from_the_end_are_named_by_a_kept_anchor() -> None:
    """Truncation that takes the database's own anchors along is found by a copy kept elsewhere."""
    rows = write([("s", {"n": n}) for n in range(5)])
    first = anchored(rows[:2])
    second = anchored(rows[2:], first)
    assert faults(rows[:2], (first,)) == ()
    assert faults(rows[:2], (first,), (first, second)) == (
        Fault("anchor_gone", seq=2),
        Fault("cut", "s", 3, 5),
    )


def test_a_stream_that_is_gone_altogether_is_named() -> None:
    """A stream that an anchor covers cannot vanish as a whole, nor can that of a session."""
    rows = write([("s", {}), ("t", {})])
    anchor = anchored(rows)
    assert faults(rows[:1], (anchor,)) == (Fault("cut", "t", 1, 1),)
    audit = Audit(KEY.public_key()).run(rows[:1], (), (), ["s", "t"])
    assert audit.problems == (Fault("empty", "t", 1),)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": 3}, "anchor_gap"),
        ({"at": 5}, "anchor_content"),
        ({"previous": "00"}, "anchor_link"),
        ({"marks": ()}, "anchor_content"),
        ({"digest": "00" * 32}, "anchor_content"),
        ({"signature": "00" * 64}, "anchor_signature"),
        ({"signature": "no hex"}, "anchor_signature"),
        ({"key": "00" * 32}, "anchor_signature"),
    ],
)
def test_any_change_of_an_anchor_is_named(change: dict[str, Any], code: str) -> None:
    """One changed field of one anchor gives a fault that names it."""
    rows = write([("s", {"n": n}) for n in range(4)])
    first = anchored(rows[:2])
    second = replace(anchored(rows[2:], first), **change)
    assert code in {fault.code for fault in faults(rows, (first, second))}
    kept = {fault.code for fault in faults(rows, (first,), (first, second))}
    assert f"kept_{code}" in kept


def test_an_anchor_by_another_key_is_named() -> None:
    """An anchor that somebody signed with a key of their own does not pass."""
    rows = write([("s", {})])
    mark = Mark("s", 1, rows[0].hash)
    assert faults(rows, (chain.sign(OTHER_KEY, None, 1, [mark]),)) == (
        Fault("anchor_signature", seq=1),
    )


@given(logs)
def test_an_anchor_survives_its_line(rows: list[Row]) -> None:
    """What is kept elsewhere is read back as it was."""
    anchor = anchored(rows)
    assert Anchor.read(anchor.line()) == anchor


@given(st.one_of(st.text(), json_values.map(json.dumps)))
def test_no_line_but_an_anchor_s_is_read(line: str) -> None:
    """Any other line is refused with one error."""
    with pytest.raises(ValueError, match="not an anchor"):
        Anchor.read(line)


@given(json_values)
def test_canonical_json_is_json_again(value: Any) -> None:
    """Canonical JSON reads back as the value, and again gives the same bytes."""
    held = chain.canonical(value)
    assert json.loads(held) == value
    assert chain.canonical(json.loads(held)) == held


def test_a_lone_surrogate_is_kept_as_its_escape() -> None:
    """A character that UTF-8 cannot hold is written as JSON's escape and read back."""
    assert chain.canonical(["a\ud800"]) == b'["a\\ud800"]'
    assert json.loads(chain.canonical(["a\ud800"])) == ["a\ud800"]


def test_the_format_is_the_one_that_the_document_describes() -> None:
    """The hashes of docs/log.md, computed here by its words alone."""
    salt, payload = "00112233445566778899aabbccddeeff", '{"câu":"một"}'.encode()
    digest = hashlib.sha256(bytes.fromhex(salt) + payload).hexdigest()
    genesis = hashlib.sha256(b'["lab.stream.1","abc"]').hexdigest()
    body = f'["lab.row.1","{genesis}","abc",1,1764000000000000,"turn.sent","{digest}"]'
    assert chain.content_digest(salt, payload) == digest
    assert chain.genesis("abc") == chain.Head(0, genesis)
    assert (
        chain.row_hash(genesis, "abc", 1, 1764000000000000, "turn.sent", digest)
        == hashlib.sha256(body.encode()).hexdigest()
    )
