"""The map of the course: what is done, what is next, and the certificate at its end.

One page without a script of its own, and the same over the API; all of it from the log.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from lab.auth import signed_in
from lab.model import Language
from lab.pages.api import ERRORS, Person, Room
from lab.pages.shell import render
from lab.session.certificate import Certificates
from lab.session.progress import Progress, Step, progress
from lab.words import say

if TYPE_CHECKING:
    from lab.course import Course
    from lab.model import Who
    from lab.session import Lab

pages = APIRouter(include_in_schema=False)
router = APIRouter(prefix="/api/me", responses=ERRORS, tags=["practice"])
MINUTE, HOUR = 60, 60
"""Seconds of a minute, minutes of an hour."""


def _certificates(request: Request) -> Certificates:
    held: Certificates = request.app.state.certificates
    return held


Desk = Annotated[Certificates, Depends(_certificates)]


class StepShape(BaseModel):
    """One exercise, and how far one is in it."""

    exercise: str
    number: int
    title: str
    group: str
    minutes: int
    """How long it should take."""
    state: Literal["new", "begun", "scored", "passed"]
    attempts: int
    first: float | None
    """Share of the points of the first attempt, 0 to 1."""
    best: float | None
    seconds: int
    """Time at work, pauses left out."""
    passed_at: float | None


class ProgressShape(BaseModel):
    """How far one is in the course, in the order of the half-days."""

    passed: int
    total: int
    seconds: int
    next: str | None
    """The exercise to do next; null where all are passed: the certificate is ready."""
    steps: list[StepShape]


@router.get("/progress")
async def own_progress(who: Person, lab: Room) -> ProgressShape:
    """One's own way through the course: what is done, scores, time, what is next."""
    found = await progress(lab.log, lab.course, who.person)
    return ProgressShape(
        passed=len(found.passed),
        total=len(found.steps),
        seconds=round(found.seconds),
        next=found.following.exercise.id if found.following else None,
        steps=[_step(step, who.language) for step in found.steps],
    )


def _step(step: Step, language: Language) -> StepShape:
    return StepShape(
        exercise=step.exercise.id,
        number=step.exercise.number,
        title=step.exercise.title.read(language),
        group=step.exercise.group,
        minutes=step.exercise.minutes,
        state=step.state,
        attempts=len(step.tries.every),
        first=step.first,
        best=step.best,
        seconds=round(step.seconds),
        passed_at=step.passed_at,
    )


@router.get(
    "/certificate",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
async def own_certificate(who: Person, lab: Room, desk: Desk) -> Response:
    """One's certificate as a PDF, once every exercise is passed; the same each time."""
    from lab.pages.certificate import PDF, as_pdf  # noqa: PLC0415 - no start waits for it

    issued = await desk.of(who.person)
    data = await asyncio.to_thread(as_pdf, issued, lab.course, who.language)
    name = say("map.certificate.file", who.language, serial=issued.certificate.serial)
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(data, media_type=PDF, headers=headers)


@pages.get("/map")
async def near_the_map() -> RedirectResponse:
    """The address without its last sign."""
    return RedirectResponse("/map/", status_code=307)


@pages.head("/map/")
@pages.get("/map/")
async def course_map(request: Request) -> Response:
    """The page."""
    who = await signed_in(request)
    if who is None:
        return RedirectResponse("/?next=map", status_code=303)
    lab: Lab = request.app.state.lab
    found = await progress(lab.log, lab.course, who.person)
    rooms = {room.id: room.name for room in await lab.log.classes()}
    html = render(
        "map.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="map",
        course=lab.course.title.read(who.language),
        class_name=rooms.get(who.person.class_id or "", ""),
        found=found,
        spent=duration(found.seconds, who.language),
        groups=_groups(lab.course, found, who),
    )
    return HTMLResponse(html)


def _groups(course: Course, found: Progress, who: Who) -> list[dict[str, Any]]:
    """The half-days, each with its exercises."""
    shown = []
    for group, title in course.groups.items():
        steps = [step for step in found.steps if step.exercise.group == group]
        passed = sum(step.state == "passed" for step in steps)
        stops = [_stop(step, found, who.language) for step in steps]
        shown.append({"title": title.read(who.language), "passed": passed, "stops": stops})
    return shown


def _stop(step: Step, found: Progress, language: Language) -> dict[str, Any]:
    """One exercise on the map."""
    return {
        "step": step,
        "title": step.exercise.title.read(language),
        "next": step is found.following,
        "spent": duration(step.seconds, language),
    }


def duration(seconds: float, language: Language) -> str:
    """A time as people say it: ``1 giờ 5 phút``; under a minute is said as such."""
    minutes = round(seconds / MINUTE)
    if minutes < 1:
        return say("map.time.none" if seconds <= 0 else "map.time.short", language)
    if minutes < HOUR:
        return say("map.time.minutes", language, minutes=minutes)
    hours, rest = divmod(minutes, HOUR)
    return say("map.time.hours", language, hours=hours, minutes=rest)
