"""The runbook of each site, to be printed and hung up; its contacts, set by the administrator."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lab.auth import role_gate
from lab.errors import Refused
from lab.log.contacts import Contact
from lab.model import Role, Who
from lab.pages.api import ERRORS
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.shapes import Body
from lab.pages.shell import DESKS, render
from lab.session.contacts import Runbooks
from lab.words import explain

router = APIRouter(prefix="/api/runbook", responses=ERRORS, tags=["incidents"])
pages = APIRouter(include_in_schema=False)
Reader = Annotated[Who, Depends(role_gate(*DESKS["runbook"]))]
Keeper = Annotated[Who, Depends(role_gate(Role.ADMIN))]
FIELDS = ("name", "phone", "deputy", "deputy_phone", "place")


def runbooks_of(request: Request) -> Runbooks:
    """What answers for these pages."""
    held: Runbooks = request.app.state.runbooks
    return held


class ContactBody(Body):
    """Whom to call at a site; an empty site is every one that has no contact of its own."""

    site: str = ""
    name: str
    phone: str
    deputy: str = ""
    deputy_phone: str = ""
    place: str = ""


@router.get("")
async def contacts(request: Request, who: Reader) -> dict[str, dict[str, str] | None]:
    """Site -> whom to call there, as far as one sees; ``""`` is the whole course."""
    found = await runbooks_of(request).sites(who)
    return {site: asdict(contact) if contact else None for site, contact in found}


@router.put("", status_code=204)
async def set_contact(body: ContactBody, request: Request, who: Keeper) -> None:
    """Set whom to call at a site."""
    await runbooks_of(request).put(who, Contact(**body.model_dump()))


@pages.head("/runbook/")
@pages.get("/runbook/")
async def listed(request: Request) -> Response:
    """All sites in one's reach; with ``?site=`` the sheet of one."""
    who = await at_desk(request, "runbook")
    site = request.query_params.get("site")
    if site is None:
        return await _list(request, who)
    contact = await runbooks_of(request).one(who, site)
    html = render(
        "runbook.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="runbook",
        site=site,
        contact=contact,
    )
    return HTMLResponse(html)


async def _list(
    request: Request, who: Who, error: Refused | None = None, form: Contact | None = None
) -> HTMLResponse:
    html = render(
        "runbooks.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="runbook",
        sites=await runbooks_of(request).sites(who),
        may_set=who.person.role is Role.ADMIN,
        form=form,
        error=explain(error, who.language) if error else None,
    )
    return HTMLResponse(html, status_code=error.status if error else 200)


@pages.post("/runbook/")
async def put(request: Request) -> Response:
    """Whom to call at a site, set by the administrator."""
    who, sent = await sent_form(request, "runbook")
    contact = Contact(text_of(sent, "site"), **{name: text_of(sent, name) for name in FIELDS})
    try:
        await runbooks_of(request).put(who, contact)
    except Refused as error:
        return await _list(request, who, error, contact)
    return RedirectResponse("/runbook/", status_code=303)
