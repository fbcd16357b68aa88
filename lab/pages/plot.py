"""Events by rule over time as a picture: rows are rules, columns days, a dot's area is a count."""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lab.model import Event

DAY = 86_400
MOST_ROWS = 14
INK = {False: "#1e2a32", True: "#e7eae8"}
SOFT = {False: "#55626b", True: "#a5b0b6"}
LINE = {False: "#e4e0d8", True: "#2d373d"}
ACCENT = {False: "#0f5e63", True: "#72c7c6"}
INSIDE = {False: "#ffffff", True: "#05272a"}


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each rule found something on each day."""

    dates: tuple[dt.date, ...]
    rules: Mapping[str, tuple[int, ...]]
    """Most frequent first; as many numbers as there are dates."""
    turns: int
    blocked: int
    masked: int


def by_day(events: Sequence[Event], days: int, now: float) -> Counts:
    """Count the findings of logged decisions. Rules that found nothing are left out."""
    today = dt.datetime.fromtimestamp(now).astimezone().date()
    dates = tuple(today - dt.timedelta(days=back) for back in reversed(range(days)))
    found: Counter[tuple[str, dt.date]] = Counter()
    actions: Counter[str] = Counter()
    for event in events:
        if event.payload is None:
            continue
        actions[str(event.payload.get("action", ""))] += 1
        date = dt.datetime.fromtimestamp(event.at).astimezone().date()
        for finding in event.payload.get("findings", ()):
            found[str(finding["rule"]), date] += 1
    totals: Counter[str] = Counter()
    for (rule, _), count in found.items():
        totals[rule] += count
    rules = {rule: tuple(found[rule, date] for date in dates) for rule, _ in totals.most_common()}
    return Counts(dates, rules, actions.total(), actions["block"], actions["mask"])


def typeface() -> str:
    """The typeface of the pages, where its package is there."""
    carrier = find_spec("fontpkg_be_vietnam_pro")
    if carrier is None or carrier.origin is None:
        return "DejaVu Sans"
    from matplotlib import font_manager  # noqa: PLC0415 - see picture

    file = Path(carrier.origin).parent / "files" / "BeVietnamPro-Regular.ttf"
    font_manager.fontManager.addfont(str(file))
    return "Be Vietnam Pro"


def picture(counts: Counts, titles: Mapping[str, str], *, dark: bool) -> str:
    """The plot as a ``data:`` address of an SVG, its letters drawn as outlines."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - a second that no start should wait for

    rows = list(counts.rules.items())[:MOST_ROWS]
    figure = Figure(figsize=(11, 1.0 + 0.46 * len(rows)), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    font: dict[str, Any] = {"fontfamily": typeface(), "fontsize": 12}
    most = max(max(row) for _, row in rows)
    for height, (_, row) in enumerate(reversed(rows)):
        axes.axhline(height, color=LINE[dark], linewidth=1, zorder=0)
        for column, count in enumerate(row):
            if not count:
                continue
            area = 90 + 360 * count / most
            axes.scatter([column], [height], s=area, color=ACCENT[dark], linewidths=0)
            axes.annotate(
                str(count),
                (column, height),
                ha="center",
                va="center_baseline",
                color=INSIDE[dark],
                fontfamily=font["fontfamily"],
                fontsize=9,
            )
    axes.set_yticks(
        range(len(rows)), [titles[rule] for rule, _ in reversed(rows)], color=INK[dark], **font
    )
    step = max(1, len(counts.dates) // 8)
    ticks = range(len(counts.dates) - 1, -1, -step)
    labels = [f"{counts.dates[tick].day:02}/{counts.dates[tick].month}" for tick in ticks]
    axes.set_xticks(list(ticks), labels, color=SOFT[dark], **font)
    axes.set_xlim(-0.7, len(counts.dates) - 0.3)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.tick_params(length=0, pad=10)
    for spine in axes.spines.values():
        spine.set_visible(False)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
