"""Cipher telegrams and the means of cipher work: ``công điện mật mã``, ``cơ yếu chuyển``.

The trade itself is public (its law, its day, its academy) and so are solar panels, which read alike
without accents: both are in a list of what is harmless.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._words import lexicon, outermost, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

AGAINST = {
    "learning": 2.0,
    "question": 1.0,
    "asking": 2.0,
    "permission": 3.0,
    "tools": 3.0,
    "forbidding": 2.5,
}
FOR = {"content": 2.0, "number": 1.5, "handling": 1.0}
SUN = "troi"
"""``dien mat troi`` is ``điện mặt trời``."""


class Cipher(Recognizer):
    """Finds cipher telegrams."""

    name = "cipher"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._signs = lexicon(sign=rule.words("phrases"))
        self._not = lexicon(harmless=rule.words("not"))
        self._evidence = Evidence(rule)

    def find(self, views: Views) -> Iterator[Hit]:
        """Telegrams and keys that are handed over, not spoken about."""
        for reading in readings(views):
            signs = outermost(reading.find(self._signs))
            if not signs:
                continue
            harmless = reading.find(self._not)
            for sign in signs:
                if any(each.overlaps(sign) for each in harmless):
                    continue
                if reading.words[sign.last + 1 : sign.last + 2] == [SUN]:
                    continue
                weight = self._evidence.balance(reading, sign, FOR, AGAINST)
                if weight >= 1:
                    start, end = reading.view.span(sign.start, sign.end)
                    score = min(0.95, 0.7 + weight / 20)
                    yield Hit(start, end, score, sign.phrase, view=reading.view.name)


RECOGNIZER = Cipher
