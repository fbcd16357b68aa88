"""What is encoded, decoded in place: base64, hex, URL, HTML entities, escapes, mark-up.

What stands around an encoded token stays where it is, so that a label before it still counts. What
does not decode to readable text is left alone; nothing here raises. Layers are peeled one by one.
"""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import sys
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from lab.policy.legacy import legacy_readings
from lab.policy.typed import typed_readings
from lab.policy.view import Backwards, Edit, View, clean

LAYERS = 3
_READABLE = 0.9
"""Least part of a decoded token that must be letters, digits, spaces and common signs."""

_DECIMAL = 16
"""Shorter hex without a letter is a number."""

_BASE64 = re.compile(
    r"(?<![\w+/=])(?:[A-Za-z0-9+/]{40,}(?:\r?\n[A-Za-z0-9+/]{4,}){1,}|[A-Za-z0-9+/_-]{8,})={0,2}"
    r"(?![\w+/=])"
)
_BASE32 = re.compile(r"(?<![\w=])[A-Z2-7]{16,}={0,6}(?![\w=])")
_HEX = re.compile(
    r"(?=[0-9A-Fa-f])(?:(?<![^\W_])(?:0[xX])?(?:[0-9A-Fa-f]{2}){5,}(?![^\W_])"
    r"|(?<![^\W_])(?:(?:0[xX])?[0-9A-Fa-f]{2}[ :,]{1,2}){4,}(?:0[xX])?[0-9A-Fa-f]{2}(?![^\W_]))"
)
_RUN = re.compile(r"[A-Za-z0-9+/_\-]{8}")
_PAIRS = re.compile(r"[0-9A-Fa-f]{2}(?:[ :,]{1,2}(?:0[xX])?[0-9A-Fa-f]{2}){2}")
"""What every token of these kinds holds: quick to look for in a text that has none."""
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2}){2,}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_ESCAPE = re.compile(
    r"(?:\\u\{[0-9A-Fa-f]{1,6}\}|\\u[0-9A-Fa-f]{4}|[uU]\+[0-9A-Fa-f]{4,5}[ ,]?)+"
    r"|(?:\\x[0-9A-Fa-f]{2})+|\\[nrt](?![a-z])|\\[\"/]"
)
_ONE_ESCAPE = re.compile(r"[\\uU]+[{+]?([0-9A-Fa-f]{4,6}|[0-9A-Fa-f]{1,6}(?=\}))\}?[ ,]?")
_MARKUP = re.compile(
    r"<!--[^<>]{0,200}-->|</?[A-Za-z][^<>\n]{0,200}>|[*~`]{1,3}|(?<![^\W_])__?|__?(?![^\W_])"
)
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_REVERSAL = (
    "nguoc", "dao chu", "dao lai", "revers", "tu phai", "phai qua trai", "tu cuoi", "backward",
)  # fmt: skip
"""Words (folded) that tell of text written backwards; so does the mark U+202E."""
_TOKEN = re.compile(r"(?<!\S)[\w.@\-]{0,40}\d[\w.@\-]{3,}")


def decodings(raw: View, plain: View) -> Iterator[View]:
    """Each reading in which something was found that is not meant as it stands."""
    layers = list(_layers(plain))
    yield from layers
    if _TAGS.search(raw.text):
        edits = [
            (found.start(), found.end(), "".join(chr(ord(char) - 0xE0000) for char in found[0]))
            for found in _TAGS.finditer(raw.text)
        ]
        yield clean(View.edited("decoded:tags", raw, edits), "decoded:tags")
    yield from legacy_readings(raw)
    yield from typed_readings(plain)
    for view in (plain, *layers[-1:]):
        if stripped := _without_markup(view):
            yield stripped
    if "\u202e" in raw.text or any(word in plain.folded for word in _REVERSAL):
        yield Backwards("decoded:backwards", plain)
        yield View.edited("decoded:reversed", plain, list(_reversed_tokens(plain.text)))


def _layers(view: View) -> Iterator[View]:
    names: list[str] = []
    for _ in range(LAYERS):
        kinds: set[str] = set()
        edits = list(_disjoint(sorted(_tokens(view.text, kinds))))
        if not edits:
            return
        names.append("+".join(sorted(kinds)))
        name = "decoded:" + ">".join(names)
        view = clean(View.edited(name, view, edits), name)
        yield view


def _disjoint(edits: list[Edit]) -> Iterator[Edit]:
    done = 0
    for edit in edits:
        if edit[0] >= done:
            yield edit
            done = edit[1]


def _tokens(text: str, kinds: set[str]) -> Iterator[Edit]:
    packed = _RUN.search(text) is not None
    pairs = packed or _PAIRS.search(text) is not None
    for name, sign, what, decode in _KINDS:
        if sign not in text or (not sign and not (pairs if name == "hex" else packed)):
            continue
        for found in what.finditer(text):
            piece = decode(found[0])
            if piece and piece != found[0]:
                kinds.add(name)
                yield found.start(), found.end(), piece


def _without_markup(view: View) -> View | None:
    if not any(sign in view.text for sign in "<*~`_"):
        return None
    edits = [(found.start(), found.end(), "") for found in _MARKUP.finditer(view.text)]
    return View.edited("decoded:markup", view, edits) if edits else None


def _reversed_tokens(text: str) -> Iterator[Edit]:
    for found in _TOKEN.finditer(text):
        yield found.start(), found.end(), found[0][::-1]


def _read(data: bytes) -> str:
    """The text that bytes hold; empty where they hold none."""
    try:
        text = data.decode("utf-16" if b"\x00" in data[:4] else "utf-8")
    except UnicodeDecodeError:
        return ""
    if not text or not all(char.isprintable() or char in "\n\r\t" for char in text):
        return ""
    readable = sum(char.isalnum() or char in " \n.,:;-/()@_'\"!?|%+=" for char in text)
    return text if readable >= _READABLE * len(text) else ""


def _from_base64(token: str) -> str:
    body = re.sub(r"\s", "", token.rstrip("=")).replace("-", "+").replace("_", "/")
    if len(body) % 4 == 1:
        return ""
    try:
        return _read(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
    except binascii.Error:
        return ""


def _from_base32(token: str) -> str:
    body = token.rstrip("=")
    try:
        return _read(base64.b32decode(body + "=" * (-len(body) % 8)))
    except binascii.Error:
        return ""


def _from_hex(token: str) -> str:
    digits = re.sub(r"0[xX]|[ :,]", "", token)
    return "" if digits.isdigit() and len(digits) < _DECIMAL else _read(bytes.fromhex(digits))


def _from_percent(token: str) -> str:
    return _read(unquote_to_bytes(token))


def _from_quoted(token: str) -> str:
    return _read(quopri.decodestring(token.encode()))


def _from_escape(token: str) -> str:
    if token[:2] == "\\x":
        data = bytes.fromhex(token.replace("\\x", ""))
        return _read(data) or data.decode("latin-1")
    if token[:2] in ("\\n", "\\r"):
        return "\n"
    if token[1] in 't"/':
        return token[1].replace("t", " ")
    codes = [int(found[1], 16) for found in _ONE_ESCAPE.finditer(token)]
    units = b"".join(
        chr(code).encode("utf-16-be", "surrogatepass") for code in codes if code <= sys.maxunicode
    )
    return units.decode("utf-16-be", "replace")


_KINDS: tuple[tuple[str, str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("url", "%", _PERCENT, _from_percent),
    ("quoted", "=", _QUOTED, _from_quoted),
    ("html", "&", _ENTITY, html.unescape),
    ("escape", "\\", _ESCAPE, _from_escape),
    ("escape", "+", _ESCAPE, _from_escape),
    ("base64", "", _BASE64, _from_base64),
    ("base32", "", _BASE32, _from_base32),
    ("hex", "", _HEX, _from_hex),
)
"""Name, a sign without which there is none, what it looks like, how it is decoded."""
