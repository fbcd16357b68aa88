"""The landing page: sign in and out, language, who answers, health; and ``/static``.

Plain forms, no script needed; light on imports, so that it answers while the rest still starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from lab.auth import (
    Auth,
    clear_cookies,
    language_of,
    place_of,
    same_origin,
    set_cookies,
    signed_in,
    token_fits,
)
from lab.errors import Forbidden, LabError, NotFound
from lab.model import Who
from lab.pages.assets import FOREVER, own
from lab.pages.shell import DESKS, ROOMS, home_of, render
from lab.words import FIRST, explain, language_or

if TYPE_CHECKING:
    from lab.session import Lab

router = APIRouter(include_in_schema=False)
YEAR = 31_536_000


def _next(wanted: object, who: Who | None = None) -> str:
    """Where to go after signing in: one of our own pages, never another host."""
    path = str(wanted or "")
    room = path.strip("/")
    if room == "map":
        return "/map/"
    open_to = {**ROOMS, **DESKS}.get(room, frozenset())
    if open_to and (who is None or who.person.role in open_to):
        return f"/{room}/"
    return home_of(who) if who else ""


def _landing(
    request: Request,
    *,
    who: Who | None = None,
    error: LabError | None = None,
    form: dict[str, str] | None = None,
    following: str = "",
) -> HTMLResponse:
    lab: Lab = request.app.state.lab
    language = language_of(request)
    html = render(
        "landing.html",
        language,
        cookies=request.cookies,
        who=who,
        assistant=lab.assistant.about,
        ready=lab.policy.loaded,
        closed=explain(lab.policy.error, language) if lab.policy.error else None,
        error=explain(error, language) if error else None,
        form=form or {},
        staff=bool(form) and "class_code" not in (form or {}),
        next=following,
    )
    return HTMLResponse(html, status_code=error.status if error else 200)


@router.head("/")
@router.get("/")
async def landing(request: Request) -> HTMLResponse:
    """Sign in, or go on to one's own room."""
    who = await signed_in(request)
    code = request.query_params.get("class", "")[:40]  # a poster's QR code
    following = _next(request.query_params.get("next"), who)
    return _landing(
        request, who=who, form={"class_code": code} if code else None, following=following
    )


@router.post("/sign-in", dependencies=[Depends(same_origin)])
async def sign_in(request: Request) -> Response:
    """The form of the landing page: a class code and a name, or a name and a password."""
    auth: Auth = request.app.state.auth
    sent = await request.form()
    form = {key: value.strip() for key, value in sent.items() if isinstance(value, str)}
    name, code = form.get("name", "")[:80], form.get("class_code", "")[:40]
    try:
        if "class_code" in form:
            resume = form.get("resume_code", "")[:20] or None
            joined = await auth.join(
                code, name, resume, language_of(request), place=place_of(request)
            )
        else:
            password = str(sent.get("password", ""))[:200]
            joined = await auth.login(name, password, language_of(request))
    except LabError as error:
        kept = {key: value for key, value in form.items() if key != "password"}
        return _landing(request, error=error, form=kept, following=_next(form.get("next")))
    following = _next(form.get("next"), joined.who)
    response: Response
    if joined.resume_code:
        html = render(
            "joined.html",
            language_of(request),
            cookies=request.cookies,
            who=joined.who,
            resume_code=joined.resume_code,
            next=following,
        )
        response = HTMLResponse(html)
    else:
        response = RedirectResponse(following, status_code=303)
    set_cookies(request, response, joined)
    return response


@router.post("/sign-out", dependencies=[Depends(same_origin)])
async def sign_out(request: Request) -> Response:
    """End this sign-in; the form carries the CSRF token."""
    auth: Auth = request.app.state.auth
    who = await signed_in(request)
    form = await request.form()
    if who is not None:
        if not token_fits(who, form.get("csrf")):
            raise Forbidden("csrf")
        await auth.logout(who)
    response = RedirectResponse("/", status_code=303)
    clear_cookies(response)
    return response


@router.post("/language", dependencies=[Depends(same_origin)])
async def language(request: Request) -> Response:
    """Choose the language of the pages, and go back to where one was."""
    form = await request.form()
    response = RedirectResponse(_next(form.get("back")) or "/", status_code=303)
    chosen = language_or(form.get("language"), FIRST)
    response.set_cookie("lab_lang", chosen, max_age=YEAR, samesite="lax")
    return response


@router.get("/static/fonts/{name}")
async def font(name: str, request: Request) -> Response:
    """One weight of the typeface, made at set-up; without it browsers take the system's."""
    lab: Lab = request.app.state.lab
    folder = lab.settings.cache / "fonts"
    file = folder / name
    if not name.endswith(".woff2") or file.parent != folder or not file.is_file():
        raise NotFound
    return FileResponse(file, media_type="font/woff2", headers={"Cache-Control": FOREVER})


@router.get("/static/{name:path}")
async def static(name: str, request: Request) -> Response:
    """One of our own scripts, styles or pictures."""
    try:
        found = own(name)
    except OSError:
        raise NotFound from None
    return found.answer(request.headers, FOREVER if "v" in request.query_params else "no-cache")
