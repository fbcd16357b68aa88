"""Receipts, what left this machine, and the security report."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from lab.auth import role_gate
from lab.errors import LabError, Refused
from lab.log.acts import Wanted
from lab.log.heads import day_of, summed
from lab.model import Role, Who
from lab.pages.api import ERRORS, Person
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.reports import paper_of, told_of
from lab.pages.shell import render
from lab.session.acts import Acts
from lab.session.heads import Heads
from lab.session.receipts import Receipts
from lab.session.security import Security, SecurityReports
from lab.words import explain, say

if TYPE_CHECKING:
    from lab.session import Lab

router = APIRouter(prefix="/api", responses=ERRORS, tags=["proof"])
pages = APIRouter(include_in_schema=False)
Reader = Annotated[Who, Depends(role_gate(Role.OFFICER, Role.ADMIN))]
Days = Annotated[int, Query(ge=1, le=366)]
SPANS = (1, 7, 30, 90)
"""Days that one may look back on the page."""
SHOWN_HEADS = 31


def _receipts(request: Request) -> Receipts:
    held: Receipts = request.app.state.receipts
    return held


def heads_of(request: Request) -> Heads:
    """What signs heads, and knows what left."""
    held: Heads = request.app.state.heads
    return held


def security_of(request: Request) -> SecurityReports:
    """What makes security reports."""
    held: SecurityReports = request.app.state.security
    return held


Book = Annotated[Receipts, Depends(_receipts)]
Signer = Annotated[Heads, Depends(heads_of)]


def download(row: dict[str, Any], name: str) -> Response:
    """A row as a file of JSON."""
    return Response(
        json.dumps(row, ensure_ascii=False, indent=1),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.json"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/sessions/{session}/turns/{turn}/receipt", response_class=Response)
async def receipt(session: str, turn: str, who: Person, book: Book) -> Response:
    """The receipt of one prompt, for who wrote it and for officers: checked offline with
    ``lab log verify --receipt``.
    """
    made = await book.of(who, session, turn)
    return download(made, say("proof.file", who.language, reference=turn[:8]))


@router.get("/left")
async def left(who: Reader, signer: Signer, days: Days = 30) -> list[dict[str, Any]]:
    """What left this machine: sendings and bytes by day, address and exercise."""
    return [asdict(each) for each in await signer.left(who, days)]


@router.get("/heads", dependencies=[Depends(role_gate(Role.OFFICER, Role.ADMIN))])
async def heads(signer: Signer) -> list[dict[str, Any]]:
    """The signed heads of days, the newest first."""
    return [
        {**head.row(), "complete": head.complete, "by": by, "row": row}
        for head, by, row in await signer.signed()
    ]


@router.get("/heads/{day}", response_class=Response)
async def head(day: str, who: Reader, signer: Signer) -> Response:
    """The head of a day as a file: checked with ``lab log verify --head``."""
    return download(await signer.file(day), say("proof.head.file", who.language, day=day))


@pages.head("/proof/")
@pages.get("/proof/")
async def page(request: Request, days: Days = 30) -> Response:
    """What left, who saw it, the heads of days."""
    who = await at_desk(request, "proof")
    return await _page(request, who, days)


@pages.post("/proof/head")
async def sign(request: Request) -> Response:
    """Sign the head of a day now."""
    who, form = await sent_form(request, "proof")
    try:
        await heads_of(request).sign(who.person.id, text_of(form, "day", 10))
    except Refused as error:
        return await _page(request, who, 30, error)
    return RedirectResponse("/proof/#heads", status_code=303)


@pages.post("/proof/report")
async def report(request: Request) -> Response:
    """Begin to make the security report; the page tells how far it is."""
    who, form = await sent_form(request, "proof")
    lab: Lab = request.app.state.lab
    titles = {rule.id: rule.title.read(who.language) for rule in lab.policy.current.rules}

    def draw(found: Security, heard: Callable[[float], None]) -> bytes:
        from lab.pages.security_pdf import as_pdf  # noqa: PLC0415 - no start waits for it

        return as_pdf(found, titles, who.language, heard)

    since, until = text_of(form, "since", 10), text_of(form, "until", 10)
    try:
        job = await security_of(request).begin(who, since, until, draw)
    except Refused as error:
        return await _page(request, who, 30, error)
    return RedirectResponse(f"/proof/?job={job.id}#report", status_code=303)


@pages.get("/proof/jobs/{job}")
async def progress(job: str, request: Request) -> Response:
    """How far a report is."""
    who = await at_desk(request, "proof")
    return told_of(security_of(request).jobs.job(who.person.id, job))


@pages.get("/proof/jobs/{job}/report.pdf")
async def made(job: str, request: Request) -> Response:
    """The report, once it is ready."""
    who = await at_desk(request, "proof")
    return paper_of(security_of(request).jobs.job(who.person.id, job), "bao-cao-an-toan")


async def _page(
    request: Request, who: Who, days: int, error: LabError | None = None
) -> HTMLResponse:
    lab: Lab = request.app.state.lab
    signer = heads_of(request)
    found = await signer.left(who, days)
    acts: Acts = request.app.state.acts
    since = Wanted(kinds=SEEN, since=signer.since(days))
    names = {person: name for person, name, _ in await acts.actors()}
    html = render(
        "proof.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="proof",
        about=lab.assistant.about,
        reach=lab.settings.openai_base_url if lab.assistant.about.kind == "openai" else "",
        halted=lab.halt.on,
        days=days,
        spans=SPANS,
        by_day=summed(found, "day", "host")[::-1],
        by_exercise=summed(found, "exercise")[::-1],
        titles={
            each.id: f"{each.number}. {each.title.read(who.language)}"
            for each in lab.course.exercises
        },
        total=(sum(each.sendings for each in found), sum(each.size for each in found)),
        seen=(await acts.listed(since, who.language))[0],
        heads=(await signer.signed())[:SHOWN_HEADS],
        names=names,
        job=request.query_params.get("job", "") if not error else "",
        first=day_of(signer.since(30)),
        today=day_of(time.time()),
        error=explain(error, who.language) if error else None,
    )
    return HTMLResponse(html, status_code=error.status if error else 200)


SEEN = ("person.named", "report.exported", "audit.exported")
"""Acts by which somebody saw names, or took data out of the lab."""
