"""Bank account numbers: six to nineteen digits with a label; there is no common form or check.

Source: each bank numbers its accounts itself (Thông tư 17/2024/TT-NHNN sets no form); lengths as
seen at Vietnamese banks. The label, or a bank's name right before the digits, is what tells.
"""

from __future__ import annotations

from collections.abc import Iterable

from lab.policy.recognizers._numbers import CERTAIN, Label, NumberRecognizer
from lab.policy.text import Number, Views


class BankAccountRecognizer(NumberRecognizer):
    """The longest regular reading behind the label of an account."""

    name = "bank_account"  # type: ignore[misc,unused-ignore]
    lengths = tuple(range(6, 20))

    def readings(self, views: Views) -> Iterable[Number]:
        """The longest regular readings only: an account has no length of its own."""
        if not self.labels.anywhere(views):
            return []
        regular = [
            number for number in super().readings(views) if number.regular and not number.glued
        ]
        regular.sort(key=lambda each: (each.view.name, each.start, -each.end))
        longest: list[Number] = []
        for number in regular:
            last = longest[-1] if longest else None
            if last is None or last.view is not number.view or number.end > last.end:
                longest.append(number)
        return longest

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:  # noqa: ARG002
        """Only with a label of its own: digits alone say nothing."""
        return (CERTAIN, "account") if label.own else None


RECOGNIZER = BankAccountRecognizer
