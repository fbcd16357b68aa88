"""What the tagger of names sees of each word: its kind, its neighbours, its place in the text.

Features are short strings; ``name_tagger`` adds up the weights learnt for them. What a word is
counts (a surname, a word for a place); which word it is, only of words around names and between
the parts of one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
_LONG_RUN, _PLACE_WORDS, _FAR = 6, 4, 4

_HEAD = ("", -1)
"""The head of a table itself."""
_FIGURE = range(2, 5)
"""Words of a public figure's name."""

Span = tuple[int, int]
Bundle = tuple[str, ...]
"""Values that several features are made of, after the name of what makes them."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Words that may be one name, and what stands beside them."""

    edge: Span = (-1, -1)
    start: int = -1
    size: str = ""
    head: str = ""
    tail: str = ""
    left: str = ""
    right: str = ""
    around: str = ""
    before: str = ""
    second: str = ""
    after: str = ""
    place: bool = False
    """Whether they are the name of a place."""


def _near(s0: str, k0: str, k1: str, left: str, right: str, n1: str, voice: str) -> list[str]:
    a = s0 + k0
    return [
        "0" + a, "1" + k1 + left + a, "2" + a + right + n1, "3" + k1 + left + k0 + right + n1,
        "7" + left + a, "8" + a + right, "9" + left + k0 + right, f"f{s0}{voice}{k1}",
    ]  # fmt: skip


def _of_run(place: str, head: str, tail: str, left: str, right: str, k: str) -> list[str]:
    size = place[2:]
    return [
        f"b{place}{head}", f"d{place}{head}/{tail}", f"h{k}{left}/{right}{size}",
        f"i{place}{head}{left}{right}",
    ]  # fmt: skip


def _of_place(place: str, k: str, at: str, k0: str, right: str) -> list[str]:
    return [f"a{k}{place}", f"c{place}{k0}{right}", f"g{k}{at}{k0}"]


_SPELLERS: dict[str, Callable[..., list[str]]] = {"near": _near, "run": _of_run, "place": _of_place}


def spelled(bundle: Bundle) -> list[str]:
    """The features of a bundle."""
    return _SPELLERS[bundle[0]](*bundle[1:])


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
        self.gaps = [_gap(text[a:b]) for a, b in zip([0, *ends], [*starts, len(text)], strict=True)]
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
        self.givens = dict(
            Counter(words.keys[end - 1] for start, end in self.runs if self._is_full(start, end))
        )
        self.mail = "@" in text
        self._run = _Run()

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
        edge: list[Span | None] = [None] * count
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
                if edge[index] is None:
                    edge[index] = (start, end)
        self.edge = edge
        return [index for index in range(count) if edge[index] is not None]

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
        bundles, single = self.seen(index)
        return [feature for bundle in bundles for feature in spelled(bundle)] + single

    def seen(self, index: int) -> tuple[tuple[Bundle, Bundle, Bundle], list[str]]:
        """The same: features that are looked up together, and those that stand alone."""
        kind, gaps, count = self.kind, self.gaps, self.words.count
        k0, left, right = kind[index], gaps[index], gaps[index + 1]
        if index:
            k1, sp = kind[index - 1], self.shape[index - 1]
        else:
            k1 = sp = "^"
        if index + 1 < count:
            n1, sn = kind[index + 1], self.shape[index + 1]
        else:
            n1 = sn = "$"
        s0, k2 = self.shape[index], kind[index - 2] if index > 1 else "^"
        edge = self.edge[index] or (index, index + 1)
        run = self._run if self._run.edge == edge else self._at(edge)
        at = "0123"[index - run.start] if index - run.start < _FAR else "4"
        place, k = f"{at}/{run.size}", s0 + self.voice
        bundles = (
            ("near", s0, k0, k1, left, right, n1, self.voice),
            ("run", place, run.head, run.tail, run.left, run.right, k),
            ("place", place, k, at, k0, right),
        )
        single = [
            f"4{k2}{gaps[index - 1]}{k1}{left}{k0}" if index else "4^",
            f"5{k0}{right}{n1}/{kind[index + 2] if index + 2 < count else '$'}",
            f"6{sp}{left}{s0}{right}{sn}", f"e{place}{run.around}",
        ]  # fmt: skip
        self._add_words(single, index, run, at)
        self._add_rest(single, index, run, at)
        return bundles, single

    def _at(self, edge: Span) -> _Run:
        """A run: its words are looked at one after the other."""
        start, end = edge
        kind, keys, gaps, count = self.kind, self.words.keys, self.gaps, self.words.count
        place = end - start <= _PLACE_WORDS
        self._run = run = _Run(
            edge=edge,
            start=start,
            size=str(min(end - start, _LONG_RUN)),
            head=kind[start],
            tail=kind[end - 1],
            left=gaps[start],
            right=gaps[end],
            around=f"{kind[start - 1] if start else '^'}{gaps[start]}/{gaps[end]}"
            f"{kind[end] if end < count else '$'}",
            before=keys[start - 1] if start else "^",
            second=keys[start - 2] if start > 1 else "^",
            after=keys[end] if end < count else "$",
            place=place and self.words.join(start, end) in self.kinds.syllables.places,
        )
        return run

    def _add_words(self, found: list[str], index: int, run: _Run, at: str) -> None:
        """The very words around a name, and within it those that names do not have."""
        keys, kind = self.words.keys, self.kind[index]
        start, end = run.edge
        left, before, after = run.left, run.before, run.right + run.after
        found += [
            f"!b{before}{left}", f"!B{before}{left}{at}/{run.size}",
            f"!bb{run.second}_{before}{left}{at}", f"!a{after}", f"!A{after}{at}/{run.size}",
        ]  # fmt: skip
        if index != start:
            found.append(f"!p{keys[index - 1]}{kind}")
        if index + 1 != end:
            found.append(f"!n{kind}{keys[index + 1]}")
        if "g" not in kind and kind[0] not in "SCx1":
            found.append(f"!w{keys[index]}")

    def _add_rest(self, found: list[str], index: int, run: _Run, at: str) -> None:
        """What few words have: an ordinary expression, a place, a public figure, a table."""
        keys, s0, k0 = self.words.keys, self.shape[index], self.kind[index]
        ordinary = self.kinds.syllables.ordinary
        if self.mail and self.words.text.endswith("@", 0, self.words.starts[index]):
            found.append("@")
        if index + 1 < self.words.count and f"{keys[index]} {keys[index + 1]}" in ordinary:
            found += ("o+" + s0, "o+" + s0 + k0)
        if index and f"{keys[index - 1]} {keys[index]}" in ordinary:
            found += ("o-" + s0, "o-" + s0 + k0)
        if run.place:
            found += ("P", f"P{at}/{run.size}{run.around}")
        times = self.givens.get(keys[index])
        if times and times > (index == run.edge[1] - 1 and self._is_full(*run.edge)):
            found += ("R" + s0, f"R{at}/{run.size}")
        if index in self.figures:
            found += ("F", "F" + run.around)
        if self.listed:
            found += ("L" + run.left, f"L{at}/{run.size}{run.head}{run.left}")
        if self.columns:
            column = self.columns.get(self._line(index))
            if column is not None:
                found.append(f"H{self._in(column, index)}{at}")

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
