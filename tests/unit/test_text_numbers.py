"""Numbers put together from their parts, and how a run is read."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.policy.digits import LONGEST, SHORTEST
from lab.policy.text import Number, Views

DIGIT_WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
SEPARATORS = st.sampled_from([" ", ".", "-", "_", "/", "·", " - ", "  ", "\n", "|", "** ", ","])


def readings(text: str, length: int) -> list[Number]:
    """What can be read as one number of so many digits."""
    return list(Views(text).digit_runs(length))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("040 295 000 017", "040295000017"),
        ("gọi 0950.000.123 nhé", "gọi 0950000123 nhé"),
        ("040295000017 040395000024", "040295000017 040395000024"),
        ("040 295 000 017 040 395 000 024", "040295000017 040395000024"),
        ("không chín năm không không không không một hai ba", "0950000123"),
        ("O95O OOO l23", "0950000123"),
        ("năm 2025 2026", "năm 2025 2026"),
        ("125.000.000.000 đồng", "125.000.000.000 đồng"),
        ("12 345 678 và 98 765 432", "12 345 678 và 98 765 432"),
        ("ngày 09/12/2025 12:30", "ngày 09/12/2025 12:30"),
        ("không một ai trong hai ba năm", "không một ai trong hai ba năm"),
    ],
)
def test_the_numbers_view(text: str, numbers: str) -> None:
    """Parts of one number stand together; what are several numbers stays apart."""
    assert Views(text).numbers.text == numbers


@given(st.text("0123456789", min_size=SHORTEST, max_size=LONGEST), st.data())
def test_a_number_with_one_kind_of_separator_is_read(digits: str, data: st.DataObject) -> None:
    """However a number is cut, one reading puts it together and spans all of it."""
    separator = data.draw(SEPARATORS)
    size = data.draw(st.integers(1, 4))
    parts = [digits[at : at + size] for at in range(0, len(digits), size)]
    text = f"số {separator.join(parts)} nhé"
    whole = [each for each in readings(text, len(digits)) if each.digits == digits]
    assert whole
    start, end = whole[0].span
    assert text[start:end] == separator.join(parts)


@given(st.text("0123456789", min_size=9, max_size=LONGEST), st.booleans())
def test_digit_words_are_read(digits: str, glued: bool) -> None:
    """A number in words is read, also when the words run together."""
    words = ("" if glued else " ").join(DIGIT_WORDS[int(digit)] for digit in digits)
    assert digits in [each.digits for each in readings(words, len(digits))]


@given(st.lists(st.text("0123456789", min_size=12, max_size=12), min_size=2, max_size=6))
def test_whole_numbers_are_never_glued(numbers: list[str]) -> None:
    """Numbers side by side stay as many as they are."""
    assert Views(" ".join(numbers)).numbers.text == " ".join(numbers)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("001 002 004 006", 12),
        ("038, 040, 042, 044", 12),
        ("0 2 4 6 8 10 12", 9),
        ("0.950000123", 10),
        ("123456789 2025", 13),
        ("12-34 5678/90", 10),
    ],
)
def test_irregular_groups_are_told_apart(text: str, length: int) -> None:
    """Lists, fractions and mixed separators are offered, but marked as no usual number."""
    assert [each.regular for each in readings(text, length)] == [False]


@pytest.mark.parametrize("text", ["1 039 024 500 000", "125.000.000"])
def test_thousands_are_figures(text: str) -> None:
    """Groups of three behind a short first group are an amount."""
    assert all(number.figure for number in readings(text, 9) + readings(text, 12))


@given(st.text(max_size=120))
def test_reading_numbers_never_raises(text: str) -> None:
    """Whatever stands in a text, its digits can be read."""
    for number in Views(text).digit_runs(*range(SHORTEST, LONGEST + 1)):
        assert number.digits.isdecimal()
        assert len(number.digits) == sum(number.groups)


@pytest.mark.parametrize(
    "piece",
    [
        "0950 000 123 ", "1 2 3 4 5 ", "không một hai ba ", "a.b.c.d ", "aaaa", "0O0O", "AbCd12+/",
        "%41%", "&#48;", "e\u0323\u0302 ", "1.", "tuyeejt ma65t ", "tuyÖt ", "****", "<a", "\\u00",
        "T U ", "12/12/2025 ", "@a.b", "((", "\u200b", "Ngày 30 tháng 6, xã có 3.032 hộ dân. ",
    ],
)  # fmt: skip
def test_time_grows_with_length(piece: str) -> None:
    """Ten times the text takes about ten times as long, whatever is repeated."""

    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        best = 9.0
        for _ in range(3):
            started = time.process_time()
            views = Views(text)
            assert views.numbers.text or not views.plain.text
            assert [view.folded for view in views.everything()]
            best = min(best, time.process_time() - started)
        return best

    small, large = seconds(2_000), seconds(20_000)
    assert large < 30 * small + 0.05
