"""Health insurance cards (thẻ BHYT): 15 characters, or the ten digits that newer cards show.

Format: two letters for the kind of participant, one digit for the benefit level (1 to 5), two for
the province, then the ten digits of social insurance. Source: Quyết định 1351/QĐ-BHXH 2015 (the
letters) and Quyết định 1666/QĐ-BHXH 2020 (the card with ten digits).
"""

from __future__ import annotations

import re

from lab.policy.recognizers._numbers import CERTAIN, LIKELY, Label, NumberRecognizer
from lab.policy.text import Number

_KINDS = re.compile(
    r"DN|H[XCTNDGS]|C[HTSAYCKBN]|NN|T[KBNESCQAYHVDUG]|X[KBND]|NO|QN|MS|K[C]|B[TA]|D[TK]|LS|PV|"
    r"SV|G[BD]|ND|PN|LN"
)
_LETTERS = re.compile(r"(?<![^\W_])([A-Za-z]{2})[ .\-]{0,2}$")
_TAIL, _CARD = 10, 13


class HealthInsuranceRecognizer(NumberRecognizer):
    """Two letters and thirteen digits, or ten digits with a label."""

    name = "health_insurance"  # type: ignore[misc,unused-ignore]
    lengths = (_TAIL, _CARD)

    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """The letters of the card speak for themselves; ten digits need a label."""
        if len(number.digits) == _TAIL:
            return (CERTAIN, "bhyt_ten") if label.own and number.regular else None
        letters = _letters(number)
        if letters is None or number.digits[0] not in "12345":
            return None
        if label.own:
            return CERTAIN, "bhyt_card"
        return (LIKELY, "bhyt_card") if _KINDS.fullmatch(letters[1]) else None

    def reach(self, number: Number) -> tuple[int, int]:
        """With the two letters."""
        letters = _letters(number) if len(number.digits) == _CARD else None
        return (letters.start(1) if letters else number.start), number.end


def _letters(number: Number) -> re.Match[str] | None:
    return _LETTERS.search(number.view.text, max(0, number.start - 8), number.start)


RECOGNIZER = HealthInsuranceRecognizer
