"""Long texts are read in parts, and what is found is what would have been found at once."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.policy import parts
from lab.policy import rules as rule_files
from lab.policy.detect import Detector
from lab.policy.parts import LARGEST, LONG, MARGIN, SIZE, pieces
from lab.policy.text import Views
from lab.settings import ROOT

PROSE = "Xã đã rà soát các hộ, lập danh sách và niêm yết công khai tại nhà văn hóa. "
ROW = "| 1 | Thóc giống | 125.000.000 | ghi chú |\n"
TEXTS = st.lists(
    st.tuples(
        st.sampled_from(
            [PROSE, PROSE + "\n", "\n\n", ROW, "040295001234\n", "a" * 50, "\u200b", "một ", "é"]
        ),
        st.integers(1, 120),
    ),
    min_size=1,
    max_size=12,
).map(lambda runs: "".join(piece * times for piece, times in runs))


@given(TEXTS)
@settings(max_examples=60)
def test_every_place_belongs_to_one_window(text: str) -> None:
    """The cores of the windows of a plain reading follow one another and leave nothing out."""
    plain = [piece for piece in pieces(Views(text)) if piece.views.plain.name == "plain"]
    spans = [(piece.start, piece.end) for piece in plain]
    covered = Views(text).plain
    assert spans[0][0] <= covered.span(0, 1)[0]
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    for left, right in pairwise(spans):
        assert Views(text[left[1] : right[0]]).plain.text == ""
    assert Views(text[spans[-1][1] :]).plain.text == ""


@given(TEXTS)
@settings(max_examples=60)
def test_every_core_has_its_context_and_no_window_is_endless(text: str) -> None:
    """A window holds its core and the margin on both sides, and is no longer than it may be."""
    size = len(Views(text).plain.text)
    for piece in pieces(Views(text)):
        part = piece.views.plain
        if size <= LONG:
            continue
        start, end = part.between(piece.start, piece.end)
        first, last = part.span(0, len(part.text))
        assert start >= MARGIN or first <= Views(text).plain.span(0, 1)[0]
        assert len(part.text) - end >= MARGIN or Views(text[last:]).plain.text == ""
        assert end - start <= SIZE + LARGEST


def test_no_cut_inside_a_table() -> None:
    """A table is read with its head, even where it is much longer than a window."""
    text = (PROSE + "\n") * 90 + ROW * 400 + (PROSE + "\n") * 90
    starts = [piece.start for piece in pieces(Views(text))]
    table = range(text.index(ROW) + 1, text.rindex(ROW))
    assert len(starts) > 2
    assert not any(start in table for start in starts)


@pytest.fixture(scope="module")
def detector() -> Detector:
    """All rules of the lab."""
    return Detector(rule_files.read(ROOT / "policies").rules)


@pytest.mark.parametrize("seed", range(2))
def test_parts_find_what_the_whole_finds(
    seed: int, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of texts made of the rules' own examples, in paragraphs or in one, the same is found.

    Only a code on an envelope may be found in parts alone: the letters of lists elsewhere in the
    text make the rule silent.
    """
    source = random.Random(seed)  # noqa: S311 - which examples, not keys
    examples = [
        rule_files.plain_example(text)
        for recognizer in detector.recognizers
        for text in (*recognizer.rule.examples.catch, *recognizer.rule.examples.let_pass)
    ]
    text = ""
    while len(text) < 3 * SIZE:
        text += source.choice(examples) + source.choice([". ", "\n", "\n\n", "\n" + PROSE])
    assert len(list(pieces(Views(text)))) > 1
    found = {(each.rule, each.start, each.end) for each in detector.find(text)}
    monkeypatch.setattr(parts, "LONG", 10**9)
    whole = {(each.rule, each.start, each.end) for each in detector.find(text)}
    assert whole <= found
    assert {rule for rule, _, _ in found - whole} <= {"envelope-code"}
    assert len(whole) > 50
