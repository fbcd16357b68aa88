"""Driving licences: twelve digits and a label."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("GPLX 400123456789", ["400123456789"]),
    ("Giấy phép lái xe số: 400 123 456 789", ["400 123 456 789"]),
    ("bằng lái hạng A1 040295000017", ["040295000017"]),
    (
        "gplx bốn không không một hai ba bốn năm sáu bảy tám chín",
        [
            "bốn không không một hai ba bốn năm sáu bảy tám chín",
        ],
    ),
]

PASS = [
    "400123456789",
    "GPLX: .........",
    "căn cước 040295000017, có GPLX hạng B",
    "GPLX, CCCD 040295000017",
    "Cấp đổi 400.123 giấy phép lái xe",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("driving-licence", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("driving-licence", text) == []
