"""Incidents as a page, on paper and over HTTP: for officers, and for administrators to read."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import Field

from lab.auth import role_gate
from lab.errors import BadRequest, LabError, Refused
from lab.log.incidents import OUTCOMES, SEVERITIES, Incident
from lab.model import Role, Who
from lab.pages.api import ERRORS
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.shapes import Body
from lab.pages.shell import render
from lab.session.incidents import LONGEST_VALUE, Incidents
from lab.words import explain

if TYPE_CHECKING:
    from lab.session import Lab

router = APIRouter(prefix="/api/incidents", responses=ERRORS, tags=["incidents"])
pages = APIRouter(include_in_schema=False)
Reader = Annotated[Who, Depends(role_gate(Role.OFFICER, Role.ADMIN))]
Guard = Annotated[Who, Depends(role_gate(Role.OFFICER))]


async def incidents_of(request: Request) -> Incidents:
    """What answers for these pages."""
    held: Incidents = request.app.state.incidents
    return held


Queue = Annotated[Incidents, Depends(incidents_of)]


class ValueBody(Body):
    """A value to compare; it is neither kept nor told."""

    value: str = Field(max_length=LONGEST_VALUE * 4)


class CloseBody(Body):
    """How it ended."""

    outcome: str
    reason: str


class TakeBody(Body):
    """Who looks after it: oneself where nobody is named."""

    assignee: str = ""


# --- over HTTP -----------------------------------------------------------------------------------


@router.get("")
async def listed(
    who: Reader,
    queue: Queue,
    state: str = "open",
    severity: str = "",
    reference: str = "",
    after: str = "",
) -> dict[str, Any]:
    """The gravest first, then the newest; ``next`` is ``after`` of the following page."""
    asked = {"state": state, "severity": severity, "reference": reference, "after": after}
    desk = await queue.queue(who.person, **asked)
    rows = [asdict(each) | {"overdue": each.id in desk.overdue} for each in desk.rows]
    return {"incidents": rows, "next": desk.following}


@router.get("/{incident}")
async def one(incident: str, who: Reader, queue: Queue) -> dict[str, Any]:
    """One incident, what was found and what was done; no text."""
    opened = await queue.one(who.person, incident)
    return asdict(opened.incident) | {
        "overdue": opened.overdue,
        "findings": opened.findings,
        "acts": [asdict(each) for each in opened.acts],
    }


@router.post("/{incident}/take")
async def take(incident: str, body: TakeBody, who: Guard, queue: Queue) -> dict[str, str]:
    """Take it, or hand it on."""
    await queue.take(who.person, incident, body.assignee)
    return {"state": "taken"}


@router.post("/{incident}/match")
async def match(incident: str, body: ValueBody, who: Guard, queue: Queue) -> dict[str, bool]:
    """Whether a value is one of those that were stopped: personal data only, a few times."""
    return {"same": await queue.match(who.person, incident, body.value)}


@router.post("/{incident}/close")
async def close(incident: str, body: CloseBody, who: Guard, queue: Queue) -> dict[str, str]:
    """End it, with an outcome and a reason."""
    await queue.close(who.person, incident, body.outcome, body.reason)
    return {"state": "closed"}


# --- as pages ------------------------------------------------------------------------------------


@pages.head("/incidents/")
@pages.get("/incidents/")
async def queue_page(request: Request) -> Response:
    """The queue."""
    who = await at_desk(request, "incidents")
    wanted = ("severity", "reference", "after")
    asked = {name: request.query_params.get(name, "") for name in wanted}
    state = request.query_params.get("state", "open")
    error = None
    queue = await incidents_of(request)
    try:
        desk = await queue.queue(who.person, state=state, **asked)
    except BadRequest as refused:
        error, state, asked = refused, "open", dict.fromkeys(wanted, "")
        desk = await queue.queue(who.person)
    return _html(
        request,
        who,
        "incidents.html",
        desk=desk,
        state=state,
        severity=asked["severity"],
        reference=asked["reference"],
        severities=SEVERITIES,
        names=await _names(request),
        error=error,
    )


@pages.get("/incidents/{incident}")
async def page(incident: str, request: Request) -> Response:
    """One incident."""
    who = await at_desk(request, "incidents")
    return await _one(request, who, incident)


@pages.post("/incidents/{incident}")
async def done(incident: str, request: Request) -> Response:
    """Something is done about one: ``act`` of the form says what."""
    who, form = await sent_form(request, "incidents")
    queue, text = await incidents_of(request), text_of(form, "text", 400)
    act, same = text_of(form, "act"), None
    try:
        if act == "take":
            await queue.take(who.person, incident)
        elif act == "hand":
            await queue.take(who.person, incident, text_of(form, "assignee"))
        elif act == "note":
            await queue.note(who.person, incident, text)
        elif act == "close":
            await queue.close(who.person, incident, text_of(form, "outcome"), text)
        elif act == "open":
            await queue.open_again(who.person, incident, text)
        elif act == "match":
            same = await queue.match(who.person, incident, text)
            return await _one(request, who, incident, same=same)
        else:
            raise BadRequest("incident_filter")
    except Refused as error:
        return await _one(request, who, incident, error=error)
    return RedirectResponse(f"/incidents/{incident}", status_code=303)


@pages.post("/incidents/{incident}/export")
async def export(incident: str, request: Request) -> Response:
    """One incident as JSON, or as a sheet to print."""
    who, form = await sent_form(request, "incidents")
    queue = await incidents_of(request)
    told = await queue.export(who.person, incident)
    if text_of(form, "form") == "json":
        name = f'attachment; filename="su-co-{incident}.json"'
        return JSONResponse(told, headers={"Content-Disposition": name})
    opened = await queue.one(who.person, incident)
    return _html(
        request,
        who,
        "incident_sheet.html",
        opened=opened,
        told=told,
        **await _about(request, who, opened.incident),
    )


async def _one(
    request: Request,
    who: Who,
    incident: str,
    *,
    same: bool | None = None,
    error: LabError | None = None,
) -> HTMLResponse:
    queue = await incidents_of(request)
    opened = await queue.one(who.person, incident)
    officers = await queue.log.people(role=Role.OFFICER)
    return _html(
        request,
        who,
        "incident.html",
        opened=opened,
        may_act=who.person.role is Role.OFFICER,
        mine=opened.incident.assignee == who.person.id,
        officers=[each for each in officers if each.id != who.person.id],
        outcomes=OUTCOMES,
        longest=LONGEST_VALUE,
        same=same,
        error=error,
        **await _about(request, who, opened.incident),
    )


async def _about(request: Request, who: Who, incident: Incident) -> dict[str, Any]:
    """What the pages of one incident say besides: names of people, rules and the exercise."""
    lab: Lab = request.app.state.lab
    rules = lab.policy.current.rules if lab.policy.loaded else ()
    found = next((each for each in lab.course.exercises if each.id == incident.exercise), None)
    return {
        "names": await _names(request),
        "titles": {rule.id: rule.title.read(who.language) for rule in rules},
        "exercise": found.title.read(who.language) if found else incident.exercise,
    }


async def _names(request: Request) -> dict[str, str]:
    """Id -> name, of staff."""
    queue = await incidents_of(request)
    return {
        each.id: each.name
        for role in (Role.OFFICER, Role.ADMIN)
        for each in await queue.log.people(role=role)
    }


def _html(
    request: Request, who: Who, template: str, *, error: LabError | None = None, **values: Any
) -> HTMLResponse:
    html = render(
        template,
        who.language,
        cookies=request.cookies,
        who=who,
        page="incidents",
        error=explain(error, who.language) if error else None,
        **values,
    )
    return HTMLResponse(html, status_code=error.status if error else 200)
