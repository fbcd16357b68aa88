"""What a stretch of text is made of, as the scorer of matters sees it: signs.

A sign is a syllable, two syllables in a row, a group of words (``topic-signs.txt``), two groups in
one stretch, or a trait of the writing. All are without accents, so that one table of weights
reads every way of typing. A few look-ups a word find them all, and a stretch has at most ``MOST``
words, so that the work grows with the text's length and no faster.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from lab.policy.recognizers._words import Reading, marks, spelled_out
from lab.policy.text import fold

HALF = 40
"""Most words of a half of a stretch; it ends with its sentence where that is long enough."""
MOST = 2 * HALF
GROUP = "@"
PAIR = "+"
QUESTION = "=question"
FIGURES = "=figures"
LONG = "=long"
"""A stretch of more than ``HALF`` words."""
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W_]+")


class Seen(NamedTuple):
    """A sign in a reading, by the indices of its first and last word."""

    sign: str
    first: int
    last: int
    phrase: str = ""
    """The phrase of the group as it is written in the list; empty for syllables."""


@dataclass(slots=True)
class _Node:
    """A place in the tree of phrases."""

    next: dict[str, _Node] = field(default_factory=dict)
    phrases: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    """(group, words with their accents, the phrase) of the phrases that end here."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a reading that is weighed as one: the words from ``first`` to before ``last``."""

    first: int
    last: int


def stretches(reading: Reading) -> Iterator[Stretch]:
    """A short text as one; a longer one in parts, every two neighbours together."""
    count = len(reading.words)
    cuts = [0]
    if count > MOST:
        of = reading.sentence_of
        for index in range(1, count):
            begun = index - cuts[-1]
            if begun >= HALF or (begun >= HALF // 2 and of[index] != of[index - 1]):
                cuts.append(index)
    cuts.append(count)
    for low, high in zip(cuts, cuts[2:] or cuts[1:], strict=False):
        yield Stretch(low, high)


class Signs:
    """Finds the signs of a reading: those of the groups, and words alone and in pairs."""

    def __init__(self, groups: Iterable[str], words: Iterable[str]) -> None:
        """``groups``: lines ``group: phrase``. ``words``: one or two syllables, looked for too."""
        self._words = frozenset(words)
        self._root = _Node()
        for line in groups:
            group, _, written = line.partition(":")
            for phrase in spelled_out(written):
                accented = tuple(_WORD.findall(unicodedata.normalize("NFC", phrase.lower())))
                end = (GROUP + group.strip(), accented, " ".join(accented))
                node = self._root
                for word in map(fold, accented):
                    node = node.next.setdefault(word, _Node())
                if end not in node.phrases:
                    node.phrases.append(end)
        begun = self._root.next
        self._single = {word for word, node in begun.items() if node.phrases}
        self._double = {f"{word} {then}" for word, node in begun.items() for then in node.next}
        """How phrases begin: with the one word that they are, or with two."""

    def phrases(self, reading: Reading) -> list[Seen]:
        """The phrases that end in the sentence in which they begin, in order.

        Of those that begin at a word only the longest counts: ``mật độ`` is not ``mật``.
        """
        root, places = self._root.next, reading.places
        words, of = reading.words, reading.sentence_of
        firsts = {first for head in self._single.intersection(places) for first in places[head]}
        pairs = self._double.intersection(reading.pairs)
        if pairs:
            firsts.update(first for first, pair in enumerate(reading.pairs) if pair in pairs)
        found: list[Seen] = []
        for first in sorted(firsts):
            node = root.get(words[first])
            longest: list[Seen] = []
            at = first
            while node is not None:
                if node.phrases:
                    longest = _phrases(reading, node, first, at) or longest
                at += 1
                if not node.next or at == len(words) or of[at] != of[first]:
                    break
                node = node.next.get(words[at])
            found += longest
        return found

    def seen(self, reading: Reading) -> list[list[Seen]]:
        """For each word the signs that begin there: it alone, with the next one, and phrases."""
        known, of = self._words, reading.sentence_of
        made = tuple.__new__  # a NamedTuple's own takes twice as long
        found = [
            [made(Seen, (word, at, at, ""))] if word in known else []
            for at, word in enumerate(reading.words)
        ]
        for at, pair in enumerate(reading.pairs):
            if pair in known and of[at] == of[at + 1]:
                found[at].append(made(Seen, (pair, at, at + 1, "")))
        for each in self.phrases(reading):
            found[each.first].append(each)
        return found


def grams(reading: Reading) -> Iterator[str]:
    """Every syllable and every two syllables in a row of one sentence, numbers left out."""
    words = reading.words
    yield from (word for word in words if not word.isdecimal())
    for (one, at), (other, then) in pairwise(zip(words, reading.sentence_of, strict=True)):
        if at == then and not one.isdecimal() and not other.isdecimal():
            yield f"{one} {other}"


def _phrases(reading: Reading, node: _Node, first: int, last: int) -> list[Seen]:
    """The phrases that end at a node and are written there: ``mất`` is not ``mật``."""
    text, starts, ends = reading.text, reading.starts, reading.ends
    written = [text[starts[at] : ends[at]] for at in range(first, last + 1)]
    if all(map(str.isascii, written)):
        return [Seen(group, first, last, phrase) for group, _, phrase in node.phrases]
    return [
        Seen(group, first, last, phrase)
        for group, words, phrase in node.phrases
        if all(map(_same, words, written))
    ]


@lru_cache(maxsize=20_000)
def _same(word: str, written: str) -> bool:
    """The same accents, wherever the tone mark stands, or none at all."""
    accents = marks(unicodedata.normalize("NFC", written.lower()))
    return not accents or accents == marks(word)


def of_stretch(reading: Reading, seen: list[list[Seen]], part: Stretch) -> dict[str, Seen | None]:
    """The signs of a stretch, each once, where it first stands; traits stand nowhere.

    Pairs of groups are left to the caller, see :func:`groups_of`.
    """
    signs: dict[str, Seen | None] = {}
    for here in seen[part.first : part.last]:
        for each in here:
            signs.setdefault(each[0], each)
    signs.update(dict.fromkeys(traits(reading, part)))
    return signs


def traits(reading: Reading, part: Stretch) -> Iterator[str]:
    """How a stretch is written."""
    start, end = reading.starts[part.first], reading.ends[part.last - 1]
    text = reading.text[start : end + 4]
    if "?" in text:
        yield QUESTION
    if _DIGIT.search(text):
        yield FIGURES
    if part.last - part.first > HALF:
        yield LONG


class Outline:
    """The signs of a reading without their places: enough to let most stretches go."""

    def __init__(self, reading: Reading, signs: Signs) -> None:
        self._reading = reading
        self._phrases = signs.phrases(reading)
        self._firsts = [each.first for each in self._phrases]
        of, words = reading.sentence_of, reading.words
        self._pairs = [
            pair if at == then else word
            for word, pair, at, then in zip(words, reading.pairs, of, of[1:], strict=False)
        ]

    def of(self, part: Stretch) -> tuple[set[str], list[str]]:
        """What ``of_stretch`` tells, unknown words too; and its groups in order."""
        first, last = part.first, part.last
        found = {*self._reading.words[first:last], *self._pairs[first:last]}
        found.update(traits(self._reading, part))
        low, high = bisect_left(self._firsts, first), bisect_left(self._firsts, last)
        groups = sorted({each.sign for each in self._phrases[low:high]})
        found.update(groups)
        return found, groups


def groups_of(signs: Iterable[str]) -> list[str]:
    """The groups among signs, in the order in which pairs name them."""
    return sorted(sign for sign in signs if sign[0] == GROUP)
