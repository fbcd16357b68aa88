"""Bank accounts: digits behind a label."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("sđt 0950.300.400 nhờ chuyển 19031234567890 tcb", ["19031234567890"]),
    ("STK 1903556788901", ["1903556788901"]),
    ("Số tài khoản: 0011 0012 34567 (Vietcombank)", ["0011 0012 34567"]),
    ("chuyển vào tk 102876543210 BIDV", ["102876543210"]),
    ("BIDV 51010000123456 Nguyễn Văn Mẫu", ["51010000123456"]),
    (
        "stk: một chín không ba năm năm sáu bảy tám tám",
        [
            "một chín không ba năm năm sáu bảy tám tám",
        ],
    ),
    ("STK 1903556788901, SĐT 0950000123", ["1903556788901"]),
    ("chuyển khoản vào số 6660771234 VIB giúp chú", ["6660771234"]),
    (
        "Họ và tên; Năm sinh; Tài khoản nhận\nTạ Bá Thử; 1945; 990007196967",
        ["990007196967"],
    ),
    ("Mẫu; 3605 2050 77112 vietinbank; số tiền 450.000", ["3605 2050 77112"]),
]

PASS = [
    "1903556788901",
    "dung lượng 12345678 MB",
    "STK: ..........",
    "Ngân hàng giải ngân 125.000.000 đồng năm 2024-2025",
    "tài khoản VNeID 85.432 người",
    "Ngân hàng Chính sách, điện thoại 0238 3000 123",
    "Agribank cho 1.250 hộ vay 45 000 000",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("bank-account", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("bank-account", text) == []
