"""Plain text in the encodings that Vietnamese offices have used: UTF-8, UTF-16, TCVN3, VNI."""

from __future__ import annotations

import codecs
import re
import unicodedata

from lab.attach.parts import Kind, Part
from lab.attach.refused import RefusedFile
from lab.policy.legacy import legacy_readings
from lab.policy.syllables import is_syllable
from lab.policy.view import View

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MODERN = re.compile("[ăĂđĐơƠưƯ\u1ea0-\u1ef9]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SURE = 0.8
"""Share of words with accents that must be Vietnamese before a text is taken for an old one."""
_FEW = 0.02
"""Share of control characters above which a file is no text."""
_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\u2028\u2029]")
_SPACES = re.compile(r"[ \t\xa0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def read_text(data: bytes) -> list[Part]:
    """A text file as one part. Raises ``RefusedFile`` where it is no text."""
    return [Part(Kind.BODY, modern(_decoded(data)))]


def _decoded(data: bytes) -> str:
    """The characters of a file. The order: what says so itself, then what cannot be by chance."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _plain(_strict(data, name))
    if b"\0" in data:
        even, odd = data[::2].count(0), data[1::2].count(0)
        return _plain(_strict(data, "utf-16-le" if odd > even else "utf-16-be"))
    try:
        return _plain(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    # One byte a letter. TCVN3 and VNI look like Latin-1 and are read further by ``modern``;
    # Windows' own Vietnamese table uses combining accents and the sign of the đồng.
    as_1258 = unicodedata.normalize("NFC", data.decode("cp1258", "replace"))
    as_latin = _latin(data)
    return _plain(max((as_latin, as_1258), key=lambda text: _likeness(modern(text))))


def _strict(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        raise RefusedFile("broken") from None


def _latin(data: bytes) -> str:
    """Windows-1252 where it has a letter, Latin-1 for the five bytes that it leaves open."""
    return "".join(
        bytes((each,)).decode("cp1252", "ignore") or chr(each) if each > 0x7F else chr(each)  # noqa: PLR2004 - ASCII
        for each in data
    )


def _plain(text: str) -> str:
    if len(_CONTROLS.findall(text)) > _FEW * len(text):
        raise RefusedFile("wrong_type", ending="txt")
    return text


def modern(text: str) -> str:
    """A text of the time before Unicode (fonts ``.VnTime``, ``VNI-Times``) in today's letters.

    Left as it is where it has any letter that those encodings cannot show.
    """
    if text.isascii() or _MODERN.search(text):
        return text
    readings = [view.text for view in legacy_readings(View("raw", text))]
    best = max(readings, key=_likeness, default=text)
    return best if _likeness(best) > _SURE else text


def _likeness(text: str) -> float:
    """Which share of the words with accents could be Vietnamese."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    return sum(map(is_syllable, words)) / len(words) if words else 0.0


def tidy(text: str) -> str:
    """Without control characters, runs of spaces and of empty lines; one kind of line end."""
    text = _CONTROLS.sub("", _ENDS.sub("\n", text))
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()
