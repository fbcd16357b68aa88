"""What speaks against names that the tagger finds: other words, places, peoples, figures."""

from __future__ import annotations

import math
import re

from lab.policy.name_context import Surroundings
from lab.policy.name_sets import (
    ACTS_ALONE,
    ADDRESS,
    MOST,
    OPENERS,
    PAIR,
    TELLING,
    TRIPLE,
)
from lab.policy.name_words import Words
from lab.policy.names import Syllables

_LEAST_MARGIN = ((2.5, 1.0), (12.0, 2.0))
"""By how much the tagger must like a name better than none: one word with a capital, several, and
the same in lower case.
"""
_SHORT_MARGIN, _PLACE_MARGIN = 10.0, 15.0
"""The same for one or two words that no surname begins, in the middle of a sentence, with nothing
before them that announces a person; and for what is a place's name too.
"""
_PAIR_MARGIN = 3.5
"""For a middle and a given name such as many have: ``Hoài Phương``."""
_LISTS = frozenset((",", "-", "–", ";", "/"))
"""What parts the places of a list."""
_PEOPLES = frozenset(("người", "tộc", "bào", "tiếng", "chữ", "nguoi", "toc", "bao", "tieng"))
"""Behind these a single name is that of an ethnic group: ``người Thái``, ``đồng bào Mông``."""
_GROUPS = frozenset(
    (
        *("thái", "mông", "kinh", "tày", "nùng", "dao", "thổ", "mường", "hoa", "chứt", "đu"),
        *("thai", "mong", "tay", "nung", "tho", "muong", "chut", "du"),
    )
)
_OF_GROUPS = re.compile(
    r"(?<!\w)(?:người|dân tộc|đồng bào|nguoi|dan toc|dong bao)[^.!?\n\d]{0,40}[,;]\s*(?:[oơ]\s)?\Z"
)
"""``dân tộc Ơ Đu, Khơ Mú, Thái``: one of several."""
_URGENT = frozenset(("khẩn", "hỏa", "hoả", "thượng", "sở", "bộ"))
"""Degrees of urgency, and offices behind ``giám đốc`` or ``cán bộ``."""
_KIN = ADDRESS | {"cha", "mẹ", "bố", "má", "con"}
_FORMULA = frozenset((',"', '="', '("', ';"'))
"""What stands before a word of a formula in a sheet."""
_STEMS = frozenset(("giáp", "ất", "bính", "đinh", "mậu", "kỷ", "canh", "tân", "nhâm", "quý", "qúy"))
_BRANCHES = frozenset(
    (
        *("tý", "sửu", "dần", "mão", "mẹo", "thìn", "tỵ", "tị", "ngọ", "mùi", "thân", "dậu"),
        *("tuất", "hợi"),
    )
)
"""``Giáp Tý``: a year or a day of the old calendar."""
_AFTER = {
    "nhà": frozenset(("hồ", "lê", "lý", "trần", "mạc", "nguyễn", "đinh", "ngô", "thanh", "minh")),
    **dict.fromkeys(("anh", "chị", "bác", "chú"), frozenset(("cả", "hai"))),
}
"""A dynasty (``nhà Hồ``) and an order of birth (``anh Hai``) are nobody's names."""
_ROOM = 90
"""Characters before a word in which the name of a people is looked for."""


class Doubts:
    """Weighs what the tagger found in one reading of a text."""

    def __init__(self, words: Words, syllables: Syllables, around: Surroundings) -> None:
        self.words = words
        self.syllables = syllables
        self.around = around

    def goes_on(self, first: int, end: int) -> bool:
        """True where a given name stands behind words of which the last was typed small:
        ``Đỗ như | Quỳnh``.
        """
        words = self.words
        return (
            end < words.count
            and words.shapes[first] == words.shapes[end] == "title"
            and words.shapes[end - 1] == "lower"
            and words.between(end - 1) == " "
            and words.keys[end] in self.syllables.givens
        )

    def least_margin(self, first: int, end: int) -> float:
        """By how much the tagger must like some words better as a name than as none."""
        words, syllables = self.words, self.syllables
        lower, single = words.shapes[first] == "lower", end - first == 1
        least = _LEAST_MARGIN[lower][not single]
        if single and self._is_other_word(first, lower=lower):
            return math.inf
        if self._led(first):
            pair = lower and end - first == PAIR
            return math.inf if pair and syllables.is_ordinary(*words.keys[first:end]) else least
        if words.join(first, end) in syllables.places:
            return _PLACE_MARGIN
        if single:
            return self._least_of_one(first, lower=lower)
        if lower and self._is_part_of_words(first, end):
            return math.inf
        return least if lower else self._least_of_several(first, end)

    def _least_of_several(self, first: int, end: int) -> float:
        """The same for words with capitals: of two that no surname begins, much is asked."""
        words, syllables = self.words, self.syllables
        head, last = words.keys[first], words.keys[end - 1]
        least = _LEAST_MARGIN[False][True]
        if end - first > PAIR or syllables.surname(head) >= TELLING:
            return least
        usual = head in syllables.middles and last in syllables.givens
        short = _PAIR_MARGIN if usual and not (head + last).isascii() else _SHORT_MARGIN
        return short if self._runs_in(first, end) else least

    def _least_of_one(self, first: int, *, lower: bool) -> float:
        """The same for one word with nothing before it that announces a person."""
        words, syllables = self.words, self.syllables
        word, runs_in = words.keys[first], self._runs_in(first, first + 1)
        odd = word.isascii() and word not in syllables.givens
        if lower or ((odd or word in syllables.function) and runs_in):
            return math.inf
        if odd or word in syllables.function:
            return _PLACE_MARGIN
        if syllables.surname(word) < TELLING and runs_in:
            return _SHORT_MARGIN
        return _LEAST_MARGIN[False][False]

    def _led(self, first: int) -> bool:
        """True right behind the last word of what announces a person."""
        words = self.words
        return (
            first > 0
            and words.keys[first - 1] in self.around.leads
            and words.between(first - 1).strip() == ""
        )

    def _is_part_of_words(self, first: int, end: int) -> bool:
        """True where words in lower case are pieces of expressions: ``đơn tố | cáo hợp lệ``."""
        words, ordinary = self.words, self.syllables.is_ordinary
        if end - first > 1 and words.keys[first + 1] in MOST:
            return False
        pairs = range(max(0, first - 1), min(end, words.count - 1))
        return any(
            words.between(at) == " " and ordinary(words.keys[at], words.keys[at + 1])
            for at in pairs
            if not first < at < end - 1 or end - first == PAIR
        )

    def _is_other_word(self, first: int, *, lower: bool) -> bool:
        """True for one word that is a part of an expression, or of a longer run of capitals."""
        words, after = self.words, first + 1
        ordinary = self.syllables.is_ordinary
        led = self._led(first)
        opener = words.keys[first] in (ACTS_ALONE if lower else OPENERS)
        if opener and (lower or not led) and (lower or not self._is_item(first)):
            return True
        near = first > 0 and words.between(first - 1) == " " and (lower or not led)
        if near and ordinary(words.keys[first - 1], words.keys[first]):
            return True
        if after >= words.count or words.between(first) != " ":
            return False
        if (lower or not led) and ordinary(words.keys[first], words.keys[after]):
            return True
        return not lower and words.shapes[after] == "title" and not led

    def _is_item(self, first: int) -> bool:
        """True for one word of a list: ``Lợi, Sáng, Tài``."""
        words, after = self.words, first + 1
        ends = after >= words.count or words.between(first).strip()[:1] in (",", ".", ";", ")")
        return bool(first) and words.between(first - 1).strip() == "," and ends

    def _runs_in(self, first: int, end: int) -> bool:
        """True for words that a sentence runs into, or that begin one that goes on."""
        words = self.words
        if first and words.between(first - 1) == " ":
            return True
        return words.begins(first) and words.text.startswith(" ", words.ends[end - 1])

    def is_part_of_place(self, first: int, end: int) -> bool:
        """True within a place's name (``Con Cuông``), and for a place in a list of places."""
        words, places = self.words, self.syllables.places
        if words.shapes[first] == "lower":
            return False
        after_capital = first and words.shapes[first - 1] == "title"
        if after_capital and words.join(first - 1, end) in places:
            return words.between(first - 1) == " "
        if words.join(first, end) not in places:
            rest = end - first > PAIR and words.join(first + 1, end) in places
            return rest and words.keys[first] in self.around.bare_place_words
        return self._listed_before(first) or self._listed_after(end)

    def is_figure_by_title(self, first: int, end: int) -> bool:
        """True for what a form of address makes a figure of: ``cậu Vàng``, ``Ông Táo``."""
        return first > 0 and self.words.join(first - 1, end) in self.syllables.figures

    def _listed_before(self, first: int) -> bool:
        """True where a place stands before some words, a comma or a dash between."""
        words = self.words
        if not first or words.between(first - 1).strip() not in _LISTS:
            return False
        return any(
            words.join(first - size, first) in self.syllables.places
            for size in range(1, min(TRIPLE, first) + 1)
        )

    def _listed_after(self, end: int) -> bool:
        """The same behind them."""
        words = self.words
        if end >= words.count or words.between(end - 1).strip() not in _LISTS:
            return False
        return any(
            words.join(end, end + size) in self.syllables.places for size in range(1, TRIPLE + 1)
        )

    def is_not_said_of_one(self, first: int, end: int) -> bool:
        """True for a people and where it lives (``người Mông Tây Sơn``), a dynasty, an order of
        birth, and one word in the quotes of a formula (``=SUMIF(A2:A50,"Đạt")``).
        """
        words = self.words
        single = end - first == 1
        before = words.text[max(0, words.starts[first] - 2) : words.starts[first]]
        if single and before in _FORMULA and words.text.startswith('"', words.ends[first]):
            return True
        if end - first == PAIR and words.keys[first] in _STEMS and words.keys[end - 1] in _BRANCHES:
            return True
        said = words.keys[first - 1] if first and words.between(first - 1) == " " else ""
        if single and words.keys[first] in _AFTER.get(said, frozenset()):
            return True
        if not first or words.keys[first] not in _GROUPS or words.keys[first - 1] not in _PEOPLES:
            return False
        return end - first == 1 or words.keys[first + 1] not in MOST

    def is_of_people(self, first: int) -> bool:
        """True for the name of an ethnic group, and for a degree of urgency in capitals."""
        words = self.words
        if words.keys[first] in _URGENT or words.keys[first] in _KIN:
            return True
        start = words.starts[first]
        if words.keys[first] in _GROUPS and _OF_GROUPS.search(
            words.lower, max(0, start - _ROOM), start
        ):
            return True
        return first > 0 and words.keys[first - 1] in _PEOPLES and words.between(first - 1) == " "
