"""Tables of single characters: what is invisible, what looks like what, what has accents.

Sources: the Unicode Character Database through :mod:`unicodedata` (NFKC of styled letters, decimal
digits of all scripts) and the confusables of UTS 39 for the Cyrillic, Greek and IPA letters that
pass for Latin ones in common fonts.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator

import numpy as np

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SHAPES = "\u0302\u0306\u031b"

_LOOKALIKES = dict(
    zip(
        "АВЕЗКМНОРСТУХІЈЅԌԚԜҮаебкмнорстухіјѕԁһӏԛԝвьү"
        "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγεηικνορτυχω"
        "ÐðƉɖıɑɡɩɪոսօհցՕՍԱℓ∣ǀ⁎∗",
        "ABE3KMHOPCTYXIJSGQWYae6kmhopctyxijsdhlqwbby"
        "ABEZHIKMNOPTYXayenikvoptuxw"
        "ĐđĐđiagiinuohgOUUlll**",
        strict=False,
    )
)


def _ranges(*bounds: tuple[int, int]) -> Iterator[str]:
    for low, high in bounds:
        yield from map(chr, range(low, high + 1))


def _invisible() -> Iterator[str]:
    """Characters that take no room or only change how others look."""
    yield from _ranges(
        (0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F),
        (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
        (0x202A, 0x202E), (0x2060, 0x206F), (0x20D0, 0x20FF), (0x3164, 0x3164),
        (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
        (0xFFF9, 0xFFFB), (0x1D173, 0x1D17A), (0xE0000, 0xE01EF),
    )  # fmt: skip
    for mark in _ranges((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF)):
        if mark not in _TONES + _SHAPES:
            yield mark


def _styled() -> Iterator[tuple[str, str]]:
    """Letters and digits in another dress: full-width, circled, mathematical, raised."""
    for char in _ranges(
        (0xFF01, 0xFF5E), (0x2460, 0x24FF), (0x2070, 0x209C), (0x1D400, 0x1D7FF), (0x2100, 0x2188),
        (0x1F100, 0x1F16C), (0xFB00, 0xFB06), (0x3250, 0x32FF),
        (0xB2, 0xB3), (0xB9, 0xB9), (0x1D2C, 0x1D6A), (0x2B0, 0x2B8),
    ):  # fmt: skip
        plain = unicodedata.normalize("NFKC", char)
        plain = plain.replace("(", "").replace(")", "").replace("\u2044", "/")
        if plain != char and plain and plain.isascii():
            yield char, plain
    for code in range(26):
        for first in (0x1F1E6, 0x1F150, 0x1F170):  # flags, and letters in black discs and squares
            yield chr(first + code), chr(ord("A") + code)
    for code in range(10):
        for first in (0x2776, 0x2780, 0x278A):  # digits in discs
            yield chr(first + code), str(code + 1)
    yield from dict.fromkeys("\u24ff\U0001f10b\U0001f10c", "0").items()


def _table() -> dict[str, str]:
    table = dict.fromkeys(_invisible(), "")
    for code in range(0x660, 0x10000):
        char = chr(code)
        if unicodedata.category(char) == "Nd":
            table[char] = str(unicodedata.decimal(char))
    table.update(_styled())
    for char, latin in _LOOKALIKES.items():
        table[char] = latin
    for code in (*range(0x386, 0x3CF), *range(0x400, 0x460), *range(0x4D0, 0x4FA)):
        apart = unicodedata.normalize("NFD", chr(code))
        base, marks = apart[0], apart[1:]
        if marks and base in _LOOKALIKES:
            kept = "".join(mark for mark in marks if mark in _TONES + _SHAPES)
            table[chr(code)] = unicodedata.normalize("NFC", _LOOKALIKES[base] + kept)
    table |= {"\u0340": "\u0300", "\u0341": "\u0301", "\u212a": "K", "\u212b": "A"}
    table |= dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\u00af", "-")
    table |= dict.fromkeys(_ranges((0x2000, 0x200A)), " ")
    table |= dict.fromkeys("\u00a0\u1680\u202f\u205f\u3000\u2800", " ")
    table |= dict.fromkeys(("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"), "\n")
    table |= {"\U0001f51f": "10", "\u037e": ";", "\u2024": ".", "\u3002": "."}
    return table


def _folds() -> dict[int, str]:
    table = {}
    for code in (*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        if len(base) == 1 and base != chr(code):
            table[code] = base
    table |= {ord("Đ"): "d", ord("đ"): "d", ord("Ð"): "d", ord("ð"): "d", ord("Ø"): "o"}
    return table | {ord("ø"): "o", ord("ł"): "l", ord("Ł"): "l", ord("ı"): "i"}


def _array(table: dict[int, str]) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """For each code point that of the character that stands for it."""
    codes = np.arange(sys.maxunicode + 1, dtype="<u4")
    codes[list(table)] = [ord(char) for char in table.values()]
    return codes


TIDY = _table()
"""Each odd character, and what a reader takes it for (empty: nothing)."""
FOLD = _folds()
"""Code point of each letter with accents or in upper case: its plain lower-case letter."""
_FOLDED = _array(FOLD)
_CODES = ("utf-32-le", "surrogatepass")
ODD = re.compile(
    r"[^\t\n -~\xa1-\xac\xae\xb0\xb1\xb4-\xb8\xba-\xcf\xd1-\xef\xf1-\u0130"
    r"\u0132-\u0188\u018a-\u01bf\u01c4-\u024f\u1e00-\u1eff\u0300-\u0303\u0306\u0309\u031b\u0323"
    r"\u2018-\u201f\u2026](?:(?<=\r)\n)?"
)
"""One character (or line break) that :func:`tidy` may change: all but those of everyday texts."""
MARKS = re.compile(f"[^\\W\\d_][{_TONES}{_SHAPES}]+|[{_TONES}{_SHAPES}]")
"""A letter with loose accents, or an accent with no letter."""
LOOSE = re.compile(f"[{_TONES}{_SHAPES}]")
"""What no everyday text has: an accent apart from its letter."""
_SHORT = 80
"""Characters up to which a table of characters is quicker than an array."""


def fold(text: str) -> str:
    """Lower case without accents, one character for each (``đ`` is ``d``)."""
    if text.isascii():
        return text.lower()
    if len(text) <= _SHORT:
        return text.translate(FOLD)
    codes = np.frombuffer(text.encode(*_CODES), dtype="<u4")
    return _FOLDED.take(codes).tobytes().decode(*_CODES)


def tidy(char: str) -> str:
    """What a reader takes an odd character for."""
    return TIDY.get(char, char)


def compose(piece: str) -> str:
    """A letter and its loose accents as one letter; accents that do not fit are dropped."""
    whole = unicodedata.normalize("NFC", piece)
    return whole[0] if whole[0] not in _TONES + _SHAPES else ""
