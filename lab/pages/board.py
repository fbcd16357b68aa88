"""The live board and the class control: a page for trainers and assistants, and its API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from lab.auth import role_gate
from lab.log.notices import Hold, Reach
from lab.model import Role, Who
from lab.pages import shapes
from lab.pages.api import ERRORS
from lab.pages.desk import at_desk
from lab.pages.lines import Controls, Feed, Helper, own_view
from lab.pages.shell import render, script_words
from lab.session.board import STILL_SECONDS, STOPS
from lab.session.notices import MOST_CHARS, MOST_MINUTES
from lab.session.roster import KEEPERS, keeping, scope_of

if TYPE_CHECKING:
    from lab.log.roster import Scope
    from lab.session import Lab
    from lab.session.notices import Control
    from lab.session.reviewing import Reviews

pages = APIRouter(include_in_schema=False)
router = APIRouter(prefix="/api/board", responses=ERRORS, tags=["class"])
Keeper = Annotated[Who, Depends(role_gate(Role.TRAINER, Role.ADMIN))]


class ReachBody(shapes.Body):
    """Whom it is for: a class, a site, or, with neither, everybody whom one may reach."""

    class_id: str | None = Field(None, max_length=64)
    site: str | None = Field(None, max_length=200)


class NoticeBody(ReachBody):
    """A sentence to a room."""

    kind: Literal["notice", "hint"] = "notice"
    text: shapes.Typed = Field(max_length=5_000)


class CountdownBody(ReachBody):
    """Minutes until something ends, and what that is."""

    minutes: int
    text: shapes.Typed = Field("", max_length=5_000)


class HoldBody(ReachBody):
    """An exercise; an empty name is every one."""

    exercise: str = Field(max_length=80)


class NameBody(shapes.Body):
    """Whose name, and why it is needed: that trainee reads it."""

    person: str = Field(max_length=64)
    reason: shapes.Typed = Field(max_length=300)


class NameShape(BaseModel):
    """A name."""

    name: str


class MadeShape(BaseModel):
    """What was made."""

    id: str


# --- the page -------------------------------------------------------------------------------------


@pages.head("/board/")
@pages.get("/board/")
async def board(request: Request, place: str | None = None) -> Response:
    """The board: the map of all sites, or the seats of one."""
    who = await at_desk(request, "board")
    lab: Lab = request.app.state.lab
    _scope, view = await own_view(request, who, place)
    rooms = await request.app.state.rosters.rooms(scope_of(who))
    exercises = [
        {"id": each.id, "number": each.number, "title": each.title.read(who.language)}
        for each in lab.course.in_order
    ]
    title = request.app.state.board.board.titles.get(view.place or "", "")
    html = render(
        "board.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="board",
        words=script_words(("board",), who.language),
        facts={
            "place": view.place,
            "title": title,
            "named": view.named,
            "whole": not view.named,
            "keeper": who.person.role in KEEPERS,
            "exercises": exercises,
            "rooms": [{"id": room.id, "name": room.name, "site": room.site} for room in rooms],
            "chars": MOST_CHARS,
            "minutes": MOST_MINUTES,
        },
        view=view,
        title=title,
        may_keep=who.person.role in KEEPERS,
        stops=STOPS,
        still=int(STILL_SECONDS // 60),
    )
    return HTMLResponse(html)


# --- the API --------------------------------------------------------------------------------------


@router.get("")
async def snapshot(
    request: Request, who: Helper, feed: Feed, control: Controls, place: str | None = None
) -> dict[str, Any]:
    """The board as it stands: tiles of all sites, or the seats of one; what is in force."""
    scope, view = await own_view(request, who, place)
    await feed.look_up()
    return feed.whole(view) | {"control": control.seen_by(scope)}


@router.post("/names", status_code=201)
async def name(body: NameBody, request: Request, who: Helper) -> NameShape:
    """The name of somebody on the board, for a reason that is logged and shown to them."""
    reviews: Reviews = request.app.state.reviews
    return NameShape(name=await reviews.name_person(who, body.person, body.reason))


async def _reach(control: Control, who: Who, body: ReachBody) -> tuple[Scope, Reach]:
    scope = keeping(who)
    return scope, await control.reach(scope, body.class_id, body.site)


@router.post("/notices", status_code=201)
async def send_notice(body: NoticeBody, who: Keeper, control: Controls) -> MadeShape:
    """Say something to a class, a site or all: it stands beside what they read and type."""
    scope, to = await _reach(control, who, body)
    return MadeShape(id=await control.send(scope, to, body.kind, body.text))


@router.post("/countdowns", status_code=201)
async def count_down(body: CountdownBody, who: Keeper, control: Controls) -> MadeShape:
    """Begin a countdown in a class, a site or all; it takes the place of the one before."""
    scope, to = await _reach(control, who, body)
    return MadeShape(id=await control.count_down(scope, to, body.minutes, body.text))


@router.delete("/notices/{notice}", status_code=204)
async def take_back(notice: str, who: Keeper, control: Controls) -> None:
    """Take back a notice or a countdown."""
    await control.take_back(keeping(who), notice)


@router.post("/holds", status_code=204)
async def hold(body: HoldBody, who: Keeper, control: Controls) -> None:
    """Put an exercise on hold: no prompt goes out until it is released, nothing typed is lost."""
    scope, to = await _reach(control, who, body)
    await control.hold(scope, Hold(to, body.exercise))


@router.post("/releases", status_code=204)
async def release(body: HoldBody, who: Keeper, control: Controls) -> None:
    """An exercise goes on."""
    scope, to = await _reach(control, who, body)
    await control.release(scope, Hold(to, body.exercise))
