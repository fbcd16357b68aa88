"""Bank account numbers: six to nineteen digits with a label; there is no common form or check.

Source: each bank numbers its accounts itself (Thông tư 17/2024/TT-NHNN sets no form); lengths as
seen at Vietnamese banks. The label, or a bank's name right before the digits, is what tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lab.policy.recognizers._numbers import CERTAIN, LIKELY, Label, NumberRecognizer
from lab.policy.recognizers._tables import below
from lab.policy.recognizers.base import Hit
from lab.policy.rules import Rule
from lab.policy.text import Number, Views, fold

_YEARS = re.compile(r"(?:(?:19|20)\d\d){2}")
_NEAR = 24
_LABEL_NEAR = re.compile(r"(?:tai khoan|stk|so tk|account number|thu huong)[ a-z:=]{0,10}\Z")
_BANK_BEHIND = re.compile(
    r"[ ,(\-–:]{1,3}(?:(?:ngan hang|nh|bank|cua|tai|o)\s+)?(?:vcb|vietcombank|ngoai thuong"
    r"|tcb|techcombank|bidv|agri(?:bank)?|nong nghiep|vietin(?:bank)?|ctg|mb(?: ?bank)?|vpb(?:ank)?"
    r"|acb|stb|sacombank|tpb(?:ank)?|vib|shb|hdb(?:ank)?|msb|ocb|lpb(?:ank)?|seabank|eximbank)(?![^\W_])"
)
_HEAD = re.compile(
    r"(?:so )?(?:tai khoan|tk|stk|account)(?: (?:ngan hang|nhan|nhan tien|thu huong|so|no|number"
    r"|atm|nguoi nhan|ca nhan|luong))?(?: .{0,12})?"
)
"""Heads of columns of accounts."""
_CELL = re.compile(r"\d(?:[ .\-]?\d){5,18}")
_USUAL = 8
"""Fewer digits are rare for an account."""


class BankAccountRecognizer(NumberRecognizer):
    """The longest regular reading behind the label of an account."""

    name = "bank_account"  # type: ignore[misc,unused-ignore]
    lengths = tuple(range(6, 20))

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._strong = frozenset(fold(word) for word in rule.words("strong"))

    def find(self, views: Views) -> Iterator[Hit]:
        """Accounts behind a label, before a bank's name, and in a column of accounts."""
        yield from super().find(views)
        for view in views.everything():
            for start, end in below(view.folded, _HEAD):
                if _CELL.fullmatch(view.folded, start, end):
                    yield Hit(*view.span(start, end), LIKELY, "account_column", None, view.name)

    def readings(self, views: Views) -> Iterable[Number]:
        """The longest regular readings only: an account has no length of its own."""
        if not self.labels.anywhere(views):
            return []
        regular = [
            number
            for number in super().readings(views)
            if number.regular and not number.glued and not _is_two(number)
        ]
        regular.sort(key=lambda each: (each.view.name, each.start, -each.end))
        longest: list[Number] = []
        for number in regular:
            last = longest[-1] if longest else None
            if last is None or last.view is not number.view or number.end > last.end:
                longest.append(number)
        return longest

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """Only with a label of its own; a bank's name alone is weak and needs a long number."""
        if _YEARS.fullmatch(number.digits):
            return None
        if not label.own:
            return (LIKELY, "bank_behind") if _is_before_bank(number) else None
        strong = label.own in self._strong
        if number.figure or len(number.digits) < _USUAL:
            near = strong and (not number.figure or _follows(number))
            return (LIKELY, "account_labelled") if near else None
        return (CERTAIN if strong else LIKELY), "account"


def _is_before_bank(number: Number) -> bool:
    """Whether a bank's short name stands right behind: ``19036... tcb``."""
    long = len(number.digits) > _USUAL and not number.figure
    return long and _BANK_BEHIND.match(number.view.folded, number.end) is not None


def _follows(number: Number) -> bool:
    """Whether nothing but a colon and a few words stand between the label and a figure."""
    before = number.view.folded[max(0, number.start - _NEAR) : number.start]
    return _LABEL_NEAR.search(before) is not None


def _is_two(number: Number) -> bool:
    """Whether one of its groups is long enough for an account by itself."""
    return len(number.groups) > 1 and max(number.groups) > _USUAL


RECOGNIZER = BankAccountRecognizer
