"""PDF files: the text of the pages, scanned pages, and what stands beside the pages."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium

from lab.attach.limits import Limits
from lab.attach.ocr import Letters
from lab.attach.packages import parse
from lab.attach.parts import Kind, Part, Unit
from lab.attach.refused import RefusedFile, broken_unless_told

_FEW = 40
"""A page with fewer letters and a picture on it is taken for a scan."""
_ODD_SHARE = 0.2
"""Share of signs without a meaning above which a page's letters are read from its picture."""
_DPI = 200
_POINTS = 72
_LABELS = {"/Author": "Tác giả", "/Title": "Tiêu đề", "/Subject": "Chủ đề", "/Keywords": "Từ khóa"}
_DATES = frozenset({"/CreationDate", "/ModDate", "/Producer", "/Creator", "/Trapped"})
_TAGS = re.compile(r"<[^>]*>")


class PdfFile:
    """Reads one PDF."""

    def __init__(self, data: bytes, letters: Letters, limits: Limits) -> None:
        """Raises ``RefusedFile``: encrypted, broken, too many pages."""
        self._letters = letters
        self._limits = limits
        try:
            self._pages = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError:
            locked = pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD
            raise RefusedFile("encrypted" if locked else "broken") from None
        if len(self._pages) > limits.pages:
            raise RefusedFile("too_long")
        with broken_unless_told():
            self._reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
            if self._reader.is_encrypted and not self._reader.decrypt(""):
                raise RefusedFile("encrypted")
        self.files = 0
        """Files inside, which are not read."""

    def parts(self) -> Iterator[Part]:
        """What the file says. Raises ``RefusedFile``."""
        with broken_unless_told():
            for number in range(1, len(self._pages) + 1):
                yield from self._page(number)
            yield from self._notes()
            yield from self._fields()
            yield from self._about()

    def _page(self, number: int) -> Iterator[Part]:
        page = self._pages[number - 1]
        words = page.get_textpage()
        text = words.get_text_bounded(errors="replace")
        whole = words.get_text_range(errors="replace")
        if _letters(whole) != _letters(text):
            yield Part(Kind.HIDDEN, whole, Unit.PAGE, number)  # words beside the page
        drawn = any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4))
        poor = _letters(text) < _FEW
        if (poor and drawn) or _odd(text):
            yield Part(Kind.PICTURE, self._letters.of(self._picture(page)), Unit.PAGE, number)
        yield Part(Kind.BODY, text, Unit.PAGE, number)
        page.close()

    def _picture(self, page: Any) -> Any:
        wide, high = page.get_size()
        most = (self._limits.ocr_pixels / max(wide * high, 1.0)) ** 0.5
        return page.render(scale=min(_DPI / _POINTS, most), grayscale=True).to_pil()

    def _notes(self) -> Iterator[Part]:
        """Notes and links on the pages."""
        for number, page in enumerate(self._reader.pages, 1):
            notes: list[str] = []
            leads: list[str] = []
            for each in page.get("/Annots") or ():
                note = each.get_object()
                words = [str(note[key]) for key in ("/T", "/Subj", "/Contents") if note.get(key)]
                if note.get("/RC") and not note.get("/Contents"):
                    words.append(_TAGS.sub(" ", str(note["/RC"])))
                if words and note.get("/Subtype") != "/Widget":
                    notes.append(": ".join(words))
                action = note.get("/A")
                uri = action.get_object().get("/URI") if action is not None else None
                if uri:
                    leads.append(str(uri))
            if notes:
                yield Part(Kind.COMMENT, "\n".join(notes), Unit.PAGE, number)
            if leads:
                yield Part(Kind.LINK, "\n".join(leads), Unit.PAGE, number)

    def _fields(self) -> Iterator[Part]:
        fields = self._reader.get_fields() or {}
        lines = [
            f"{field.get('/TU') or name}: {field['/V']}"
            for name, field in fields.items()
            if field.get("/V") not in (None, "", "/Off")
        ]
        if lines:
            yield Part(Kind.FORM, "\n".join(lines))

    def _about(self) -> Iterator[Part]:
        lines = [
            f"{_LABELS.get(key, key.removeprefix('/'))}: {value}"
            for key, value in (self._reader.metadata or {}).items()
            if key not in _DATES and str(value).strip()
        ]
        extended = self._reader.root_object.get("/Metadata")
        if extended is not None:
            lines += _extended(extended.get_object().get_data())
        for item in _outline(self._reader.outline):
            lines.append(item)
        names = list(self._reader.attachments)
        self.files = len(names)
        lines += names
        if lines:
            yield Part(Kind.PROPERTY, "\n".join(dict.fromkeys(lines)))


def _extended(data: bytes) -> Iterator[str]:
    """The words of an XMP packet."""
    start, end = data.find(b"<x:xmpmeta"), data.rfind(b"</x:xmpmeta>")
    if start < 0 or end < 0:
        return
    for element in parse(data[start : end + len(b"</x:xmpmeta>")]).iter():
        name = str(element.tag).rpartition("}")[2]
        if name == "li" and element.text and element.text.strip():
            yield element.text.strip()


def _outline(items: Any) -> Iterator[str]:
    for item in items:
        if isinstance(item, list):
            yield from _outline(item)
        elif item.title:
            yield str(item.title)


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _odd(text: str) -> bool:
    """Whether a page's letters have lost their meaning (fonts without a table of Unicode)."""
    signs = [char for char in text if not char.isspace()]
    odd = sum(
        unicodedata.category(char) in {"Co", "Cn", "Cc"} or char == "\ufffd" for char in signs
    )
    return len(signs) > _FEW and odd > _ODD_SHARE * len(signs)
