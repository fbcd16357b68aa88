"""Number plates."""

from __future__ import annotations

import pytest
from recognizing import found

CATCH = [
    ("37A-123.45", ["37A-123.45"]),
    ("biển số ba bảy bê một hai ba bốn năm", ["ba bảy bê một hai ba bốn năm"]),
    (
        "xe biển ba bảy a ba chấm một hai ba bốn năm",
        ["ba bảy a ba chấm một hai ba bốn năm"],
    ),
    ("xe 37A12345 đỗ sai", ["37A12345"]),
    ("37-B1 123.45", ["37-B1 123.45"]),
    ("37AA-123.45", ["37AA-123.45"]),
    ("biển số 37N 1234", ["37N 1234"]),
    ("80A-012.34", ["80A-012.34"]),
    ("80-123-NG-45", ["80-123-NG-45"]),
    ("xe TM 12-34", ["TM 12-34"]),
    ("bks 37a 123 45", ["37a 123 45"]),
    ("xe may bks 37N1 55.382 gay tai nan", ["37N1 55.382"]),
    ("biển số 3 7 A - 1 2 3 4 5", ["3 7 A - 1 2 3 4 5"]),
    ("biển số ba bảy A một hai ba bốn năm", ["ba bảy A một hai ba bốn năm"]),
    ("thuyền NA-92345-TS cập bến, HT 20123 TS theo sau", ["NA-92345-TS", "HT 20123 TS"]),
    ("37LD-012.34, 37A-543.21", ["37LD-012.34", "37A-543.21"]),
]

PASS = [
    "Biển số: ........",
    "lớp 12A 2025",
    "QL 48E-2024",
    "TM 12-34",
    "12-BC/ĐU",
    "37A",
    "Mẫu 02A-1234",
    "13/2023/NĐ-CP; 20A-1/2025",
    "ngày 15D 1234",
    "Công văn số 1234/TS-QLN",
    "NA-12 TS",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """It is found in every usual form, and the span is tight."""
    assert found("plate", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """What only looks like it is left alone."""
    assert found("plate", text) == []
