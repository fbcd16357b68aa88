"""Numbers of the old identity card (chứng minh nhân dân): nine digits, valid until 2024.

Format: nine digits, the first two or three for the province that issued it; no check digit. Source:
Nghị định 05/1999/NĐ-CP and Thông tư 04/1999/TT-BCA. Any nine digits fit, so a label is needed.
"""

from __future__ import annotations

from lab.policy.recognizers._numbers import CERTAIN, Label, NumberRecognizer
from lab.policy.text import Number


class CmndRecognizer(NumberRecognizer):
    """Nine digits with the label of an identity card."""

    name = "cmnd"  # type: ignore[misc,unused-ignore]
    lengths = (9,)

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """Only with a label of its own."""
        return (CERTAIN, "cmnd") if label.own and number.regular else None


RECOGNIZER = CmndRecognizer
