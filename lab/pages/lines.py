"""The one event stream of each page: what helpers and trainees are told while the page is open."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from lab.auth import SIGNIN_COOKIE, Auth, current_person, role_gate
from lab.log.roster import Scope
from lab.model import Role, Who
from lab.pages.api import ERRORS
from lab.pages.open_streams import EventStream
from lab.session.board import place_of
from lab.session.board_feed import BoardFeed, Page, View, event, view_of
from lab.session.help import HelpDesk, watch_of
from lab.session.notices import Control
from lab.session.roster import Rosters, scope_of

router = APIRouter(prefix="/api", responses=ERRORS, tags=["class"])
HEARTBEAT = 25.0
"""Seconds between two signs of life, so that nothing on the way takes the line for dead."""
TRAINEE_CHECKS, STAFF_CHECKS = 12, 2
"""Signs of life after which it is looked at whether the sign-in still stands."""
STREAM: dict[str, Any] = {
    "status_code": 200,
    "response_class": EventStream,
    "responses": {
        200: {
            "description": "Events: the whole first, then what changes, at most once a second.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
}
"""What the three routes have in common."""
Helper = Annotated[Who, Depends(role_gate(Role.TRAINER, Role.ASSISTANT, Role.ADMIN))]
Watcher = Annotated[Who, Depends(role_gate(Role.TRAINER, Role.ASSISTANT, Role.OFFICER, Role.ADMIN))]
"""Who sees raised hands: officers those about a possible secret."""
Person = Annotated[Who, Depends(current_person)]


async def feed_of(request: Request) -> BoardFeed:
    """The live board."""
    feed: BoardFeed = request.app.state.board
    return feed


async def control_of(request: Request) -> Control:
    """The class control."""
    control: Control = request.app.state.control
    return control


async def help_of(request: Request) -> HelpDesk:
    """The help queue."""
    desk: HelpDesk = request.app.state.help
    return desk


Feed = Annotated[BoardFeed, Depends(feed_of)]
Controls = Annotated[Control, Depends(control_of)]
Desk = Annotated[HelpDesk, Depends(help_of)]


async def own_view(request: Request, who: Who, place: str | None) -> tuple[Scope, View]:
    """What somebody may see of the board; a place that is not theirs gives way to their own. The
    scope of a class names its site too: what is said to the site is said to the class.
    """
    scope = scope_of(who)
    own = ""
    if scope.class_id is not None:
        rosters: Rosters = request.app.state.rosters
        room = await rosters.room(scope, scope.class_id)
        scope, own = replace(scope, site=room.site), place_of(room.site, room.id)
    elif scope.site is not None:
        own = place_of(scope.site, None)
    return scope, view_of(scope, place, own)


@router.get("/board/stream", **STREAM)
async def board_stream(
    request: Request,
    who: Helper,
    feed: Feed,
    control: Controls,
    place: str | None = None,
) -> EventStream:
    """The board (``board``) and what is in force (``control``) as they change."""
    scope, view = await own_view(request, who, place)
    page = Page()

    async def told() -> AsyncGenerator[bytes]:
        try:
            control.oversee(scope, page)
            feed.join(view, page)
            async for message in page.stream(HEARTBEAT, _alive(request), STAFF_CHECKS):
                yield message
        finally:
            control.overlook(scope, page)
            feed.leave(view, page)

    return EventStream(told(), page.end)


@router.get("/help/stream", **STREAM)
async def help_stream(request: Request, who: Watcher, desk: Desk) -> EventStream:
    """The help queue (``help``) as it changes."""
    watch, page = watch_of(who), Page()

    async def told() -> AsyncGenerator[bytes]:
        try:
            await desk.join(watch, page)
            async for message in page.stream(HEARTBEAT, _alive(request), STAFF_CHECKS):
                yield message
        finally:
            desk.leave(watch, page)

    return EventStream(told(), page.end)


@router.get("/room/stream", **STREAM)
async def room_stream(
    request: Request, who: Person, feed: Feed, control: Controls, desk: Desk
) -> EventStream:
    """What concerns a page of the practice room: notices, what is on hold, one's own hand."""
    page, person = Page(), who.person
    counted = person.role is Role.TRAINEE

    async def told() -> AsyncGenerator[bytes]:
        if counted:
            feed.line(person.id, 1)
        try:
            control.join(person, page)
            page.put(event("hand", await desk.mine(person.id)))
            async for message in page.stream(HEARTBEAT, _alive(request), TRAINEE_CHECKS):
                yield message
        finally:
            control.leave(person, page)
            if counted:
                feed.line(person.id, -1)

    return EventStream(told(), page.end)


def _alive(request: Request) -> Callable[[], Awaitable[bool]]:
    """Whether the sign-in still stands; asking does not prolong it."""
    auth: Auth = request.app.state.auth
    token = request.cookies.get(SIGNIN_COOKIE, "")

    async def alive() -> bool:
        return await auth.stands(token)

    return alive
