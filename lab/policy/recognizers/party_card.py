"""Party membership cards (thẻ đảng viên): eight digits as 12.345678, or twelve, with a label.

Format: two digits for the Party organisation, a dot, six in series; the electronic cards of 2025
are tied to the personal identity number of 12 digits. Source: the cards in use; no rule on the
number is public, so it is found by its label only.
"""

from __future__ import annotations

from lab.policy.recognizers._numbers import CERTAIN, Label, NumberRecognizer
from lab.policy.text import Number


class PartyCardRecognizer(NumberRecognizer):
    """Eight or twelve digits with the label of a Party card."""

    name = "party_card"  # type: ignore[misc,unused-ignore]
    lengths = (8, 12)

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """Only with a label of its own."""
        return (CERTAIN, "party_card") if label.own and number.regular else None


RECOGNIZER = PartyCardRecognizer
