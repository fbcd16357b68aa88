"""Party membership cards (thẻ đảng viên): eight digits as 12.345678, or twelve, with a label.

Format: two digits for the Party organisation, a dot, six in series; the electronic cards of 2025
are tied to the personal identity number of 12 digits. Source: the cards in use; no rule on the
number is public, so it is found by its label only.
"""

from __future__ import annotations

import re

from lab.policy.recognizers._numbers import CERTAIN, LIKELY, Label, NumberRecognizer
from lab.policy.text import Number

_NEAR = 90
_FORM = re.compile(r"\d\d\.\d{6}")
_OF_MEMBER = re.compile(r"(?:dang vien|the dang|sinh hoat dang)[^\n]{0,70}\bso the[ :]{0,3}\Z")


class PartyCardRecognizer(NumberRecognizer):
    """Eight or twelve digits with the label of a Party card."""

    name = "party_card"  # type: ignore[misc,unused-ignore]
    lengths = (8, 12)

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """With a label of its own, or as ``số thẻ 12.345678`` where a member is spoken of."""
        if not number.regular:
            return None
        if label.own:
            return CERTAIN, "party_card"
        before = number.view.folded[max(0, number.start - _NEAR) : number.start]
        written = _FORM.fullmatch(number.view.text, number.start, number.end)
        return (LIKELY, "of_member") if written and _OF_MEMBER.search(before) else None


RECOGNIZER = PartyCardRecognizer
