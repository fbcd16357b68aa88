"""The administrator's page: disk, queue, model, clock, last backup, counts; and ending the lab."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.background import BackgroundTask

from lab.errors import BadRequest, LabError, Refused
from lab.model import Who
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.shell import render
from lab.session.administering import Administration
from lab.words import explain

if TYPE_CHECKING:
    from lab.session import Lab

router = APIRouter(include_in_schema=False)
BACKUP_SECONDS = 7 * 86_400


@router.head("/admin/")
@router.get("/admin/")
async def admin(request: Request) -> Response:
    """The page; its script fetches it again every few seconds."""
    who = await at_desk(request, "admin")
    return await _page(request, who)


async def _page(request: Request, who: Who, error: LabError | None = None) -> HTMLResponse:
    lab: Lab = request.app.state.lab
    state = await Administration(lab).look()
    values: dict[str, Any] = {
        "state": state,
        "about": lab.assistant.about,
        "hours": (state.now - state.started) / 3600,
        "backup_fresh": state.backup is not None
        and state.backup[1]
        and state.backup[0] > time.time() - BACKUP_SECONDS,
        "trouble": explain(lab.policy.error, who.language) if lab.policy.error else None,
        "error": explain(error, who.language) if error else None,
    }
    html = render(
        "admin.html", who.language, cookies=request.cookies, who=who, page="admin", **values
    )
    return HTMLResponse(html, status_code=error.status if error else 200)


@router.post("/admin/stop")
async def stop(request: Request) -> Response:
    """End the lab: turns are ended and logged, then the process ends."""
    who, form = await sent_form(request, "admin")
    try:
        if not text_of(form, "sure"):
            raise BadRequest("stop_unticked")
        await Administration(request.app.state.lab).note_stop(who, text_of(form, "reason", 400))
    except Refused as error:
        return await _page(request, who, error)
    html = render("stopping.html", who.language, cookies=request.cookies, who=None, page="")
    return HTMLResponse(html, background=BackgroundTask(request.app.state.stop))
