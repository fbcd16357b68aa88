"""The certificate on paper: one A4 page as a PDF that carries its own signed text.

The text stands in a QR code, and in the keywords of the file for ``lab course verify``.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import segno
from fpdf import FPDF
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from lab.course import Course
from lab.model import Language
from lab.pages.shell import moment
from lab.session.certificate import Certificate, Issued, NoCertificate
from lab.words import number, say

PDF = "application/pdf"
FONT = "Be Vietnam Pro"
STYLES = {"": "Regular", "B": "SemiBold"}
ACCENT, INK, SOFT, LINE = (15, 94, 99), (30, 42, 50), (85, 98, 107), (228, 224, 216)
WIDTH, LEFT, INNER = 210, 24, 162
"""Of the page, of its margin, and between the margins, in millimetres."""
QR_SIDE = 40
ROW, LEADING = 7.0, 4.6
"""Height of a row of the scores, and of a line in it."""
NAME_SIZES = (30, 26, 22, 18, 15)
_GROUP = 4


def as_pdf(issued: Issued, course: Course, language: Language) -> bytes:
    """The page. The same certificate in the same language gives the same bytes."""
    paper = _Paper(course.title.read(language), language)
    at = dt.datetime.fromtimestamp(issued.at, dt.UTC)
    paper.set_creation_date(at)
    paper.set_title(say("certificate.paper.title", language))
    paper.set_keywords(issued.text)
    paper.set_lang(say("page.locale", language))
    paper.add_page()
    paper.frame()
    paper.head(issued.certificate)
    paper.scores(issued, course)
    paper.foot(issued)
    return bytes(paper.output())


def spaced(serial: str) -> str:
    """A serial number as it is printed: ``9F3A 12BC 77D0``."""
    return " ".join(serial[at : at + _GROUP] for at in range(0, len(serial), _GROUP))


class _Paper(FPDF):
    """One page, top to bottom."""

    def __init__(self, course: str, language: Language) -> None:
        super().__init__(format="A4")
        self.course, self.language = course, language
        self.set_margins(LEFT, 22, LEFT)
        self.set_auto_page_break(False)
        self.set_producer("Thao Trường")
        self.set_creator("Thao Trường")
        for style, weight in STYLES.items():
            self.add_font(FONT, style, font_file(weight))

    def say(self, key: str, **gaps: object) -> str:
        """A sentence of the page."""
        return say(f"certificate.paper.{key}", self.language, **gaps)

    def line_of(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        align: str = "C",
    ) -> None:
        """Text over the whole width, broken where it is long."""
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(*colour)
        self.multi_cell(INNER, size * 0.5, text, align=align, new_x="LMARGIN", new_y="NEXT")

    def frame(self) -> None:
        """A thin line around the page, and a strong one on top."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.4)
        self.rect(12, 12, WIDTH - 24, 273)
        self.set_fill_color(*ACCENT)
        self.rect(12, 12, WIDTH - 24, 2.4, style="F")

    def head(self, certificate: Certificate) -> None:
        """Whose, and what for."""
        self.line_of(self.course, 11, colour=SOFT)
        self.ln(6)
        self.line_of(self.say("title"), 24, bold=True, colour=ACCENT)
        self.ln(5)
        self.line_of(self.say("given"), 11, colour=SOFT)
        self.ln(2)
        self.line_of(certificate.name, self._size_of(certificate.name), bold=True)
        if certificate.class_name:
            self.ln(1)
            self.line_of(certificate.class_name, 12)
        self.ln(3)
        self.line_of(self.say("done", count=certificate.count), 12)
        self.ln(5)

    def _size_of(self, name: str) -> int:
        """The largest size in which a name fits on one line, else the smallest."""
        for size in NAME_SIZES:
            self.set_font(FONT, "B", size)
            if self.get_string_width(name) <= INNER:
                return size
        return NAME_SIZES[-1]

    def scores(self, issued: Issued, course: Course) -> None:
        """Every exercise with its best score, by half-day; the half-days side by side."""
        top, low, wide = self.get_y(), self.get_y(), INNER / 2 - 4
        for place, (group, title) in enumerate(course.groups.items()):
            left = LEFT + (place % 2) * (wide + 8)
            if place and place % 2 == 0:
                top = low + 4
            self.set_xy(left, top)
            self.set_font(FONT, "B", 9.5)
            self.set_text_color(*ACCENT)
            self.multi_cell(
                wide, 5, title.read(self.language), new_x="LEFT", new_y="NEXT", align="L"
            )
            for step in issued.done.passed:
                if step.exercise.group == group:
                    name = f"{step.exercise.number}. {step.exercise.title.read(self.language)}"
                    self._score(left, wide, name, step.best or 0)
            low = max(low, self.get_y())
        self.set_xy(LEFT, low + 5)
        form = next((each for each in course.forms if each.id == course.document_profile), None)
        if form is not None:
            named = form.title.read(self.language)
            self.line_of(self.say("profile", title=named), 8.5, colour=SOFT)

    def _score(self, left: float, wide: float, name: str, best: float) -> None:
        top = self.get_y()
        self.set_font(FONT, "B", 9)
        self.set_text_color(*INK)
        self.set_xy(left + wide - 14, top)
        self.cell(14, ROW, f"{number(best * 100, self.language)} %", align="R")
        self.set_font(FONT, "", 9)
        self.set_xy(left, top + (ROW - LEADING) / 2)
        self.multi_cell(wide - 14, LEADING, name, align="L", new_x="LEFT", new_y="NEXT")
        end = self.get_y() + (ROW - LEADING) / 2
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.line(left, end, left + wide, end)
        self.set_xy(left, end)

    def foot(self, issued: Issued) -> None:
        """The QR code, and how to check."""
        certificate = issued.certificate
        top = 285 - 8 - QR_SIDE
        self._qr(issued.text, LEFT - 4, top)
        left = LEFT + QR_SIDE + 2
        self.set_left_margin(left)
        self.set_xy(left, top + 2)
        day = moment(issued.at, self.language).split()[0]
        rows = [
            (self.say("date", date=day), 11, INK),
            (self.say("serial", serial=spaced(certificate.serial)), 11, INK),
            (self.say("check", signer=certificate.key), 8.5, SOFT),
        ]
        for text, size, colour in rows:
            self.set_font(FONT, "B" if colour == INK else "", size)
            self.set_text_color(*colour)
            wide = WIDTH - LEFT - left
            self.multi_cell(wide, size * 0.52, text, align="L", new_x="LMARGIN", new_y="NEXT")
            self.ln(1.5)
        self.set_left_margin(LEFT)

    def _qr(self, text: str, left: float, top: float) -> None:
        """The code as filled squares, sharp at any size, with a quiet zone of four modules."""
        code = segno.make_qr(text, error="m")
        rows = list(code.matrix_iter(border=4))
        side = QR_SIDE / len(rows)
        self.set_fill_color(0, 0, 0)
        for down, row in enumerate(rows):
            start = None
            for across, dark in enumerate([*row, 0]):
                if dark and start is None:
                    start = across
                elif not dark and start is not None:
                    width = (across - start) * side
                    self.rect(left + start * side, top + down * side, width, side, style="F")
                    start = None


def font_file(weight: str) -> Path:
    """One weight of the typeface. Raises ``OSError`` where its package is not there."""
    carrier = find_spec("fontpkg_be_vietnam_pro")
    if carrier is None or carrier.origin is None:
        raise FileNotFoundError("fontpkg-be-vietnam-pro")
    return Path(carrier.origin).parent / "files" / f"BeVietnamPro-{weight}.ttf"


@dataclass(frozen=True, slots=True)
class Printed:
    """A certificate's file, read back."""

    text: str
    """The signed text that it carries."""
    words: str
    """What is printed on it, without white space."""

    def agrees(self, certificate: Certificate) -> bool:
        """Whether the name, the class and the serial number that were signed are printed."""
        signed = (certificate.name, certificate.class_name, certificate.serial)
        return all("".join(each.split()) in self.words for each in signed)


def read_pdf(data: bytes) -> Printed:
    """What a certificate's file says. Raises ``NoCertificate``."""
    try:
        reader = PdfReader(io.BytesIO(data))
        text = str(reader.metadata.get("/Keywords", "")) if reader.metadata else ""
        words = "".join("".join(page.extract_text().split()) for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NoCertificate("pdf_unreadable") from None
    if not text:
        raise NoCertificate("pdf_empty")
    return Printed(text, words)
