"""Where a name may end: how far a run of words can be one person's full name."""

from __future__ import annotations

import re

from lab.policy.name_sets import MOST, PAIR, ROLE_STARTS, TELLING
from lab.policy.name_words import Words
from lab.policy.names import NAME_LENGTH, Syllables

GLUE = re.compile(r"[ \t]{1,3}|_|")
"""What stands between the words of one name."""
_MARKS = ("-", "+", ".", "·", "/")
"""What people put between the parts of a name in place of a space."""
_BIRTH = ("năm", "ngày", "nam", "ngay")
_DOTS = re.compile(r"\.\s?|\s")
_BREAK = re.compile(r"[ \t]*\n[ \t>|]*|[ \t]*\|[ \t]*|\t+")


class Runs:
    """Runs of words in one reading of a text."""

    def __init__(self, words: Words, syllables: Syllables) -> None:
        self.words = words
        self.syllables = syllables
        self.bare = words.text.isascii()

    def extent(self, first: int) -> int:
        """Where the run of words that may be one name ends."""
        words = self.words
        capital = words.shapes[first] != "lower"
        index = first + 1
        while index < words.count and index - first < NAME_LENGTH:
            if (words.shapes[index] != "lower") != capital or not self._joined(first, index):
                break
            if self.ends_before(first, index, capital=capital):
                break
            index += 1
            letter = capital and len(words.keys[index - 1]) == 1 and index - first > PAIR
            if letter and (index >= words.count or len(words.keys[index]) > 1):
                break
        return index - 1 if self._is_title_of(first, index) else index

    def _is_title_of(self, first: int, index: int) -> bool:
        """True where the last word of a run begins an office (``... Mẫu Chủ tịch``)."""
        words = self.words
        return (
            index - first > PAIR
            and index < words.count
            and words.between(index - 1) == " "
            and words.keys[index - 1] in ROLE_STARTS
            and self.syllables.is_ordinary(words.keys[index - 1], words.keys[index])
        )

    def _joined(self, first: int, index: int) -> bool:
        """True where a word may belong to the same name as the one before it."""
        words = self.words
        between = words.between(index - 1)
        if GLUE.fullmatch(between):
            return True
        previous, word = words.keys[index - 1], words.keys[index]
        if between in _MARKS:
            return previous in MOST or word in MOST
        if "letter" in (words.shapes[index - 1], words.shapes[index]):
            return _DOTS.fullmatch(between) is not None
        broken = _BREAK.fullmatch(between) is not None and words.shapes[index] != "lower"
        return broken and self._goes_on_below(first, index)

    def _goes_on_below(self, first: int, index: int) -> bool:
        """True where what stands before a line break or a cell's edge is no whole name yet."""
        words, syllables = self.words, self.syllables
        previous, word = words.keys[index - 1], words.keys[index]
        if previous in MOST and index - first == PAIR:
            return word in syllables.givens
        following = index + 1 < words.count
        return index - first == 1 and previous in syllables.strong and word in MOST and following

    def ends_before(self, first: int, index: int, *, capital: bool) -> bool:
        """True where a name must end before a word: the next name, a title, a verb."""
        words, syllables = self.words, self.syllables
        word, previous = words.keys[index], words.keys[index - 1]
        done = index - first
        if done < PAIR or (
            # "Vi Văn Tới": whatever has a capital there is the given name
            done == PAIR and previous in MOST and words.shapes[index] == "title"
        ):
            return False
        third = done == PAIR and word in syllables.givens and previous in syllables.middles
        following = words.keys[index + 1] if index + 1 < words.count else ""
        if self._is_expression(index, following):
            return not (third and previous in MOST)
        if len(word) == 1 and previous in MOST:
            return False
        verb = word in syllables.function and not third
        if word in syllables.bare_function and self._has_accents(first, index):
            verb = False
        verb = verb and not self._may_end(index, capital=capital)
        if verb or self._next_name(index, following, done):
            return True
        if words.shapes[first] == "title" or (capital and not self._run_on(index)):
            return False
        fits = word in syllables.givens and previous in syllables.middles
        return done > PAIR and not fits and not self._closes(index)

    def _has_accents(self, first: int, index: int) -> bool:
        """True where the words are typed with accents: ``chua`` is then not ``chưa``."""
        return not all(word.isascii() for word in self.words.keys[first:index])

    def _may_end(self, index: int, *, capital: bool) -> bool:
        """True where a word that is a verb too may be the end of a name (``Bảo``, ``Nam``)."""
        keys, syllables = self.words.keys, self.syllables
        if keys[index] not in syllables.givens:
            return False
        if capital or self._closes(index):
            return True
        return (
            not self.bare
            and keys[index - 1] in syllables.middles
            and keys[index + 1] in syllables.function
        )

    def _next_name(self, index: int, following: str, done: int) -> bool:
        """True where a word begins the next person's name."""
        if self.words.keys[index] not in self.syllables.strong or self._closes(index):
            return False
        capital = self.words.shapes[index + 1] != "lower"
        return capital and (done > PAIR or following in MOST)

    def _is_expression(self, index: int, following: str) -> bool:
        """True where an ordinary expression ends a name: a title, or, in capitals, any."""
        words, middles = self.words, self.syllables.middles
        if not following or words.between(index) not in (" ", "\n"):
            return False
        if not self.syllables.is_ordinary(words.keys[index], following):
            return False
        if words.shapes[index] == "upper" and words.shapes[index + 1] == "lower":
            return False
        if following == "sinh" and words.join(index + 2, index + 3) in _BIRTH:
            return False
        if words.shapes[index] == "title":
            return words.keys[index] in ROLE_STARTS
        named = words.keys[index - 1] in middles and words.keys[index] in middles
        return not (named and self._closes(index + 1))

    def _closes(self, index: int) -> bool:
        """True where nothing but the end of a line or a mark follows a word."""
        return index + 1 >= self.words.count or not GLUE.fullmatch(self.words.between(index))

    def _run_on(self, index: int) -> bool:
        """True where a word is followed by another in capitals."""
        return not self._closes(index) and self.words.shapes[index + 1] == "upper"

    def other_word(self, first: int) -> bool:
        """True where the first word makes an expression with the one before (``có lẽ``)."""
        words = self.words
        return (
            first > 0
            and words.between(first - 1) == " "
            and words.shapes[first] == words.shapes[first - 1]
            and (words.shapes[first] == "lower" or self._is_weak(first))
            and self.syllables.is_ordinary(words.keys[first - 1], words.keys[first])
        )

    def _is_weak(self, first: int) -> bool:
        """True for a word in capitals that is more often no surname: ``ĐẢNG VIÊN``."""
        words = self.words
        return (
            words.shapes[first] == "upper" and self.syllables.surname(words.keys[first]) < TELLING
        )

    def in_heading(self, first: int, stop: int, shape: str) -> bool:
        """True where the run is part of a heading rather than of a sentence."""
        words = self.words
        if shape == "upper":
            return self._in_capitals(first - 1, first - 1) or self._in_capitals(stop - 1, stop)
        if shape != "title":
            return False
        return self._goes_on(stop) or (
            first > 0
            and self.syllables.surname(words.keys[first]) < TELLING
            and words.shapes[first - 1] == "title"
            and words.between(first - 1) == " "
            and not words.begins(first - 1)
        )

    def runs_on_in_capitals(self, first: int, stop: int) -> bool:
        """True where words in capitals are part of a longer line in capitals."""
        return self.words.shapes[first] == "upper" and self._in_capitals(stop - 1, stop)

    def _goes_on(self, stop: int) -> bool:
        """True where the word behind a run has a capital and begins neither a name nor a title."""
        words = self.words
        return (
            stop < words.count
            and words.between(stop - 1) == " "
            and words.shapes[stop] == "title"
            and words.keys[stop] not in self.syllables.strong
            and words.keys[stop] not in ROLE_STARTS
        )

    def _in_capitals(self, inner: int, outer: int) -> bool:
        """True where a word beside a run, on its line, is in capitals too."""
        words = self.words
        if inner < 0 or outer >= words.count or words.shapes[outer] != "upper":
            return False
        between = words.between(inner)
        return "\n" not in between and not between.strip(" -–")
