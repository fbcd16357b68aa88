"""Words of a prompt: found whatever the accents, told apart from what was copied."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from lab.policy.text import fold

RUN = 9
"""So many words in a row that also stand in the task were copied from it."""
ACCENTED = 0.25
"""Share of words with accents above which accents are typed; about 0.7 is usual."""
_BRACKETED = re.compile(r"\[[^\[\]\n]*\]")
_WORD = re.compile(r"\w+")
_PAIR = re.compile(r"(o[àáảãạ]|o[èéẻẽẹ]|u[ỳýỷỹỵ])")
_NUMBER = r"(?:[0-9][0-9.,]*|một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười)"
_BARE_NUMBER = fold(_NUMBER)
_STOP = re.compile(r"(?<!\s[^\W\d_])[.!?;…](?=\s|$)|\n")
"""The end of a sentence; the point of an initial (``ông M.``) is none."""
_GROUPED = re.compile(r"(?<=\d)[.,\s](?=\d{3}(?!\d))")


def bare(text: str) -> str:
    """Lower case without accents, words apart by one space, thousands of a number together."""
    return " ".join(_WORD.findall(_GROUPED.sub("", fold(unicodedata.normalize("NFC", text)))))


@lru_cache(maxsize=64)
def padded(text: str) -> str:
    """:func:`bare`, with a space at each end, so that whole words are found in it."""
    return f" {bare(text)} "


def lower(text: str) -> str:
    """Lower case, one character for each."""
    at_once = text.lower()
    if len(at_once) == len(text):
        return at_once
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def placed(text: str) -> str:
    """Lower case, with the tone mark where both ways of writing agree (``hoà``, ``hòa``)."""
    return "".join(_tone(pair) for pair in _PAIR.split(lower(text)))


def _tone(pair: str) -> str:
    if len(pair) != 2 or pair[0] not in "ou":  # noqa: PLR2004 - two letters
        return pair
    apart = unicodedata.normalize("NFD", pair[1])
    return unicodedata.normalize("NFC", pair[0] + apart[1]) + apart[0]


@cache
def pattern(phrases: tuple[str, ...], *, accents: bool) -> re.Pattern[str]:
    """Any of the phrases as whole words; ``#`` in a phrase is a number."""
    number = _NUMBER if accents else _BARE_NUMBER
    shaped = (placed(phrase) if accents else fold(phrase) for phrase in phrases)
    ways = sorted(map(re.escape, shaped), key=len, reverse=True)
    joined = "|".join(way.replace(r"\ ", r"\s+").replace(r"\#", number) for way in ways)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)")


@dataclass(frozen=True)
class Reading:
    """A text in which words are looked for."""

    text: str

    @cached_property
    def lower(self) -> str:
        """In lower case; what is written without accents stays so."""
        return placed(self.text)

    @cached_property
    def _searched(self) -> tuple[tuple[bool, str], ...]:
        """The sentences with accents, and those without: each with the others blanked out."""
        both = {True: [" "] * len(self.text), False: [" "] * len(self.text)}
        folded = fold(self.text)
        for start, end in self.sentences:
            accents = self._accents(start, end)
            stop = end + 1  # with the sign that ends it
            both[accents][start:stop] = (self.lower if accents else folded)[start:stop]
        return tuple((accents, "".join(letters)) for accents, letters in both.items())

    def _accents(self, start: int, end: int) -> bool:
        """Whether accents are typed here: a placeholder or a name alone does not say so."""
        first, last = (bisect_left(self.tokens, (at, 0, "")) for at in (start, end))
        apart = [span.span() for span in _BRACKETED.finditer(self.text, start, end)]
        words = [
            (a, b, word)
            for a, b, word in self.tokens[first:last]
            if not any(x <= a < y for x, y in apart)
        ]
        typed = sum(self._low[a:b] != word for a, b, word in words)
        return typed > len(words) * ACCENTED

    @cached_property
    def _low(self) -> str:
        return lower(self.text)

    @cached_property
    def tokens(self) -> tuple[tuple[int, int, str], ...]:
        """Start, end and unaccented form of each word."""
        folded = fold(self.text)
        return tuple((m.start(), m.end(), m.group()) for m in _WORD.finditer(folded))

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each sentence or line."""
        ends = [found.start() for found in _STOP.finditer(self.text)] + [len(self.text)]
        starts = [0, *(end + 1 for end in ends[:-1])]
        return tuple((a, b) for a, b in zip(starts, ends, strict=True) if self.text[a:b].strip())

    def find(self, phrases: tuple[str, ...]) -> list[tuple[int, int]]:
        """Where any of the phrases stands."""
        if not phrases:
            return []
        return sorted(
            match.span()
            for accents, text in self._searched
            for match in pattern(phrases, accents=accents).finditer(text)
        )


def places(text: str, phrases: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where any of the phrases stands, accents aside."""
    if not phrases:
        return []
    found = pattern(phrases, accents=False).finditer(fold(text))
    return [match.span() for match in found]


Rows = frozenset[tuple[str, ...]]
"""Rows of words, all of one length."""


def runs(texts: Iterable[str], length: int = RUN) -> Rows:
    """All rows of so many words of some texts."""
    rows: set[tuple[str, ...]] = set()
    for text in texts:
        words = _WORD.findall(fold(text))
        rows.update(tuple(words[i : i + length]) for i in range(len(words) - length + 1))
    return frozenset(rows)


def taken_from(reading: Reading, copied: Rows) -> list[bool]:
    """For each word of a text: whether it stands in a row that was copied."""
    words = [word for _, _, word in reading.tokens]
    taken = [False] * len(words)
    length = len(next(iter(copied), ()))
    for i in range(len(words) - length + 1 if length else 0):
        if tuple(words[i : i + length]) in copied:
            taken[i : i + length] = [True] * length
    return taken


def without(text: str, copied: Rows) -> str:
    """The text less the rows of words that stand in ``copied``; a full stop marks each gap."""
    reading = Reading(text)
    tokens, taken = reading.tokens, taken_from(reading, copied)
    pieces: list[str] = []
    end = 0
    for (start, stop, _), gone in zip(tokens, taken, strict=True):
        if gone:
            before = text[end:start]
            pieces.append(before if before.strip() else "")
            if not pieces[-1].endswith(". "):
                pieces.append(". ")
            end = stop
    pieces.append(text[end:])
    return "".join(pieces)
