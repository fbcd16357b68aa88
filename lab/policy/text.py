"""Readings of a text, each with a map back to the characters that a person typed.

A recognizer never guards against disguises itself: it reads :class:`Views`, which show one text
cleaned, folded, with numbers put together, with spaced letters joined and with what is encoded
decoded. Whatever it finds there, :meth:`View.span` says where that stands in the original.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from lab.policy.digits import Number, joined_numbers, numbers_in
from lab.policy.encodings import decodings
from lab.policy.letters import fold
from lab.policy.spaced import join_letters
from lab.policy.view import View, clean

__all__ = ["Number", "View", "Views", "fold"]


class Views:
    """All readings of one text, each made when it is first asked for, and once."""

    def __init__(self, original: str) -> None:
        self.original = original
        self._raw = View("raw", original)

    @cached_property
    def plain(self) -> View:
        """The text as a reader sees it.

        NFC without invisible characters; full-width, keycap and look-alike letters are what they
        look like; odd spaces are a space, dashes a hyphen; line breaks are kept.
        """
        return clean(self._raw, "plain")

    @cached_property
    def folded(self) -> View:
        """Plain in lower case without accents, with the same offsets as plain."""
        return View("folded", self.plain.folded, self.plain)

    @cached_property
    def numbers(self) -> View:
        """Plain with the parts of each number put together: separators, digit words, O for 0.

        For recognizers of numbers :meth:`digit_runs` says more: every way to read a run.
        """
        return joined_numbers(self.plain, self._numbers[0])

    @cached_property
    def joined(self) -> View:
        r"""Plain with letter-spaced and dotted words joined (``T U Y Ệ T  M Ậ T``).

        Where one separator stands between all letters, the words run together (``TUYỆTMẬT``):
        look for phrases with ``\s*`` between their words.
        """
        return join_letters(self.plain)

    @cached_property
    def decoded(self) -> tuple[View, ...]:
        """Readings of what is encoded, in place: the text around a token stays."""
        return tuple(decodings(self._raw, self.plain))

    @cached_property
    def _numbers(self) -> tuple[dict[int, list[Number]], ...]:
        return tuple(numbers_in(view) for view in (self.plain, *self.decoded))

    def everything(self) -> Iterator[View]:
        """Every reading that a phrase recognizer should look at, plain first."""
        yield self.plain
        if self.joined is not self.plain:
            yield self.joined
        yield from self.decoded

    def digit_runs(self, *lengths: int) -> Iterator[Number]:
        """Whatever can be read as one number with so many digits, in every reading."""
        for numbers in self._numbers:
            for length in lengths:
                yield from numbers.get(length, ())


class Excerpt(Views):
    """A part of one reading of a longer text, read for itself."""

    def __init__(self, original: str, part: View) -> None:
        """``original`` is that of the whole text: spans lead into it."""
        super().__init__(original)
        self.plain = part
        self.decoded = ()
        if part.name != "plain":
            self.joined = part
