"""Documents, figures and plans that are said to be not yet public: ``dự thảo ... chưa công bố``.

The status alone says nothing (``Bộ chưa công bố đáp án``): the document must stand before it in
the same sentence, and the sentence must not teach, ask or forbid.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._words import Found, Reading, lexicon, outermost, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

AGAINST = {
    "learning": 2.0,
    "question": 1.5,
    "asking": 1.5,
    "permission": 3.0,
    "tools": 3.0,
    "forbidding": 2.5,
    "public": 1.0,
}
FOR = {"content": 1.0, "number": 1.0, "handling": 1.0}
REACH = 25
"""Words between the document and the status."""


class Unpublished(Recognizer):
    """Finds what is said to be not yet public."""

    name = "unpublished"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._signs = lexicon(status=rule.words("status"), artifact=rule.words("artifacts"))
        self._evidence = Evidence(rule)

    def find(self, views: Views) -> Iterator[Hit]:
        """A status with its document before it."""
        for reading in readings(views):
            found = reading.find(self._signs)
            statuses = [each for each in found if each.label == "status"]
            if not statuses:
                continue
            artifacts = [each for each in found if each.label == "artifact"]
            for status in outermost(statuses):
                if not self._has_document(reading, status, artifacts):
                    continue
                weight = self._evidence.balance(reading, status, FOR, AGAINST)
                if weight >= 1:
                    start, end = reading.view.span(status.start, status.end)
                    score = min(0.95, 0.6 + weight / 20)
                    yield Hit(start, end, score, status.phrase, view=reading.view.name)

    @staticmethod
    def _has_document(reading: Reading, status: Found, artifacts: list[Found]) -> bool:
        sentence = reading.sentence_of[status.first]
        return reading.sentence_of[status.last] == sentence and any(
            each.last < status.first <= each.last + REACH
            and reading.sentence_of[each.first] == sentence
            for each in artifacts
        )


RECOGNIZER = Unpublished
