"""Personal identification numbers (số định danh cá nhân, on the card: số CCCD or số căn cước).

Format: 12 digits; three for the province (or country) of birth registration, one for century and
sex (0/1: 1900-1999, 2/3: 2000-2099 ...), two for the year of birth, six at random. Source: Thông tư
59/2021/TT-BCA, Điều 4, and Nghị định 137/2015/NĐ-CP, Điều 13. There is no check digit. Codes were
not renumbered when provinces merged in 2025. Future years are found too: lessons use them.
"""

from __future__ import annotations

from lab.policy.recognizers._numbers import CERTAIN, LIKELY, POSSIBLE, Label, NumberRecognizer
from lab.policy.text import Number

_GAPS = {
    3,
    5,
    7,
    9,
    13,
    16,
    18,
    21,
    23,
    28,
    29,
    32,
    39,
    41,
    43,
    47,
    50,
    53,
    55,
    57,
    59,
    61,
    63,
    65,
    69,
    71,
    73,
    76,
    78,
    81,
    85,
    88,
    90,
}
_PROVINCES = frozenset(f"{code:03}" for code in range(1, 97) if code not in _GAPS)
"""The 63 codes of Thông tư 59/2021/TT-BCA, phụ lục 1."""
_CENTURIES = "0123"
_SHORT = 11


class CccdRecognizer(NumberRecognizer):
    """Twelve digits that begin with a province and a century; with a label, any twelve."""

    name = "cccd"  # type: ignore[misc,unused-ignore]
    lengths = (_SHORT, 12)

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """A label raises; a spreadsheet that dropped the leading zero needs one."""
        if label.other:
            return None
        digits, plain = number.digits, number.regular and not number.glued
        found = None
        if len(digits) == _SHORT:
            if label.own and plain and _fits("0" + digits):
                found = POSSIBLE, "cccd_without_zero"
        elif _fits(digits):
            if label.own and (number.regular or number.whole):
                found = CERTAIN, "cccd"
            elif plain:
                found = (LIKELY if len(number.groups) == 1 else POSSIBLE), "cccd"
        elif label.own and number.regular and number.whole and digits[0] == "0":
            found = LIKELY, "cccd_labelled"
        return found


def _fits(digits: str) -> bool:
    return digits[:3] in _PROVINCES and digits[3] in _CENTURIES


RECOGNIZER = CccdRecognizer
