"""Bank card numbers: 16 or 19 digits (15 for one brand) that pass the Luhn check.

Format: issuer number (9704 for domestic cards of NAPAS; 4, 51-55, 22-27, 35, 60, 62, 34, 37 for the
international brands), account, check digit. Source: ISO/IEC 7812-1; Thông tư 18/2024/TT-NHNN and
TCCS 01:2018/NHNNVN for 9704.
"""

from __future__ import annotations

import re

from lab.policy.recognizers._numbers import CERTAIN, LIKELY, Label, NumberRecognizer, luhn
from lab.policy.text import Number

_ISSUER = re.compile(r"9704\d{12}(?:\d{3})?|(?:4\d|5[1-5]|2[2-7]|35|6[0-5])\d{14}|3[47]\d{13}")


class BankCardRecognizer(NumberRecognizer):
    """A number of an issuer that passes the check; with a label, any of that length."""

    name = "bank_card"  # type: ignore[misc,unused-ignore]
    lengths = (15, 16, 19)

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """The check digit decides; a mistyped domestic card needs a label."""
        fits, checked = _ISSUER.fullmatch(number.digits), luhn(number.digits)
        if fits and checked and (number.regular or label.own) and not number.glued:
            return (CERTAIN if label.own else LIKELY), "card_checked"
        if label.own and number.regular and (fits or checked):
            return LIKELY, "card_labelled"
        return None


RECOGNIZER = BankCardRecognizer
