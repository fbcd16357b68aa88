"""Party cards: eight or twelve digits and a label."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("hồ sơ đảng viên Võ Doãn Thử (số thẻ 28.093148)", ["28.093148"]),
    ("Thẻ đảng viên số 40.123456", ["40.123456"]),
    ("số thẻ đảng: 40123456", ["40123456"]),
    ("the dang vien 40 123456", ["40 123456"]),
    ("thẻ đảng viên 040295000017", ["040295000017"]),
]

PASS = [
    "40.123456",
    "Số thẻ đảng viên: .......",
    "Trao 40.123 thẻ đảng viên",
    "Phát thẻ đảng viên ngày 03/02/2026",
    "thẻ đảng viên; CCCD 040295000017",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("party-card", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("party-card", text) == []
