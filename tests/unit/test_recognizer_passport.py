"""Passport numbers: a letter, seven or eight digits, and a label."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("Hộ chiếu C1234567", ["C1234567"]),
    ("Passport no. B 1234567", ["B 1234567"]),
    ("số hộ chiếu: P12345678 cấp tại Nghệ An", ["P12345678"]),
    ("ho chieu c123 4567", ["c123 4567"]),
    ("hộ chiếu C12345O7", ["C12345O7"]),
    ("hộ chiếu C1234567 và C7654321", ["C1234567", "C7654321"]),
]

PASS = [
    "C1234567",
    "Hộ chiếu: .........",
    "hộ chiếu có 8 ký tự",
    "Cấp 1234567 hộ chiếu",
    "hộ chiếu AB1234567",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("passport", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("passport", text) == []
