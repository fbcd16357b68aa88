"""English stamps: ``TOP SECRET``, ``SECRET``, ``CONFIDENTIAL``; alone, boxed or at the head."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._words import Found, Reading, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

_EDGE = r"[^A-Za-zÀ-ỹ0-9\n]{0,60}"
_STAMP = re.compile(
    rf"^{_EDGE}(?P<alone>(?:(?:TOP|STRICTLY|HIGHLY|MOST)\s)?"
    r"(?:SECRET|CONFIDENTIAL|CLASSIFIED|RESTRICTED|EYES ONLY))"
    rf"(?:[ \-/]{{1,4}}\w{{1,12}}){{0,2}}{_EDGE}$"
    r"|[(\[{«*]\s{0,4}(?P<boxed>(?:TOP |STRICTLY )?(?:SECRET|CONFIDENTIAL|CLASSIFIED)"
    r"|Top Secret|Secret|Confidential)\s{0,4}[)\]}»*]"
    r"|\b(?P<inside>TOP[ _-]?SECRET)\b"
    r"|\b(?:[Cc]lassification|CLASSIFICATION|[Mm]arking|[Ss]ecurity level)\s?[:=]\s?"
    r"(?P<level>(?:TOP )?SECRET|CONFIDENTIAL|RESTRICTED|(?:Top )?[Ss]ecret|Confidential)\b"
    rf"|^{_EDGE}(?P<head>CONFIDENTIAL|Confidential|TOP SECRET|Top Secret|SECRET)"
    r"\s?(?:[:–—]|-\s|//)",
    re.MULTILINE,
)
_WORDS = ("secret", "confidential", "classified", "restricted", "eyes only")
_LESSON = {"learning", "asking", "permission", "forbidding", "tools", "question", "figure"}


class EnglishMark(Recognizer):
    """Finds English stamps."""

    name = "english_mark"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._evidence = Evidence(rule)

    def find(self, views: Views) -> Iterator[Hit]:
        """Stamps that no question or lesson surrounds."""
        for reading in readings(views):
            if not any(word in reading.folded for word in _WORDS):
                continue
            for found in _STAMP.finditer(reading.text):
                start, end = found.span(found.lastgroup or 0)
                if not self._is_lesson(reading, start):
                    first, last = reading.view.span(start, end)
                    yield Hit(first, last, 0.9, "english", view=reading.view.name)

    def _is_lesson(self, reading: Reading, offset: int) -> bool:
        first = reading.first_word(offset)
        place = (reading.starts[first], reading.ends[first])
        kinds = self._evidence.kinds(reading, Found("", "", first, first, (first,), *place))
        return bool(kinds & _LESSON) and not kinds & {"content", "number"}


RECOGNIZER = EnglishMark
