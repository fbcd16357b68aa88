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
from lab.words import say

PLOTS = ("exercises", "mistakes", "sites", "days", "minutes")
INK, SOFT, LINE, ACCENT, FIRST, PAPER = (
    "#1e2a32", "#55626b", "#e4e0d8", "#0f5e63", "#b08a3e", "#fbfaf7",
)  # fmt: skip
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


def drawn(name: str, report: Report, titles: Titles, form: Literal["svg", "png"]) -> bytes:
    """One of ``PLOTS`` as a file."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - a second that no start should wait for

    with _ONE_AT_A_TIME:
        figure = Figure(figsize=(10, 4.2), layout="constrained", facecolor=PAPER)
        axes = figure.add_subplot(facecolor=PAPER)
        font = {"fontfamily": typeface(), "fontsize": 11}
        drawing = _Drawing(figure, axes, report, titles, font)
        _DRAW[name](drawing)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(LINE)
        axes.tick_params(length=0, colors=SOFT)
        out = io.BytesIO()
        more: dict[str, Any] = {"metadata": {"Date": None}} if form == "svg" else {"dpi": 150}
        figure.savefig(out, format=form, facecolor=PAPER, **more)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Drawing:
    figure: Any
    axes: Any
    report: Report
    titles: Titles
    font: dict[str, Any]

    def say(self, key: str) -> str:
        return say(f"report.plot.{key}", self.titles.language)

    def rows(self, names: list[str]) -> None:
        """Name the rows, first on top, and give each its height."""
        self.figure.set_size_inches(10, 1.4 + 0.36 * max(1, len(names)))
        self.axes.set_yticks(range(len(names)), names, color=INK, **self.font)
        self.axes.set_ylim(len(names) - 0.4, -0.6)
        self.axes.grid(axis="y", color=LINE, linewidth=0.8)
        self.axes.set_axisbelow(True)

    def shares(self) -> None:
        """The axis below goes from 0 to 100 %."""
        self.axes.set_xlim(-2, 102)
        ticks = range(0, 101, 20)
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
            self.axes.plot([row.first * 100, row.best * 100], [at, at], color=LINE, linewidth=5)
            points["first"].append((row.first * 100, at))
            points["best"].append((row.best * 100, at))
        for name, colour, sign in (("first", FIRST, "s"), ("best", ACCENT, "o")):
            across, down = [each[0] for each in points[name]], [each[1] for each in points[name]]
            self.axes.scatter(
                across, down, color=colour, marker=sign, s=60, label=self.say(name), zorder=3
            )
        self.legend()

    def mistakes(self) -> None:
        """Rules by exercises: how many sessions."""
        rules = [rule for rule, _ in self.report.mistakes[:MOST_RULES]]
        exercises = list(self.titles.exercises)
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
                    str(count), (column, at), ha="center", va="center", fontsize=8,
                    color="white" if shade > 0.6 else INK,  # noqa: PLR2004 - readable on its shade
                )  # fmt: skip
        labels = [self.titles.exercises[each].split(".")[0] for each in exercises]
        self.axes.set_xticks(range(len(exercises)), labels, **self.font)
        self.axes.set_xlim(-0.7, len(exercises) - 0.3)

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
        """Sessions, and those that passed, added up by day."""
        days = self.report.days
        totals = {"all": 0, "passed": 0}
        lines: dict[str, list[int]] = {"all": [], "passed": []}
        for _, count, passed in days:
            totals["all"] += count
            totals["passed"] += passed
            for name, line in lines.items():
                line.append(totals[name])
        for name, colour, style in (("all", FIRST, "--"), ("passed", ACCENT, "-")):
            self.axes.plot(
                range(len(days)), lines[name], style, color=colour, marker="o", markersize=4,
                label=self.say(name),
            )  # fmt: skip
        step = max(1, len(days) // 8)
        shown = range(0, len(days), step)
        self.axes.set_xticks(list(shown), [day_name(days[at][0]) for at in shown], **self.font)
        self.axes.set_ylim(bottom=0)
        self.axes.grid(axis="y", color=LINE, linewidth=0.8)
        self.legend()

    def minutes(self) -> None:
        """Mean minutes of a session."""
        kept = [each for each in self.titles.exercises if each in self.report.minutes]
        self.rows([self.titles.exercises[each] for each in kept])
        values = [self.report.minutes[each] for each in kept]
        self.axes.barh(range(len(kept)), values, color=ACCENT, height=0.5)
        self.axes.set_xlim(left=0)


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
