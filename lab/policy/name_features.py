"""What the tagger of names sees of each word: its kind, its neighbours, its place in the text.

Features are short strings; ``name_tagger`` adds up the weights learnt for them. What a word is
counts (a surname, a word for a place); which word it is, only of words around names and between
the parts of one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator
from functools import cached_property

from lab.policy.name_context import Surroundings
from lab.policy.name_sets import MOST
from lab.policy.name_words import Words
from lab.policy.names import Syllables
from lab.policy.syllables import is_bare_syllable, is_syllable
from lab.policy.text import fold

_JOINTS = frozenset((" ", "_", "j"))
"""Gaps within a run of capitals."""
_NAME_HEADS = re.compile(
    r"(?<![^\W_])(?:ho (?:va |, )?ten|ho ten|hoten|ho_ten|ho_va_ten|ten|name|fullname|full_name"
    r"|nguoi nhan|chu ho|hoc sinh|dai bieu|can bo|khach hang)(?![^\W_])"
)
_NOT_NAME_HEADS = re.compile(
    r"(?<![^\W_])ten (?:xa|thon|xom|ban|don vi|van ban|chi tieu|co quan|cong ty|duong|hang|tai lieu"
    r"|cay|giong|san pham|du an|cong trinh|tep|file|truong|lop|mon|sach|viec|noi dung|thu tuc)"
)
_DELIMITERS = "|\t;,"
_LOWER_REACH = 4
"""Words in lower case that a name may hold beside its first."""
_SURE, _LIKELY = 2.4, 0.9
LONG_RUN, FURTHEST = 6, 4
"""Words of a run and place in it beyond which it does not matter how many more."""
_PLACE_WORDS = 4

_NO_RUN = (-1, -1)
_HEAD = ("", -1)
"""The head of a table itself."""
_FIGURE = range(2, 5)
"""Words of a public figure's name."""

Span = tuple[int, int]

TEMPLATES = (
    ("0", "s0", "k0"), ("1", "k1", "left", "s0", "k0"), ("2", "s0", "k0", "right", "n1"),
    ("3", "k1", "left", "k0", "right", "n1"), ("4", "k2", "far", "k1", "left", "k0"),
    ("5", "k0", "right", "n1", "/", "n2"), ("6", "sp", "left", "s0", "right", "sn"),
    ("7", "left", "s0", "k0"), ("8", "s0", "k0", "right"), ("9", "left", "k0", "right"),
    ("a", "s0", "voice", "place"), ("b", "place", "head"), ("c", "place", "k0", "right"),
    ("d", "place", "head", "/", "tail"), ("e", "place", "kb", "first", "/", "last", "ka"),
    ("f", "s0", "voice", "k1"), ("g", "s0", "voice", "at", "k0"),
    ("h", "s0", "voice", "first", "/", "last", "size"), ("i", "place", "head", "first", "last"),
    ("!b", "before", "first"), ("!B", "before", "first", "place"),
    ("!bb", "second", "_", "before", "first", "at"), ("!a", "last", "after"),
    ("!A", "last", "after", "place"), ("!p", "previous", "k0"), ("!n", "k0", "next"),
    ("!w", "word"), ("o+", "s0"), ("o+", "s0", "k0"), ("o-", "s0"), ("o-", "s0", "k0"),
    ("L", "first"), ("L", "place", "head", "first"),
)  # fmt: skip
"""The features that most words have: a sign, and the pieces behind it.

Pieces: kinds (``k0``, ``k1`` and ``k2`` before, ``n1`` and ``n2`` behind, ``kb`` and ``ka`` around
the run of words), gaps (``left``, ``right``, ``far``; of the run ``first`` and ``last``), shapes,
the ``place`` in the run (``at`` of ``size``), its ``head`` and ``tail``. With ``!``: the very words
around a name, and within it those that names do not have.
"""
NOTHING_BEFORE = "4^"
"""The feature of sign 4 of a text's first word."""
CONDITIONS = ("!p", "!n", "!w", "o+", "o-", "L")
"""The signs of features that not every word has: behind another word of its run or before one,
one that is no part of names, an ordinary expression with the next or the last word, in a list.
"""


class Kinds:
    """What each word may be, as one short string, from the lists of the rule."""

    def __init__(self, syllables: Syllables, around: Surroundings) -> None:
        self.syllables = syllables
        self.titles = {cue.split()[-1] for cue in around.titles}
        self.labels = {cue.split()[-1] for cue in around.labels}
        self.organisations = {entry.split()[0] for entry in syllables.organisations}
        self.places = around.place_ends
        self.known: dict[str, str] = {}
        for word in {
            *syllables.surnames, *syllables.middles, *syllables.givens, *syllables.function,
            *self.titles, *self.labels, *self.organisations, *self.places,
            *map(fold, self.titles | self.labels),
        }:  # fmt: skip
            self.known[word] = self._of(word)
        kinds = {*self.known.values(), "x", "1", "y", "z", "w"}
        self.of_names = {kind for kind in kinds if "g" in kind or kind[0] in "SCx1"}
        """The kinds of words that names have: which word it is does not count."""

    def _of(self, word: str) -> str:
        syllables = self.syllables
        weight = syllables.surname(word)
        kind = "S" if weight >= _SURE else "C" if weight >= _LIKELY else "R" if weight else ""
        kind += "v" if word in MOST else "m" if word in syllables.middles else ""
        kind += "g" if word in syllables.givens else ""
        kind += "f" if word in syllables.function else ""
        kind += "t" if word in self.titles else ""
        kind += "l" if word in self.labels else ""
        kind += "p" if word in self.places else ""
        kind += "o" if word in self.organisations else ""
        return kind or self.unknown(word)

    @staticmethod
    def unknown(word: str) -> str:
        """The kind of a word on no list: a syllable that could be one, a letter, another word."""
        if len(word) == 1:
            return "1"
        if word.isascii():
            return "y" if is_bare_syllable(word) else "z"
        return "x" if is_syllable(word) else "w"


def _gap(text: str) -> str:
    """What stands between two words, in one or two characters."""
    if text == " ":
        return " "
    rest = text.strip(" \xa0")
    if not rest:
        return " " if text else "j"
    if "\n" in rest:
        return "n"
    first, last = rest[0], rest[-1]
    if any(char.isdigit() for char in rest):
        return "d" if first.isdigit() else first + "d"
    return first if first == last else first + last


class Sight:
    """The words of one text as the tagger sees them."""

    def __init__(self, words: Words, folded: str, kinds: Kinds) -> None:
        self.words = words
        self.kinds = kinds
        known = kinds.known
        self.kind = [known.get(word) or kinds.unknown(word) for word in words.keys]
        text, starts, ends = words.text, words.starts, words.ends
        between = [text[a:b] for a, b in zip([0, *ends], [*starts, len(text)], strict=True)]
        self.gaps = [" " if gap == " " else _gap(gap) for gap in between]
        if words.count:
            self.gaps[0] = "^" + self.gaps[0]
            self.gaps[-1] += "$"
        self.shape = [shape[0] if shape != "letter" else "1" for shape in words.shapes]
        self.voice = "a" if text.isascii() else "l" if text.islower() else ""
        self.runs = [*self._capitals()]
        self.candidates = self._candidates()
        self.figures = self._figures()
        self.columns = _columns(folded) if "\n" in text else {}
        self._lines: list[int] | None = None
        lists = self._listed()
        self.listed = lists > 1
        self.givens = Counter(
            words.keys[end - 1] for start, end in self.runs if self._is_full(start, end)
        )

    def _is_full(self, start: int, end: int) -> bool:
        return end - start > 1 and self.kind[start][0] in "SC" and self.shape[end - 1] != "1"

    def _capitals(self) -> Iterator[Span]:
        """Runs of words that begin with a capital."""
        start = -1
        for index in range(self.words.count + 1):
            capital = index < self.words.count and self.shape[index] != "l"
            if start >= 0 and (not capital or self.gaps[index] not in _JOINTS):
                yield start, index
                start = -1
            if capital and start < 0:
                start = index

    def _listed(self) -> int:
        """How many lines or cells begin with what looks like a full name."""
        return sum(
            1 for start, end in self.runs if self.gaps[start] != " " and self._is_full(start, end)
        )

    def _figures(self) -> set[int]:
        """The words of the names of public figures."""
        syllables, words, found = self.kinds.syllables, self.words, set[int]()
        for start, end in self.runs:
            for first in range(start, end - 1):
                for size in _FIGURE:
                    said = words.join(first, first + size) if first + size <= end else ""
                    if said and (said in syllables.figures or said in syllables.leaders):
                        found.update(range(first, first + size))
        return found

    def _candidates(self) -> list[int]:
        """The words that may belong to a name, in order; each with its run's edges in ``edge``."""
        count = self.words.count
        edge: list[Span] = [_NO_RUN] * count
        for start, end in self.runs:
            for index in range(start, end):
                edge[index] = (start, end)
        for start in range(count):
            if self.shape[start] != "l" or not self._may_begin(start):
                continue
            end = start + 1
            while end < count and end - start <= _LOWER_REACH and self.gaps[end] in " _":
                end += 1
            for index in range(start, end):
                if edge[index] is _NO_RUN:
                    edge[index] = (start, end)
        self.edge = edge
        return [index for index in range(count) if edge[index] is not _NO_RUN]

    def _may_begin(self, index: int) -> bool:
        """True for a word in lower case that may begin a name."""
        kind = self.kind[index]
        before = self.kind[index - 1] if index else ""
        if "g" in kind and ("t" in before or "l" in before) and self.gaps[index] == " ":
            return "f" not in kind
        if kind[0] not in "SCR" or index + 1 >= self.words.count:
            return False
        after = self.kind[index + 1]
        return self.gaps[index + 1] == " " and ("v" in after or "m" in after or "g" in after)

    def features(self, index: int) -> list[str]:
        """What speaks for and against a word being part of a name."""
        pieces = self._pieces(index)
        has = dict(zip(CONDITIONS, self.has(index), strict=True))
        found = [
            "".join([sign, *(pieces.get(name, name) for name in names)])
            for sign, *names in TEMPLATES
            if has.get(sign, True)
        ]
        if not index:
            found = [NOTHING_BEFORE if each[0] == "4" else each for each in found]
        return found + self.rare(index)

    def _pieces(self, index: int) -> dict[str, str]:
        """What the templates put together for a word."""
        keys, gaps = ["^", "^", *self.words.keys, "$"], self.gaps
        kind, shape = ["^", "^", *self.kind, "$", "$"], ["^", *self.shape, "$"]
        start, end = self.edge[index]
        at, size = self.place(index, start, end)
        row = zip(("k2", "k1", "k0", "n1", "n2"), kind[index : index + 5], strict=True)
        beside = zip(("sp", "s0", "sn"), shape[index : index + 3], strict=True)
        words = zip(("previous", "word", "next"), keys[index + 1 : index + 4], strict=True)
        return dict(
            (*row, *beside, *words),
            far=gaps[index - 1],
            left=gaps[index],
            right=gaps[index + 1],
            voice=self.voice,
            at=str(at),
            size=str(size),
            place=f"{at}/{size}",
            head=self.kind[start],
            tail=self.kind[end - 1],
            kb=kind[start + 1],
            ka=kind[end + 2],
            first=gaps[start],
            last=gaps[end],
            before=keys[start + 1],
            second=keys[start],
            after=keys[end + 2],
        )

    @staticmethod
    def place(index: int, start: int, end: int) -> tuple[int, int]:
        """A word's place in its run, and the words of the run, as far as they are told apart."""
        return min(index - start, FURTHEST), min(end - start, LONG_RUN)

    def has(self, index: int) -> tuple[bool, bool, bool, bool, bool, bool]:
        """Which of ``CONDITIONS`` hold for a word, in their order."""
        start, end = self.edge[index]
        keys, ordinary = self.words.keys, self.kinds.syllables.ordinary
        previous, following = index > 0, index + 1 < self.words.count
        return (
            previous and index != start,
            following and index + 1 != end,
            self.kind[index] not in self.kinds.of_names,
            following and f"{keys[index]} {keys[index + 1]}" in ordinary,
            previous and f"{keys[index - 1]} {keys[index]}" in ordinary,
            self.listed,
        )

    def rare(self, index: int) -> list[str]:
        """The features that few words have."""
        words = self.words
        start, end = self.edge[index]
        found: list[str] = []
        if words.text[words.starts[index] - 1 : words.starts[index]] == "@":
            found.append("@")
        if self._is_place(start, end):
            found += ["P", f"P{self._at(index)}{self._around(start, end)}"]
        if self.givens and self.givens.get(words.keys[index], 0) > (
            index == end - 1 and self._is_full(start, end)
        ):
            found += ["R" + self.shape[index], "R" + self._at(index)]
        if index in self.figures:
            found += ["F", "F" + self._around(start, end)]
        column = self.columns.get(self._line(index)) if self.columns else None
        if column is not None:
            found.append(f"H{self._in(column, index)}{self._at(index)[0]}")
        return found

    def _at(self, index: int) -> str:
        at, size = self.place(index, *self.edge[index])
        return f"{at}/{size}"

    def _is_place(self, start: int, end: int) -> bool:
        """Whether the words of a run are a place's name."""
        short = end - start <= _PLACE_WORDS
        return short and self.words.join(start, end) in self.kinds.syllables.places

    @cached_property
    def odd(self) -> Container[int]:
        """The candidates that may have one of the features that few words have."""
        if self.columns:
            return frozenset(self.candidates)
        words, edge = self.words, self.edge
        found = set(self.figures)
        if "@" in words.text:
            found.update(
                at for at, start in enumerate(words.starts) if words.text[start - 1] == "@"
            )
        if self.givens:
            found.update(at for at in self.candidates if words.keys[at] in self.givens)
        for run in {edge[at] for at in self.candidates}:
            if self._is_place(*run):
                found.update(range(*run))
        return found

    def _around(self, start: int, end: int) -> str:
        """The kinds of the words beside a run."""
        before = self.kind[start - 1] if start else "^"
        after = self.kind[end] if end < self.words.count else "$"
        return f"{before}{self.gaps[start]}/{self.gaps[end]}{after}"

    def _line(self, index: int) -> int:
        if self._lines is None:
            self._lines = []
            text, line, at = self.words.text, 0, 0
            for start in self.words.starts:
                line += text.count("\n", at, start)
                at = start
                self._lines.append(line)
        return self._lines[index]

    def _in(self, column: tuple[str, int], index: int) -> str:
        delimiter, nth = column
        if nth < 0:
            return "h"
        start = self.words.starts[index]
        line = self.words.text.rfind("\n", 0, start) + 1
        return "y" if self.words.text.count(delimiter, line, start) == nth else "n"


def _columns(folded: str) -> dict[int, tuple[str, int]]:
    """Line of a table -> its delimiter, and which of its columns holds names by its head."""
    found: dict[int, tuple[str, int]] = {}
    column: tuple[str, int] | None = None
    for nth, line in enumerate(folded.split("\n")):
        if column is not None:
            if line.count(column[0]) >= max(1, column[1]):
                found[nth] = column
                continue
            column = None
        head = _NAME_HEADS.search(line)
        if head is None or _NOT_NAME_HEADS.search(line):
            continue
        delimiter = next((char for char in _DELIMITERS if char in line), "")
        if delimiter:
            column = delimiter, line.count(delimiter, 0, head.start())
            found[nth] = _HEAD
    return found
