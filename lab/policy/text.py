"""Readings of a text, each with a map back to the characters that a person typed.

A recognizer never guards against disguises itself: it reads :class:`Views`, which show one text
cleaned, folded, with numbers put together, with spaced letters joined and with what is encoded
decoded. Whatever it finds there, :meth:`View.span` says where that stands in the original.

A view is its parent's text with a few pieces replaced, so a text that needs no change costs
nothing, and a span is two binary searches for each ancestor.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property

from lab.policy.letters import FOLD, MARKS, ODD, compose, tidy

Edit = tuple[int, int, str]
"""Start and end in the parent's text, and what stands there in the view. Sorted, disjoint."""


def fold(text: str) -> str:
    """Lower case without accents, one character for each (``đ`` is ``d``)."""
    return text.translate(FOLD)


class View:
    """One reading of a text. Treat as frozen."""

    __slots__ = ("_ends", "_folded", "_from", "_parent", "_starts", "_to", "name", "text")

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
        """This reading in lower case without accents: the same offsets as :attr:`text`."""
        if self._folded is None:
            self._folded = fold(self.text)
        return self._folded

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of every character that ``text[start:end]`` was made of."""
        view: View | None = self
        while view is not None:
            if view._starts:  # noqa: SLF001 - its own class
                if start < end:
                    start, end = view._source(start)[0], view._source(end - 1)[1]  # noqa: SLF001
                else:
                    start = end = view._gap(start)  # noqa: SLF001
            view = view._parent  # noqa: SLF001
        return start, end

    def _source(self, index: int) -> tuple[int, int]:
        """The piece of the parent's text that one character comes from."""
        edit = bisect_right(self._starts, index) - 1
        if edit < 0:
            return index, index + 1
        if index < self._ends[edit]:
            if self._ends[edit] - self._starts[edit] == self._to[edit] - self._from[edit]:
                index += self._from[edit] - self._starts[edit]
                return index, index + 1
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


class Views:
    """All readings of one text, each made when it is first asked for, and once."""

    def __init__(self, original: str) -> None:
        self.original = original

    @cached_property
    def raw(self) -> View:
        """The text as it was typed."""
        return View("raw", self.original)

    @cached_property
    def plain(self) -> View:
        """NFC without invisible characters; full-width, keycap and look-alike letters are what
        they look like; odd spaces are a space, dashes a hyphen; line breaks are kept."""
        return clean(self.raw, "plain")

    @cached_property
    def folded(self) -> View:
        """Plain in lower case without accents, with the same offsets as plain."""
        return View("folded", self.plain.folded, self.plain)

    @cached_property
    def numbers(self) -> View:
        """Plain with the parts of each number put together: separators, digit words, O for 0."""
        from lab.policy.digits import joined_numbers  # noqa: PLC0415 - it builds on View

        return joined_numbers(self.plain)

    @cached_property
    def joined(self) -> View:
        """Plain with letter-spaced and dotted words joined (``T U Y Ệ T  M Ậ T``).

        Where one separator stands between all letters, the words run together (``TUYỆTMẬT``):
        look for phrases with ``\\s*`` between their words.
        """
        return join_letters(self.plain)

    @cached_property
    def decoded(self) -> tuple[View, ...]:
        """Readings of what is encoded, in place: the text around a token stays."""
        from lab.policy.encodings import decodings  # noqa: PLC0415 - it builds on View

        return tuple(decodings(self.plain))

    def everything(self) -> Iterator[View]:
        """Every reading that a phrase recognizer should look at, plain first."""
        yield self.plain
        if self.joined is not self.plain:
            yield self.joined
        yield from self.decoded


def clean(view: View, name: str) -> View:
    """The view's text as a reader sees it: the steps of :attr:`Views.plain`."""
    once = _replaced(view, name, ODD, tidy)
    return _replaced(once, name, MARKS, compose)


_SPACED = re.compile(r"(?<!\w)[^\W\d_](?:[ \t.\-_*·•,/|~+]{1,3}[^\W\d_](?![^\W_]))+")


def join_letters(view: View) -> View:
    """The view with letter-spaced words joined; the view itself where there is none."""
    edits: list[Edit] = []
    for match in _SPACED.finditer(view.text):
        gaps = [
            (gap.start() + match.start() , gap.end() + match.start(), gap[0])
            for gap in re.finditer(r"[^\w]+|_+", match[0])
        ]
        if len(gaps) < 2:
            continue
        texts = [gap for _, _, gap in gaps]
        usual = max(set(texts), key=lambda gap: (texts.count(gap), -len(gap)))
        edits.extend((a, b, "" if gap == usual else " ") for a, b, gap in gaps)
    return View.edited("joined", view, edits) if edits else view


def _replaced(view: View, name: str, what: re.Pattern[str], by: object) -> View:
    """The view with each match replaced; renamed even where nothing changed."""
    text = view.text
    if text.isascii() and what is MARKS:
        return view
    edits = []
    for match in what.finditer(text):
        piece = by(match[0])  # type: ignore[operator]
        if piece != match[0]:
            edits.append((match.start(), match.end(), piece))
    return View.edited(name, view, edits)
