"""Telephone numbers. The block 0950 has no carrier, so no number here is anybody's."""

from __future__ import annotations

import pytest
from recognizing import found, hits

CATCH = [
    ("0950000123", ["0950000123"]),
    ("SĐT0950000123", ["0950000123"]),
    (
        "không chín năm không, tám tám sáu, bốn một hai",
        ["không chín năm không, tám tám sáu, bốn một hai"],
    ),
    ("zero nine five zero 336 114 là số", ["zero nine five zero 336 114"]),
    ("viết từ cuối lên: 411 633 0590", ["411 633 0590"]),
    ("gọi 0950 000 123 nhé", ["0950 000 123"]),
    ("0950.000.123/0950.000.124", ["0950.000.123", "0950.000.124"]),
    ("095 000 0123", ["095 000 0123"]),
    ("09 50 00 01 23", ["09 50 00 01 23"]),
    ("+84950000123", ["+84950000123"]),
    ("(+84) 950 000 123", ["(+84) 950 000 123"]),
    ("0084 950 000 123", ["0084 950 000 123"]),
    ("+84 (0) 950 000 123", ["+84 (0) 950 000 123"]),
    ("điện thoại 84950000123", ["84950000123"]),
    ("(0238) 3000123", ["(0238) 3000123"]),
    ("máy bàn 024 3800 0123", ["024 3800 0123"]),
    ("0950\n000\n123", ["0950\n000\n123"]),
    ("0 9 5 0 0 0 0 1 2 3", ["0 9 5 0 0 0 0 1 2 3"]),
    ("O95O OOO l23", ["O95O OOO l23"]),
    ("số máy liên hệ 0950000123 ở cuối thư", ["0950000123"]),
    ("không chín năm không không không không một hai ba", [
        "không chín năm không không không không một hai ba",
    ]),
    ("không chín năm không, ba số không, một hai ba", []),
    ("**0950** 000 123", ["0950** 000 123"]),
    ("| Mẫu | 0950 000 123 | 0950 000 124 |", ["0950 000 123", "0950 000 124"]),
    ("0️⃣9️⃣5️⃣0️⃣000123", ["0️⃣9️⃣5️⃣0️⃣000123"]),
    ("0950&#48;&#48;&#48;123", ["0950&#48;&#48;&#48;123"]),
    ("0950 000 123 0950 000 124 0950 000 125", ["0950 000 123", "0950 000 124", "0950 000 125"]),
    ("Đường dây nóng của ông Mẫu: 0950000123", ["0950000123"]),
    ("1. 0950000123\n2. 0950000124", ["0950000123", "0950000124"]),
]  # fmt: skip

PASS = [
    "viết regex kiểm tra số điện thoại bắt đầu bằng 03, 05, 07, 08, 09",
    "Đường dây nóng: 0238 3 000 123",
    "hotline 0950 000 123",
    "Tổng đài 1900 1234, 1800 1091, 113, 114, 115, 1022",
    "ISBN 0-395-19395-8",
    "ngày 09/12/2025 12:30",
    "0 2 4 6 8 10 12 14 16",
    "0.950000123",
    "Số 0950/BC-UBND ngày 12/3/2026",
    "Điện thoại: [SỐ ĐIỆN THOẠI 1]",
    "SP0950000123X",
    "0123456789",
    "Kinh phí 950.000.123 đồng",
    "0950 phiếu thuận, 000 phiếu chống, 123 phiếu trắng",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """A number is found however it is grouped or spelled, and the span is tight."""
    assert found("phone", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """Service numbers, public lines and figures are left alone."""
    assert found("phone", text) == []


def test_names_what_it_is() -> None:
    """A finding tells a mobile from a landline number."""
    assert [hit.pattern for hit in hits("phone", "0950000123; 0238 3000 123")] == [
        "mobile",
        "landline",
    ]
