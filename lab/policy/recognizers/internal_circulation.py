"""Notes that limit who may read a document: ``LƯU HÀNH NỘI BỘ``, ``XEM XONG TRẢ LẠI``.

As a note (a line of its own, capitals, brackets) it always counts. In running text the sentence
must not merely teach, ask or forbid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._words import Found, Reading, lexicon, outermost, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

_ALONE_BEFORE = re.compile(
    r"(?:^|[\n(\[{|*_#<«])[^\w\n]*(?:tai lieu|van ban|ban|luu y|ghi chu)?[^\w\n]*$"
)
_ALONE_AFTER = re.compile(r"^[^\w\n]*(?:$|[\n)\]}|*_#>»])")
_DASH = re.compile(r"\s+[-–—|]+\s+\w")
AGAINST = {
    "learning": 2.0,
    "question": 1.5,
    "asking": 1.5,
    "permission": 3.0,
    "tools": 3.0,
    "forbidding": 2.0,
    "public": 1.0,
}
FOR = {"content": 2.0, "number": 1.5, "handling": 1.0}

ANOTHER = 2.0
"""What a second note in the same sentence adds."""

HEADING = 1.0
"""What it adds that the note heads its line, with a dash before what it limits."""

LETTERS_APART = 1.5
"""A note takes so many times its own length where a sign stands between its letters."""


class InternalCirculation(Recognizer):
    """Finds notes of internal circulation."""

    name = "internal_circulation"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._notes = lexicon(note=rule.words("phrases"))
        self._not = lexicon(harmless=rule.words("not"))
        self._evidence = Evidence(rule)

    def find(self, views: Views) -> Iterator[Hit]:
        """Notes that limit this document, not talk about such notes."""
        for reading in readings(views):
            notes = reading.find(self._notes)
            if not notes:
                continue
            harmless = reading.find(self._not)
            for note in outermost(notes):
                if any(each.overlaps(note) for each in harmless):
                    continue
                weight = self._weigh(reading, note, notes)
                if weight >= 1:
                    start, end = reading.view.span(note.start, note.end)
                    score = min(0.95, 0.7 + weight / 20)
                    yield Hit(start, end, score, note.phrase, view=reading.view.name)

    def _weigh(self, reading: Reading, note: Found, notes: tuple[Found, ...]) -> float:
        if _is_stamp(reading, note) or _is_spaced(reading, note):
            return 3.0
        if any(
            other.last < note.first or other.first > note.last
            for other in notes
            if reading.sentence_of[other.first] == reading.sentence_of[note.first]
        ):
            return ANOTHER + self._evidence.balance(reading, note, FOR, AGAINST)
        if _heads(reading, note):
            return HEADING + self._evidence.balance(reading, note, FOR, AGAINST)
        near = self._evidence.beside(reading, note)
        return self._evidence.balance(reading, note, FOR, AGAINST) + 0.5 * near.count("content")


def _is_stamp(reading: Reading, note: Found) -> bool:
    """True where the words stand for themselves: own line, brackets, capitals."""
    text = reading.text
    written = text[note.start : note.end]
    start, end = reading.bounds(reading.sentence_of[note.first])
    if written.isupper() and not text[start:end].isupper() and not written.islower():
        return True
    line = reading.folded[max(0, note.start - 80) : note.start].rpartition("\n")[2]
    before = _ALONE_BEFORE.search("\n" + line)
    return before is not None and _ALONE_AFTER.match(reading.folded[note.end :]) is not None


def _heads(reading: Reading, note: Found) -> bool:
    """True where a line begins with the note and goes on after a dash."""
    line = reading.folded[: note.start].rpartition("\n")[2]
    return not line.strip() and _DASH.match(reading.folded, note.end) is not None


def _is_spaced(reading: Reading, note: Found) -> bool:
    """True where its letters were set apart: nobody does so who only speaks of such notes."""
    if reading.view.name != "joined":
        return False
    start, end = reading.view.span(note.start, note.end)
    return end - start >= LETTERS_APART * (note.end - note.start)


RECOGNIZER = InternalCirculation
