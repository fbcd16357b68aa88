"""Tax codes (mã số thuế): ten digits, or ten and three for a branch or a dependant.

Format: two digits for the tax office that first issued it, seven in series, one check digit; a
branch adds ``-001`` to ``-999``. Check: weights 31, 29, 23, 19, 17, 13, 7, 5, 3 modulo 11, taken
from 10. Source: Thông tư 105/2020/TT-BTC, Điều 5; the weights as in python-stdnum
(``stdnum.vn.mst``). Since 1 July 2025 a person's tax code is the identity number of 12 digits
(Thông tư 86/2024/TT-BTC).
"""

from __future__ import annotations

import re

from lab.policy.recognizers._numbers import CERTAIN, LIKELY, POSSIBLE, Label, NumberRecognizer
from lab.policy.text import Number

_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_OFFICE = re.compile(r"(?:0[1-9]|[1-6]\d|8\d|99)")
_MOBILE = re.compile(r"0[35789]")
_BASE, _BRANCH, _PERSON = 10, 13, 12


class TaxCodeRecognizer(NumberRecognizer):
    """Ten digits that pass the check, or any with a label."""

    name = "tax_code"  # type: ignore[misc,unused-ignore]
    lengths = (_BASE, _PERSON, _BRANCH)

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """The check digit raises; without a label a number must pass it and stand alone."""
        digits = number.digits
        if label.other or not number.regular:
            return None
        checked = len(digits) != _PERSON and valid(digits[:_BASE])
        if label.own:
            if len(digits) == _BRANCH and number.groups[-1] != _BRANCH - _BASE:
                return (LIKELY, "tax_code") if checked and len(number.groups) == 1 else None
            return (CERTAIN if checked else LIKELY), "tax_code"
        alone = number.groups in ((_BASE,), (_BASE, _BRANCH - _BASE)) and not number.glued
        if checked and alone and _OFFICE.match(digits) and not _MOBILE.match(digits):
            return POSSIBLE, "tax_code_checked"
        return None


def valid(digits: str) -> bool:
    """Whether the tenth digit is the check of the nine before it."""
    check = 10 - sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=False)) % 11
    return check == int(digits[_BASE - 1])


RECOGNIZER = TaxCodeRecognizer
