"""A report on paper: attendance, results, plots and the security summary, A4."""

from __future__ import annotations

import io
from collections.abc import Callable

from lab.pages.paper import INNER, Paper
from lab.pages.review_plots import PLOTS, Titles, drawn
from lab.session.report import Report, notes
from lab.words import number, say

MOST_SITES = 140


def as_pdf(
    report: Report,
    titles: Titles,
    where: str,
    told: Callable[[float], None],
) -> bytes:
    """The whole report. ``told`` hears how far it is."""
    paper = _Paper(titles.language, report.at)
    paper.head(where)
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


class _Paper(Paper):
    """The parts of this report, top to bottom."""

    def say(self, key: str, **gaps: object) -> str:
        """A sentence of this report."""
        return say(f"report.{key}", self.language, **gaps)

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
