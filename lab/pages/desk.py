"""What the plain pages of trainers and administrators share: who may open one, and its forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from lab.auth import same_origin, signed_in, token_fits
from lab.errors import Forbidden, LabError, NotSignedIn
from lab.model import Who
from lab.pages.shell import DESKS, ROOMS, render
from lab.session.readiness import Running
from lab.words import say

if TYPE_CHECKING:
    from lab.session import Lab


class TurnedAwayError(Exception):
    """Somebody who may not open a page; ``response`` says so kindly."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def install(app: FastAPI) -> None:
    """Answer those who are turned away, and the addresses of desks without their last sign."""
    app.add_exception_handler(TurnedAwayError, _turned_away)
    for desk in DESKS:
        app.add_api_route(f"/{desk}", _nearby, methods=["GET"], include_in_schema=False)


async def _turned_away(_request: Request, error: Exception) -> Response:
    assert isinstance(error, TurnedAwayError)  # noqa: S101 - registered for this type only
    return error.response


async def _nearby(request: Request) -> RedirectResponse:
    """The desk itself."""
    return RedirectResponse(f"{request.url.path}/", status_code=307)


async def at_desk(request: Request, desk: str) -> Who:
    """Who opens the page ``desk``, or one that belongs to a room made with Gradio.

    Raises:
        TurnedAwayError: nobody is signed in, or the role does not fit.
    """
    who = await signed_in(request)
    if who is None:
        raise TurnedAwayError(RedirectResponse(f"/?next={desk}", status_code=303))
    if who.person.role not in {**ROOMS, **DESKS}[desk]:
        html = render(
            "message.html",
            who.language,
            cookies=request.cookies,
            who=who,
            heading=say("page.refused.heading", who.language),
            text=say("page.refused.text", who.language),
            wait="",
        )
        raise TurnedAwayError(HTMLResponse(html, status_code=403))
    return who


async def sent_form(request: Request, desk: str) -> tuple[Who, FormData]:
    """Who sent a form of the page ``desk``, and its fields.

    Raises:
        NotSignedIn: nobody is signed in.
        Forbidden: the role does not fit, or the form comes from elsewhere.
    """
    who = await signed_in(request)
    if who is None:
        raise NotSignedIn
    if who.person.role not in DESKS[desk]:
        raise Forbidden
    same_origin(request)
    form = await request.form(max_files=1, max_fields=40)
    if not token_fits(who, form.get("csrf")):
        raise Forbidden("csrf")
    return who, form


async def running(lab: Lab) -> Running:
    """What this lab says of itself now."""
    about = lab.assistant.about
    try:
        await lab.ready()
    except LabError:
        return Running(False, about.kind, about.ready)
    return Running(True, about.kind, about.ready)


def text_of(form: FormData, name: str, longest: int = 200) -> str:
    """A field of a form, without spaces around; a file or nothing is empty."""
    value = form.get(name)
    return value.strip()[:longest] if isinstance(value, str) else ""
