"""Reports: what a class, a site or the course is learning, as a page, as files, and on paper."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from lab.errors import NotFound
from lab.log.report import Span
from lab.model import Language, Who
from lab.pages.desk import TurnedAwayError, at_desk, sent_form, text_of
from lab.pages.review_plots import PLOTS, Titles, drawn
from lab.pages.shell import render
from lab.session.jobs import Job
from lab.session.report import Format, Reports
from lab.session.roster import scope_of
from lab.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.session import Lab
    from lab.session.report import Report
    from lab.session.reviewing import Reviews

router = APIRouter(include_in_schema=False)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMATS: tuple[Format, ...] = get_args(Format)
SHORT = 34
"""Characters of an exercise's title beside a plot."""


def reports_of(request: Request) -> Reports:
    """What answers for these pages."""
    found: Reports = request.app.state.reports
    return found


def span_of(fields: Any) -> Span:
    """What an address or a form asks for."""
    class_id, site = fields.get("class"), fields.get("site")
    return Span(str(class_id)[:80] if class_id else None, str(site)[:80] if site else None)


def titles_of(request: Request, language: Language) -> Titles:
    """What exercises and rules are called."""
    lab: Lab = request.app.state.lab
    exercises = {}
    for each in lab.course.exercises:
        title = f"{each.number}. {each.title.read(language)}"
        exercises[each.id] = title if len(title) <= SHORT else title[: SHORT - 1] + "…"
    rules = {each.id: each.title.read(language) for each in lab.policy.current.rules}
    return Titles(exercises, rules, language)


@router.head("/reports/")
@router.get("/reports/")
async def reports(request: Request) -> Response:
    """Figures and plots of what the address asks for."""
    who = await at_desk(request, "reports")
    found = await reports_of(request).figures(who, span_of(request.query_params))
    rooms = await request.app.state.rosters.rooms(scope_of(who))
    reviews: Reviews = request.app.state.reviews
    span = {"class": found.span.class_id or "", "site": found.span.site or ""}
    html = render(
        "reports.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="reports",
        report=found,
        titles=titles_of(request, who.language),
        where=await _where(request, who, found),
        rooms_here=rooms,
        sites_here=sorted({room.site for room in rooms if room.site}),
        span=span,
        query=urlencode({name: value for name, value in span.items() if value}),
        plots=PLOTS,
        formats=FORMATS,
        agreement=await reviews.agreement(who),
        job=request.query_params.get("job", ""),
    )
    return HTMLResponse(html)


async def _where(request: Request, who: Who, found: Report) -> str:
    """What a report is about, in words."""
    parts = [found.span.site or ""]
    if found.span.class_id:
        rooms = await request.app.state.rosters.rooms(scope_of(who))
        names = {room.id: room.name for room in rooms}
        parts.insert(0, names.get(found.span.class_id, found.span.class_id))
    return " · ".join(filter(None, parts)) or say("report.everything", who.language)


@router.get("/reports/plot/{name}.svg")
async def plot(name: str, request: Request) -> Response:
    """One plot."""
    who = await _reader(request)
    if name not in PLOTS:
        raise NotFound
    found = await reports_of(request).figures(who, span_of(request.query_params))
    titles, narrow = titles_of(request, who.language), "narrow" in request.query_params
    draw = partial(drawn, name, found, titles, "svg", narrow=narrow)
    picture = await asyncio.to_thread(draw)
    return Response(picture, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


async def _reader(request: Request) -> Who:
    """Who asks for a part of the page. Raises ``NotFound`` for those whom the page turns away."""
    try:
        return await at_desk(request, "reports")
    except TurnedAwayError:
        raise NotFound from None


@router.post("/reports/export")
async def export(request: Request) -> Response:
    """The sessions as a file."""
    who, form = await sent_form(request, "reports")
    kind = next((each for each in FORMATS if each == text_of(form, "format")), None)
    if kind is None:
        raise NotFound
    pieces = reports_of(request).export(who, span_of(form), kind)
    name = f"thao-truong.{kind}"
    return StreamingResponse(
        pieces,
        media_type=TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


@router.post("/reports/pdf")
async def pdf(request: Request) -> Response:
    """Begin to make the report on paper; the page tells how far it is."""
    who, form = await sent_form(request, "reports")
    service, titles, span = reports_of(request), titles_of(request, who.language), span_of(form)
    where = await _where(request, who, await service.figures(who, span))

    def draw(found: Report, _language: Language, told: Callable[[float], None]) -> bytes:
        from lab.pages.report_pdf import as_pdf  # noqa: PLC0415 - no start waits for it

        return as_pdf(found, titles, where, told)

    job = await service.begin(who, span, draw)
    back = {name: text_of(form, name) for name in ("class", "site")} | {"job": job.id}
    query = urlencode({name: value for name, value in back.items() if value})
    return RedirectResponse(f"/reports/?{query}", status_code=303)


@router.get("/reports/jobs/{job}")
async def progress(job: str, request: Request) -> Response:
    """How far a report is."""
    who = await _reader(request)
    return told_of(reports_of(request).jobs.job(who.person.id, job))


@router.get("/reports/jobs/{job}/report.pdf")
async def made(job: str, request: Request) -> Response:
    """The report, once it is ready."""
    who = await _reader(request)
    return paper_of(reports_of(request).jobs.job(who.person.id, job), "bao-cao")


def told_of(job: Job) -> Response:
    """How far a paper is, as the page's script asks."""
    told = {"done": round(job.done, 2), "ready": job.pdf is not None, "failed": job.failed}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


def paper_of(job: Job, name: str) -> Response:
    """A paper that is ready. Raises ``NotFound``."""
    if job.pdf is None:
        raise NotFound("report_gone")
    return Response(
        job.pdf,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.pdf"',
            "Cache-Control": "no-store",
        },
    )
