"""Social insurance numbers: ten digits and a label."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("BHXH 4012345678", ["4012345678"]),
    ("Mã số bảo hiểm xã hội: 4012 345 678", ["4012 345 678"]),
    ("sổ BHXH số 0950000123", ["0950000123"]),
    ("so bhxh 4O12345678", ["4O12345678"]),
]

PASS = [
    "4012345678",
    "BHXH: .........",
    "Thu BHXH 4.012.345.678 đồng",
    "BHXH tỉnh, điện thoại 0950000123",
    "Luật BHXH số 41/2024/QH15",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("social-insurance", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("social-insurance", text) == []
