"""The page of sharing: situations from people's own work, answers and votes.

Plain forms, no script needed. A text in which the policy sees something comes back to its writer:
masked where masking is enough, as it was typed where it was stopped. Nothing of it is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lab.errors import LabError, Refused
from lab.model import Role, Who
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.render import finding_shape
from lab.pages.shell import render
from lab.session.sharing import ANSWER, REASON, TEXT, TITLE, Checked, Sharing, may_decide
from lab.words import explain

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from lab.log.sharing import State
    from lab.session import Lab

router = APIRouter(include_in_schema=False)
DESK = "sharing"
STATES: dict[str, State] = {"show": "shown", "refuse": "refused", "withdraw": "withdrawn"}
"""What a button asks for -> what a situation becomes."""
NO_STORE = {"Cache-Control": "no-store"}


def sharing_of(request: Request) -> Sharing:
    """The service behind the page."""
    found: Sharing = request.app.state.sharing
    return found


@router.head("/sharing/")
@router.get("/sharing/")
async def listed(request: Request) -> Response:
    """What there is to read, and a form for one's own."""
    who = await at_desk(request, DESK)
    return await _list(request, who)


async def _list(
    request: Request, who: Who, *, form: dict[str, Any] | None = None, **told: Any
) -> HTMLResponse:
    found = await sharing_of(request).listed(who)
    theirs = [each for each in found if may_decide(who.person, each)]
    values = {
        "waiting": [each for each in theirs if each.state == "waiting"],
        "mine": [each for each in found if each.by == who.person.id and each.state != "shown"],
        "shown": sorted(
            (each for each in found if each.state == "shown"),
            key=lambda each: (-each.votes, -each.at),
        ),
        "form": form or {},
        "most_title": TITLE,
        "most_text": TEXT,
    }
    return _page(request, who, "sharing.html", **values, **told)


def _page(request: Request, who: Who, template: str, **values: Any) -> HTMLResponse:
    told = {"error": None, "checked": None} | values
    status = told["error"].status if told["error"] else 200
    told["error"] = explain(told["error"], who.language) if told["error"] else None
    told["checked"] = _told(request, who, told["checked"])
    html = render(template, who.language, cookies=request.cookies, who=who, page=DESK, **told)
    return HTMLResponse(html, status_code=status, headers=NO_STORE)


def _told(request: Request, who: Who, checked: Checked | None) -> dict[str, Any] | None:
    """What the policy says, in words; None where there is nothing to say."""
    if checked is None:
        return None
    lab: Lab = request.app.state.lab
    policy = lab.policy.current
    shapes = [finding_shape(each, policy, who.language) for each in checked.decision.findings]
    seen = {shape.rule: shape for shape in shapes}
    return {"masked": checked.outgoing is not None, "findings": list(seen.values())}


@router.post("/sharing/post")
async def post(request: Request) -> Response:
    """A new situation."""
    who, sent = await sent_form(request, DESK)
    title, text = text_of(sent, "title", TITLE + 1), text_of(sent, "text", TEXT + 1)
    form: dict[str, Any] = {"title": title, "text": text, "named": bool(text_of(sent, "named"))}
    try:
        checked, key = await sharing_of(request).post(who, title, text, named=form["named"])
    except LabError as error:
        return await _list(request, who, form=form, error=error)
    if key is None:
        if checked.outgoing is not None:
            form["title"], _, form["text"] = checked.outgoing.partition("\n")
        return await _list(request, who, form=form, checked=checked)
    return RedirectResponse(f"/sharing/{key}", status_code=303)


@router.get("/sharing/{story}")
async def one(story: str, request: Request) -> Response:
    """A situation and what others answered."""
    who = await at_desk(request, DESK)
    return await _one(request, who, story)


async def _one(
    request: Request, who: Who, story: str, *, form: dict[str, Any] | None = None, **told: Any
) -> HTMLResponse:
    found, answers = await sharing_of(request).one(who, story)
    decides = may_decide(who.person, found)
    values = {
        "story": found,
        "answers": answers,
        "decides": decides,
        "writes": decides and who.person.role in {Role.TRAINER, Role.ADMIN},
        "form": form or {},
        "most": ANSWER,
        "most_reason": REASON,
    }
    return _page(request, who, "story.html", **values, **told)


@router.post("/sharing/{story}/answer")
async def answer(story: str, request: Request) -> Response:
    """An answer."""
    who, sent = await sent_form(request, DESK)
    form: dict[str, Any] = {
        "text": text_of(sent, "text", ANSWER + 1),
        "named": bool(text_of(sent, "named")),
    }
    try:
        checked, key = await sharing_of(request).reply(
            who, story, form["text"], named=form["named"]
        )
    except Refused as error:
        return await _one(request, who, story, form=form, error=error)
    if key is None:
        if checked.outgoing is not None:
            form["text"] = checked.outgoing
        return await _one(request, who, story, form=form, checked=checked)
    return RedirectResponse(f"/sharing/{story}#a-{key}", status_code=303)


@router.post("/sharing/{story}/decide")
async def decide(story: str, request: Request) -> Response:
    """Show it to all, refuse it, or take it back."""
    who, sent = await sent_form(request, DESK)
    wanted = STATES.get(text_of(sent, "act"), "waiting")
    try:
        reason = text_of(sent, "reason", REASON)
        await sharing_of(request).decide(who, story, wanted, reason)
    except Refused as error:
        return await _one(request, who, story, error=error)
    gone = wanted == "withdrawn"
    return RedirectResponse("/sharing/" if gone else f"/sharing/{story}", status_code=303)


@router.post("/sharing/{story}/hide")
async def hide(story: str, request: Request) -> Response:
    """Take an answer out of sight."""
    who, sent = await sent_form(request, DESK)
    reason = text_of(sent, "reason", REASON)
    await sharing_of(request).hide(who, story, text_of(sent, "answer"), reason)
    return RedirectResponse(f"/sharing/{story}", status_code=303)


@router.post("/sharing/{story}/vote")
async def vote(story: str, request: Request) -> Response:
    """Find a situation or an answer helpful, or not any more."""
    who, sent = await sent_form(request, DESK)
    target = text_of(sent, "target")
    await sharing_of(request).vote(who, story, target, up=_up(sent))
    return RedirectResponse(f"/sharing/{story}#a-{target}", status_code=303)


def _up(sent: FormData) -> bool:
    return text_of(sent, "up") == "1"
