"""Reports of a class, a site or the course: figures, files, a PDF made in the background."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from typing import Any, Literal

from lab.errors import Forbidden
from lab.log import export, report
from lab.log.base import SYSTEM, Db, Log
from lab.log.report import Line, OfExercise, OfSite, Span, Sums
from lab.model import Language, Who
from lab.policy import figures
from lab.session.jobs import Job, Jobs
from lab.session.lab import REVIEWERS
from lab.session.reviewing import catch_up
from lab.words import say

FEW_DAYS = 2
"""Up to so many, progress is told by the hour."""
HOUR = 3600
COLUMNS = tuple(each.name for each in fields(Line))
Format = Literal["csv", "jsonl", "xlsx"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with its 95 % interval."""

    share: float
    low: float
    high: float


def wilson(hits: int, total: int) -> Interval | None:
    """A share with its score interval, as ``lab.policy.figures`` has it; None of nothing."""
    if total == 0:
        return None
    return Interval(hits / total, *figures.wilson(hits, total))


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a report."""

    span: Span
    at: float
    sums: Sums
    exercises: tuple[OfExercise, ...]
    sites: tuple[tuple[OfSite, Interval | None], ...]
    rules: tuple[tuple[str, str, int], ...]
    """Rule, exercise, sessions."""
    times: tuple[tuple[int, int, int], ...]
    """Day since 1970, or hour where all was done on two days; sessions; passed ones."""
    hourly: bool
    minutes: dict[str, float]

    @property
    def mistakes(self) -> list[tuple[str, int]]:
        """Rules by how many sessions they found something in, most first."""
        counts: dict[str, int] = {}
        for rule, _, count in self.rules:
            counts[rule] = counts.get(rule, 0) + count
        return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


Draw = Callable[[Report, Language, Callable[[float], None]], bytes]
"""Makes a PDF, and tells how far it is."""


@dataclass(frozen=True, slots=True)
class Reports:
    """What pages of reports ask."""

    log: Log
    jobs: Jobs = field(default_factory=Jobs)

    def within(self, who: Who, span: Span) -> Span:
        """The span, narrowed to what this person may see. Raises ``Forbidden``."""
        person = who.person
        if person.role not in REVIEWERS:
            raise Forbidden
        if person.class_id is not None or person.site is not None:
            span = replace(span, site=person.site)
        return replace(span, class_id=person.class_id or span.class_id)

    async def figures(self, who: Who, span: Span) -> Report:
        """All figures within a span."""
        return await self._figures(self.within(who, span))

    async def _figures(self, span: Span) -> Report:
        """Of one moment: while a class goes on, its sums and its tables fit together."""
        return await self.log.read(partial(_figures, span=span), one_moment=True)

    # --- files ------------------------------------------------------------------------------------

    async def export(self, who: Who, span: Span, kind: Format) -> AsyncIterator[bytes]:
        """The sessions within a span as a file, piece by piece; that it was taken is logged. It
        lacks nothing that happened before it was asked for.
        """
        span = self.within(who, span)
        told = {"by": who.person.id, "format": kind, "class_id": span.class_id, "site": span.site}
        await self.log.append(SYSTEM, "report.exported", told)
        await catch_up(self.log)
        if kind == "xlsx":
            rows = [row async for page in self._pages(span) for row in page]
            yield await asyncio.to_thread(as_xlsx, rows, who.language)
            return
        yield (csv_head if kind == "csv" else jsonl_head)(who.language).encode()
        async for page in self._pages(span):
            yield (as_csv if kind == "csv" else as_jsonl)(page).encode()

    async def _pages(self, span: Span) -> AsyncIterator[Sequence[Line]]:
        after = ""
        while True:
            found = await self.log.read(partial(report.lines, span=span, after=after))
            if found:
                yield found
            if len(found) < report.PAGE:
                return
            after = found[-1].session

    # --- the PDF ----------------------------------------------------------------------------------

    async def begin(self, who: Who, span: Span, draw: Draw) -> Job:
        """Begin to make a PDF, complete up to now; a class may go on meanwhile."""
        span = self.within(who, span)
        told = {"by": who.person.id, "format": "pdf", "class_id": span.class_id, "site": span.site}
        await self.log.append(SYSTEM, "report.exported", told)

        async def make(heard: Callable[[float], None]) -> bytes:
            await catch_up(self.log)
            found = await self._figures(span)
            heard(0.1)
            return await asyncio.to_thread(draw, found, who.language, heard)

        return self.jobs.begin(who.person.id, make)


def _figures(db: Db, span: Span) -> Report:
    days = report.by_day(db, span)
    hourly = len(days) <= FEW_DAYS
    return Report(
        span=span,
        at=time.time(),
        sums=report.sums(db, span),
        exercises=tuple(report.by_exercise(db, span)),
        sites=tuple((each, wilson(each.passed, each.checked)) for each in report.by_site(db, span)),
        rules=tuple(report.by_rule(db, span)),
        times=tuple(report.by_day(db, span, HOUR) if hourly else days),
        hourly=hourly,
        minutes=dict(report.minutes(db, span)),
    )


# --- the form of files ---------------------------------------------------------------------------


def safe_cell(value: Any) -> Any:
    """A text that is no formula, has one line and no control sign; a number as it is."""
    return export.safe_cell(value) if isinstance(value, str) else value


def notes(language: Language) -> tuple[str, ...]:
    """What is said in every file of what is masked and left out."""
    return (
        say("report.file.masked", language),
        say("report.file.left_out", language),
    )


def csv_head(language: Language) -> str:
    """The marks that spreadsheets need for UTF-8, the notes, the names of columns."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([f"# {note}"] for note in notes(language))
    writer.writerow(COLUMNS)
    return "\ufeff" + out.getvalue()


def as_csv(rows: Sequence[Line]) -> str:
    """Rows of a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([safe_cell(value) for value in asdict(row).values()] for row in rows)
    return out.getvalue()


def jsonl_head(language: Language) -> str:
    """The first line: what is masked, and the fields."""
    head = {"about": list(notes(language)), "fields": list(COLUMNS)}
    return json.dumps(head, ensure_ascii=False) + "\n"


def as_jsonl(rows: Sequence[Line]) -> str:
    """A line of JSON a session."""
    return "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)


def as_xlsx(rows: Sequence[Line], language: Language) -> bytes:
    """A workbook: the sessions, and a sheet that says what is masked."""
    from openpyxl import Workbook  # noqa: PLC0415 - seldom needed, and slow

    book = Workbook(write_only=True)
    sheet = book.create_sheet(say("report.file.sessions", language))
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([safe_cell(value) for value in asdict(row).values()])
    about = book.create_sheet(say("report.file.about", language))
    for note in notes(language):
        about.append([note])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
