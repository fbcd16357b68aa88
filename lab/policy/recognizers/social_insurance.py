"""Social insurance numbers (mã số BHXH): ten digits, no check digit, so a label is needed.

Format: ten digits, the first two for the province; the same digits end a health insurance card.
Source: Quyết định 595/QĐ-BHXH and Quyết định 1035/QĐ-BHXH of the social insurance agency.
"""

from __future__ import annotations

from lab.policy.recognizers._numbers import CERTAIN, Label, NumberRecognizer
from lab.policy.text import Number


class SocialInsuranceRecognizer(NumberRecognizer):
    """Ten digits with the label of social insurance."""

    name = "social_insurance"  # type: ignore[misc,unused-ignore]
    lengths = (10,)

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """Only with a label of its own."""
        return (CERTAIN, "bhxh") if label.own and number.regular else None


RECOGNIZER = SocialInsuranceRecognizer
