"""The runbook of each site, to be printed and hung up; its contacts, set by the administrator."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lab.errors import Refused
from lab.log.contacts import Contact
from lab.model import Role, Who
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.shell import render
from lab.session.contacts import Runbooks
from lab.words import explain

pages = APIRouter(include_in_schema=False)
FIELDS = ("name", "phone", "deputy", "deputy_phone", "place")


def runbooks_of(request: Request) -> Runbooks:
    """What answers for these pages."""
    held: Runbooks = request.app.state.runbooks
    return held


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
