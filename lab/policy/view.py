"""One reading of a text, with the map back to what was typed.

A view is its parent's text with a few pieces replaced, so a text that needs no change costs
nothing, and a span is two binary searches for each ancestor.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from lab.policy.letters import LOOSE, MARKS, ODD, compose, fold, tidy

Edit = tuple[int, int, str]
"""Start and end in the parent's text, and what stands there in the view. Sorted, disjoint."""


class View:
    """One reading of a text. Treat as frozen."""

    __slots__ = (
        "__weakref__", "_ends", "_folded", "_from", "_parent", "_starts", "_to", "name", "text",
    )  # fmt: skip

    name: str
    """Such as ``plain``, ``numbers`` or ``decoded:base64``: what a finding reports."""
    text: str

    def __init__(self, name: str, text: str, parent: View | None = None) -> None:
        self.name = name
        self.text = text
        self._parent = parent
        self._folded: str | None = None
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._from: list[int] = []
        self._to: list[int] = []

    @classmethod
    def edited(cls, name: str, parent: View, edits: Iterable[Edit]) -> View:
        """The parent's text with some pieces replaced (or left out)."""
        pieces: list[str] = []
        view = cls(name, "", parent)
        at = done = 0
        for start, end, piece in edits:
            pieces.append(parent.text[done:start])
            pieces.append(piece)
            at += start - done
            view._starts.append(at)
            at += len(piece)
            view._ends.append(at)
            view._from.append(start)
            view._to.append(end)
            done = end
        if not pieces:
            view.text = parent.text
            return view
        pieces.append(parent.text[done:])
        view.text = "".join(pieces)
        return view

    @property
    def folded(self) -> str:
        """The reading in lower case without accents: the same offsets as :attr:`text`."""
        if self._folded is None:
            self._folded = fold(self.text)
        return self._folded

    def edits(self, parent: View, room: int) -> list[tuple[int, int]] | None:
        """The parts of the text that are not as in the parent, with some room, merged.

        None where the view was made of another one.
        """
        if self._parent is not parent:
            return None
        parts: list[tuple[int, int]] = []
        for start, end in zip(self._starts, self._ends, strict=True):
            low, high = max(0, start - room), min(len(self.text), end + room)
            if parts and low <= parts[-1][1]:
                low = parts.pop()[0]
            parts.append((low, high))
        return parts

    def own_changes(self) -> list[tuple[int, int]]:
        """Where in the original the pieces stand that this reading replaced, in order.

        Readings of the same name were made together: theirs count, too.
        """
        parent = self._parent
        own = list(zip(self._from, self._to, strict=True))
        if parent is None:
            return own
        own = [parent.span(start, end) for start, end in own]
        return sorted(own + parent.own_changes()) if parent.name == self.name else own

    def between(self, start: int, end: int) -> tuple[int, int]:
        """Where what stands at ``start`` to ``end`` in the original is in this view's text.

        The way back from :meth:`span`; a piece that was replaced is taken whole.
        """
        if self._parent is not None:
            start, end = self._parent.between(start, end)
        return self._lower(start, end)

    def _lower(self, start: int, end: int) -> tuple[int, int]:
        """The span of the parent's text in this one."""
        if not self._starts:
            return start, end
        edit = bisect_right(self._from, start) - 1
        if edit >= 0 and start < self._to[edit]:
            start = self._starts[edit]
        elif edit >= 0:
            start += self._ends[edit] - self._to[edit]
        edit = bisect_left(self._from, end) - 1
        if edit >= 0:
            end = max(self._ends[edit], end + self._ends[edit] - self._to[edit])
        return start, max(start, end)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of every character that ``text[start:end]`` was made of."""
        view: View | None = self
        while view is not None:
            start, end = view._lift(start, end)  # noqa: SLF001 - its own class
            view = view._parent  # noqa: SLF001
        return start, end

    def _lift(self, start: int, end: int) -> tuple[int, int]:
        """The same span in the parent's text."""
        if not self._starts:
            return start, end
        if start < end:
            return self._source(start)[0], self._source(end - 1)[1]
        gap = self._gap(start)
        return gap, gap

    def _source(self, index: int) -> tuple[int, int]:
        """The piece of the parent's text that one character comes from."""
        edit = bisect_right(self._starts, index) - 1
        if edit < 0:
            return index, index + 1
        if index < self._ends[edit]:
            return self._from[edit], self._to[edit]
        index += self._to[edit] - self._ends[edit]
        return index, index + 1

    def _gap(self, index: int) -> int:
        """The place in the parent's text of the boundary before a character."""
        if index >= len(self.text):
            parent = self._parent
            return len(parent.text) if parent is not None else index
        return self._source(index)[0]

    def __repr__(self) -> str:
        return f"View({self.name!r}, {len(self.text)} characters)"


class Backwards(View):
    """A text read from its end."""

    __slots__ = ()

    def __init__(self, name: str, parent: View) -> None:
        super().__init__(name, parent.text[::-1], parent)

    def _lift(self, start: int, end: int) -> tuple[int, int]:
        return len(self.text) - end, len(self.text) - start

    def _lower(self, start: int, end: int) -> tuple[int, int]:
        return len(self.text) - end, len(self.text) - start


class Part(View):
    """A piece of a view's text, which leads back to the same original."""

    __slots__ = ("_start",)

    def __init__(self, whole: View, start: int, end: int) -> None:
        super().__init__(whole.name, whole.text[start:end], whole)
        self._start = start
        self._folded = whole.folded[start:end]

    def _lift(self, start: int, end: int) -> tuple[int, int]:
        return start + self._start, end + self._start

    def _lower(self, start: int, end: int) -> tuple[int, int]:
        size = len(self.text)
        return min(max(start - self._start, 0), size), min(max(end - self._start, 0), size)


def clean(view: View, name: str) -> View:
    """The text as a reader sees it: NFC, nothing invisible, look-alikes as what they look like."""
    edits = [
        (found.start(), found.end(), piece)
        for found in ODD.finditer(view.text)
        if (piece := tidy(found[0])) != found[0]
    ]
    once = View.edited(name, view, edits)
    if LOOSE.search(once.text) is None:
        return once
    edits = [
        (found.start(), found.end(), piece)
        for found in MARKS.finditer(once.text)
        if (piece := compose(found[0])) != found[0]
    ]
    return View.edited(name, once, edits) if edits else once
