"""Coordinates of a place in Vietnam: decimal degrees, degrees and minutes, or VN-2000 metres.

Source: ISO 6709 for the forms; the country lies within 8 to 24 degrees north and 102 to 118 east
(with the archipelagos). VN-2000 grid values need a label. A position of a person's house is
personal data; three decimals place it within a hundred metres, so fewer are let pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._numbers import CERTAIN, LIKELY, Labels
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import View, Views

_LATITUDE = r"(?:[89]|1\d|2[0-4])"
_LONGITUDE = r"1(?:0[2-9]|1[0-8])"
_MINUTES = r"\s?\d{1,2}\s?(?:['’′]|phút)?(?:\s?\d{1,2}(?:[.,]\d+)?\s?(?:\"|”|″|''|giây))?"
_DEGREE = r"\s?(?:°|º|độ)"
_PATTERNS = {
    "decimal": re.compile(
        rf"(?<![\w.,]){_LATITUDE}[.,]\d{{3,10}}\s?°?\s?[NB]?\s{{0,2}}[,;/ ]\s{{0,2}}"
        r"(?:(?:kinh độ|lng|lon|long|E|Đ)\s?[:=]?\s?)?"
        rf"{_LONGITUDE}[.,]\d{{3,10}}(?!\d)(?:\s?°?\s?[EĐ](?!\w))?"
    ),
    "reversed": re.compile(
        rf"(?<![\w.,]){_LONGITUDE}\.\d{{3,10}}\s{{0,2}}[,;/ ]\s{{0,2}}{_LATITUDE}\.\d{{3,10}}(?!\d)"
    ),
    "degrees": re.compile(
        rf"(?<!\w){_LATITUDE}{_DEGREE}{_MINUTES}\s?(?:[NB]|vĩ\s?[Bb]ắc)?\s{{0,2}}[,;/\- ]\s{{0,3}}"
        rf"{_LONGITUDE}{_DEGREE}{_MINUTES}(?:\s?[EĐ](?!\w)|\s?kinh\s?[Đđ]ông)?"
    ),
}
_GRID = re.compile(
    r"(?<![\w.,])X\s?[:=]\s?\d{6,7}(?:[.,]\d{1,3})?\s{0,2}[,;]?\s{0,2}"
    r"Y\s?[:=]\s?\d{6,7}(?:[.,]\d{1,3})?",
    re.IGNORECASE,
)


class CoordinatesRecognizer(Recognizer):
    """Pairs of a latitude and a longitude."""

    name = "coordinates"  # type: ignore[misc,unused-ignore]

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._labels = Labels(rule.context, ())

    def find(self, views: Views) -> Iterator[Hit]:
        """Positions in every reading."""
        for view in views.everything():
            if "10" not in view.text and "11" not in view.text and "=" not in view.text:
                continue
            for pattern, what in _PATTERNS.items():
                yield from self._hits(view, what, pattern)
            yield from self._hits(view, _GRID, "grid")

    def _hits(self, view: View, what: re.Pattern[str], pattern: str) -> Iterator[Hit]:
        for found in what.finditer(view.text):
            label = self._labels.of(view, found.start(), found.end()).own
            score = CERTAIN if label else LIKELY
            yield Hit(*view.span(found.start(), found.end()), score, pattern, label, view.name)


RECOGNIZER = CoordinatesRecognizer
