"""Telephone numbers of Vietnam.

Format: mobile 0 and nine digits with the prefixes below; landline 02 and nine digits (area code and
subscriber); both also with +84, 84 or 0084 for the 0. Source: Thông tư
22/2014/TT-BTTTT (the numbering plan), with the prefixes that libphonenumber 9.0.43 takes for valid
(087 and 095 included). Service numbers (1800, 1900) and emergency numbers do not fit.
"""

from __future__ import annotations

import re

from lab.policy.recognizers._numbers import (
    CERTAIN,
    LIKELY,
    POSSIBLE,
    Label,
    NumberRecognizer,
    is_amount,
)
from lab.policy.rules import Rule
from lab.policy.text import Number, fold

_MOBILE = re.compile(r"0(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}")
_LANDLINE = re.compile(
    r"02(?:0[3-9]|1[0-689]|2[0-25-9]|3[2-9]|[48]\d|5[124-9]|6[0-39]|7[0-7]|9[0-4679])\d{7}"
)
_LABELLED = re.compile(r"0[1-9]\d{8,9}")
_COUNTRY = re.compile(r"(?:00)?84(?=0?[235789])0?")
_PUBLIC_REACH = 40
_WITHOUT_ZERO = 9
"""Digits of a mobile number whose 0 a table or a hand left out."""
_NEAR = re.compile(
    r"(?:sdt|dt|dtdd|dien thoai|so may|di dong|zalo|viber|mobile|phone|tel|alo|goi|nhan|lien he"
    r"|lien lac|cho so|hotline)(?![^\W_])[^.;\n\d]{0,24}\Z"
)
"""What must stand close before such a number."""


class PhoneRecognizer(NumberRecognizer):
    """Mobile and landline numbers, however they are grouped."""

    name = "phone"  # type: ignore[misc,unused-ignore]
    lengths = (9, 10, 11, 12, 13, 14)

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        people = "|".join(re.escape(fold(word)) for word in rule.words("people"))
        self._people = re.compile(rf"(?<!\w)(?:{people})(?!\w)")
        public = "|".join(re.escape(fold(word)) for word in rule.words("public"))
        self._public = re.compile(rf"(?<!\w)(?:{public})(?!\w)")

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """A number of a public line passes; an odd grouping or a letter beside needs a label."""
        pattern = _pattern(number.digits, labelled=label.own is not None)
        if label.other or not pattern or self._is_public(number):
            return None
        if len(number.digits) == _WITHOUT_ZERO:
            return self._without_zero(number)
        return self._labelled(number, pattern) if label.own else self._alone(number, pattern)

    @staticmethod
    def _labelled(number: Number, pattern: str) -> tuple[float, str] | None:
        """A number that a label announces."""
        if pattern == "phone_labelled" and "," in number.view.text[number.start : number.end]:
            return None  # "bắt đầu bằng 03, 05, 07, 08, 09"
        return (CERTAIN, pattern) if number.regular or number.whole else None

    @staticmethod
    def _alone(number: Number, pattern: str) -> tuple[float, str] | None:
        """A number that only its form tells."""
        if number.view.text[number.start - 1 : number.start] == "+":
            return LIKELY, pattern
        if number.glued or not number.regular or number.digits[0] != "0":
            return None
        return (LIKELY if len(number.groups) <= len("ddd") else POSSIBLE), pattern

    @staticmethod
    def _without_zero(number: Number) -> tuple[float, str] | None:
        """``sđt 912 345 678``: a mobile number whose 0 was left out, close behind its label."""
        before = number.view.folded[max(0, number.start - _PUBLIC_REACH) : number.start]
        if not number.regular or number.glued or not number.whole or is_amount(number):
            return None
        return (LIKELY, "without_zero") if _NEAR.search(before) else None

    def reach(self, number: Number) -> tuple[int, int]:
        """With the plus sign, and with the bracket that the number closes."""
        start, text = number.start, number.view.text
        if text[start - 1 : start] == "+":
            start -= 1
        if text[start - 1 : start] == "(" and ")" in text[start : number.end]:
            start -= 1
        return start, number.end

    def _is_public(self, number: Number) -> bool:
        """Whether it is announced as a line for everybody, not a person's."""
        before = number.view.folded[max(0, number.start - _PUBLIC_REACH) : number.start]
        announced = [found.end() for found in self._public.finditer(before)]
        return bool(announced) and not self._people.search(before, announced[-1])


def _pattern(digits: str, *, labelled: bool) -> str:
    """Which kind of number the digits are; empty for none."""
    if len(digits) == _WITHOUT_ZERO:
        return "mobile" if _MOBILE.fullmatch(f"0{digits}") else ""
    abroad = _COUNTRY.match(digits)
    national = "0" + digits[abroad.end() :] if abroad else digits
    if _MOBILE.fullmatch(national):
        return "mobile"
    if _LANDLINE.fullmatch(national):
        return "landline"
    return "phone_labelled" if labelled and _LABELLED.fullmatch(national) else ""


RECOGNIZER = PhoneRecognizer
