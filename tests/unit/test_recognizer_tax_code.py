"""Tax codes. The prefix 99 belongs to no tax office, so nobody holds these codes."""

from __future__ import annotations

import pytest
from recognizing import found

from lab.policy.recognizers.tax_code import valid

CATCH = [
    ("MST 9900000016", ["9900000016"]),
    ("Mã số thuế: 9900000023-001", ["9900000023-001"]),
    ("9900000030", ["9900000030"]),
    ("mst 9900 000 016", ["9900 000 016"]),
    ("mã số thuế 9900000017", ["9900000017"]),
    ("mã số thuế cá nhân 040295000017", ["040295000017"]),
    (
        "MST: chín chín không không không không không không một sáu",
        [
            "chín chín không không không không không không một sáu",
        ],
    ),
]

PASS = [
    "9900000017",
    "MST: ..........",
    "SĐT 9900000016",
    "1.250.000.000",
    "Dự toán 9900000016 đồng",
    "AB9900000016",
    "0950000123",
    "mã giao dịch 9900000016",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("tax-code", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("tax-code", text) == []


def test_knows_the_check_digit() -> None:
    """The weights agree with codes whose check digits are published."""
    codes = ("9900000016", "9900000023", "9900000030")
    assert all(valid(code) for code in codes)
    assert not any(valid(code[:-1] + str((int(code[-1]) + 1) % 10)) for code in codes)
