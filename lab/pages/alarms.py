"""False alarms as a page and over HTTP: officers judge what trainees held to be mistakes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lab.auth import role_gate
from lab.errors import BadRequest, LabError, Refused
from lab.model import Role, Who
from lab.pages.api import ERRORS
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.shapes import Body
from lab.pages.shell import render
from lab.session.alarms import LONGEST_CASE, LONGEST_REASON, VALUE, Alarms
from lab.words import explain

if TYPE_CHECKING:
    from lab.session import Lab

router = APIRouter(prefix="/api/alarms", responses=ERRORS, tags=["policy"])
pages = APIRouter(include_in_schema=False)
Reader = Annotated[Who, Depends(role_gate(Role.OFFICER, Role.ADMIN))]
Guard = Annotated[Who, Depends(role_gate(Role.OFFICER))]


async def alarms_of(request: Request) -> Alarms:
    """What answers for these pages."""
    held: Alarms = request.app.state.alarms
    return held


Book = Annotated[Alarms, Depends(alarms_of)]


class JudgeBody(Body):
    """``accept`` or ``decline``, why, and the text with its gap filled."""

    act: str
    reason: str
    case: str = ""


@router.get("")
async def listed(who: Reader, book: Book, state: str = "waiting") -> list[dict[str, Any]]:
    """What trainees held to be mistakes, the newest first."""
    return [asdict(each) for each in await book.listed(who.person, state)]


@router.post("/{alarm}", status_code=204)
async def judge(alarm: str, body: JudgeBody, who: Guard, book: Book) -> None:
    """Take one into the corpus, or decline it; its trainee reads the reason."""
    await book.judge(who.person, alarm, body.act, body.reason, body.case)


@pages.head("/alarms/")
@pages.get("/alarms/")
async def page(request: Request, state: str = "waiting") -> Response:
    """The list."""
    who = await at_desk(request, "alarms")
    return await _page(request, who, state)


@pages.post("/alarms/{alarm}")
async def judged(alarm: str, request: Request) -> Response:
    """One was judged."""
    who, form = await sent_form(request, "alarms")
    told = text_of(form, "act"), text_of(form, "reason", 400), text_of(form, "case", 4000)
    try:
        await (await alarms_of(request)).judge(who.person, alarm, *told)
    except Refused as error:
        return await _page(request, who, "waiting", error, {alarm: told[2]})
    return RedirectResponse("/alarms/", status_code=303)


async def _page(
    request: Request,
    who: Who,
    state: str,
    error: LabError | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    book, lab = await alarms_of(request), request.app.state.lab
    try:
        found = await book.listed(who.person, state)
    except BadRequest:
        state, found = "waiting", await book.listed(who.person)
    html = render(
        "alarms.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="alarms",
        found=found,
        state=state,
        titles=titles_of(lab, who),
        may_act=who.person.role is Role.OFFICER,
        gap=VALUE,
        longest=LONGEST_CASE,
        longest_reason=LONGEST_REASON,
        typed=typed or {},
        error=explain(error, who.language) if error else None,
    )
    return HTMLResponse(html, status_code=error.status if error else 200)


def titles_of(lab: Lab, who: Who) -> dict[str, str]:
    """Rule -> its title."""
    rules = lab.policy.current.rules if lab.policy.loaded else ()
    return {rule.id: rule.title.read(who.language) for rule in rules}
