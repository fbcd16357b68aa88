"""What reports on paper share: A4, the lab's font, headings, tables, a line at the foot."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Sequence

from fpdf import FPDF
from fpdf.fonts import FontFace

from lab.model import Language
from lab.pages.certificate import ACCENT, FONT, INK, LINE, SOFT, STYLES, font_file
from lab.pages.shell import moment
from lab.words import number, say

LEFT, INNER = 18, 174
"""The margin, and the width between the margins, in millimetres."""


class Paper(FPDF):
    """Pages, top to bottom, with a line at the foot of each."""

    def __init__(self, language: Language, at: float) -> None:
        """``at``: when the report was made."""
        super().__init__(format="A4")
        self.language, self.at = language, at
        self.set_margins(LEFT, 18, LEFT)
        self.set_auto_page_break(True, 20)
        self.set_producer("Thao Trường")
        for style, weight in STYLES.items():
            self.add_font(FONT, style, font_file(weight))
        self.set_creation_date(dt.datetime.fromtimestamp(at, dt.UTC))
        self.set_title(self.say("title"))
        self.set_lang(say("page.locale", language))
        self.add_page()

    @abstractmethod
    def say(self, key: str, **gaps: object) -> str:
        """A sentence of the report; ``title`` and ``made`` are among them."""

    def footer(self) -> None:
        """The number of the page."""
        self.set_y(-14)
        self.set_font(FONT, "", 8)
        self.set_text_color(*SOFT)
        self.cell(INNER, 5, f"{self.say('title')} · {self.page_no()}", align="R")

    def words(self, text: str, size: float, *, bold: bool = False, soft: bool = False) -> None:
        """A paragraph."""
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(*(SOFT if soft else ACCENT if bold else INK))
        self.multi_cell(INNER, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def small(self, text: str) -> None:
        """A note."""
        self.ln(3)
        self.words(text, 8.5, soft=True)

    def head(self, where: str) -> None:
        """What the report is about."""
        self.words(self.say("title"), 20, bold=True)
        self.ln(1)
        self.words(where, 12)
        self.words(self.say("made", at=moment(self.at, self.language)), 9, soft=True)
        self.ln(4)

    def part(self, title: str) -> None:
        """A heading; what belongs to it follows on the same page."""
        if self.will_page_break(40):
            self.add_page()
        self.ln(5)
        self.words(title, 13, bold=True)
        self.ln(1.5)

    def rows(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[int],
        *,
        figures: bool = True,
    ) -> None:
        """A table; its head stands on every page. ``figures``: all columns but the first."""
        self.set_font(FONT, "", 9)
        self.set_text_color(*INK)
        self.set_draw_color(*LINE)
        aligned = ("LEFT", *["RIGHT" if figures else "LEFT"] * (len(head) - 1))
        style = FontFace(emphasis="BOLD", color=SOFT)
        with self.table(
            borders_layout="HORIZONTAL_LINES", col_widths=tuple(widths), text_align=aligned,
            headings_style=style, line_height=5.5, width=INNER,
        ) as table:  # fmt: skip
            for row in (head, *rows):
                table.row(tuple(row))

    def count(self, value: float) -> str:
        """A whole number."""
        return number(value, self.language)

    def share(self, value: float | None) -> str:
        """A share in per cent; a dash for none."""
        return "–" if value is None else f"{number(value * 100, self.language)} %"
