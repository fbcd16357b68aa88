"""Bank cards. The range 9704 00 is not issued, so no card here is anybody's."""

from __future__ import annotations

import pytest
from recognizing import found, recognizer

from lab.policy.recognizers._numbers import luhn

CATCH = [
    ("9704 0000 0000 0018", ["9704 0000 0000 0018"]),
    ("9704000000000018", ["9704000000000018"]),
    ("thẻ: 9704-0000-0000-0018", ["9704-0000-0000-0018"]),
    ("97O4 OOOO OOOO OO18", ["97O4 OOOO OOOO OO18"]),
    ("97O4OOOOOOOOOO18", ["97O4OOOOOOOOOO18"]),
    ("thẻ 9704 000 000000018", ["9704 000 000000018"]),
    ("số thẻ 9704 0000 0000 0019", ["9704 0000 0000 0019"]),
    ("4111111111111111", ["4111111111111111"]),
]

PASS = [
    "9704 0000 0000 0019",
    "1234567890123456",
    "mã giao dịch 1234567890123452",
    "Số thẻ: ...............",
    "9.704.000.000.000.018 đồng",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("bank-card", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("bank-card", text) == []


@pytest.mark.parametrize(
    ("digits", "valid"), [("9704000000000018", True), ("79927398713", True), ("79927398710", False)]
)
def test_luhn(digits: str, *, valid: bool) -> None:
    """The check is the one of ISO/IEC 7812-1 (the second number is its textbook example)."""
    assert luhn(digits) is valid


def test_a_card_is_never_restored() -> None:
    """A card number is neither stored nor put back."""
    assert recognizer("bank-card").rule.restore is False
