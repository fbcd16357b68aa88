"""The audit as a page, as CSV and over HTTP: for officers and administrators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from lab.auth import role_gate
from lab.log.acts import KINDS, Wanted
from lab.log.chain import MICRO
from lab.log.heads import day_begin, day_end
from lab.model import Role, Who
from lab.pages.api import ERRORS
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.shell import render
from lab.session.acts import Acts

router = APIRouter(prefix="/api/audit", responses=ERRORS, tags=["proof"])
pages = APIRouter(include_in_schema=False)
Reader = Annotated[Who, Depends(role_gate(Role.OFFICER, Role.ADMIN))]
Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
"""A place in the log, as far as its database counts."""
FIELDS = ("person", "group", "since", "until")


def acts_of(request: Request) -> Acts:
    """What answers for these pages."""
    held: Acts = request.app.state.acts
    return held


Book = Annotated[Acts, Depends(acts_of)]


def _moment(midnight: Callable[[str], int], text: str) -> float | None:
    """A midnight of a day written ``2026-11-23``; None where it is none."""
    try:
        return midnight(text[:10]) / MICRO
    except ValueError:
        return None


def wanted_of(person: str = "", group: str = "", since: str = "", until: str = "") -> Wanted:
    """Which acts a form or an address asks for; ``until`` is the last day that counts."""
    known = group if group in KINDS else ""
    first, last = _moment(day_begin, since), _moment(day_end, until)
    return Wanted(person=person[:80], group=known, since=first or 0.0, until=last)


@router.get("")
async def listed(
    who: Reader,
    book: Book,
    person: str = "",
    group: str = "",
    since: str = "",
    until: str = "",
    before: Before = None,
) -> dict[str, Any]:
    """Acts of staff, the newest first; ``next`` is ``before`` of the page after."""
    found, more = await book.listed(wanted_of(person, group, since, until), who.language, before)
    return {"acts": [asdict(told) | {"by": _by(act.payload)} for act, told in found], "next": more}


def _by(row: Any) -> str:
    return str((row or {}).get("by") or "")


@pages.head("/audit/")
@pages.get("/audit/")
async def page(
    request: Request,
    before: Before = None,
) -> Response:
    """Acts of staff, with filters."""
    who = await at_desk(request, "audit")
    asked = {name: request.query_params.get(name, "") for name in FIELDS}
    book = acts_of(request)
    found, more = await book.listed(wanted_of(**asked), who.language, before)
    kept = {name: value for name, value in asked.items() if value}
    html = render(
        "audit.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="audit",
        rows=found,
        asked=asked,
        actors=await book.actors(),
        groups=tuple(KINDS),
        older=urlencode({**kept, "before": more}) if more else "",
    )
    return HTMLResponse(html)


@pages.post("/audit/export")
async def export(request: Request) -> Response:
    """The acts of a choice as CSV; that it was taken is on record."""
    who, form = await sent_form(request, "audit")
    wanted = wanted_of(**{name: text_of(form, name) for name in FIELDS})
    return StreamingResponse(
        acts_of(request).export(who, wanted),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="so-kiem-toan.csv"',
            "Cache-Control": "no-store",
        },
    )
