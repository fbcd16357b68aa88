"""E-mail addresses."""

from __future__ import annotations

import pytest
from recognizing import found

ADDRESS = "mau.nguyen@tinhuy-mau.example"

CATCH = [
    (f"Gửi {ADDRESS}.", [ADDRESS]),
    (f"<{ADDRESS}>", [ADDRESS]),
    (f"{ADDRESS};thu.lo@hoalam.example", [ADDRESS, "thu.lo@hoalam.example"]),
    ("MAU_95+x@GMAIL.COM", ["MAU_95+x@GMAIL.COM"]),
    ("mau.nguyen a còng gmail chấm com", ["mau.nguyen a còng gmail chấm com"]),
    ("mau nguyen: mau95 a cong gmail cham com", ["mau95 a cong gmail cham com"]),
    ("mau [at] gmail [dot] com", ["mau [at] gmail [dot] com"]),
    ("mau(at)gmail.com", ["mau(at)gmail.com"]),
    ("mau at gmail dot com", ["mau at gmail dot com"]),
    ("mau @ gmail . com", ["mau @ gmail . com"]),
    ("mau＠gmail．com", ["mau＠gmail．com"]),
    ("mau@gm\u200bail.com", ["mau@gm\u200bail.com"]),
    ("m a u 9 5 @ g m a i l . c o m", ["m a u 9 5 @ g m a i l . c o m"]),
    ("mau(a)gmail.com", ["mau(a)gmail.com"]),
    ("mau&#64;gmail.com", ["mau&#64;gmail.com"]),
    ("mau%40gmail.com", ["mau%40gmail.com"]),
    ("mau chấm nguyen a còng gmail chấm com chấm vn", [
        "mau chấm nguyen a còng gmail chấm com chấm vn",
    ]),
    ("bWF1QGdtYWlsLmNvbQ==", ["bWF1QGdtYWlsLmNvbQ=="]),
]  # fmt: skip

PASS = [
    "Email: ..........",
    "Email: [EMAIL 1]",
    "@Mẫu xem giúp",
    "họp at 8h tại trụ sở",
    "info@hoalam.example",
    "giá 5@10 nghìn",
    "look at the dot com boom",
    "a còng là gì?",
]


@pytest.mark.parametrize(("text", "expected"), CATCH)
def test_finds(text: str, expected: list[str]) -> None:
    """An address is found however it is spelled, and the span is tight."""
    assert found("email", text) == expected


@pytest.mark.parametrize("text", PASS)
def test_lets_pass(text: str) -> None:
    """Mailboxes of offices and at signs that are no address are left alone."""
    assert found("email", text) == []
