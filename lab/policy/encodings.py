"""What is encoded, decoded in place: base64, hex, URL, HTML entities, escapes."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from lab.policy.view import Edit, View, clean

_BASE64 = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/_-]{8,}={0,2}(?![\w+/=])")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def decodings(view: View) -> Iterator[View]:
    """Each reading in which something encoded was found, nested to three layers."""
    for _ in range(3):
        edits = sorted(_edits(view.text))
        if not edits:
            return
        view = clean(View.edited("decoded", view, _disjoint(edits)), "decoded")
        yield view


def _disjoint(edits: list[Edit]) -> Iterator[Edit]:
    done = 0
    for edit in edits:
        if edit[0] >= done:
            yield edit
            done = edit[1]


def _edits(text: str) -> Iterator[Edit]:
    if "%" in text:
        for match in _PERCENT.finditer(text):
            yield match.start(), match.end(), unquote(match[0])
    if "&" in text:
        for match in _ENTITY.finditer(text):
            if (plain := html.unescape(match[0])) != match[0]:
                yield match.start(), match.end(), plain
    for match in _BASE64.finditer(text):
        body = match[0].rstrip("=").replace("-", "+").replace("_", "/")
        try:
            plain = base64.b64decode(body + "=" * (-len(body) % 4), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if plain.isprintable():
            yield match.start(), match.end(), plain
