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

from lab.policy.name_features import (
    CONDITIONS,
    FURTHEST,
    LONG_RUN,
    NOTHING_BEFORE,
    TEMPLATES,
    Sight,
)

Numbers = NDArray[np.uint64]
Places = NDArray[np.intp]

_BASE = 0x9E3779B97F4A7C15
_MIX = 0xD6E8FEB86659FD93
_WORD = (1 << 64) - 1
_BITS = 16
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


def _within(text: str, starts: Places, ends: Places) -> Pieces:
    """The numbers of some words of a text; an empty word's is 0."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
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
        self._begin = first.searchsorted(np.arange(1 << _BITS)).astype(np.uint32)
        self._deepest = int(np.bincount(first).max(initial=0))
        self._keys = np.append(keys[order], np.zeros(self._deepest + 1, np.uint64))
        rows = np.array([*weights.values()], np.int64).reshape(-1, 2)
        rows = np.vstack((rows[order], np.zeros((self._deepest + 1, 2), np.int64)))
        self._rows = rows.astype(np.int32)

    def sums(self, features: Numbers) -> NDArray[np.int64]:
        """What all features (rows) say of each word (columns): beginning, going on."""
        at = self._begin[features >> np.uint64(64 - _BITS)].astype(np.intp)
        place = np.full(features.shape, len(self._rows) - 1)
        for _ in range(self._deepest):
            np.copyto(place, at, where=self._keys[at] == features)
            at += 1
        sums: NDArray[np.int64] = self._rows[place].sum(axis=0)
        return sums


def features(sights: Sequence[Sight], chosen: Sequence[Sequence[int]]) -> Numbers:
    """The number of each template's feature (rows) for the chosen words of each text (columns)."""
    value, shift = _pieces(sights, chosen)
    total: Numbers = value[_ORDER[0]] + _SIGNS * shift[_ORDER[0]]
    for row in _ORDER[1:]:
        total *= shift[row]
        total += value[row]
    rows = zip(sights, chosen, strict=True)
    has = [sight.has(index) for sight, indices in rows for index in indices]
    total[_CONDITIONAL] *= np.array(has).T[_CONDITION]
    first = 0
    for indices in chosen:
        if indices and indices[0] == 0:
            total[_BEFORE, first] = number(NOTHING_BEFORE)
        first += len(indices)
    return total


_FROM = (
    ("", "none", "fixed", 0), ("/", "none", "fixed", 1), ("_", "none", "fixed", 2),
    ("voice", "text", "voices", 0), ("at", "step", "places", 0), ("size", "size", "places", 0),
    ("place", "place", "joined", 0),
    ("k2", "at", "kinds", -2), ("k1", "at", "kinds", -1), ("k0", "at", "kinds", 0),
    ("n1", "at", "kinds", 1), ("n2", "at", "kinds", 2), ("kb", "start", "kinds", -1),
    ("head", "start", "kinds", 0), ("tail", "end", "kinds", -1), ("ka", "end", "kinds", 0),
    ("sp", "at", "shapes", -1), ("s0", "at", "shapes", 0), ("sn", "at", "shapes", 1),
    ("far", "at", "gaps", -1), ("left", "at", "gaps", 0), ("right", "at", "gaps", 1),
    ("first", "start", "gaps", 0), ("last", "end", "gaps", 0),
    ("previous", "at", "words", -1), ("word", "at", "words", 0), ("next", "at", "words", 1),
    ("second", "start", "words", -2), ("before", "start", "words", -1),
    ("after", "end", "words", 0),
)  # fmt: skip
"""Each piece: which of a word's places it goes by, the column of strings, and how far on there."""
_BASES = ("none", "text", "at", "start", "end", "step", "size", "place")
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
_CONDITIONAL = [row for row, template in enumerate(TEMPLATES) if template[0] in CONDITIONS]
_CONDITION = [CONDITIONS.index(TEMPLATES[row][0]) for row in _CONDITIONAL]
_BEFORE = [template[0] for template in TEMPLATES].index(NOTHING_BEFORE[0])


_BEFORE_ALL, _BEHIND_ALL = ["^", "^"], ["$", "$"]
_EDGES = len(_BEFORE_ALL)


def _pieces(sights: Sequence[Sight], chosen: Sequence[Sequence[int]]) -> Pieces:
    """What the templates put together, one row each, for some words of each text.

    The columns of strings hold all texts, each with its edges.
    """
    columns: dict[str, list[str]] = {"fixed": _FIXED, "places": _PLACES, "joined": _JOINED}
    columns["voices"] = [sight.voice for sight in sights]
    columns["kinds"] = [k for each in sights for k in (*_BEFORE_ALL, *each.kind, *_BEHIND_ALL)]
    columns["shapes"] = [k for each in sights for k in (*_BEFORE_ALL, *each.shape, *_BEHIND_ALL)]
    columns["gaps"] = [k for each in sights for k in ("", "", *each.gaps, "")]
    strings = [*chain.from_iterable(columns.values())]
    begins = dict(
        zip((*columns, "words"), accumulate(map(len, columns.values()), initial=0), strict=True)
    )
    codes = {string: code for code, string in enumerate(dict.fromkeys(strings))}
    code = np.array([codes[string] for string in strings], np.intp)
    value = np.array([number(string) for string in codes], np.uint64)
    shift = _SHIFT[[len(string) for string in codes]]
    words = _words(sights)
    value = np.concatenate((value[code], words.value))
    shift = np.concatenate((shift[code], words.shift))

    widths = accumulate((each.words.count + 2 * _EDGES for each in sights), initial=_EDGES)
    rows = np.array(
        [
            (nth, index + before, sight.edge[index][0] + before, sight.edge[index][1] + before)
            for nth, (sight, indices, before) in enumerate(
                zip(sights, chosen, widths, strict=False)
            )
            for index in indices
        ],
        np.intp,
    )
    text, at, start, end = rows.T
    step, size = np.minimum(at - start, FURTHEST), np.minimum(end - start, LONG_RUN)
    bases = np.array((at * 0, text, at, start, end, step, size, step * len(_PLACES) + size))
    found = bases[_BY] + np.array([[begins[name] + further] for _, _, name, further in _FROM])
    return Pieces(value[found], shift[found])


def _words(sights: Sequence[Sight]) -> Pieces:
    """The very words of each text with its edges."""
    starts, ends, before = [], [], 2
    for sight in sights:
        words = sight.words
        starts += [0, 0, *(start + before for start in words.starts), 1, 1]
        ends += [1, 1, *(end + before for end in words.ends), 2, 2]
        before += len(words.lower)
    text = "".join(("^$", *(sight.words.lower for sight in sights)))
    return _within(text, np.array(starts, np.intp), np.array(ends, np.intp))
