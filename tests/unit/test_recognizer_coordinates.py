"""Coordinates of places in Vietnam."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("18.673412, 105.692345", ["18.673412, 105.692345"]),
    ("18,673412; 105,692345", ["18,673412; 105,692345"]),
    ("105.6923, 18.6734", ["105.6923, 18.6734"]),
    ("18°40'24\"N 105°41'32\"E", ["18°40'24\"N 105°41'32\"E"]),
    (
        "18 độ 40 phút vĩ bắc, 105 độ 41 phút kinh đông",
        [
            "18 độ 40 phút vĩ bắc, 105 độ 41 phút kinh đông",
        ],
    ),
    ("X=2065123.45; Y=598123.12", ["X=2065123.45; Y=598123.12"]),
]

PASS = [
    "18,67 % và 105,69 tỷ",
    "Tọa độ: ......",
    "từ 18 đến 20 độ vĩ bắc",
    "48.8584, 2.2945",
    "18.673 hộ; 105 xã",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("coordinates", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("coordinates", text) == []
