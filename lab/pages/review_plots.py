"""Plots of a report, drawn on the server: SVG for the page, PNG for the PDF.

Matplotlib, which the officer's plot needs already: Plotly's script is 3.5 MB for each browser, and
Vega's (Altair) wants ``unsafe-eval``; both would weaken the pages' policy for pictures that do not
move. The figures stand in a table beside each.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from lab.model import Language
from lab.pages.plot import typeface
from lab.session.report import Report
from lab.words import number, say

PLOTS = ("exercises", "mistakes", "sites", "days", "minutes")
INK, SOFT, LINE, WAY, ACCENT, FIRST = (
    "#1e2a32", "#55626b", "#e4e0d8", "#c6c0b3", "#0f5e63", "#97701d",
)  # fmt: skip
"""On light paper; dark pages turn the lightness of a picture round (``review_reports.css``)."""
WIDE, NARROW = 10.0, 4.2
"""Inches across: of a page and a paper, and of a phone."""
ROW, TALL_ROW = 0.36, 0.66
"""Inches of a row; a phone's has its name above."""
MOST_SITES, MOST_RULES = 40, 12
_ONE_AT_A_TIME = Lock()
"""Matplotlib's fonts are shared by all threads."""


@dataclass(frozen=True, slots=True)
class Titles:
    """What things are called on a plot."""

    exercises: Mapping[str, str]
    """In the order of the course; short."""
    rules: Mapping[str, str]
    language: Language


def drawn(
    name: str,
    report: Report,
    titles: Titles,
    form: Literal["svg", "png"],
    *,
    narrow: bool = False,
) -> bytes:
    """One of ``PLOTS`` as a file; ``narrow``: for a phone, names above what they name."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - a second that no start should wait for

    paper = "white" if form == "png" else "none"
    with _ONE_AT_A_TIME:
        size = (NARROW, NARROW * 0.75) if narrow else (WIDE, WIDE * 0.42)
        figure = Figure(figsize=size, layout="constrained", facecolor=paper)
        axes = figure.add_subplot(facecolor=paper)
        font = {"fontfamily": typeface(), "fontsize": 11}
        drawing = _Drawing(figure, axes, report, titles, font, narrow)
        _DRAW[name](drawing)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(LINE)
        axes.tick_params(length=0, colors=SOFT)
        out = io.BytesIO()
        more: dict[str, Any] = {"metadata": {"Date": None}} if form == "svg" else {"dpi": 150}
        figure.savefig(out, format=form, facecolor=paper, **more)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Drawing:
    figure: Any
    axes: Any
    report: Report
    titles: Titles
    font: dict[str, Any]
    narrow: bool

    def say(self, key: str) -> str:
        return say(f"report.plot.{key}", self.titles.language)

    def rows(self, names: list[str]) -> None:
        """Name the rows, first on top, and give each its height."""
        rows = max(1, len(names))
        if self.narrow:
            self.figure.set_size_inches(NARROW, 1.0 + TALL_ROW * rows)
            self.axes.set_yticks(range(len(names)), [""] * len(names))
            self.axes.set_ylim(rows - 0.6, -0.9)
            for at, name in enumerate(names):
                self.axes.annotate(
                    name, (0, at), (0, 13), ("axes fraction", "data"), "offset points",
                    color=INK, **self.font,
                )  # fmt: skip
        else:
            self.figure.set_size_inches(WIDE, 1.4 + ROW * rows)
            self.axes.set_yticks(range(len(names)), names, va="center", **self.font)
            self.axes.set_ylim(rows - 0.4, -0.6)
        self.axes.grid(axis="y", color=LINE, linewidth=0.8)
        self.axes.set_axisbelow(True)

    def shares(self) -> None:
        """The axis below goes from 0 to 100 %."""
        self.axes.set_xlim(-2, 102)
        ticks = range(0, 101, 50 if self.narrow else 20)
        self.axes.set_xticks(list(ticks), [f"{each} %" for each in ticks], **self.font)

    def legend(self) -> None:
        self.axes.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False,
            prop={"family": self.font["fontfamily"], "size": 11}, labelcolor=INK,
        )  # fmt: skip

    def exercises(self) -> None:
        """First against best attempt."""
        by_id = {each.exercise: each for each in self.report.exercises}
        kept = [each for each in self.titles.exercises if each in by_id]
        self.rows([self.titles.exercises[each] for each in kept])
        self.shares()
        points: dict[str, list[tuple[float, int]]] = {"first": [], "best": []}
        for at, exercise in enumerate(kept):
            row = by_id[exercise]
            if row.first is None or row.best is None:
                continue
            self.axes.plot([row.first * 100, row.best * 100], [at, at], color=WAY, linewidth=4)
            points["first"].append((row.first * 100, at))
            points["best"].append((row.best * 100, at))
        # A ring and a dot: where both are the same, both are seen.
        looks = {
            "first": {"facecolors": "none", "edgecolors": FIRST, "s": 120, "linewidths": 2},
            "best": {"color": ACCENT, "s": 45},
        }
        for name, look in looks.items():
            across, down = [each[0] for each in points[name]], [each[1] for each in points[name]]
            self.axes.scatter(across, down, label=self.say(name), zorder=3, **look)
        self.legend()

    def mistakes(self) -> None:
        """Rules by exercises: how many sessions."""
        rules = [rule for rule, _ in self.report.mistakes[:MOST_RULES]]
        there = {exercise for _, exercise, _ in self.report.rules}
        if not self.narrow:
            there |= {each.exercise for each in self.report.exercises}
        exercises = [each for each in self.titles.exercises if each in there]
        self.rows([self.titles.rules.get(rule, rule) for rule in rules])
        found = {(rule, exercise): count for rule, exercise, count in self.report.rules}
        most = max(found.values(), default=1)
        for at, rule in enumerate(rules):
            for column, exercise in enumerate(exercises):
                count = found.get((rule, exercise), 0)
                if not count:
                    continue
                shade = 0.25 + 0.75 * count / most
                self.axes.scatter([column], [at], s=330, color=ACCENT, alpha=shade, linewidths=0)
                self.axes.annotate(
                    str(count), (column, at), ha="center", va="center",
                    fontfamily=self.font["fontfamily"], fontsize=9,
                    color="white" if shade > 0.6 else INK,  # noqa: PLR2004 - readable on its shade
                )  # fmt: skip
        labels = [self.titles.exercises[each].split(".")[0] for each in exercises]
        self.axes.set_xticks(range(len(exercises)), labels, **self.font)
        self.axes.set_xlim(-0.7, max(len(exercises), 6) - 0.3)
        self.axes.set_xlabel(self.say("exercise"), color=SOFT, **self.font)

    def sites(self) -> None:
        """Shares that passed, with 95 % intervals of Wilson."""
        known = [(site, interval) for site, interval in self.report.sites if interval]
        known.sort(key=lambda each: each[1].share)
        known = known[:MOST_SITES]
        self.rows([f"{site.site} ({site.checked})" for site, _ in known])
        self.shares()
        for at, (_, interval) in enumerate(known):
            self.axes.plot(
                [interval.low * 100, interval.high * 100], [at, at], color=ACCENT, linewidth=2
            )
            self.axes.scatter([interval.share * 100], [at], color=ACCENT, s=50, zorder=3)

    def days(self) -> None:
        """Sessions, and those that passed, added up by day or hour, from nothing."""
        times = self.report.times
        totals = {"all": 0, "passed": 0}
        lines: dict[str, list[int]] = {"all": [0], "passed": [0]}
        for _, count, passed in times:
            totals["all"] += count
            totals["passed"] += passed
            for name, line in lines.items():
                line.append(totals[name])
        across = [time for time, _, _ in times]
        across = [across[0] - 1, *across] if across else [0]
        for name, colour, style in (("all", FIRST, "--"), ("passed", ACCENT, "-")):
            self.axes.plot(
                across, lines[name], style, color=colour, marker="o", markersize=4,
                label=self.say(name),
            )  # fmt: skip
        step = -(-(across[-1] - across[0] + 1) // (4 if self.narrow else 8))
        shown = range(across[-1], across[0] - 1, -step)
        name_of = hour_name if self.report.hourly else day_name
        self.axes.set_xticks(list(shown), [name_of(time) for time in shown], **self.font)
        self.axes.set_ylim(0, max(4, totals["all"] * 1.08))
        for label in self.axes.get_yticklabels():
            label.set(fontfamily=self.font["fontfamily"], fontsize=self.font["fontsize"])
        self.axes.yaxis.set_major_formatter(self.figured)
        self.axes.yaxis.get_major_locator().set_params(integer=True, nbins=5)
        self.axes.grid(axis="y", color=LINE, linewidth=0.8)
        self.legend()

    def minutes(self) -> None:
        """Mean minutes of a session."""
        kept = [each for each in self.titles.exercises if each in self.report.minutes]
        self.rows([self.titles.exercises[each] for each in kept])
        values = [self.report.minutes[each] for each in kept]
        self.axes.barh(range(len(kept)), values, color=ACCENT, height=0.25 if self.narrow else 0.5)
        for at, value in enumerate(values):
            said = say("report.plot.count_minutes", self.titles.language, count=self.figured(value))
            self.axes.annotate(
                said, (value, at), (6, 0), textcoords="offset points", va="center", color=INK,
                **self.font,
            )  # fmt: skip
        self.axes.set_xlim(0, max(values, default=1) * (1.4 if self.narrow else 1.15))
        self.axes.set_xticks([])
        self.axes.grid(visible=False)

    def figured(self, value: float, _at: object = None) -> str:
        """A number as people write it; of small ones the tenths."""
        digits = 0 if value >= 10 or value == int(value) else 1  # noqa: PLR2004 - two figures do
        return number(value, self.titles.language, digits)


def hour_name(hour: int) -> str:
    """An hour since 1970 as ``14:00``."""
    return f"{hour % 24}:00"


def day_name(day: int) -> str:
    """A day since 1970 as ``23/11``."""
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    return f"{date.day:02}/{date.month}"


_DRAW: Mapping[str, Callable[[_Drawing], None]] = {
    "exercises": _Drawing.exercises,
    "mistakes": _Drawing.mistakes,
    "sites": _Drawing.sites,
    "days": _Drawing.days,
    "minutes": _Drawing.minutes,
}
