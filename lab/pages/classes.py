"""The page of classes: sites, classes and their codes, lists of people, posters."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import segno
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.datastructures import UploadFile

from lab.errors import BadRequest, Forbidden, LabError, NotFound, Refused
from lab.model import Role, Who
from lab.pages.desk import at_desk, running, sent_form, text_of
from lab.pages.shell import render
from lab.session.notices import passed
from lab.session.readiness import Readiness
from lab.session.reviewing import reason_of
from lab.session.roster import KEEPERS, Rosters, keeping, problem_of, scope_of
from lab.session.roster_file import Sheet, read
from lab.session.roster_waiting import Waiting, opened, sealed
from lab.words import explain, number, say

if TYPE_CHECKING:
    from lab.auth import Auth
    from lab.log.roster import Room, Scope
    from lab.log.roster_lists import Plan
    from lab.session import Lab
    from lab.session.erasing import Erasing

router = APIRouter(include_in_schema=False)
USUAL_DAYS = 180
"""Days of keeping that the form of a new class offers."""
MOST_TOKEN = 1_000_000
"""Characters of the list that comes back with the form: as many as a form may have."""
MOST_PROBLEMS = 200
"""Problems of a list that the page shows."""


def _rosters(request: Request) -> Rosters:
    found: Rosters = request.app.state.rosters
    return found


@router.head("/classes/")
@router.get("/classes/")
async def classes(request: Request) -> Response:
    """Sites and classes of whoever asks."""
    who = await at_desk(request, "classes")
    return await _listed(request, who)


async def _listed(
    request: Request, who: Who, *, error: LabError | None = None, form: Any = None
) -> HTMLResponse:
    rosters, scope = _rosters(request), scope_of(who)
    rooms = await rosters.rooms(scope)
    html = render(
        "classes.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="classes",
        runs=_by_run(rooms),
        rooms_here=rooms,
        sites_here=len({room.site for room in rooms}),
        people=sum(room.people for room in rooms),
        may_keep=who.person.role in KEEPERS,
        may_add=who.person.role in KEEPERS and who.person.class_id is None,
        own_site=scope.site or "",
        known_sites=await rosters.sites(scope),
        known_runs=await rosters.runs(),
        usual_days=USUAL_DAYS,
        brought=_numbers(request.query_params.get("brought", "")),
        error=explain(error, who.language) if error else None,
        form=form or {},
    )
    return HTMLResponse(html, status_code=error.status if error else 200)


def _by_run(rooms: Sequence[Room]) -> list[dict[str, Any]]:
    """Runs, each with its sites, each with its classes (the order is that of ``rooms``)."""
    shown = []
    for run, of_run in groupby(rooms, key=lambda room: room.run):
        sites = [
            {"name": site, "rooms": list(of_site)}
            for site, of_site in groupby(of_run, key=lambda room: room.site)
        ]
        shown.append({"name": run, "sites": sites})
    return shown


def _numbers(told: str) -> list[int]:
    """What a list brought, as the address after it says: four whole numbers, or nothing."""
    parts = told.split("-")
    whole = len(parts) == 4 and all(part.isdecimal() and len(part) < 7 for part in parts)  # noqa: PLR2004 - four fates
    return [int(part) for part in parts] if whole else []


@router.post("/classes/add")
async def add(request: Request) -> Response:
    """A new class."""
    who, form = await sent_form(request, "classes")
    kept = {name: text_of(form, name) for name in ("name", "code", "site", "run", "days")}
    try:
        room = await _rosters(request).add_room(
            keeping(who),
            name=kept["name"],
            code=kept["code"],
            site=kept["site"],
            run=kept["run"],
            retention_days=_days(kept["days"]),
        )
    except Refused as error:
        return await _listed(request, who, error=error, form=kept)
    return RedirectResponse(f"/classes/{room.id}", status_code=303)


def _days(text: str) -> int | None:
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004 - 0 is refused


@router.post("/classes/preview")
async def preview(request: Request) -> Response:
    """What a list would bring; nothing is written."""
    who, form = await sent_form(request, "classes")
    scope = keeping(who)
    upload = form.get("file")
    into, run = text_of(form, "into") or None, text_of(form, "run", 80)
    try:
        if not isinstance(upload, UploadFile) or not upload.filename:
            raise BadRequest("roster_none")
        sheet = await asyncio.to_thread(read, upload.filename[:100], await upload.read())
        plan = await _rosters(request).preview(scope, sheet, default=into)
    except Refused as error:
        return await _listed(request, who, error=error)
    token = sealed(_rosters(request).keys, who.person.id, Waiting(sheet, into, run))
    return _previewed(request, who, sheet, plan, token)


def _previewed(request: Request, who: Who, sheet: Sheet, plan: Plan, token: str) -> HTMLResponse:
    problems = [problem_of(each, sheet.file, who.language) for each in plan.problems]
    html = render(
        "class_preview.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="classes",
        sheet=sheet,
        plan=plan,
        problems=problems[:MOST_PROBLEMS],
        more=max(0, len(problems) - MOST_PROBLEMS),
        bad_lines=len({each.line for each in plan.problems}),
        token=token,
    )
    return HTMLResponse(html)


@router.post("/classes/import")
async def bring_in(request: Request) -> Response:
    """Bring in the list that was looked at."""
    who, form = await sent_form(request, "classes")
    scope = keeping(who)
    leave_out = bool(text_of(form, "leave_out"))
    try:
        token = text_of(form, "token", MOST_TOKEN)
        waiting = opened(_rosters(request).keys, who.person.id, token)
        plan = await _rosters(request).bring_in(
            scope, waiting.sheet, default=waiting.into, run=waiting.run, leave_out=leave_out
        )
    except Refused as error:
        return await _listed(request, who, error=error)
    counts = "-".join(str(plan.count(fate)) for fate in ("new", "known", "changed", "joined"))
    return RedirectResponse(f"/classes/?brought={counts}", status_code=303)


@router.get("/classes/ready")
async def ready(request: Request) -> Response:
    """The readiness sheet of a site."""
    who = await at_desk(request, "classes")
    site = request.query_params.get("site", "")
    scope = scope_of(who)
    if all(room.site != site for room in await _rosters(request).rooms(scope)):
        raise NotFound("no_site")
    lab: Lab = request.app.state.lab
    looks = Readiness(lab.log, lab.settings.home)
    points = await looks.of(site, await running(lab), scope.class_id)
    html = render(
        "ready.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="classes",
        site=site,
        points=points,
        now=time.time(),
    )
    return HTMLResponse(html)


@router.get("/classes/{class_id}")
async def one_class(class_id: str, request: Request) -> Response:
    """The people of a class."""
    who = await at_desk(request, "classes")
    return await _one(request, who, class_id)


async def _one(request: Request, who: Who, class_id: str, **more: Any) -> HTMLResponse:
    rosters, scope = _rosters(request), scope_of(who)
    room = await rosters.room(scope, class_id)
    members = await rosters.members(scope, class_id)
    values: dict[str, Any] = {"code": None, "code_of": "", "error": None, "erased": None}
    html = render(
        "class.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="classes",
        room=room,
        members=members,
        may_keep=who.person.role in KEEPERS,
        may_erase=who.person.role is Role.ADMIN,
        **(values | more),
    )
    return HTMLResponse(html)


@router.post("/classes/{class_id}/resume")
async def new_code(class_id: str, request: Request) -> Response:
    """A new code to come back with, shown once."""
    who, form = await sent_form(request, "classes")
    rosters, scope = _rosters(request), scope_of(who)
    person = text_of(form, "person")
    members = {each.id: each for each in await rosters.members(scope, class_id)}
    if person not in members:
        raise BadRequest("no_person")
    auth: Auth = request.app.state.auth
    code = await auth.reset_resume(who, person)
    return await _one(request, who, class_id, code=code, code_of=members[person].name)


@router.post("/classes/{class_id}/keep")
async def keep_for(class_id: str, request: Request) -> Response:
    """How long the data of a class are kept."""
    who, form = await sent_form(request, "classes")
    scope: Scope = keeping(who)
    try:
        await _rosters(request).keep_for(scope, class_id, _days(text_of(form, "days")))
    except BadRequest as error:
        return await _one(request, who, class_id, error=explain(error, who.language))
    return RedirectResponse(f"/classes/{class_id}", status_code=303)


@router.post("/classes/{class_id}/names")
async def name_on_board(class_id: str, request: Request) -> Response:
    """Names or pseudonyms on the board of a class."""
    who, form = await sent_form(request, "classes")
    scope, lab = keeping(who), request.app.state.lab
    try:
        reason = None
        if not text_of(form, "hide"):
            reason = reason_of(await passed(lab.policy, text_of(form, "reason", 300)))
        await _rosters(request).name_on_board(scope, class_id, reason)
    except LabError as error:
        return await _one(request, who, class_id, error=explain(error, who.language))
    return RedirectResponse(f"/classes/{class_id}", status_code=303)


@router.post("/classes/{class_id}/erase")
async def erase(class_id: str, request: Request) -> Response:
    """Erase one trainee, or the class, for good."""
    who, form = await sent_form(request, "classes")
    if who.person.role is not Role.ADMIN:
        raise Forbidden
    rosters, scope = _rosters(request), scope_of(who)
    work: Erasing = request.app.state.erasing
    person, reason = text_of(form, "person"), text_of(form, "reason", 400)
    members = {each.id for each in await rosters.members(scope, class_id)}
    try:
        if not text_of(form, "sure"):
            raise BadRequest("erase_unticked")
        if person == "all":
            await work.room(class_id, by=who.person.id, reason=reason)
            return RedirectResponse("/classes/", status_code=303)
        if person not in members:
            raise NotFound("no_person")
        done = await work.person(person, by=who.person.id, reason=reason)
    except Refused as error:
        return await _one(request, who, class_id, error=explain(error, who.language))
    told = {"people": number(done.people, who.language), "rows": number(done.rows, who.language)}
    erased = say("erasing.page.done", who.language, **told)
    return await _one(request, who, class_id, erased=erased)


@router.get("/classes/{class_id}/poster")
async def poster(class_id: str, request: Request) -> Response:
    """How to come into a class: address, code and a QR code, for the wall or the projector."""
    who = await at_desk(request, "classes")
    room = await _rosters(request).room(scope_of(who), class_id)
    lab: Lab = request.app.state.lab
    address = (lab.settings.public_url or str(request.base_url)).rstrip("/")
    code = segno.make(f"{address}/?class={room.code}", error="m", micro=False)
    html = render(
        "poster.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="classes",
        room=room,
        course=lab.course.title.read(who.language),
        address=address,
        qr=Markup(code.svg_inline(scale=8, border=4, omitsize=True)),  # noqa: S704 - squares only
    )
    return HTMLResponse(html)
