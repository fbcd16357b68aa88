"""The trained tagger of names: what it adds to the rules, and how its rows of tags are read."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people_tables import documents, found, made, marked

from lab.policy.name_features import Sight
from lab.policy.name_tagger import INSIDE, OUTSIDE, decode, spans, trained
from lab.policy.name_words import Words
from lab.policy.recognizers.person import PersonRecognizer
from lab.policy.text import fold

SCORES = st.tuples(*[st.floats(-50, 50) for _ in range(3)])


@given(st.lists(SCORES, min_size=1, max_size=12))
def test_nothing_goes_on_that_has_not_begun(scores: list[tuple[float, float, float]]) -> None:
    """In every row of tags a word that goes on stands behind one that begins or goes on."""
    tags = [OUTSIDE, *decode(scores)]
    assert len(tags) == len(scores) + 1
    assert all(a != OUTSIDE for a, b in itertools.pairwise(tags) if b == INSIDE)


@given(st.lists(st.sampled_from((0, 1, 2)), max_size=12))
def test_spans_are_disjoint_and_in_order(tags: list[int]) -> None:
    """Names read from a row of tags never touch one another's words."""
    read = list(spans(tags))
    assert all(a < b for a, b in read)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(read))


@pytest.mark.parametrize(
    "line",
    [
        "Nhắn c ⟦Thử⟧ mang con dấu sang phòng họp",
        "Lịch trực: ⟦Vi Thăm Nghiệm⟧, ⟦Lầu Chống Giả⟧ và ⟦Pịt Văn Ví⟧.",
        "Nhóm trưởng: ⟦Bảo Trâm⟧, thư ký: ⟦Hữu Lượng⟧",
        "⟦Nguyễn Thị Dụ⟧ vắng, ⟦Trần T. Mẫu⟧ có mặt.",
    ],
)
def test_names_without_a_cue_are_found(line: str) -> None:
    """A name is found by its neighbours where no word announces a person."""
    text, expected = marked(line)
    assert expected <= found("person", text)


def test_no_name_is_a_feature() -> None:
    """The shipped weights hold kinds of words and the words around names, no person's name."""
    assert len(trained()) > 1000
    said = " ".join(trained())
    assert "nguyễn văn" not in said
    assert "trần thị" not in said


def test_what_is_remembered_of_features_is_their_sum() -> None:
    """A word weighs as much by the sums that are kept as by its features one by one."""
    person = made("person")
    assert isinstance(person, PersonRecognizer)
    tagger = person.tagger
    for text in [*documents()[:12], "", "@Thử", "Nhắn c Thử, gấp"] * 2:
        sight = Sight(Words(text, person.syllables), fold(text), tagger.kinds)
        for index in sight.candidates:
            rows = [tagger.weights.get(feature, (0, 0)) for feature in sight.features(index)]
            one_by_one = sum(row[0] for row in rows), sum(row[1] for row in rows), 0
            assert tagger.score(sight, index) == one_by_one
