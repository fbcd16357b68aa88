"""Health insurance cards: two letters and thirteen digits, or ten with a label."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("DN4404012345678", ["DN4404012345678"]),
    ("thẻ BHYT: TE 1 40 4012345678", ["TE 1 40 4012345678"]),
    ("BHYT số 4012345678", ["4012345678"]),
    ("HT3404012345678, CN3404012345679", ["HT3404012345678", "CN3404012345679"]),
    ("bhyt zz2404012345678", ["zz2404012345678"]),
]

PASS = [
    "ZZ2404012345678",
    "DN9404012345678",
    "BHYT: ..........",
    "4012345678",
    "Quỹ BHYT 4.012.345.678 đồng",
    "Bao phủ BHYT 95,2 %",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("health-insurance", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("health-insurance", text) == []
