"""The help queue: its page and its API, and the trainee's own hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from lab.model import Action, Role
from lab.pages import shapes
from lab.pages.api import ERRORS, Room
from lab.pages.desk import at_desk
from lab.pages.lines import Desk, Person, Watcher
from lab.pages.shell import render, script_words
from lab.session.help import REASONS, hand_row, watch_of
from lab.session.notices import MOST_CHARS

if TYPE_CHECKING:
    from lab.session import Lab

pages = APIRouter(include_in_schema=False)
router = APIRouter(prefix="/api", responses=ERRORS, tags=["class"])


class HandBody(shapes.Body):
    """A raised hand: in which session, what about, and a word if one likes."""

    session: str = Field(max_length=64)
    severity: Literal["technical", "task", "policy", "secret"]
    word: shapes.Typed = Field("", max_length=5_000)


class RaisedShape(BaseModel):
    """What became of the word: kept as it is, kept masked, or not kept."""

    word: Literal["none", "kept", "masked", "stopped"]


class AnswerBody(shapes.Body):
    """What a helper writes."""

    text: shapes.Typed = Field(max_length=5_000)


class OverBody(shapes.Body):
    """To whom a hand is given; null: back to the queue."""

    to: str | None = Field(None, max_length=64)


class CloseBody(shapes.Body):
    """Why a hand goes down."""

    reason: Literal["solved", "on_site", "passed_on", "no_answer"]


# --- the trainee's own hand -----------------------------------------------------------------------


@router.post("/room/hand", status_code=201)
async def raise_hand(body: HandBody, who: Person, lab: Room, desk: Desk) -> RaisedShape:
    """Raise one's hand. The word passes the policy; where it is stopped the hand goes up alone."""
    row = await lab.own(who, body.session)
    decision = await desk.raise_hand(who.person, row, body.severity, body.word)
    if decision is None:
        return RaisedShape(word="none" if not body.word.strip() else "stopped")
    kept = {Action.BLOCK: "stopped", Action.MASK: "masked"}.get(decision.action, "kept")
    return RaisedShape.model_validate({"word": kept})


@router.get("/room/hand")
async def own_hand(who: Person, desk: Desk) -> dict[str, Any]:
    """One's own hand: the place in line, who has taken it, what was answered."""
    return await desk.mine(who.person.id)


@router.delete("/room/hand", status_code=204)
async def lower_hand(who: Person, desk: Desk) -> None:
    """Take one's hand down."""
    await desk.lower(who.person)


# --- the queue ------------------------------------------------------------------------------------


@router.get("/help")
async def queue(who: Watcher, desk: Desk) -> list[dict[str, Any]]:
    """Open hands of those whom one may help, in order."""
    watch = watch_of(who)
    return [hand_row(each, watch) for each in await desk.queue(watch)]


@router.post("/help/{hand}/claim", status_code=204)
async def claim(hand: str, who: Watcher, desk: Desk) -> None:
    """Take a hand. Of two who try, one is told that the other was faster."""
    await desk.claim(watch_of(who), hand)


@router.post("/help/{hand}/hand-over", status_code=204)
async def hand_over(hand: str, body: OverBody, who: Watcher, desk: Desk) -> None:
    """Give a hand that one has taken to somebody else, or back to the queue."""
    await desk.hand_over(watch_of(who), hand, body.to)


@router.post("/help/{hand}/answers", status_code=204)
async def answer(hand: str, body: AnswerBody, who: Watcher, desk: Desk) -> None:
    """Write beside the trainee's conversation."""
    await desk.answer(watch_of(who), hand, body.text)


@router.post("/help/{hand}/close", status_code=204)
async def close(hand: str, body: CloseBody, who: Watcher, desk: Desk) -> None:
    """The hand goes down, for a reason."""
    await desk.close_hand(watch_of(who), hand, body.reason)


# --- the page -------------------------------------------------------------------------------------


@pages.head("/help/")
@pages.get("/help/")
async def help_page(request: Request) -> Response:
    """The help queue."""
    who = await at_desk(request, "help")
    lab: Lab = request.app.state.lab
    desk = request.app.state.help
    helpers = await desk.helpers(watch_of(who))
    html = render(
        "help.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="help",
        words=script_words(("help",), who.language),
        facts={
            "exercises": {
                each.id: f"{each.number}. {each.title.read(who.language)}"
                for each in lab.course.in_order
            },
            "helpers": [
                {"id": each.id, "name": each.name, "officer": each.role is Role.OFFICER}
                for each in helpers
            ],
            "reasons": list(REASONS),
            "chars": MOST_CHARS,
        },
    )
    return HTMLResponse(html)
