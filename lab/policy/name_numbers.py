"""The features of many words at once, as numbers: what ``name_features`` says, without a string.

The number of a string is a polynomial of its characters in one base, so that of several pieces in
a row follows from theirs, and a few operations on arrays make all features of all words of a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab.policy.name_features import FURTHEST, LONG_RUN, NOTHING_BEFORE, TEMPLATES, Sight
from lab.policy.name_words import Words

Numbers = NDArray[np.uint64]
Places = NDArray[np.intp]

_BASE = 0x9E3779B97F4A7C15
_MIX = 0xD6E8FEB86659FD93
_WORD = (1 << 64) - 1
_BITS = 17
"""First bits of a feature's number that say where in the table it would stand."""
_LONG_STRING = 64
"""Characters of one piece at most."""


class Pieces(NamedTuple):
    """Strings as numbers: their own, and the power that shifts what stands before them."""

    value: Numbers
    shift: Numbers


@lru_cache(maxsize=2048)
def number(text: str) -> int:
    """The number of a short string."""
    value = 0
    for char in text:
        mixed = (ord(char) + 1) * _MIX & _WORD
        value = (value * _BASE + (mixed ^ mixed >> 32)) & _WORD
    return value


def _powers(base: int, count: int) -> Numbers:
    row = np.full(count, base, np.uint64)
    row[0] = 1
    return row.cumprod(dtype=np.uint64)


_SHIFT = _powers(_BASE, _LONG_STRING)
_BACK = pow(_BASE, -1, 1 << 64)


@lru_cache(maxsize=4)
def _tables(size: int) -> tuple[Numbers, Numbers]:
    return _powers(_BASE, size), _powers(_BACK, size)


def _within(words: Words) -> Pieces:
    """The numbers of the words of a text."""
    codes = np.frombuffer(words.lower.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    starts, ends = np.array(words.starts, np.intp), np.array(words.ends, np.intp)
    powers, back = _tables(1 << (len(codes) + 1).bit_length())
    mixed = (codes.astype(np.uint64) + np.uint64(1)) * np.uint64(_MIX)
    mixed ^= mixed >> np.uint64(32)
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(mixed * back[: len(codes)], out=sums[1:])
    return Pieces((sums[ends] - sums[starts]) * powers[ends - 1], powers[ends - starts])


class Table:
    """Weights by the number of their feature."""

    def __init__(self, weights: Mapping[str, tuple[int, int]]) -> None:
        """``weights``: those of beginning and of going on."""
        keys = np.array([number.__wrapped__(feature) for feature in weights], np.uint64)
        order = keys.argsort()
        first = (keys[order] >> np.uint64(64 - _BITS)).astype(np.intp)
        self._begin = first.searchsorted(np.arange(1 << _BITS))
        self._deepest = int(np.bincount(first).max(initial=0))
        self._keys = np.append(keys[order], np.zeros(self._deepest + 1, np.uint64))
        rows = np.array([*weights.values()], np.int64).reshape(-1, 2)
        self._rows = np.vstack((rows[order], np.zeros((self._deepest + 1, 2), np.int64)))

    def sums(self, features: Numbers) -> NDArray[np.int64]:
        """What all features (rows) say of each word (columns): beginning, going on."""
        at = self._begin[features >> np.uint64(64 - _BITS)]
        place = np.full(features.shape, len(self._rows) - 1)
        for _ in range(self._deepest):
            np.copyto(place, at, where=self._keys[at] == features)
            at += 1
        sums: NDArray[np.int64] = self._rows[place].sum(axis=0)
        return sums


def features(sight: Sight, chosen: Sequence[int]) -> Numbers:
    """The number of each template's feature (rows) for each chosen word (columns)."""
    value, shift = _pieces(sight, chosen)
    total: Numbers = value[_ORDER[0]] + _SIGNS * shift[_ORDER[0]]
    for row in _ORDER[1:]:
        total *= shift[row]
        total += value[row]
    total *= np.array([sight.has(index) for index in chosen]).T
    if chosen[0] == 0:
        total[_BEFORE, 0] = number(NOTHING_BEFORE)
    return total


_FROM = (
    ("", "none", "fixed", 0), ("/", "none", "fixed", 1), ("_", "none", "fixed", 2),
    ("voice", "none", "fixed", 3), ("at", "step", "places", 0), ("size", "size", "places", 0),
    ("place", "place", "joined", 0),
    ("k2", "at", "kinds", 0), ("k1", "at", "kinds", 1), ("k0", "at", "kinds", 2),
    ("n1", "at", "kinds", 3), ("n2", "at", "kinds", 4), ("kb", "start", "kinds", 1),
    ("head", "start", "kinds", 2), ("tail", "end", "kinds", 1), ("ka", "end", "kinds", 2),
    ("sp", "at", "shapes", 0), ("s0", "at", "shapes", 1), ("sn", "at", "shapes", 2),
    ("far", "at", "gaps", -1), ("left", "at", "gaps", 0), ("right", "at", "gaps", 1),
    ("first", "start", "gaps", 0), ("last", "end", "gaps", 0),
    ("previous", "at", "words", 1), ("word", "at", "words", 2), ("next", "at", "words", 3),
    ("second", "start", "words", 0), ("before", "start", "words", 1), ("after", "end", "words", 2),
)  # fmt: skip
"""Each piece: which of a word's places it goes by, the column of strings, and how far on there."""
_BASES = ("none", "at", "start", "end", "step", "size", "place")
_BY = np.array([_BASES.index(base) for _, base, _, _ in _FROM])
_FIXED = ["", "/", "_"]
_PLACES = [str(size) for size in range(LONG_RUN + 1)]
_JOINED = [f"{at}/{size}" for at in range(FURTHEST + 1) for size in range(LONG_RUN + 1)]
_ROW = {name: row for row, (name, _, _, _) in enumerate(_FROM)}
_ORDER = np.array(
    [
        [_ROW[template[nth]] if nth < len(template) else 0 for template in TEMPLATES]
        for nth in range(1, max(map(len, TEMPLATES)))
    ]
)
"""Row of the first, second ... piece of each template behind its sign."""
_SIGNS = np.array([[number(template[0])] for template in TEMPLATES], np.uint64)
_BEFORE = [template[0] for template in TEMPLATES].index(NOTHING_BEFORE[0])


def _pieces(sight: Sight, chosen: Sequence[int]) -> Pieces:
    """What the templates put together, one row each, for some words."""
    columns = {
        "fixed": [*_FIXED, sight.voice],
        "places": _PLACES,
        "joined": _JOINED,
        "kinds": ["^", "^", *sight.kind, "$", "$"],
        "shapes": ["^", *sight.shape, "$"],
        "gaps": sight.gaps,
    }
    strings = [*chain.from_iterable(columns.values())]
    begins = dict(
        zip((*columns, "words"), accumulate(map(len, columns.values()), initial=0), strict=True)
    )
    codes = {string: code for code, string in enumerate(dict.fromkeys(strings))}
    code = np.array([codes[string] for string in strings], np.intp)
    value = np.array([number(string) for string in codes], np.uint64)
    shift = _SHIFT[[len(string) for string in codes]]
    words = _within(sight.words)
    value = np.concatenate((value[code], _EDGE, _EDGE, words.value, _END))
    shift = np.concatenate((shift[code], _ONE, _ONE, words.shift, _ONE))

    at = np.array(chosen, np.intp)
    start, end = np.array([sight.edge[index] for index in chosen], np.intp).T
    step, size = np.minimum(at - start, FURTHEST), np.minimum(end - start, LONG_RUN)
    bases = np.array((at * 0, at, start, end, step, size, step * len(_PLACES) + size))
    rows = bases[_BY] + np.array([[begins[name] + further] for _, _, name, further in _FROM])
    return Pieces(value[rows], shift[rows])


_EDGE = np.array([number("^")], np.uint64)
_END = np.array([number("$")], np.uint64)
_ONE = _SHIFT[[1]]
