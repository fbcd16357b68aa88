"""What Vietnamese names are made of, and how much a run of words looks like one.

A name is a surname, perhaps middle names, and a given name. No list can hold them all, so each
run of words is weighed: how telling its surname is, whether its other syllables are used in names,
which words stand around it, and whether it is an ordinary word or a place that merely begins like
a name. The weights were set on tables of our own (``tests/unit/test_recognizer_person.py``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from lab.policy.name_sets import COMMON, MOST, ONLY_MIDDLES, PAIR, RARE, STRONG, TELLING, TRIPLE
from lab.policy.rules import Rule
from lab.policy.text import fold

_TONES = (
    ("oà", "òa"), ("oá", "óa"), ("oả", "ỏa"), ("oã", "õa"), ("oạ", "ọa"),
    ("oè", "òe"), ("oé", "óe"), ("oẻ", "ỏe"), ("oẽ", "õe"), ("oẹ", "ọe"),
    ("uỳ", "ùy"), ("uý", "úy"), ("uỷ", "ủy"), ("uỹ", "ũy"), ("uỵ", "ụy"),
)  # fmt: skip
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|kr|kp|ks|ph|th|tr|qu|[bcdghklmnprstvxjw])?"
    r"[aeiouy]{1,4}(?:ng|nh|ch|[cmnptk])?"
)
_LITTLE_WORDS = frozenset(("và", "va", "từ", "tu", "già", "gia", "là", "la", "hờ"))
"""Surnames that are above all other words: they ask for a middle name that goes with them."""
_AFTER_LITTLE_WORDS = frozenset(
    ("văn", "thị", "bá", "y", "a", "nỏ", "giống", "pà", "chá", "van", "thi", "ba")
)
_ASCII_WORDS = frozenset(
    [
        "le",
        "do",
        "vo",
        "vu",
        "duong",
        "truong",
        "dinh",
        "ngo",
        "lo",
        "lu",
        "lau",
        "hoang",
        "ta",
        "la",
        "ly",
        "to",
        "ho",
        "cao",
        "ha",
        "vi",
        "mai",
        "an",
        "bao",
        "cung",
        "chu",
        "dau",
        "dao",
        "thai",
        "lam",
        "phan",
        "tran",
        "dang",
        "dam",
        "doan",
        "tong",
        "phung",
        "bach",
        "cam",
        "cam",
        "loc",
        "luu",
        "y",
        "tu",
        "tan",
    ]
)
"""Surnames that, typed without accents, are common words too."""

CAPITALS = "A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ"
"""The capital letters of Vietnamese, for the brackets of a pattern."""

NAME_LENGTH = 6
"""Most syllables of one name."""
LIMIT = 3.0
"""Weight at which a run of words is as likely as not a name: score 0.5."""


def key(text: str) -> str:
    """Lower case, and one way of placing the tone (``hoà`` is ``hòa``); the same length."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    if not lower.isascii():
        for old, new in _TONES:
            if old in lower:
                lower = lower.replace(old, new)
    return lower


def phrase(words: Iterable[str]) -> frozenset[str]:
    """Entries of a list, ready to be looked up by :func:`key`."""
    return frozenset(" ".join(key(word).split()) for word in words)


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a run of words."""

    before: bool = False
    """A word that announces a person: ``ông``, ``họ và tên:``."""
    label: bool = False
    """That word is the label of a form or of a self-introduction."""
    other: bool = False
    """The first word makes an ordinary expression with the word before it."""
    verb: bool = False
    """Something that people do follows: ``đề nghị``, ``cho biết``."""
    after: bool = False
    """Something that follows people: a birth year, an identity number, ``thường trú``."""
    start: bool = False
    """The run begins a sentence or a line, where every word has a capital."""
    heading: bool = False
    """The words beside it are in capitals as well."""


def _both(rule: Rule, name: str) -> frozenset[str]:
    """A list with accents and without: whoever types without them is looked up there as well."""
    words = phrase(rule.words(name))
    return words | frozenset(map(fold, words))


class Syllables:
    """The word lists of the rule, read both with accents and without."""

    def __init__(self, rule: Rule) -> None:
        strong, common, rare = (
            phrase(rule.words(name)) for name in ("surnames", "surnames_common", "surnames_rare")
        )
        self.surnames = {
            **dict.fromkeys(rare, RARE),
            **dict.fromkeys(common, COMMON),
            **dict.fromkeys(strong, STRONG),
        }
        self.strong = strong
        self.exact = strong | common | rare
        self.bare_strong = frozenset(map(fold, strong))
        for word, weight in tuple(self.surnames.items()):
            bare = fold(word)
            likely = min(weight, 1.0) if bare in _ASCII_WORDS else weight - 0.5
            self.surnames[bare] = max(likely, self.surnames.get(bare, 0.0))
        self.middles = _both(rule, "middles")
        self.givens = _both(rule, "givens")
        self.ordinary = _both(rule, "ordinary")
        function = phrase(rule.words("function"))
        self.bare_function = (
            frozenset(map(fold, function)) - function - {"thi", "van", "thu", "hoa"}
        )
        self.function = function | self.bare_function
        self.places = _both(rule, "places")
        self.figures = _both(rule, "figures")
        self.leaders = _both(rule, "leaders")
        self.organisations = _both(rule, "organisations")

    def surname(self, word: str) -> float:
        """How telling a word is as a surname; 0 for a word that is none."""
        return self.surnames.get(word, 0.0)

    def is_ordinary(self, first: str, second: str) -> bool:
        """True for two words that make an ordinary expression (``hồ sơ``, ``bí thư``)."""
        return f"{first} {second}" in self.ordinary

    def weigh(self, words: list[str], around: Around, shape: str) -> float:
        """How much the words look like a person's full name: 0 to 1, 0.5 is undecided.

        ``shape``: ``title``, ``upper`` or ``lower`` case.
        """
        surname = self.surname(words[0])
        if len(words) < PAIR or not surname:
            return 0.0
        bare = all(word.isascii() for word in words)
        if shape == "lower" and not self._may_be_lower(words, around, bare=bare):
            return 0.0
        weight = surname + self._body(words)
        weight += {2: 0.0, 3: 0.5, 4: 0.5, 5: 0.0}.get(len(words), -1.5)
        weight -= self._doubts(words, shape, bare=bare, around=around) + 3.0 * around.other
        weight += 2.5 * around.before + 2.0 * around.after + 1.0 * around.verb
        if not around.before:
            weight -= 0.5 * (around.start and surname < TELLING) + 1.5 * around.heading
            weight -= 1.0 * (shape == "lower")
        if shape == "lower":
            weight -= 1.0 if around.label or not bare else 2.0
        return 1.0 / (1.0 + math.exp(LIMIT - weight))

    def _may_be_lower(self, words: list[str], around: Around, *, bare: bool) -> bool:
        """False for what in lower case is hardly ever a name: a pair, a second word of any kind."""
        count, usual = len(words), words[1] in self.middles
        if not bare and words[0] not in self.exact:
            return False  # "xong bao lâu": who types accents types the surname's as well
        if around.label:
            return count > PAIR or words[0] in self.strong or words[0] in self.bare_strong
        if around.before:
            pair = count == PAIR and self.surname(words[0]) >= STRONG and words[1] in self.givens
            return pair or (count > PAIR and usual)
        return count > PAIR and usual and not (bare and words[0] in _ASCII_WORDS)

    def _body(self, words: list[str]) -> float:
        """What the words after the surname say."""
        count = len(words)
        weight = 0.0
        if count > PAIR:
            second = words[1]
            if second in MOST:
                weight += 2.5
            elif second in self.middles:
                weight += 1.0 + 1.0 * (second in ONLY_MIDDLES)
            elif not _SYLLABLE.fullmatch(fold(second)):
                weight -= 2.0
        last = words[-1]
        if last in self.givens:
            weight += 1.0 + 0.5 * (count == PAIR)
        elif len(last) == 1 and count > PAIR:
            weight += 0.5
        elif not _SYLLABLE.fullmatch(fold(last)):
            weight -= 2.0
        elif count == PAIR:
            weight -= 1.0
        return weight

    def _doubts(self, words: list[str], shape: str, *, bare: bool, around: Around) -> float:
        """What speaks against a name: ordinary expressions and places."""
        strong = words[0] in self.strong or (bare and words[0] in self.bare_strong)
        doubt = 0.0
        if self.is_ordinary(words[0], words[1]):
            doubt += self._ordinary_doubt(words, shape, strong=strong, bare=bare, around=around)
        for first, second in pairwise(words[1:]):
            if self.is_ordinary(first, second):
                sure = strong and not bare and self._is_usual(words, first, second)
                sure = sure and (shape != "lower" or around.before or first != words[1])
                doubt += {"title": 0.8, "upper": 1.5, "lower": 2.0}[shape] * (0.3 if sure else 1.0)
        if words[0] in _LITTLE_WORDS and words[1] not in _AFTER_LITTLE_WORDS:
            doubt += 3.0
        if len(words) <= TRIPLE and " ".join(words) in self.places:
            doubt += (5.0 if len(words) == PAIR else 2.0) * (
                0.4 if around.after or (around.before and bare) else 1.0
            )
        return doubt

    def _is_usual(self, words: list[str], first: str, second: str) -> bool:
        """True where two words that are an expression too are usual in a name: ``Kim Thoa``."""
        if first == words[1]:
            return first in self.middles
        return words[1] in MOST and first in self.middles and second in self.givens

    def _ordinary_doubt(
        self, words: list[str], shape: str, *, strong: bool, bare: bool, around: Around
    ) -> float:
        """What it costs that the first two words are an ordinary expression (``hoàng gia``)."""
        likely = len(words) > PAIR and words[1] in MOST and words[-1] in self.givens
        if likely and (shape != "lower" or around.before):
            return 0.5 if shape == "title" else 1.5
        if strong and shape == "title":
            return 1.2 if len(words) == PAIR and not bare else 2.0
        named = self.surname(words[0]) >= 1.0 and words[1] in self.middles and len(words) > PAIR
        if named and (shape == "title" or (shape == "upper" and around.before)):
            return 2.5
        return 5.0
