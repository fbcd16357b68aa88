"""A report on paper: attendance, results, plots and the security summary, A4."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence

from fpdf import FPDF
from fpdf.fonts import FontFace

from lab.model import Language
from lab.pages.certificate import ACCENT, FONT, INK, LINE, SOFT, STYLES, font_file
from lab.pages.review_plots import PLOTS, Titles, drawn
from lab.pages.shell import moment
from lab.session.report import Report, notes
from lab.words import number, say

LEFT, INNER = 18, 174
"""The margin, and the width between the margins, in millimetres."""
MOST_SITES = 140


def as_pdf(
    report: Report,
    titles: Titles,
    where: str,
    told: Callable[[float], None],
) -> bytes:
    """The whole report. ``told`` hears how far it is."""
    paper = _Paper(titles.language)
    paper.set_creation_date(dt.datetime.fromtimestamp(report.at, dt.UTC))
    paper.set_title(paper.say("title"))
    paper.set_lang("vi-VN" if titles.language == "vi" else "en-GB")
    paper.add_page()
    paper.head(where, report)
    paper.figures(report)
    told(0.2)
    paper.exercises(report, titles)
    paper.security(report, titles)
    paper.sites(report)
    for nth, name in enumerate(PLOTS):
        if name == "sites" and len(report.sites) < 2:  # noqa: PLR2004 - nothing to compare
            continue
        paper.plot(name, drawn(name, report, titles, "png"))
        told(0.25 + 0.7 * (nth + 1) / len(PLOTS))
    paper.small(" ".join(notes(titles.language)))
    return bytes(paper.output())


class _Paper(FPDF):
    """Pages, top to bottom, with a line at the foot of each."""

    def __init__(self, language: Language) -> None:
        super().__init__(format="A4")
        self.language = language
        self.set_margins(LEFT, 18, LEFT)
        self.set_auto_page_break(True, 20)
        self.set_producer("Thao Trường")
        for style, weight in STYLES.items():
            self.add_font(FONT, style, font_file(weight))

    def say(self, key: str, **gaps: object) -> str:
        """A sentence of the report."""
        return say(f"report.{key}", self.language, **gaps)

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
        self.multi_cell(INNER, size * 0.5, text, new_x="LMARGIN", new_y="NEXT")

    def small(self, text: str) -> None:
        """A note."""
        self.ln(3)
        self.words(text, 8.5, soft=True)

    def head(self, where: str, report: Report) -> None:
        """What the report is about."""
        self.words(self.say("title"), 20, bold=True)
        self.ln(1)
        self.words(where, 12)
        self.words(self.say("made", at=moment(report.at, self.language)), 9, soft=True)
        self.ln(4)

    def part(self, title: str) -> None:
        """A heading; what belongs to it follows on the same page."""
        if self.will_page_break(40):
            self.add_page()
        self.ln(5)
        self.words(title, 13, bold=True)
        self.ln(1.5)

    def rows(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
    ) -> None:
        """A table; its head stands on every page."""
        self.set_font(FONT, "", 9)
        self.set_text_color(*INK)
        self.set_draw_color(*LINE)
        aligned = ("LEFT", *["RIGHT"] * (len(head) - 1))
        style = FontFace(emphasis="BOLD", color=SOFT)
        with self.table(
            borders_layout="HORIZONTAL_LINES", col_widths=tuple(widths), text_align=aligned,
            headings_style=style, line_height=5.5, width=INNER,
        ) as table:  # fmt: skip
            for row in (head, *rows):
                table.row(tuple(row))

    def figures(self, report: Report) -> None:
        """Attendance, and sums."""
        sums = report.sums
        self.part(self.say("part.attendance"))
        self.words(self.say("came", came=self.count(sums.came), listed=self.count(sums.listed)), 11)
        self.words(
            self.say(
                "sums", sessions=self.count(sums.sessions), turns=self.count(sums.turns),
                passed=self.count(sums.passed), stuck=self.count(sums.stuck),
            ),
            11,
        )  # fmt: skip

    def exercises(self, report: Report, titles: Titles) -> None:
        """Results by exercise."""
        by_id = {each.exercise: each for each in report.exercises}
        names = ("exercise", "sessions", "passed", "first", "best", "minutes")
        rows = [
            (
                title,
                self.count(by_id[each].sessions),
                self.count(by_id[each].passed),
                self.share(by_id[each].first),
                self.share(by_id[each].best),
                number(report.minutes[each], self.language) if each in report.minutes else "–",
            )
            for each, title in titles.exercises.items()
            if each in by_id
        ]
        self.part(self.say("part.results"))
        self.rows([self.say(f"column.{name}") for name in names], rows, (70, 20, 20, 22, 22, 20))

    def security(self, report: Report, titles: Titles) -> None:
        """What was stopped and masked: classes of mistakes, never a text."""
        sums = report.sums
        self.part(self.say("part.security"))
        self.words(
            self.say(
                "security", blocked=self.count(sums.blocked), masked=self.count(sums.masked),
                disputed=self.count(sums.disputed), failed=self.count(sums.failed),
            ),
            11,
        )  # fmt: skip
        rows = [(titles.rules.get(rule, rule), self.count(n)) for rule, n in report.mistakes]
        if rows:
            self.ln(2)
            head = [self.say("column.rule"), self.say("column.sessions")]
            self.rows(head, rows, (130, 44))

    def sites(self, report: Report) -> None:
        """Site against site, where there are several."""
        known = [(site, each) for site, each in report.sites if each][:MOST_SITES]
        if len(known) < 2:  # noqa: PLR2004 - nothing to compare
            return
        rows = [
            (
                site.site,
                self.count(site.checked),
                self.share(each.share),
                f"{self.share(each.low)} – {self.share(each.high)}",
            )
            for site, each in known
        ]
        self.part(self.say("part.sites"))
        names = ("site", "checked", "share", "interval")
        self.rows([self.say(f"column.{name}") for name in names], rows, (80, 28, 28, 38))

    def plot(self, name: str, picture: bytes) -> None:
        """A picture with its title, not wider than the page."""
        if self.will_page_break(90):
            self.add_page()
        self.part(self.say(f"plot.title.{name}"))
        self.image(
            io.BytesIO(picture),
            w=INNER,
            h=0,
            keep_aspect_ratio=True,
            alt_text=self.say(f"plot.title.{name}"),
        )

    def count(self, value: float) -> str:
        """A whole number."""
        return number(value, self.language)

    def share(self, value: float | None) -> str:
        """A share in per cent; a dash for none."""
        return "–" if value is None else f"{number(value * 100, self.language)} %"
