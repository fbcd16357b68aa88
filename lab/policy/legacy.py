"""Texts in encodings of before Unicode, as they look when a program takes them for Latin-1.

TCVN3 (fonts ``.Vn...``, also called ABC) has one byte for each letter with its accent; VNI-Windows
writes the letter and then one byte for its accents. Old files still go round: ``tuyÖt mËt`` and
``tuyeät maät`` both say ``tuyệt mật``. Source: TCVN 5712:1993 (table VN3) and the VNI table as in
the converters of the Unikey project. UTF-8 read as Windows-1252 (``máº­t``) is mended too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lab.policy.syllables import is_syllable
from lab.policy.view import Edit, View, clean

_TCVN3_BYTES = "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\xadõøö÷ùúýûüþ¡¢§£¤¥¦"
_TCVN3_LETTERS = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ"
_TCVN3 = str.maketrans(_TCVN3_BYTES, _TCVN3_LETTERS)
_VIETNAMESE = "àáãâèéêìíòóôõùúýÀÁÃÂÈÉÊÌÍÒÓÔÕÙÚÝăđĩũơưĂĐĨŨƠƯ"
_TCVN3_SIGNS = "".join(char for char in _TCVN3_BYTES if char not in _VIETNAMESE)

_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT = "\u0301\u0300\u0309\u0303\u0323"
_VNI_TONES = dict(zip("ùøûõï", (_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True))
_VNI_HATS = dict(zip("âáàåãä", ("", _ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True))
_VNI_BREVES = dict(zip("êéèúüë", ("", _ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True))
_VNI_SINGLES = dict(zip("ôöñíìæóòî", "ơưđíìỉĩịỵ", strict=True))
_VNI_SIGNS = "äåëüïûøñöæÄÅËÜÏÛØÑÖÆ"
_VNI_PAIR = re.compile(
    "[aeo][âáàåãä]|a[êéèúüë]|[aeouyôö][ùøûõï]|[ôöñíìæóòî]",
    re.IGNORECASE,
)

_TCVN3_SIGN = re.compile(f"[{_TCVN3_SIGNS}]")
_VNI_SIGN = re.compile(f"[{_VNI_SIGNS}]")
_WORD = re.compile(rf"[^\W\d_{_TCVN3_SIGNS}]*[{_TCVN3_SIGNS}](?:[^\W\d_]|[{_TCVN3_SIGNS}])*")
_VNI_WORD = re.compile(rf"(?:[^\W\d_])*[{_VNI_SIGNS}](?:[^\W\d_])*")
_ANY_WORD = re.compile(rf"(?:[^\W\d_]|[{_TCVN3_SIGNS}])+")
_MODERN = re.compile("[ăĂđĐơƠưƯ\u1ea0-\u1ef9]")
_MOJIBAKE = re.compile(
    "(?:[\xc2-\xf4][\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u203a\u20ac\u2122]{1,3})+"
)
_ENOUGH = 2
"""Words that must turn into syllables before a whole text is taken for legacy."""


def legacy_readings(raw: View) -> Iterator[View]:
    """The text read as TCVN3, as VNI and as broken UTF-8, where that makes words of it."""
    if raw.text.isascii():
        return
    for name, signs, words, convert in (
        ("decoded:tcvn3", _TCVN3_SIGN, _WORD, _from_tcvn3),
        ("decoded:vni", _VNI_SIGN, _VNI_WORD, _from_vni),
    ):
        if signs.search(raw.text) is None:
            continue
        edits = _edits(raw.text, words, convert)
        if edits:
            yield clean(View.edited(name, raw, edits), name)
    edits = [
        (found.start(), found.end(), plain)
        for found in _MOJIBAKE.finditer(raw.text)
        if (plain := _from_mojibake(found[0]))
    ]
    if edits:
        yield clean(View.edited("decoded:utf8", raw, edits), "decoded:utf8")


def _edits(text: str, words: re.Pattern[str], convert: Callable[[str], str]) -> list[Edit]:
    """Words that only make sense when converted, or all words where the whole text is legacy."""
    sure = [
        (found.start(), found.end(), plain)
        for found in words.finditer(text)
        if is_syllable(plain := convert(found[0]))
    ]
    if not sure:
        return []
    likely = [
        (found.start(), found.end(), plain)
        for found in _ANY_WORD.finditer(text)
        if (plain := convert(found[0])) != found[0] and is_syllable(plain)
    ]
    if len(sure) >= _ENOUGH and not _MODERN.search(text):
        return likely
    return _beside(text, sure, likely)


def _beside(text: str, sure: list[Edit], likely: list[Edit]) -> list[Edit]:
    """Of a text in two encodings: the sure words, and those that stand in a row with them.

    ``tèi`` could be a word that somebody mistyped; right before ``mËt`` it is ``tối``. A word with
    a letter that no legacy font has is of today, and ends the row.
    """
    certain = {start for start, _, _ in sure}
    likely = [edit for edit in likely if _MODERN.search(text, edit[0], edit[1]) is None]
    kept: list[Edit] = []
    row: list[Edit] = []
    for edit in likely:
        if row and text[row[-1][1] : edit[0]].strip(" \t") != "":
            kept += row if any(each[0] in certain for each in row) else ()
            row = []
        row.append(edit)
    kept += row if any(each[0] in certain for each in row) else ()
    return kept


def _from_tcvn3(word: str) -> str:
    plain = word.translate(_TCVN3)
    return plain.upper() if word[:1].isupper() and word[:1].isascii() and _shouts(word) else plain


def _shouts(word: str) -> bool:
    """Whether its plain letters are capitals: fonts for capitals share the codes of small ones."""
    letters = [char for char in word if char.isascii() and char.isalpha()]
    return len(letters) > 1 and all(char.isupper() for char in letters)


def _from_vni(word: str) -> str:
    return _VNI_PAIR.sub(_vni_letter, word)


def _vni_letter(found: re.Match[str]) -> str:
    pair = found[0].lower()
    letter = _VNI_SINGLES.get(pair[0], pair[0])
    if len(pair) > 1:
        sign = pair[1]
        if sign in _VNI_TONES:
            letter += _VNI_TONES[sign]
        elif sign in _VNI_HATS and not (pair[0] == "a" and sign in _VNI_BREVES):
            letter += "\u0302" + _VNI_HATS[sign]
        else:
            letter += "\u0306" + _VNI_BREVES[sign]
    return letter.upper() if found[0][0].isupper() else letter


def _from_mojibake(piece: str) -> str:
    """The letters whose UTF-8 was read as Windows-1252; empty where it was not."""
    data = bytearray()
    for char in piece:
        try:
            data += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 0xFF:  # noqa: PLR2004 - one byte
                return ""
            data.append(ord(char))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
