"""Codes that an office gives to one person: found behind a label only."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("Mã hồ sơ: 000.00.00.H41-250701-0001", ["000.00.00.H41-250701-0001"]),
    ("số lý lịch đảng viên 40.123456", ["40.123456"]),
    ("Mã cán bộ NA-01234.", ["NA-01234"]),
    ("mã học sinh của cháu là 4012345678", ["4012345678"]),
    ("Sổ đỏ số AB 123456", ["AB 123456"]),
    ("ma ho so 12345", ["12345"]),
]

PASS = [
    "Mã hồ sơ: ..........",
    "000.00.00.H41-250701-0001",
    "Số hồ sơ tiếp nhận 1250",
    "Mã hồ sơ gồm 18 ký tự",
    "Số hồ sơ: 123/BC-UBND",
    "Mã hồ sơ [MÃ SỐ 1]",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("personal-code", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("personal-code", text) == []
