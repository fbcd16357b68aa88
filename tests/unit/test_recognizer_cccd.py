"""Personal identity numbers. Values are fictional: born in the future (see the recognizer)."""

from __future__ import annotations

import base64

import pytest
from recognizing import found, hits

VALUE = "040295000017"

CATCH = [
    # text, what must be found
    (f"CCCD {VALUE}", [VALUE]),
    (f"{VALUE}", [VALUE]),
    (f"cccd{VALUE}", [VALUE]),
    (f"Số CCCD:{VALUE}.", [VALUE]),
    ("040295000017 040395000024, 038295000011;001395000099\n096201000001", [
        "040295000017", "040395000024", "038295000011", "001395000099", "096201000001",
    ]),
    ("căn cước 040 295 000 017 cấp ngày 05/9/2026", ["040 295 000 017"]),
    ("0402.9500.0017", ["0402.9500.0017"]),
    ("040-295-000-017", ["040-295-000-017"]),
    ("040295\n000017", ["040295\n000017"]),
    ("> 040295\n> 000017", ["040295\n> 000017"]),
    ("**040**295**000017**", ["040**295**000017"]),
    ("| 040295000017 | Hòa Lam |", ["040295000017"]),
    ("số không bốn không hai chín năm không không không không một bảy nhé", [
        "không bốn không hai chín năm không không không không một bảy",
    ]),
    ("khong bon khong hai chin nam khong khong khong khong mot bay", [
        "khong bon khong hai chin nam khong khong khong khong mot bay",
    ]),
    ("040295 không không không không một bảy", ["040295 không không không không một bảy"]),
    ("O4O295OOOOl7", ["O4O295OOOOl7"]),
    ("０４０２９５００００１７", ["０４０２９５００００１７"]),
    ("040295\u200b000017", ["040295\u200b000017"]),
    (base64.b64encode(VALUE.encode()).decode(), [base64.b64encode(VALUE.encode()).decode()]),
    ("số đọc ngược 710000592040", ["710000592040"]),
    ("0402 rồi 9500 rồi 0017", ["0402 rồi 9500 rồi 0017"]),
    ("Số CCCD của mẹ 40295000017 (mất số 0)", ["40295000017"]),
    ("CCCD 099295000017", ["099295000017"]),
    ("[040 295 000 017] và [040 395 000 024]", ["040 295 000 017", "040 395 000 024"]),
]  # fmt: skip

PASS = [
    "Dự toán 125.000.000.000 đồng",
    "kinh phí 040295000017 đồng",
    "125000000000",
    "099295000017",  # no such province, no label
    "040995000017",  # no such century, no label
    "AB040295000017CD",
    "0,040295000017",
    "040295xxxxxx",
    "CCCD: [SỐ CCCD 1]",
    "Số CCCD: ................",
    "CCCD có 12 số, CMND có 9 số",
    "Mã tỉnh 001 002 004 006 008 010",
    "Các mã 038, 040, 042, 044",
    "từ 09.2025 đến 12.2025",
    "GPLX 040295000017",
    "STK 040295000017",
    "000.00.00.H40-250701-000117",
    "Tổng 1 039 024 500 000",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """A number is found whatever its dress, and the span is tight."""
    assert found("cccd", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like such a number is left alone."""
    assert found("cccd", text) == []


def test_a_label_raises_the_score() -> None:
    """The card's name before the number makes it certain, and is told."""
    bare, labelled = hits("cccd", VALUE)[0], hits("cccd", f"Căn cước: {VALUE}")[0]
    assert labelled.score > bare.score
    assert (bare.context, labelled.context) == (None, "can cuoc")
