"""The letters A, B and C that stand for the three levels on an envelope of secret papers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._words import Found, Reading, lexicon, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

_CODE = re.compile(
    r"\b(?:dau|ky hieu|chu|ma|ma so|ky hieu do mat|dong dau|ma do mat|do mat)\s*"
    r"(?:chu|ky hieu|ma|la|do mat)?\s*[:=\"“'(]*\s*(?P<code>[abc])\b(?![/.\-]\w)"
)
REACH = 12
"""Words between the envelope and its code."""


class EnvelopeCode(Recognizer):
    """Finds the code on an envelope."""

    name = "envelope_code"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._envelope = lexicon(envelope=rule.words("envelope"))
        self._evidence = Evidence(rule)

    def find(self, views: Views) -> Iterator[Hit]:
        """Codes in capitals near an envelope, or after ``độ mật``."""
        for reading in readings(views):
            envelopes = reading.find(self._envelope)
            if not envelopes and "do mat" not in reading.folded:
                continue
            for found in _CODE.finditer(reading.folded):
                start, end = found.span("code")
                if not reading.text[start:end].isupper():
                    continue
                here = reading.first_word(start)
                near = any(abs(each.first - here) <= REACH for each in envelopes)
                if (near or "do mat" in found[0]) and not self._is_lesson(reading, here):
                    first, last = reading.view.span(start, end)
                    yield Hit(first, last, 0.8, "envelope-code", view=reading.view.name)

    def _is_lesson(self, reading: Reading, here: int) -> bool:
        sign = Found("", "", here, here, (here,), reading.starts[here], reading.ends[here])
        kinds = self._evidence.kinds(reading, sign)
        codes = sum(word in {"a", "b", "c"} for word in reading.words)
        talk = {"learning", "asking", "permission", "forbidding", "question"} & kinds
        return (bool(talk) and "content" not in kinds) or codes > 2  # noqa: PLR2004


RECOGNIZER = EnvelopeCode
