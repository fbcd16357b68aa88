"""Health, belief, origin, records and childhood of a person: the words that say it, beside a name.

The words alone are public health, statistics or a lesson. They count where the person can be told:
a name (with its honorific, or surname and given name), a long number, in the same sentence or the
one beside it. Public and historical figures are no such person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._words import Found, Reading, lexicon, outermost, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views, fold

_NUMBER = re.compile(r"(?<!\d)(?:\d[ .\-]?){9,12}(?!\d)")
_PLACEHOLDER = re.compile(r"\[(?:HỌ TÊN|HO TEN|SỐ|SO)[^\]]{0,20}\]")
HONORIFICS = frozenset(
    "ong ba anh chi em chau co chu bac be hoc sinh benh nhan vo chong con cu".split()
)
NEAR = 220
"""Characters on either side in which the person may be named."""


class SensitivePerson(Recognizer):
    """Finds sensitive words about a person who can be told."""

    name = "sensitive_person"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._signs = lexicon(sign=rule.words("phrases"))
        self._evidence = Evidence(rule)
        self._others = lexicon(
            figure=rule.words("figures"), leader=rule.words("leaders"), place=rule.words("places")
        )
        self._surnames = frozenset(fold(word) for word in rule.words("surnames"))

    def find(self, views: Views) -> Iterator[Hit]:
        """The sensitive words alone: what is left can be worked with."""
        for reading in readings(views):
            signs = outermost(reading.find(self._signs))
            if not signs:
                continue
            people = self._people(reading)
            for sign in signs:
                if not self._tied(reading, sign, people):
                    continue
                kinds = self._evidence.kinds(reading, sign)
                if kinds & {"learning", "forbidding"} and not kinds & {"content", "handling"}:
                    continue
                start, end = reading.view.span(sign.start, sign.end)
                yield Hit(start, end, 0.8, sign.phrase, view=reading.view.name)

    @staticmethod
    def _tied(reading: Reading, sign: Found, people: list[tuple[int, int]]) -> bool:
        """Whether somebody is named in the same sentence, the one before or the one after."""
        sentence = reading.sentence_of[sign.first]
        low = reading.bounds(max(0, sentence - 1))[0]
        high = reading.bounds(min(len(reading.cuts), sentence + 1))[1]
        low, high = max(low, sign.start - NEAR), min(high, sign.end + NEAR)
        return any(
            low <= start and end <= high and (end <= sign.start or start >= sign.end)
            for start, end in people
        )

    def _people(self, reading: Reading) -> list[tuple[int, int]]:
        """Where somebody is named or numbered."""
        taken = {index for each in reading.find(self._others) for index in each.words}
        people = [found.span() for found in _NUMBER.finditer(reading.text)]
        people += [found.span() for found in _PLACEHOLDER.finditer(reading.text)]
        for index in range(len(reading.words) - 1):
            if index in taken or index + 1 in taken or not reading.joined(index, index + 1):
                continue
            if self._names(reading, index):
                people.append((reading.starts[index], reading.ends[index + 1]))
        return people

    def _names(self, reading: Reading, index: int) -> bool:
        """Surname and given name, or an honorific and a name, from the word at ``index``."""
        words, text = reading.words, reading.text
        upper = [text[reading.starts[i]].isupper() for i in (index, index + 1)]
        surname = words[index] in self._surnames
        if surname and all(upper) and len(words[index + 1]) > 1:
            return not text[reading.starts[index] : reading.ends[index + 1]].isupper() or (
                index + 2 < len(words) and text[reading.starts[index + 2]].isupper()
            )
        if words[index] not in HONORIFICS:
            return False
        after = words[index + 1]
        if upper[1] and len(after) > 1:
            return after not in {"bi", "chu", "pho", "truong", "giam", "viet", "nguyen"} or (
                after == "nguyen" and index + 2 < len(words)
            )
        return after in self._surnames and index + 3 < len(words) and words[index + 2] in {
            "van", "thi", "ba", "duc", "huu", "quang", "minh", "xuan", "ngoc", "thanh", "dinh",
        }  # fmt: skip


RECOGNIZER = SensitivePerson
