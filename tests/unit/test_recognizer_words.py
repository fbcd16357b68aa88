"""The tree of words that recognizers of secrets look phrases up in."""

from __future__ import annotations

import pytest

from lab.policy.recognizers._words import Found, Reading, lexicon, outermost, readings
from lab.policy.text import Views


def _find(text: str, *phrases: str) -> list[Found]:
    reading = readings(Views(text))[0]
    return list(reading.find(lexicon(some=phrases)))


@pytest.mark.parametrize(
    "text",
    [
        "tài liệu mật",
        "TAI LIEU MAT",
        "tài lieu mât",
        "tài liệu\nmật",
        "t4i li3u m4t",
        "Tài_liệu-mật",
    ],
)
def test_a_phrase_is_found_however_it_is_written(text: str) -> None:
    """Missing accents, capitals, a line break and digits for letters hide no phrase."""
    assert [each.phrase for each in _find(text, "tài liệu mật")] == ["tài liệu mật"]


@pytest.mark.parametrize("text", ["tài liệu mất", "tài liệu mặt", "tai liệu mắt", "tài liệu mát"])
def test_a_wrong_accent_is_another_word(text: str) -> None:
    """An accent that the phrase does not have makes it another word."""
    assert _find(text, "tài liệu mật") == []


def test_old_and_new_places_of_the_tone_mark_are_one() -> None:
    """``uỷ`` and ``ủy`` are the same word."""
    assert len(_find("Uỷ ban và Ủy ban", "ủy ban")) == 2


def test_alternatives_gaps_and_what_may_be_missing() -> None:
    """``(a|)``, ``...`` and ``…`` mean what the lists say."""
    assert _find("báo cáo xác minh", "báo cáo (kết quả|) xác minh")
    assert _find("có một hai ba bốn không", "có ... không")
    assert not _find("có một hai ba bốn năm không", "có ... không")
    assert _find("có một hai ba bốn năm không", "có … không")
    assert not _find("có. không", "có … không")


def test_words_of_a_gap_are_not_the_phrases_own() -> None:
    """A phrase with a gap does not overlap what stands in the gap."""
    around, inner = _find("có được đưa không", "có … không", "được đưa")
    assert not around.overlaps(inner)


def test_outermost_leaves_out_what_lies_within() -> None:
    """Of nested phrases the longest is kept."""
    found = _find("đóng dấu mật", "dấu mật", "đóng dấu mật")
    assert [each.phrase for each in outermost(found)] == ["đóng dấu mật"]


def test_a_text_is_read_once_for_all_recognizers() -> None:
    """The readings of one check are shared, and equal views are read once."""
    views = Views("không có gì lạ")
    assert readings(views) is readings(views)
    assert all(isinstance(each, Reading) for each in readings(views))
    assert len(readings(views)) == 1
