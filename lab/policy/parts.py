"""A long text in parts, so that a check takes time in proportion to its length.

Recognizers look at what stands around a value, and some compare whatever they find with all else;
over a few thousand characters that costs nothing, over a book it would. A text up to ``LONG`` is
read whole. A longer one is read in *windows* of its plain reading, which overlap: what begins in
the middle of a window, its core, is reported by this window alone, and it has ``MARGIN`` characters
of context on both sides at least. Windows end between paragraphs, never inside a table or a list of
numbers unless that is longer than ``LARGEST``. Of every other reading (decoded, Telex and so on)
only what stands around its changes is read again: elsewhere it says what the plain reading says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from lab.policy.text import Excerpt, Views
from lab.policy.view import Part, View

LONG = 6_000
"""Characters up to which a text is read whole."""
SIZE = 5_000
"""Characters of a window's core at least."""
LARGEST = 30_000
"""Characters after which a window ends inside a table, if it must."""
MARGIN = 500
"""Characters of context on each side of a core at least."""
TABLE = 6_000
"""Characters above a window that begins inside a table which are read for its head."""
NEAR = 400
"""How far from a change what it gave away is looked for: the next sentence."""

_ROW = r"[^\n]*?(?:[|\t]|\d[\d .\-]{5}|[^\s]{40})"
"""A line of a table, of a list of numbers, of a key."""
_PARAGRAPH = re.compile(rf"\n\s*+(?!{_ROW})")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"[.!?;…][\"”)]?\s+(?!\d)")
_SPACE = re.compile(r"\s+")
_IS_ROW = re.compile(_ROW)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some readings of a part of a text, and which signs of them count."""

    views: Views
    start: int
    end: int
    """Signs that begin from ``start`` up to ``end`` in the original are this piece's own."""

    def owns(self, start: int) -> bool:
        """Whether what begins there is for this piece to report."""
        return self.start <= start < self.end


def pieces(views: Views) -> Iterator[Piece]:
    """What recognizers have to read of a text, each sign in one piece at least."""
    plain = views.plain
    if len(plain.text) <= LONG:
        yield Piece(views, 0, len(views.original))
        return
    yield from _windows(views, plain, 0, len(plain.text))
    for view in views.decoded:
        for low, high in _changed(view, len(views.original)):
            yield from _windows(views, view, low, high)


def _windows(views: Views, view: View, low: int, high: int) -> Iterator[Piece]:
    """``view.text[low:high]`` in windows, each with the context that its core needs."""
    text = view.text
    for start, end in pairwise(_cuts(text, low, high)):
        first = max(0, start - MARGIN)
        first = _row_above(text, first) if first else 0
        last = min(len(text), end + MARGIN)
        part = Part(view, first, last)
        a, b = view.span(start, end)
        yield Piece(Excerpt(views.original, part), a, b)


def _cuts(text: str, low: int, high: int) -> Iterator[int]:
    """Where the cores of windows begin, and where the last one ends."""
    at = low
    while high - at > SIZE + SIZE // 2:
        yield at
        at = _cut(text, at + SIZE, min(high, at + LARGEST))
    yield at
    if at < high:
        yield high


def _cut(text: str, low: int, high: int) -> int:
    """The first good place for a cut."""
    near = min(high, low + SIZE // 2)
    kinds = [(_PARAGRAPH, near)]
    if text.find("\n", low, near) >= 0:
        kinds += [(_PARAGRAPH, high), (_LINE, high)]
    for kind, last in (*kinds, (_SENTENCE, near), (_SPACE, high)):
        found = kind.search(text, low, last)
        if found and found.end() < last:
            return found.end()
    return high


def _row_above(text: str, at: int) -> int:
    """Where the table or list begins that goes on at a place; the place itself outside of one."""
    floor = max(0, at - TABLE)
    line = text.rfind("\n", floor, at) + 1
    if not line:
        return at
    while line > floor and _IS_ROW.match(text, line, at):
        at = line
        line = max(floor, text.rfind("\n", floor, line - 1) + 1)
    return at


def _changed(view: View, size: int) -> Iterator[tuple[int, int]]:
    """The parts of a reading that stand around its changes; all of it where it has none of its own.

    Offsets are those of the view's text.
    """
    changes = view.own_changes() or [(0, size)]
    low = high = -1
    for start, end in changes:
        a, b = view.between(start, end)
        a, b = max(0, min(a, b) - NEAR), min(len(view.text), max(a, b) + NEAR)
        if low >= 0 and a > high + 2 * MARGIN:
            yield low, high
            low = -1
        low, high = (a, b) if low < 0 else (low, max(high, b))
    if low >= 0:
        yield low, high
