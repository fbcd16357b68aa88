"""Ways in which people write a value or a mark so that a filter does not see it.

Each takes a text and a seeded generator. Written apart from the readings in ``lab.policy.text``, so
that one does not merely undo the other.
"""

from __future__ import annotations

import base64
import html
import random
import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import quote

Twist = Callable[[str, random.Random], str]

LOOK_ALIKES = str.maketrans("ABCEHIKMOPTXYaceopxy", "АВСЕНІКМОРТХУасеорху")
DIGIT_WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
TONES = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
SHAPES = {"\u0302": "^", "\u0306": "w", "\u031b": "w"}
TCVN3 = dict(
    zip(
        "àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵđ",
        "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊËÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\xadõö÷øùúûüýþ®",
        strict=True,
    )
)
VNI_TONES = {"\u0300": "ø", "\u0301": "ù", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
VNI_CIRCUMFLEX = {
    "": "â",
    "\u0300": "à",
    "\u0301": "á",
    "\u0309": "å",
    "\u0303": "ã",
    "\u0323": "ä",
}
VNI_BREVE = {"": "ê", "\u0300": "è", "\u0301": "é", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë"}
VNI_I = {"\u0300": "ì", "\u0301": "í", "\u0309": "æ", "\u0303": "ó", "\u0323": "ò"}


def plain(text: str) -> str:
    """Without accents, character for character where the text is composed."""
    parts = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in parts if not unicodedata.combining(char))


def _spread(text: str, between: str) -> str:
    return ("  " if between == " " else " ").join(between.join(word) for word in text.split())


def _telex(text: str, _: random.Random) -> str:
    words = []
    for word in text.split(" "):
        letters, tone = "", ""
        for char in unicodedata.normalize("NFD", word.replace("đ", "dd").replace("Đ", "DD")):
            if char in TONES:
                tone = TONES[char]
            elif char in SHAPES:
                last = letters[-1] if letters else ""
                letters += last if SHAPES[char] == "^" else "w"
            else:
                letters += char
        words.append(letters + (tone.upper() if word.isupper() else tone))
    return " ".join(words)


def _tcvn3(text: str, _: random.Random) -> str:
    return "".join(TCVN3.get(char, char) for char in text.lower())


def _vni(text: str, _: random.Random) -> str:
    out = []
    for char in text.lower():
        base, *marks = list(unicodedata.normalize("NFD", char))
        tone = next((mark for mark in marks if mark in VNI_TONES), "")
        if char == "đ":
            out.append("ñ")
        elif "\u0302" in marks:
            out.append(base + VNI_CIRCUMFLEX[tone])
        elif "\u0306" in marks:
            out.append(base + VNI_BREVE[tone])
        elif "\u031b" in marks:
            out.append({"o": "ô", "u": "ö"}[base] + VNI_TONES.get(tone, ""))
        elif base == "i" and tone:
            out.append(VNI_I[tone])
        else:
            out.append(base + VNI_TONES.get(tone, ""))
    return "".join(out)


def _full_width(text: str, _: random.Random) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in plain_marks(text))


def plain_marks(text: str) -> str:
    """Decomposed, so that letters under their accents can be exchanged."""
    return unicodedata.normalize("NFD", text)


def _look_alike(text: str, _: random.Random) -> str:
    return unicodedata.normalize("NFC", plain_marks(text).translate(LOOK_ALIKES))


def _hidden(text: str, source: random.Random) -> str:
    return "".join(char + source.choice(("\u200b", "\u200c", "\u2060")) for char in text)


def _digits_only(text: str) -> str:
    return "".join(char for char in text.replace("+84", "0") if char.isdigit())


def _confused(text: str, _: random.Random) -> str:
    return _digits_only(text).replace("0", "O").replace("1", "l")


def _tag_words(text: str, _: random.Random) -> str:
    return " ".join(f"**{word}**" for word in text.split())


TWISTS: Mapping[str, Twist] = {
    "spaced": lambda text, _: _spread(text, " "),
    "dotted": lambda text, _: _spread(text, "."),
    "dashed": lambda text, _: _spread(text, "-"),
    "hidden": _hidden,
    "softhyphen": lambda text, _: "\u00ad".join(text),
    "fullwidth": _full_width,
    "lookalike": _look_alike,
    "nfd": lambda text, _: unicodedata.normalize("NFD", text),
    "newline": lambda text, _: text.replace(" ", "\n"),
    "nbsp": lambda text, _: text.replace(" ", "\u00a0"),
    "underscore": lambda text, _: text.replace(" ", "_"),
    "bold": _tag_words,
    "entity": lambda text, _: "".join(f"&#{ord(char)};" for char in text),
    "case": lambda text, _: "".join(
        char.upper() if nth % 2 else char.lower() for nth, char in enumerate(text)
    ),
    "telex": _telex,
    "tcvn3": _tcvn3,
    "vni": _vni,
    "base64": lambda text, _: base64.b64encode(text.encode()).decode(),
    "base64twice": lambda text, _: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "hex": lambda text, _: text.encode().hex(),
    "url": lambda text, _: quote(text),
    "html": lambda text, _: html.escape(text).encode("ascii", "xmlcharrefreplace").decode(),
    "digitwords": lambda text, _: " ".join(DIGIT_WORDS[int(d)] for d in _digits_only(text)),
    "digitspaces": lambda text, _: " ".join(_digits_only(text)),
    "digitdots": lambda text, _: ".".join(_digits_only(text)),
    "digitslashes": lambda text, _: "/".join(
        _digits_only(text)[nth : nth + 3] for nth in range(0, len(_digits_only(text)), 3)
    ),
    "digitlines": lambda text, _: "\n".join(
        _digits_only(text)[nth : nth + 4] for nth in range(0, len(_digits_only(text)), 4)
    ),
    "keycap": lambda text, _: "".join(f"{d}\ufe0f\u20e3" for d in _digits_only(text)),
    "confused": _confused,
    "acong": lambda text, _: text.replace("@", " a còng ").replace(".", " chấm "),
    "atdot": lambda text, _: text.replace("@", " (at) ").replace(".", " (dot) "),
    "mailspaces": lambda text, _: text.replace("@", " @ ").replace(".", " . "),
}
"""Name of a way -> how to write a text so."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    name: tuple(ways.split())
    for name, ways in {
        "mark": "spaced dotted dashed hidden softhyphen fullwidth lookalike nfd newline nbsp "
        "underscore bold entity case telex",
        "digits": "digitspaces digitdots digitslashes digitlines digitwords keycap fullwidth "
        "hidden confused softhyphen entity",
        "letters": "hidden softhyphen lookalike nfd nbsp newline spaced entity",
        "mail": "acong atdot mailspaces hidden fullwidth entity",
        "encode": "base64 base64twice hex url html",
        "opaque": "base64 base64twice hex",
        "legacy": "tcvn3 vni",
    }.items()
}
"""Name of a group -> ways of which one is drawn for each case."""
