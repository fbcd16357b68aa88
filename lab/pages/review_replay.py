"""A session replayed: its steps on a timeline, idle time shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from lab.pages.desk import at_desk
from lab.pages.render import review_row
from lab.pages.review import title_of
from lab.pages.shell import render
from lab.session.replay import replay

if TYPE_CHECKING:
    from lab.session import Lab

router = APIRouter(include_in_schema=False)
WIDTH = 1000
"""Of the timeline's drawing, in its own units."""


@router.get("/review/replay/{session}")
async def one(session: str, request: Request) -> Response:
    """The page. A session out of reach is not found."""
    who = await at_desk(request, "review")
    lab: Lab = request.app.state.lab
    row, _ = await lab.review(who, session)
    told = replay(await lab.log.events(row.id))
    rules = {each.id: each.title.read(who.language) for each in lab.policy.current.rules}
    html = render(
        "review_replay.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="review",
        row=review_row(row),
        title=title_of(lab, row.exercise, who.language),
        told=told,
        rules=rules,
        width=WIDTH,
        places=[round(8 + step.place / told.length * (WIDTH - 16), 1) for step in told.steps],
    )
    return HTMLResponse(html)
