"""Phrases in a text, found word by word: one look-up a word, whatever the number of phrases.

A phrase is written as people write it, with its accents: ``báo cáo (kết quả|) xác minh``.
``(a|b)`` stands for one of several, ``(a|)`` for something that may be missing, ``...`` for up to
four words in between, ``…`` for any that the sentence has in between. The text may lack the
accents, have the old or the new place of the tone mark, be broken over lines or use digits for
letters; but an accent that it has must be one of the phrase's: ``tài liệu mat`` is
``tài liệu mật``, ``tài liệu mất`` is not.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise, product
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from lab.policy.text import View, Views, fold

GAPS = {"...": 4, "…": 40}
_WORD = re.compile(r"[^\W_]+")
_LEET_WORD = re.compile(r"[^\W_]+(?:[@$!][^\W_]+)*")
_LEET = str.maketrans("013457@$!", "oieastasi")
_MIXED = re.compile(r"[\d@$!](?:(?<=[^\W\d_].)|(?<=\d)(?=[^\W\d_]))")
"""A digit or a sign that touches a letter; looked for by the rarer of the two."""
_DRAWN = re.compile(r"([a-hj-vy-z])\1{2,}")
_TRIPLES = tuple(letter * 3 for letter in "abcdefghjklmnopqrstuvyz")
_BROKEN = re.compile(r"(?<=[^\W\d_])[.·*_|^~'`](?=[^\W\d_])")
"""A sign inside a word: ``ph.ương án``."""
_BREAK = re.compile(r"[!?…\n]|\.(?=[\s\"”’)\]]|$)")
_STOP = re.compile(r"[,.;:!?()\[\]|…]|\n\s*\n")
_CHOICE = re.compile(r"\(([^()]*)\)")


_HEADS: set[str] = set()
"""How the phrases of all lexicons begin: one look at a text says where any may have something."""


@dataclass(frozen=True, slots=True)
class Found:
    """One phrase found: which list it is of, its words, and its offsets in the view's text."""

    label: str
    phrase: str
    first: int
    """Index of its first word."""
    last: int
    """Index of its last word."""
    words: tuple[int, ...]
    """Indices of its own words, what stands in a gap left out."""
    start: int
    end: int

    def overlaps(self, other: Found) -> bool:
        """True where a word of this phrase lies within the other one."""
        return any(other.first <= index <= other.last for index in self.words)


@dataclass(slots=True)
class _Node:
    """A place in the tree of words."""

    next: dict[str, _Node] = field(default_factory=dict)
    gaps: dict[int, _Node] = field(default_factory=dict)
    """Most words between -> where it goes on."""
    ends: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    """(label, phrase as written, its words in lower case) of the phrases that end here."""


class Reading:
    """The words and sentences of one view of a text."""

    __slots__ = (
        "_found",
        "_grouped",
        "_heads",
        "_heads_known",
        "_pairs",
        "cuts",
        "ends",
        "folded",
        "letters",
        "people",
        "places",
        "sentence_of",
        "starts",
        "text",
        "view",
        "words",
    )  # fmt: skip

    def __init__(self, view: View) -> None:
        """Splits the text once; everything else is looked up."""
        self.view = view
        self.text = view.text
        self.folded = folded = view.folded
        self.letters = folded
        """``folded`` with digits that stand for letters read as letters: the same offsets."""
        pattern = _WORD if _MIXED.search(folded) is None else _LEET_WORD
        spans = [each.span() for each in pattern.finditer(folded)]
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        self.words = [folded[start:end] for start, end in spans]
        if pattern is _LEET_WORD:
            self._read_leet()
        for drawn in _DRAWN.finditer(folded) if any(map(folded.__contains__, _TRIPLES)) else ():
            index = bisect_left(self.starts, drawn.start() + 1) - 1
            self.words[index] = _DRAWN.sub(r"\1", self.words[index])
        self.places: dict[str, list[int]] = {}
        """Word -> its indices: a lexicon looks up the few words that its phrases begin with."""
        for index, word in enumerate(self.words):
            self.places.setdefault(word, []).append(index)
        self.people: tuple[tuple[int, int], ...] | None = None
        """Where somebody is named, once it was looked for."""
        self.cuts = [each.end() for each in _BREAK.finditer(folded)]
        self.sentence_of: list[int] = []
        for number, cut in enumerate([*self.cuts, len(folded) + 1]):
            missing = bisect_left(self.starts, cut) - len(self.sentence_of)
            self.sentence_of.extend([number] * missing)
        self._pairs: list[str] | None = None
        self._heads: dict[str, list[int]] = {}
        self._heads_known = 0
        """How many ways to begin there were when ``_heads`` was put together."""
        self._grouped: dict[int, dict[int, list[Found]]] = {}
        self._found: dict[int, tuple[Lexicon, tuple[Found, ...]]] = {}

    def _read_leet(self) -> None:
        """Digits and signs within words read as the letters that they look like."""
        pieces: list[str] = []
        done = 0
        for index, word in enumerate(self.words):
            if word.isalpha() or word.isdecimal():
                continue
            self.words[index] = read = word.translate(_LEET)
            pieces += (self.folded[done : self.starts[index]], read)
            done = self.ends[index]
        self.letters = "".join((*pieces, self.folded[done:]))

    def find(self, lexicon: Lexicon) -> tuple[Found, ...]:
        """All phrases of ``lexicon`` here, in order; looked for once."""
        known = self._found.get(id(lexicon))
        if known is None:
            known = self._found[id(lexicon)] = (lexicon, tuple(lexicon.search(self)))
        return known[1]

    def beginnings(self, heads: frozenset[str]) -> list[int]:
        """Indices of the words where a phrase may begin, in order."""
        if self._heads_known != len(_HEADS):
            self._heads_known = len(_HEADS)
            pairs = self.pairs
            hits = _HEADS.intersection(pairs)
            self._heads = {head: [] for head in hits}
            for index, pair in enumerate(pairs):
                if pair in hits:
                    self._heads[pair].append(index)
            for word in _HEADS.intersection(self.places):
                self._heads[word] = self.places[word]
        here = [self._heads[head] for head in heads.intersection(self._heads)]
        if not here:
            return []
        return here[0] if len(here) == 1 else sorted({at for places in here for at in places})

    @property
    def pairs(self) -> list[str]:
        """Each word with the next one, put together once."""
        if self._pairs is None:
            self._pairs = [f"{first} {second}" for first, second in pairwise(self.words)]
        return self._pairs

    def sentence(self, found: Found) -> int:
        """Number of the sentence in which a phrase begins."""
        return self.sentence_of[found.first]

    def by_sentence(self, lexicon: Lexicon) -> dict[int, list[Found]]:
        """What ``find`` gives, by the sentence in which it begins; put together once."""
        known = self._grouped.get(id(lexicon))
        if known is None:
            known = self._grouped[id(lexicon)] = {}
            for found in self.find(lexicon):
                known.setdefault(self.sentence_of[found.first], []).append(found)
        return known

    def bounds(self, sentence: int) -> tuple[int, int]:
        """Offsets of a sentence in the view's text."""
        start = self.cuts[sentence - 1] if sentence else 0
        return start, self.cuts[sentence] if sentence < len(self.cuts) else len(self.text)

    def first_word(self, offset: int) -> int:
        """Index of the first word that begins at or after ``offset``."""
        return bisect_left(self.starts, offset)

    def joined(self, first: int, last: int) -> bool:
        """True where nothing but spaces, one line break or light marks stand between two words."""
        between = self.text[self.ends[first] : self.starts[last]]
        return not _STOP.search(between)

    def read(self, start: int, end: int) -> str:
        """The characters there, with digits that stand for letters read as letters."""
        written = self.text[start:end]
        if self.letters is self.folded:
            return written
        letters = self.letters[start:end]
        return "".join(
            letter.upper()
            if char in "013457@$!" and written.upper() == written
            else letter
            if char in "013457@$!"
            else char
            for char, letter in zip(written, letters, strict=True)
        )

    def follows(self, index: int, words: frozenset[str]) -> bool:
        """True where one of ``words`` stands right after the word at ``index``, on its line."""
        return self._beside(index, index + 1, words)

    def precedes(self, index: int, words: frozenset[str]) -> bool:
        """True where one of ``words`` stands right before the word at ``index``, on its line."""
        return self._beside(index - 1, index, words, wanted=index - 1)

    def _beside(
        self, low: int, high: int, words: frozenset[str], *, wanted: int | None = None
    ) -> bool:
        if low < 0 or high >= len(self.words):
            return False
        between = self.text[self.ends[low] : self.starts[high]]
        if between.strip(" \t") not in ("", "-", "_") or " - " in between or "\n" in between:
            return False
        at = high if wanted is None else wanted
        written = self.text[self.starts[at] : self.ends[at]]
        return any(_fits(word, written) for word in words if fold(word) == self.words[at])


def _step(following: dict[Any, _Node], key: str | int) -> _Node:
    """The place behind, made where there is none yet."""
    node = following.get(key)
    if node is None:
        node = following[key] = _Node()
    return node


@lru_cache(maxsize=8_192)
def _words_of(part: str) -> tuple[tuple[str, str], ...]:
    """The words of what stands between two spaces of a phrase: in lower case, and folded."""
    words = _WORD.findall(unicodedata.normalize("NFC", part.lower()))
    return tuple((word, fold(word)) for word in words)


def _head_of(phrase: str) -> str:
    """How a phrase begins: its first two words, or the first alone where none or a gap follows."""
    head: list[str] = []
    for part in phrase.split():
        if part in GAPS:
            break
        head += [folded for _, folded in _words_of(part)]
        if len(head) > 1:
            break
    return " ".join(head[:2])


class Lexicon:
    """Phrases under labels, as a tree of words."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        """``phrases``: label -> the phrases of that label. The tree grows where texts come by: most
        of the phrases never begin in any text.
        """
        self._root = _Node()
        self._growing = Lock()
        self._seeds: dict[str, list[tuple[str, str]]] = {}
        for label, several in phrases.items():
            for written in several:
                for phrase in spelled_out(written):
                    self._seeds.setdefault(_head_of(phrase), []).append((label, phrase))
        self.heads = frozenset(self._seeds)
        """How its phrases begin: two words, or one where any word or none may follow."""
        _HEADS.update(self.heads)

    def _grow(self, head: str) -> None:
        """Take the phrases with this head into the tree, before anybody looks for them there."""
        if head in self._seeds:
            with self._growing:
                for label, phrase in self._seeds.get(head, ()):
                    self._add(label, phrase)
                self._seeds.pop(head, None)

    def _add(self, label: str, phrase: str) -> None:
        node = self._root
        words: list[str] = []
        for part in phrase.split():
            if part in GAPS:
                node = _step(node.gaps, GAPS[part])
                continue
            for word, folded in _words_of(part):
                words.append(word)
                node = _step(node.next, folded)
        ending = tuple(words)
        if all(ending != known or label != other for other, _, known in node.ends):
            node.ends.append((label, phrase, ending))

    def search(self, reading: Reading) -> Iterator[Found]:
        """Every phrase, in order of its first word; longer ones do not hide shorter ones."""
        roots, words = self._root.next, reading.words
        for first in reading.beginnings(self.heads):
            self._grow(words[first])
            self._grow(" ".join(words[first : first + 2]))
            yield from self._follow(reading, roots[words[first]], first, [first])

    def _follow(self, reading: Reading, node: _Node, first: int, at: list[int]) -> Iterator[Found]:
        here = at[-1]
        if node.ends:
            written = [reading.text[reading.starts[i] : reading.ends[i]] for i in at]
            bare = all(map(str.isascii, written))
            for label, phrase, words in node.ends:
                if bare or all(map(_fits, words, written)):
                    place = reading.starts[first], reading.ends[here]
                    yield Found(label, phrase, first, here, tuple(at), *place)
        after = here + 1
        if after >= len(reading.words):
            return
        step = node.next.get(reading.words[after])
        if step is not None:
            yield from self._follow(reading, step, first, [*at, after])
        for most, behind in node.gaps.items():
            sentence = reading.sentence_of[here]
            for skip in range(after, min(after + most + 1, len(reading.words))):
                if reading.sentence_of[skip] != sentence:
                    break
                step = behind.next.get(reading.words[skip])
                if step is not None:
                    yield from self._follow(reading, step, first, [*at, skip])


@lru_cache(maxsize=64)
def _shared(phrases: tuple[tuple[str, tuple[str, ...]], ...]) -> Lexicon:
    return Lexicon(dict(phrases))


def lexicon(**phrases: Iterable[str]) -> Lexicon:
    """The lexicon of these lists; rules that read the same lists share it and its findings."""
    return _shared(tuple((label, tuple(several)) for label, several in sorted(phrases.items())))


_READINGS: WeakKeyDictionary[Views, tuple[Reading, ...]] = WeakKeyDictionary()


def readings(views: Views) -> tuple[Reading, ...]:
    """The readings of a text that differ; shared by all recognizers of one check."""
    known = _READINGS.get(views)
    if known is None:
        texts: dict[str, View] = {}
        for view in views.everything():
            texts.setdefault(view.text, view)
        broken = [*_BROKEN.finditer(views.plain.text)]
        if len(broken) > 1:
            whole = View.edited("joined", views.plain, [(*each.span(), "") for each in broken])
            texts.setdefault(whole.text, whole)
        known = _READINGS[views] = tuple(map(Reading, texts.values()))
    return known


def spelled_out(written: str) -> list[str]:
    """``a (b|c|) d`` as ``a b d``, ``a c d``, ``a d``."""
    parts = _CHOICE.split(written)
    choices = [part.split("|") if nth % 2 else [part] for nth, part in enumerate(parts)]
    return list(dict.fromkeys(" ".join("".join(each).split()) for each in product(*choices)))


def outermost(found: Iterable[Found]) -> list[Found]:
    """Those that do not lie within a longer one."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda one: (one.first, -one.last)):
        if not kept or each.last > kept[-1].last:
            kept.append(each)
    return kept


@cache
def marks(word: str) -> frozenset[str]:
    """The accents of a lower-case word, ``đ`` counting as one."""
    split = unicodedata.normalize("NFD", word)
    return frozenset(mark for mark in split if unicodedata.combining(mark) or mark == "đ")


@lru_cache(maxsize=20_000)
def _fits(word: str, written: str) -> bool:
    """Whether ``written`` can be ``word``: the same, or with some of its accents missing."""
    lower = written.lower()
    return lower == word or marks(unicodedata.normalize("NFC", lower)) <= marks(word)
