"""Passport numbers: one letter and seven or eight digits, with a label.

Format: a letter (B, C, N, P ordinary, K ..., since 2022 also others) and seven digits; eight on the
newest books. Source: Thông tư 31/2023/TT-BCA (the passport's form) and specimens; there is no check
digit outside the machine-readable zone.
"""

from __future__ import annotations

import re

from lab.policy.recognizers._numbers import CERTAIN, Label, NumberRecognizer
from lab.policy.text import Number

_LETTER = re.compile(
    r"(?<![^\W_])([a-z]|be|xe|de|hat|ca|lo|mo|no|en|pe)[ .\-]{0,2}$", re.IGNORECASE
)
"""The letter, or its name."""


class PassportRecognizer(NumberRecognizer):
    """A letter and seven or eight digits with the label of a passport."""

    name = "passport"  # type: ignore[misc,unused-ignore]
    lengths = (7, 8)

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """Only with a label of its own."""
        fits = label.own and number.regular and _letter(number)
        return (CERTAIN, "passport") if fits else None

    def reach(self, number: Number) -> tuple[int, int]:
        """With the letter."""
        letter = _letter(number)
        return (letter.start(1) if letter else number.start), number.end


def _letter(number: Number) -> re.Match[str] | None:
    return _LETTER.search(number.view.folded, max(0, number.start - 6), number.start)


RECOGNIZER = PassportRecognizer
