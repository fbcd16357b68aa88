"""Words as they were typed, where no input method turned keys into accents.

Telex (``tuyeejt maajt``), VNI keys (``tuye65t ma65t``), VIQR (``tuye^.t ma^.t``) and letters that
were swapped for signs (``m@t``, ``tuy3t``). A word is only changed where a syllable comes of it.
Source: RFC 1456 for VIQR; the key tables of the Unikey project for Telex and VNI.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from lab.policy.syllables import is_bare_syllable, is_syllable
from lab.policy.view import Edit, View

_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT = "\u0301\u0300\u0309\u0303\u0323"
_HAT, _BREVE, _HORN = "\u0302\u0306\u031b"
_TELEX_TONES = {"s": _ACUTE, "f": _GRAVE, "r": _HOOK, "x": _TILDE, "j": _DOT}
_VNI_MARKS = {
    "1": _ACUTE, "2": _GRAVE, "3": _HOOK, "4": _TILDE, "5": _DOT, "6": _HAT, "7": _HORN,
    "8": _BREVE,
}  # fmt: skip
_VIQR_MARKS = {
    "'": _ACUTE, "`": _GRAVE, "?": _HOOK, "~": _TILDE, ".": _DOT, "^": _HAT, "(": _BREVE,
    "+": _HORN,
}  # fmt: skip
_VOWEL = re.compile("[aeiouy]", re.IGNORECASE)

_TELEX_KEYS = re.compile(
    r"[a-z]{0,6}"
    r"(?:aa|ee|oo|[aou]w|dd|[aeiouyw][a-z]{0,3}[sfrxj]|[b-dghk-nprstvx]w[a-z])",
    re.IGNORECASE | re.ASCII,
)
_TELEX_WORD = re.compile(r"[A-Za-z0-9]{2,}")
_LONGEST_TELEX = 10
_VNI_WORD = re.compile(
    r"(?<![\w.])(?=[a-z]{1,6}[1-9])(?:[a-z]+[1-9]{1,2}){1,4}[a-z]{0,3}(?![\w])",
    re.IGNORECASE | re.ASCII,
)
_VIQR_WORD = re.compile(
    r"(?<!\w)(?=[a-z]{1,5}[\^(+])[a-z]+[\^(+][a-z'`?~.^+]{0,8}", re.IGNORECASE | re.ASCII
)
_LEET_WORD = re.compile(
    r"(?<![\w@$!])(?=[^\W\d_]{0,6}[@$!0-9])(?:[^\W\d_]|[@$!0-9]){3,8}(?![\w@$!])"
)
_LETTER_DIGIT = re.compile(r"[@$!0-9](?<=[^\W\d_].)|[@$!0-9](?=[^\W\d_])")
_LETTER_MARK = re.compile(r"[\^(+](?<=[A-Za-z].)")
_LEET = str.maketrans("@4301!5$7", "aaeoiisst")
_ENOUGH = 2
_ASCII_WORD = re.compile(r"(?<![^\W_])[A-Za-z]{2,}(?![^\W_])", re.ASCII)
_DOUBLE = re.compile(r"(?:aa|ee|oo|[aou]w|dd).*[sfrxj]|[sfrxj].*(?:aa|ee|oo|[aou]w)", re.IGNORECASE)
"""A word with both kinds of Telex keys, which English has not."""


def typed_readings(view: View) -> Iterator[View]:
    """The text with such words turned into what they mean, one view for each way of writing."""
    for name, sign, words, convert, least in (
        ("decoded:telex", None, _TELEX_WORD, _from_telex, _ENOUGH),
        ("decoded:vni_keys", _LETTER_DIGIT, _VNI_WORD, _from_vni_keys, _ENOUGH),
        ("decoded:viqr", _LETTER_MARK, _VIQR_WORD, _from_viqr, _ENOUGH),
        ("decoded:leet", _LETTER_DIGIT, _LEET_WORD, _from_leet, 1),
    ):
        if sign is not None and sign.search(view.text) is None:
            continue
        edits = [
            (found.start(), found.start() + len(word), plain)
            for found in words.finditer(view.text)
            if (word := found[0].rstrip("."))
            if (plain := convert(word)) != word and plain
        ]
        if len(edits) < least and not (edits and _stands_out(view.text, edits[0])):
            continue
        if convert is _from_telex and len(edits) > 1 and _is_english(view.text, edits):
            continue
        yield View.edited(name, view, edits)


def _stands_out(text: str, edit: Edit) -> bool:
    """Whether the one word of this kind has both kinds of keys, in a text that has accents."""
    return _DOUBLE.search(text[edit[0] : edit[1]]) is not None and not text.isascii()


def _is_english(text: str, edits: list[Edit]) -> bool:
    """Whether words that look like Telex are more likely English, as their neighbours are."""
    words = [text[start:end] for start, end, _ in edits]
    for (left, right), (first, second) in zip(pairwise(edits), pairwise(words), strict=True):
        if right[0] - left[1] == 1 and _DOUBLE.search(first) and _DOUBLE.search(second):
            return False
    others = sum(not is_bare_syllable(found[0]) for found in _ASCII_WORD.finditer(text))
    return others - len(edits) > len(edits)


@lru_cache(maxsize=4096)
def _from_telex(word: str) -> str:
    if len(word) > _LONGEST_TELEX or not word.isalpha() or not _TELEX_KEYS.match(word):
        return ""
    if is_bare_syllable(word):
        return ""
    tone = ""
    letters: list[str] = []
    for key in word:
        low = key.lower()
        last = letters[-1][0].lower() if letters else ""
        if low in _TELEX_TONES and any(_VOWEL.match(letter) for letter in letters):
            tone = _TELEX_TONES[low]
        elif low in "aeo" and (place := _same(letters, low)) is not None:
            letters[place] += _HAT
        elif low == "d" and letters and letters[0] in "dD":
            letters[0] = "đ" if letters[0] == "d" else "Đ"
        elif low == "w" and last in ("a", "o", "u"):
            letters[-1] += _BREVE if last == "a" else _HORN
            if last == "o" and len(letters) > 1 and letters[-2] in "uU":
                letters[-2] += _HORN
        elif low == "w":
            letters.append(("u" if key == "w" else "U") + _HORN)
        else:
            letters.append(key)
    return _assembled(letters, tone)


def _same(letters: list[str], key: str) -> int | None:
    """Where the vowel stands that the same key typed again puts a hat on."""
    for place in range(len(letters) - 1, -1, -1):
        if letters[place].lower() == key:
            return place
    return None


def _from_vni_keys(word: str) -> str:
    return _from_marks(word, _VNI_MARKS)


def _from_viqr(word: str) -> str:
    return _from_marks(word, _VIQR_MARKS)


def _from_marks(word: str, marks: dict[str, str]) -> str:
    """A word whose marks follow the vowel, or stand at its end."""
    tone = ""
    letters: list[str] = []
    for key in word:
        mark = marks.get(key, "")
        if not mark and key == "9" and letters and letters[0] in "dD":
            letters[0] = "đ" if letters[0] == "d" else "Đ"
        elif not mark:
            letters.append(key)
        elif mark in (_HAT, _BREVE, _HORN):
            fits = {_HAT: "aeo", _BREVE: "a", _HORN: "ou"}[mark]
            places = [n for n, letter in enumerate(letters) if letter.lower() in fits]
            if not places:
                return ""
            for place in places[-2:] if mark == _HORN else places[-1:]:
                letters[place] += mark
        else:
            tone = mark
    if any(letter.isdigit() for letter in letters):
        return ""
    return _assembled(letters, tone)


def _assembled(letters: list[str], tone: str) -> str:
    """The syllable with its tone on the vowel that carries it; empty where it is none."""
    vowels = [place for place, letter in enumerate(letters) if _VOWEL.match(letter)]
    if tone and vowels:
        marked = [place for place in vowels if len(letters[place]) > 1]
        if marked:
            place = marked[-1]
        elif len(vowels) > 1 and vowels[-1] == len(letters) - 1:
            place = vowels[-2]
        else:
            place = vowels[-1]
        letters[place] += tone
    word = unicodedata.normalize("NFC", "".join(letters))
    return word if is_syllable(word) else ""


def _from_leet(word: str) -> str:
    if not any(char.isalpha() for char in word):
        return ""
    plain = word.translate(_LEET)
    if not (is_syllable(plain) or is_bare_syllable(plain)):
        return ""
    return plain.upper() if word.upper() == word else plain
