"""Driving licences (giấy phép lái xe): twelve digits with a label.

Format: twelve digits on the PET cards in use since 2013; public sources disagree on what each part
means, so nothing but the length is checked. Source: Thông tư 35/2024/TT-BGTVT (the card's form).
"""

from __future__ import annotations

from lab.policy.recognizers._numbers import CERTAIN, Label, NumberRecognizer
from lab.policy.text import Number


class DrivingLicenceRecognizer(NumberRecognizer):
    """Twelve digits with the label of a driving licence."""

    name = "driving_licence"  # type: ignore[misc,unused-ignore]
    lengths = (12,)

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """Only with a label of its own."""
        return (CERTAIN, "licence") if label.own and number.regular else None


RECOGNIZER = DrivingLicenceRecognizer
