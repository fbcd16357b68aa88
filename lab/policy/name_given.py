"""A given name alone, after a form of address or a label: ``chị Thử``, ``Tên: Mẫu``."""

from __future__ import annotations

from itertools import pairwise

from lab.policy.name_context import Cue, Surroundings
from lab.policy.name_run import GLUE, Runs
from lab.policy.name_sets import (
    ACTS_ALONE,
    ADDRESS,
    AFTER_GIVEN,
    AFTER_LOWER,
    BARE_ADDRESS,
    MEETING,
    OFFICE_HEADS,
    OPENERS,
    ORDER_NAMES,
    PERSONAL,
)
from lab.policy.name_words import Words

_LINE_ENDS = ("", ".", ",", ";")
_CAPITAL = ("title", "upper")
_SAYS = frozenset(("la", "ten", "danh", "mr", "mrs", "ms"))
"""Last words of labels that need no colon: ``tôi tên là Mẫu``."""
_HELPING = frozenset(("hộ", "giúp", "giùm", "dùm"))
_LONGEST = 4
"""Most words of a name without a surname (foreign names)."""


def _has_no_capitals(words: Words) -> bool:
    """True for a text typed in lower case; a sentence may begin with a capital."""
    if words.text.islower():
        return True
    return all(shape != "title" or words.begins(index) for index, shape in enumerate(words.shapes))


class GivenNames:
    """Finds names without a surname in one reading of a text."""

    def __init__(self, runs: Runs, around: Surroundings, folded: str) -> None:
        self.runs = runs
        self.words = runs.words
        self.syllables = runs.syllables
        self.around = around
        self.folded = folded
        self.lower = _has_no_capitals(runs.words)

    def at(self, first: int) -> tuple[int, float, str, str | None] | None:
        """The name that begins at a word: the word after it, score, pattern, cue."""
        words = self.words
        if words.shapes[first] not in _CAPITAL or not first:
            return self._lower_at(first) if self.lower and first else None
        cue = self.around.cue(words, first)
        if cue is None or not self._leads_here(cue):
            return None
        if words.keys[first] in OPENERS and "|" in words.between(first - 1):
            return None  # the head of another column
        if self.around.continues(cue.word, words.keys[first]) or not self._speaks_of_person(first):
            return None
        end = first + 1
        while end < words.count and end - first < _LONGEST and words.shapes[end] in _CAPITAL:
            if not GLUE.fullmatch(words.between(end - 1)):
                break
            if self.runs.ends_before(first - 1, end, capital=True):
                break
            end += 1
        if self._is_other(first, end, cue) or self._is_of_office(first, end, cue):
            return None
        pattern = "name-labelled" if cue.label else "name-given"
        return end, self._score(first, end, cue), pattern, cue.word

    def _lower_at(self, first: int) -> tuple[int, float, str, str | None] | None:
        """A given name in a text that has no capitals at all: ``chị thử ở trạm y tế``."""
        words, syllables = self.words, self.syllables
        word, said = words.keys[first], words.keys[first - 1]
        if said not in ADDRESS or word not in syllables.givens or word in syllables.function:
            return None
        ends = first + 1 >= words.count or words.between(first) != " "
        following = "" if ends else words.keys[first + 1]
        if words.between(first - 1) != " " or word in ADDRESS or word in ORDER_NAMES:
            return None
        if syllables.is_ordinary(said, word) or (following and not self._lives(following)):
            return None
        if (following and syllables.is_ordinary(word, following)) or self._is_served(first):
            return None
        cue = self.around.cue(words, first)
        sure = following or self._is_met(first) or self.around.after(words, first, self.folded)
        return (first + 1, 0.6, "name-given-lower", cue.word) if cue and sure else None

    def _is_served(self, first: int) -> bool:
        """True for what somebody is helped with (``sửa hộ em đơn xin``, ``viet giup em don``), and
        for ``anh hùng`` and ``bác hồ``.
        """
        keys, met = self.words.keys, self._is_met(first)
        if (keys[first - 1] == "em" and keys[first].isascii()) or keys[first] == "hồ":
            return True
        helped = first > 1 and keys[first - 2] in _HELPING
        return helped or (keys[first - 1] == "anh" and keys[first] == "hùng" and not met)

    def _is_met(self, first: int) -> bool:
        """True where somebody is called, met or invited: ``mời cô hạnh``."""
        keys = self.words.keys
        return first > 1 and keys[first - 2] in MEETING and self.words.between(first - 2) == " "

    @staticmethod
    def _lives(word: str) -> bool:
        """True for what stands behind a given name rather than within a phrase."""
        return word in AFTER_LOWER

    @staticmethod
    def _leads_here(cue: Cue) -> bool:
        """True for a form of address right before; a label with its colon, or that says "is"."""
        if not cue.label:
            return cue.gap == "near"
        if cue.gap == "near":
            return cue.word.split()[-1] in _SAYS | BARE_ADDRESS
        return cue.gap in ("mark", "line")

    def _is_of_office(self, first: int, end: int, cue: Cue) -> bool:
        """True where an office, a label or a heading leads to an office rather than a person.

        ``Giám đốc Sở``, ``bí thư Tỉnh ủy``, ``công chức Tư pháp``, ``Liên hệ: Cục``.
        """
        if self.runs.runs_on_in_capitals(first, end):
            return True
        if cue.word in PERSONAL:
            return False
        if cue.word.split()[0] not in OFFICE_HEADS:
            word = self.words.keys[first]
            if word in self.syllables.givens:
                return self._is_organisation(first) and not self.syllables.surname(word)
        return self._is_organisation(first) or self._is_term(first, end)

    def _is_organisation(self, first: int) -> bool:
        """True where an organisation's name begins (``Sở Nội vụ``, ``Trung tâm``)."""
        known, words = self.syllables.organisations, self.words
        after = min(words.count, first + 2)
        return words.keys[first] in known or words.join(first, after) in known

    def _is_term(self, first: int, end: int) -> bool:
        """True for one word with a capital that goes on in lower case (``Tư pháp``)."""
        words = self.words
        if end - first > 1 or end >= words.count or words.between(end - 1) != " ":
            return False
        word = words.keys[end]
        verb = (
            word in self.syllables.function
            or word in ACTS_ALONE
            or self.around.acts(words, end - 1)
        )
        return words.shapes[end] == "lower" and not verb

    def _score(self, first: int, end: int, cue: Cue) -> float:
        if self.words.keys[end - 1] in self.syllables.givens:
            return 0.85 if end - first < _LONGEST else 0.6
        sure = cue.label or end - first > 1 or cue.word in ("ong", "ba", "dong chi")
        return 0.7 if sure else 0.6

    def _speaks_of_person(self, first: int) -> bool:
        """True where the form of address is one: not ``tiếng Anh``, not ``Bà Rịa``."""
        words = self.words
        said = words.keys[first - 1]
        if said not in ADDRESS:
            return True
        if words.between(first - 1).strip(" \t:\"“'"):
            return False
        shape = words.shapes[first - 1]
        if shape == "lower" or said in ("ông", "bà"):
            return True
        return words.begins(first - 1) or (shape == "upper" and words.shapes[first] == "upper")

    def _is_other(self, first: int, end: int, cue: Cue) -> bool:
        """True where the words are a title, a place, a public figure or the start of a sentence."""
        words, syllables = self.words, self.syllables
        keys = words.keys[first:end]
        following = words.keys[end] if end < words.count and words.between(end - 1) == " " else ""
        return (
            self._begins_a_line(first, end)
            or (len(keys) == 1 and self._is_no_name(first, following, cue))
            or (keys[0] in syllables.function and keys[0] not in syllables.givens)
            or self._is_expression(first, keys, following)
            or self._is_known(first, end, keys)
            or self.around.of_office(words.starts[first], self.folded)
        )

    def _begins_a_line(self, first: int, end: int) -> bool:
        """True where the words begin a longer line of their own, below the label."""
        words = self.words
        if "\n" not in words.between(first - 1):
            return False
        at = words.ends[end - 1]
        return words.text[at : at + 2].strip() not in _LINE_ENDS

    def _is_expression(self, first: int, keys: list[str], following: str) -> bool:
        """True where the words are part of ordinary expressions (``đồng chí Bí thư``)."""
        words, syllables = self.words, self.syllables
        if following and syllables.is_ordinary(keys[-1], following):
            return True
        if any(syllables.is_ordinary(a, b) for a, b in pairwise(keys)):
            return True
        before = words.keys[first - 1]
        if before in ADDRESS and keys[0] in syllables.givens and self._stands_out(first, keys):
            return False
        return syllables.is_ordinary(before, keys[0]) and not words.between(first - 1).strip()

    def _stands_out(self, first: int, keys: list[str]) -> bool:
        """True for one word whose capital makes a name of it: ``anh Hùng``, ``Anh Hùng bên``."""
        words = self.words
        if len(keys) > 1 or keys[0] in ADDRESS or words.shapes[first] != "title":
            return False
        again = first + 1 < words.count and words.keys[first + 1] == words.keys[first - 1]
        return not again and (words.shapes[first - 1] == "lower" or words.begins(first - 1))

    def _is_known(self, first: int, end: int, keys: list[str]) -> bool:
        """True for a place, or a public figure by the name that people call them."""
        syllables, said = self.syllables, " ".join(keys)
        whole = self.words.join(first - 1, end)
        if said in syllables.figures or whole in syllables.figures:
            return True
        if self.words.shapes[first - 1] != "lower" and self.around.of_place(
            self.words, first - 1, end
        ):
            return True  # "chợ Bà Chiểu"
        if len(keys) > 1 and said in syllables.places:
            return True
        return self.words.shapes[first - 1] != "lower" and whole in syllables.places

    def _is_no_name(self, first: int, following: str, cue: Cue) -> bool:
        """True for an abbreviation, a letter, an order of birth, a word that begins a sentence."""
        words = self.words
        key, shape = words.keys[first], words.shapes[first]
        if key in ORDER_NAMES or len(key) == 1:
            return True
        givens, function = self.syllables.givens, self.syllables.function
        if shape == "upper" and (key not in givens or key in function):
            return True
        lower = bool(following) and words.shapes[first + 1] == "lower"
        return cue.label and lower and following not in AFTER_GIVEN
