"""Numbers in tables: the head of a column says what they are, not what stands nearest."""

from __future__ import annotations

import pytest
from recognizing import found

ROWS = [
    ("186123456", "0950000123", "9900000016", "102876543210"),
    ("187654321", "0950000124", "9900000023", "102876543211"),
    ("187654322", "0950000125", "9900000030", "102876543212"),
]
RULES = ("cmnd", "phone", "tax-code", "bank-account")
HEADS = ("Họ tên", "CMND", "Điện thoại", "Mã số thuế", "Số tài khoản")


def table(separator: str) -> str:
    """The rows as a table with such a separator."""
    lines = [HEADS, *(("Nguyễn Văn Mẫu", *row) for row in ROWS)]
    return "\n".join(separator.join(line) for line in lines)


@pytest.mark.parametrize("separator", [" | ", "|", "\t", ",", ";"])
@pytest.mark.parametrize("nth", range(4))
def test_each_column_is_what_its_head_says(separator: str, nth: int) -> None:
    """Every number of a column is found by the rule of its head, and by no other."""
    assert found(RULES[nth], table(separator)) == [row[nth] for row in ROWS]


def test_labels_in_the_row() -> None:
    """A table of labels and values is read along its rows."""
    text = "| CMND | 186123456 |\n| SĐT | 0950 000 123 |\n| BHXH | 4012345678 |"
    assert found("cmnd", text) == ["186123456"]
    assert found("phone", text) == ["0950 000 123"]
    assert found("social-insurance", text) == ["4012345678"]


def test_the_number_of_the_next_row_is_no_part() -> None:
    """A row's ordinal number is not glued to the account that ends the row above."""
    text = "STT | STK\n1 | 1903556788901\n2 | 51010000123456\nTổng: 2 hộ"
    assert found("bank-account", text) == ["1903556788901", "51010000123456"]


def test_a_legacy_font_in_the_label() -> None:
    """A label in a legacy font is a label."""
    assert found("bank-account", "tµi kho¶n ng©n hµng 1903556788901") == ["1903556788901"]
