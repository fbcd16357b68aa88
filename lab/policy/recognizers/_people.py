"""Where a text names somebody who can be told: enough to tie other words to a person.

Coarser than the recognizer of names on purpose: nothing is masked by it.
"""

from __future__ import annotations

import re

from lab.policy.recognizers._words import Reading, lexicon
from lab.policy.rules import Rule
from lab.policy.text import fold

_NUMBER = re.compile(r"\d(?<!\d\d)[ .\-]?(?:\d[ .\-]?){8,11}(?!\d)")
_PLACEHOLDER = re.compile(r"\[(?:HỌ TÊN|HO TEN|SỐ|SO)[^\]]{0,20}\]")
HONORIFICS = frozenset(
    [
        "ong",
        "ba",
        "anh",
        "chi",
        "em",
        "chau",
        "co",
        "chu",
        "bac",
        "be",
        "hoc",
        "sinh",
        "benh",
        "nhan",
        "vo",
        "chong",
        "con",
        "cu",
    ]
)
_OFFICES = frozenset({"bi", "chu", "pho", "truong", "giam", "viet", "uy", "thu"})
_MIDDLES = frozenset(
    ["van", "thi", "ba", "duc", "huu", "quang", "minh", "xuan", "ngoc", "thanh", "dinh"]
)


class People:
    """Finds names and long numbers; public figures and places are none."""

    def __init__(self, rule: Rule) -> None:
        """Reads the lists ``figures``, ``leaders``, ``places`` and ``surnames`` of the rule."""
        self._others = lexicon(
            figure=rule.words("figures"), leader=rule.words("leaders"), place=rule.words("places")
        )
        self._surnames = frozenset(fold(word) for word in rule.words("surnames"))
        self._first = self._surnames | HONORIFICS

    def places(self, reading: Reading) -> tuple[tuple[int, int], ...]:
        """Offsets of those who are named or numbered."""
        if reading.people is None:
            reading.people = tuple(self._look(reading))
        return reading.people

    def _look(self, reading: Reading) -> list[tuple[int, int]]:
        others = (each for each in reading.find(self._others) if len(each.words) > 1)
        taken = {index for each in others for index in each.words}
        people = [found.span() for found in _NUMBER.finditer(reading.text)]
        people += [found.span() for found in _PLACEHOLDER.finditer(reading.text)]
        last = len(reading.words) - 1
        for index in sorted(
            place for word in self._first & reading.places.keys() for place in reading.places[word]
        ):
            if index == last or index in taken or index + 1 in taken:
                continue
            if self._names(reading, index) and reading.joined(index, index + 1):
                people.append((reading.starts[index], reading.ends[index + 1]))
        return people

    def _names(self, reading: Reading, index: int) -> bool:
        """Surname and given name, or an honorific and a name, from the word at ``index``."""
        words, text = reading.words, reading.text
        upper = [text[reading.starts[i]].isupper() for i in (index, index + 1)]
        after = words[index + 1]
        third = words[index + 2] if index + 2 < len(words) else ""
        if words[index] in self._surnames and all(upper) and len(after) > 1:
            capitals = text[reading.starts[index] : reading.ends[index + 1]].isupper()
            return not capitals or (third != "" and text[reading.starts[index + 2]].isupper())
        if words[index] not in HONORIFICS:
            return False
        if upper[1] and len(after) > 1:
            return after not in _OFFICES
        return after in self._surnames and third in _MIDDLES
