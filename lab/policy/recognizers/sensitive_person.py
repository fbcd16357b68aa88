"""Health, belief, origin, records and childhood of a person: the words that say it, beside a name.

The words alone are public health, statistics or a lesson. They count where the person can be told:
a name (with its honorific, or surname and given name), a long number, in the same sentence or the
one beside it. Public and historical figures are no such person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._people import People
from lab.policy.recognizers._words import Found, Reading, lexicon, outermost, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

_PARTED = re.compile(r"[,;]\s")
NEAR = 220
"""Characters on either side in which the person may be named."""


class SensitivePerson(Recognizer):
    """Finds sensitive words about a person who can be told."""

    name = "sensitive_person"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._signs = lexicon(sign=rule.words("phrases"))
        self._evidence = Evidence(rule)
        self._people = People(rule)

    def find(self, views: Views) -> Iterator[Hit]:
        """The sensitive words alone: what is left can be worked with."""
        for reading in readings(views):
            signs = outermost(reading.find(self._signs))
            if not signs:
                continue
            people = self._people.places(reading)
            for sign in signs:
                if _PARTED.search(reading.text, sign.start, sign.end):
                    continue  # "đồng, tính"
                if not self._tied(reading, sign, people):
                    continue
                kinds = self._evidence.kinds(reading, sign)
                if kinds & {"learning", "forbidding"} and not kinds & {"content", "handling"}:
                    continue
                start, end = reading.view.span(sign.start, sign.end)
                yield Hit(start, end, 0.8, sign.phrase, view=reading.view.name)

    @staticmethod
    def _tied(reading: Reading, sign: Found, people: Iterable[tuple[int, int]]) -> bool:
        """Whether somebody is named in the same sentence, the one before or the one after."""
        sentence = reading.sentence_of[sign.first]
        low = reading.bounds(max(0, sentence - 1))[0]
        high = reading.bounds(min(len(reading.cuts), sentence + 1))[1]
        low, high = max(low, sign.start - NEAR), min(high, sign.end + NEAR)
        return any(
            low <= start and end <= high and (end <= sign.start or start >= sign.end)
            for start, end in people
        )


RECOGNIZER = SensitivePerson
