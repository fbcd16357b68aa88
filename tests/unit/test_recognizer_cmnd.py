"""Numbers of the old identity card: nine digits that need a label."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("CMND 186123456", ["186123456"]),
    ("chứng minh nhân dân số: 186 123 456", ["186 123 456"]),
    ("chung minh thu 186.123.456", ["186.123.456"]),
    ("CMND: một tám sáu một hai ba bốn năm sáu", ["một tám sáu một hai ba bốn năm sáu"]),
    ("186123456 (CMND)", ["186123456"]),
    ("CMND các hộ: 186123456, 186123457, 187654321", ["186123456", "186123457", "187654321"]),
    ("CMTND l86l23456", ["l86l23456"]),
    ("CMND 186123456, CCCD 040295000017", ["186123456"]),
    (
        (
            "Họ và tên chủ hộ | Xóm, bản nơi cư trú của hộ gia đình | Số CMND\n"
            "Nguyễn Văn Mẫu | Xóm 3, xã Hòa Lam, nhà sau trường học cũ | 186123456\n"
        ),
        ["186123456"],
    ),
]

PASS = [
    "186123456",
    "Kinh phí 186.123.456 đồng",
    "CMND: ..........",
    "CMND, kinh phí 186123456",
    "CMND hết giá trị; số tài khoản 186123456",
    "Cả tỉnh còn 186.123 CMND",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """Nine digits with the label of the card are found, also in lists and columns."""
    assert found("cmnd", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """Nine digits without that label, or with a nearer one, are left alone."""
    assert found("cmnd", text) == []
