"""A text cut into words for those who look for names: shapes, keys and what stands between."""

from __future__ import annotations

import re
from itertools import pairwise

from lab.policy.names import Syllables, key
from lab.policy.text import fold

_WORD = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(
    r"(?<=[^\W\d_])(?=[A-ZĐÀ-ÖØ-ÝĂĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ])"
)
_BRACKETS = re.compile(r"\[([^\[\]\n]{1,40})\]")
_GLUED = 7
"""Letters from which a word may be several syllables that were run together."""

_BESIDE = 3
"""Words on each side that tell whether somebody types without accents."""
_FEWEST_CUTS, _MOST_CUTS, _MOST_PIECES = 3, 7, 4
"""Bounds of the syllables that one word may hold."""
_GAPS = frozenset(
    ("HO", "TEN", "NGAY", "DIA", "SO", "CAN", "NOI", "DON", "CHUC", "XA", "TINH", "YEU")
)
"""First words, without accents, of the gaps that exercises teach people to leave."""

LINE_STARTS = frozenset('.!?:;\n"“”•*–-+|>([')


class Words:
    """The words of one reading of a text, as columns."""

    __slots__ = ("count", "ends", "keys", "lower", "shapes", "starts", "text")

    def __init__(self, text: str, syllables: Syllables) -> None:
        self.text = text
        self.starts: list[int] = []
        self.ends: list[int] = []
        lower = self.lower = key(text)
        gaps = [match.span() for match in _BRACKETS.finditer(text) if _is_gap(match[1])]
        starts, ends = self.starts, self.ends
        surnames = syllables.surnames
        for match in _WORD.finditer(text):
            start, end = match.span()
            if gaps and _inside(gaps, start):
                continue
            if end - start >= _GLUED and lower[start:end] not in surnames:
                for a, b in _pieces(match[0], lower[start:end], syllables):
                    starts.append(start + a)
                    ends.append(start + b)
            else:
                starts.append(start)
                ends.append(end)
        self.keys = [lower[a:b] for a, b in zip(starts, ends, strict=True)]
        self.shapes = [
            "lower" if text[a] == lower[a] else _shape(text[a:b])
            for a, b in zip(starts, ends, strict=True)
        ]
        self.count = len(starts)

    def between(self, index: int) -> str:
        """What stands between a word and the next one."""
        return self.text[self.ends[index] : self.starts[index + 1]]

    def begins(self, index: int) -> bool:
        """True where a word begins a sentence or a line."""
        at = self.starts[index] - 1
        while at >= 0 and self.text[at] in " \t":
            at -= 1
        return at < 0 or self.text[at] in LINE_STARTS

    def is_bare(self, start: int, index: int) -> bool:
        """True where the words from a cue to a name, and those beside them, have no accents."""
        near = self.keys[max(0, start - _BESIDE) : index + _BESIDE]
        return all(word.isascii() for word in near)

    def join(self, start: int, end: int) -> str:
        """The keys of some words, with one space between."""
        return " ".join(self.keys[start:end])


def _shape(word: str) -> str:
    """How a word with a capital first letter is written: ``title``, ``upper`` or ``letter``."""
    if len(word) == 1:
        return "letter"
    return "upper" if word.isupper() else "title"


def _inside(gaps: list[tuple[int, int]], start: int) -> bool:
    """True for a place inside the first of some brackets; those that are passed are dropped."""
    while gaps and gaps[0][1] <= start:
        del gaps[0]
    return bool(gaps) and gaps[0][0] < start


def _is_gap(inside: str) -> bool:
    """True for a placeholder (``HỌ TÊN 1``) or a gap to fill (``CẦN BỔ SUNG``)."""
    return inside.isupper() and (
        inside[-1].isdigit() or fold(inside.split(maxsplit=1)[0]).upper() in _GAPS
    )


def _pieces(word: str, lower: str, syllables: Syllables) -> list[tuple[int, int]]:
    """The syllables of a word that was run together (``NguyễnVănMẫu``), if it is a name."""
    whole = [(0, len(word))]
    cuts = [0, *(match.start() for match in _HUMP.finditer(word)), len(word)]
    if _FEWEST_CUTS <= len(cuts) <= _MOST_CUTS and not word.isupper():
        spans = list(pairwise(cuts))
        parts = [lower[a:b] for a, b in spans]
        if syllables.surname(parts[0]) and all(len(part) > 1 for part in parts):
            return spans
        return whole
    for size in range(min(6, len(lower) - 2), 1, -1):
        if lower[:size] in syllables.strong or lower[:size] in ("nguyen", "tran", "pham"):
            rest = _split(lower, size, syllables)
            if rest and len(rest) > 1:
                return [(0, size), *rest]
    return whole


def _split(lower: str, at: int, syllables: Syllables) -> list[tuple[int, int]] | None:
    """Names that fill the word from ``at``, longest first, with at most one way tried a place."""
    done: list[tuple[int, int]] = []
    while at < len(lower):
        for size in range(min(7, len(lower) - at), 0, -1):
            piece = lower[at : at + size]
            if size > 1 and (piece in syllables.givens or piece in syllables.middles):
                done.append((at, at + size))
                at += size
                break
        else:
            return None
        if len(done) > _MOST_PIECES:
            return None
    return done
