"""Words of masked texts, with and without accents; agreement of two markers."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.log.search import folded, phrases, said
from lab.session.kappa import agreement


def test_a_word_is_folded_whatever_its_accents() -> None:
    """All spellings of a syllable, composed or not, fold to the same plain letters."""
    for text in ("Đường hoà", "đường hòa", unicodedata.normalize("NFD", "ĐƯỜNG HOÀ")):
        assert folded(text) == "duong hoa"


def test_old_and_new_places_of_a_tone_are_one_word() -> None:
    """``hoà`` and ``hòa`` are the same word with accents, ``hóa`` is another."""
    assert said("hoà") == said("hòa") != said("hóa")
    assert said("thuỷ") == said("thủy")
    assert said("ma") != said("mã") != said("mạ")


@given(st.text(max_size=60))
def test_any_text_gives_the_same_number_of_words_both_ways(text: str) -> None:
    """Folding never raises, and folding what is folded changes nothing."""
    plain = folded(text)
    assert folded(plain) == plain
    said(text)


def test_a_question_asks_with_accents_only_where_it_has_some() -> None:
    """Words without accents find all spellings; what stands in quotes is one phrase."""
    asked = phrases('ke hoach "bảo mật" HOÀ ...')
    assert [(each.words, each.accented) for each in asked] == [
        (("ke",), False),
        (("hoach",), False),
        (("bao4", "mât5"), True),
        (("hoa1",), True),
    ]
    assert not phrases('"" ... *')


def test_kappa_is_that_of_cohen_s_tables() -> None:
    """The well-known example of 50 decisions (20, 5, 10, 15) has kappa 0.4."""
    pairs = [(0, 0)] * 20 + [(0, 1)] * 5 + [(1, 0)] * 10 + [(1, 1)] * 15
    found = agreement(pairs)
    assert found.kappa == pytest.approx(0.4)
    assert found.same == pytest.approx(0.7)
    assert agreement([]).kappa is None
    assert agreement([(2, 2)] * 4).kappa is None


def test_weights_forgive_what_is_near() -> None:
    """Two markers who differ by one agree more, weighted, than two who differ by two."""
    near = agreement([(0, 1), (1, 2), (2, 2), (1, 0), (1, 1)])
    far = agreement([(0, 2), (1, 2), (2, 0), (1, 0), (1, 1)])
    assert near.weighted is not None
    assert far.weighted is not None
    assert near.weighted > far.weighted
