"""The kill switch as a page, and over HTTP: for officers and administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lab.auth import role_gate
from lab.errors import LabError, Refused
from lab.model import Role, Who
from lab.pages.api import ERRORS, Room
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.shapes import Body
from lab.pages.shell import render
from lab.words import explain

if TYPE_CHECKING:
    from lab.session import Lab

router = APIRouter(prefix="/api/sending", responses=ERRORS, tags=["policy"])
pages = APIRouter(include_in_schema=False)
Guard = Annotated[Who, Depends(role_gate(Role.OFFICER, Role.ADMIN))]


class SwitchBody(Body):
    """Whether sending is to be stopped, and why."""

    halted: bool
    reason: str


class SwitchShape(Body):
    """Whether sending is stopped."""

    halted: bool


@router.get("", dependencies=[Depends(role_gate(Role.OFFICER, Role.ADMIN))])
async def state(lab: Room) -> SwitchShape:
    """Whether prompts may leave this lab now."""
    return SwitchShape(halted=lab.halt.on)


@router.post("")
async def switch(body: SwitchBody, who: Guard, lab: Room) -> SwitchShape:
    """Stop all sending at once, everywhere, or let it go on; with a reason, on record."""
    await lab.halt.set(who, body.reason, on=body.halted)
    return SwitchShape(halted=lab.halt.on)


@pages.head("/sending/")
@pages.get("/sending/")
async def page(request: Request) -> Response:
    """The switch."""
    who = await at_desk(request, "sending")
    return _page(request, who)


@pages.post("/sending/")
async def pressed(request: Request) -> Response:
    """The switch was used."""
    who, form = await sent_form(request, "sending")
    lab: Lab = request.app.state.lab
    try:
        await lab.halt.set(who, text_of(form, "reason", 400), on=text_of(form, "do") == "halt")
    except Refused as error:
        return _page(request, who, error)
    return RedirectResponse("/sending/", status_code=303)


def _page(request: Request, who: Who, error: LabError | None = None) -> HTMLResponse:
    lab: Lab = request.app.state.lab
    html = render(
        "sending.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="sending",
        halted=lab.halt.on,
        error=explain(error, who.language) if error else None,
    )
    return HTMLResponse(html)
