"""The page of reviewers: a queue with filters, one session as a transcript, marks beside it.

Written by the server whole; ``review.js`` only fetches the same parts again. What is shown is what
the log holds: masked, under a pseudonym.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from lab.auth import signed_in
from lab.errors import BadRequest, LabError, NotFound
from lab.log.review_queue import BANDS, FACETS, OUTCOMES, VIEWS, Wanted
from lab.model import Language, Role, Who
from lab.pages.alarms import titles_of
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.render import attachment_shape, review_row, turn_shape
from lab.pages.shell import render
from lab.session.kappa import MOST
from lab.session.reviewing import (
    MOST_COMMENT,
    NAMED,
    Opened,
    Queue,
    Reviews,
    in_order,
    remarks_of,
)
from lab.session.roster import scope_of
from lab.words import explain, say

if TYPE_CHECKING:
    from lab.session import Lab

router = APIRouter(include_in_schema=False)
FIELDS = {"class": "class_id", "q": "text"} | {
    name: name for name in ("view", *FACETS) if name != "class"
}
"""What of an address chooses sessions: its name there, and in ``Wanted``."""
SNIPPETS = ("mask", "clear", "check", "source", "well", "again")
"""Sentences that a reviewer can put into a comment: ``review.snippet.<id>``."""
LONGEST = 200


def reviews_of(request: Request) -> Reviews:
    """What answers for this page."""
    found: Reviews = request.app.state.reviews
    return found


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """What an address chooses; an unknown view is the queue."""
    chosen = {field: query.get(name, "")[:LONGEST] for name, field in FIELDS.items()}
    if chosen["view"] not in VIEWS:
        chosen["view"] = VIEWS[0]
    return Wanted(**chosen)


def address(wanted: Wanted, **more: str) -> str:
    """The link to what is chosen: it can be kept, or sent to somebody who may see it too."""
    fields = {name: getattr(wanted, field) for name, field in FIELDS.items()} | more
    kept = {name: value for name, value in fields.items() if value and (name, value) != QUEUE}
    return f"/review/?{urlencode(kept)}" if kept else "/review/"


QUEUE = ("view", VIEWS[0])


@router.head("/review/")
@router.get("/review/")
async def review(request: Request) -> Response:
    """The queue as the address chooses it, and the session that it names."""
    who = await at_desk(request, "review")
    return await _page(request, who, request.query_params)


async def _page(
    request: Request,
    who: Who,
    query: Mapping[str, str],
    *,
    error: LabError | None = None,
    draft: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    reviews, wanted = reviews_of(request), wanted_of(query)
    session = query.get("session", "")
    opened: Opened | None = None
    part = request.headers.get("X-Part") == "reader"
    if session:
        try:
            opened = await reviews.open(who, session)
        except NotFound as missing:
            error = error or missing
    values = await _reader(request, who, wanted, opened)
    values |= {"error": explain(error, who.language) if error else None, "draft": draft or {}}
    if not part:
        queue = await reviews.queue(who, wanted, before=query.get("before", ""))
        values |= await _listed(request, who, wanted, queue)
    html = render(
        "review_reader.html" if part else "review.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="review",
        **values,
    )
    return HTMLResponse(html, status_code=error.status if error else 200)


async def _reader(
    request: Request, who: Who, wanted: Wanted, opened: Opened | None
) -> dict[str, Any]:
    """What the reading part of the page is filled with."""
    lab: Lab = request.app.state.lab
    values: dict[str, Any] = {
        "opened": opened,
        "marks": range(MOST + 1),
        "snippets": SNIPPETS,
        "most": MOST_COMMENT,
        "wanted": wanted,
        "back": address(wanted).removeprefix("/review/").removeprefix("?"),
    }
    if opened is None:
        return values
    policy, language = lab.policy.current, who.language
    names = {each.id: each.name for each in await lab.log.classes()}
    mine = [each for each in opened.remarks if each.by == who.person.id]
    return values | {
        "criteria": {each.id: each.title.read(language) for each in opened.criteria},
        "row": review_row(opened.row),
        "title": title_of(lab, opened.row.exercise, language),
        "class_name": names.get(opened.row.class_id or "", ""),
        "turns": [turn_shape(turn, policy, language) for turn in opened.transcript.turns],
        "scores": opened.transcript.scores,
        "attachments": [
            attachment_shape(each, policy, language) for each in opened.transcript.attachments
        ],
        "mine": {each.turn: each for each in mine},
        "by_turn": [(each.turn, each) for each in opened.remarks],
    }


def title_of(lab: Lab, exercise_id: str, language: Language) -> str:
    """An exercise by number and title; by its id where the course no longer has it."""
    try:
        exercise = lab.courses.exercise(exercise_id)
    except NotFound:
        return exercise_id
    return f"{exercise.number}. {exercise.title.read(language)}"


async def _listed(request: Request, who: Who, wanted: Wanted, queue: Queue) -> dict[str, Any]:
    """What the list and the filters are filled with."""
    lab: Lab = request.app.state.lab
    rooms = await request.app.state.rosters.rooms(scope_of(who))
    classes = {room.id: room.name for room in rooms}
    titles = {each.id: title_of(lab, each.id, who.language) for each in lab.course.exercises}
    rules = {each.id: each.title.read(who.language) for each in lab.policy.current.rules}
    return {
        "queue": queue,
        "total": queue.counts["total"][""],
        "views": [(each, address(replace(wanted, view=each))) for each in VIEWS],
        "facets": _facets(wanted, queue, who.language, classes, titles | rules),
        "chosen": sum(bool(getattr(wanted, FIELDS[name])) for name in FACETS),
        "links": {row.session: address(wanted, session=row.session) for row in queue.rows},
        "further": address(wanted, before=queue.following) if queue.following else "",
        "titles": titles,
    }


def _facets(
    wanted: Wanted,
    queue: Queue,
    language: Language,
    classes: Mapping[str, str],
    known: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Each filter: its choices in words, with what each would leave."""
    fixed = {"outcome": OUTCOMES, "score": BANDS, "stuck": ("1",), "disputed": ("1",)}
    facets = []
    for name in FACETS:
        counts, now = queue.counts[name], getattr(wanted, FIELDS[name])
        keys = [each for each in fixed.get(name, counts) if each in counts]
        if name in fixed:
            said = {key: say(f"review.choice.{name}.{key}", language) for key in keys}
        else:
            said = {key: (classes if name == "class" else known).get(key, key) for key in keys}
            keys = sorted(keys, key=lambda key: said[key])
            if name == "exercise":
                keys = [each for each in known if each in counts]
        if now and now not in keys:
            keys, said = [*keys, now], said | {now: known.get(now, classes.get(now, now))}
        choices = [(key, said.get(key, key), counts.get(key, 0)) for key in keys]
        facets.append({"name": name, "now": now, "choices": choices})
    return facets


# --- what a reviewer does ------------------------------------------------------------------------


def _query(form: FormData) -> dict[str, str]:
    """The address that a form was on."""
    fields = dict(parse_qsl(text_of(form, "back", 2000), max_num_fields=40))
    return fields | {"session": text_of(form, "session")}


async def _after(request: Request, who: Who, form: FormData) -> Response:
    """The same place once more, with what has changed."""
    query = _query(form)
    if request.headers.get("X-Part") == "reader":
        return await _page(request, who, query)
    return RedirectResponse(address(wanted_of(query), session=query["session"]), status_code=303)


@router.post("/review/mark")
async def mark(request: Request) -> Response:
    """Marks and a comment."""
    who, form = await sent_form(request, "review")
    sent = {
        name.removeprefix("mark_"): text_of(form, name)
        for name in form
        if name.startswith("mark_") and len(name) < LONGEST
    }
    comment = text_of(form, "comment", MOST_COMMENT)
    try:
        if any(each and not each.isdecimal() for each in sent.values()):
            raise BadRequest(fields="marks")
        await reviews_of(request).mark(
            who,
            text_of(form, "session"),
            turn=text_of(form, "turn"),
            marks={name: int(each[:2]) for name, each in sent.items() if each},
            comment=comment,
        )
    except LabError as error:
        draft = {"comment": comment, "turn": text_of(form, "turn"), "marks": sent}
        return await _page(request, who, _query(form), error=error, draft=draft)
    return await _after(request, who, form)


@router.post("/review/undo")
async def undo(request: Request) -> Response:
    """Take the last marks back."""
    who, form = await sent_form(request, "review")
    await reviews_of(request).undo(who, text_of(form, "session"))
    return await _after(request, who, form)


@router.post("/review/name")
async def name(request: Request) -> Response:
    """Ask for the trainee's name, with a reason."""
    who, form = await sent_form(request, "review")
    reason = text_of(form, "reason", MOST_COMMENT)
    try:
        await reviews_of(request).name(who, text_of(form, "session"), reason)
    except LabError as error:
        return await _page(request, who, _query(form), error=error, draft={"reason": reason})
    return await _after(request, who, form)


@router.post("/review/claim")
async def claim(request: Request) -> Response:
    """Reserve a session, or give it back (``release``)."""
    who, form = await sent_form(request, "review")
    session = text_of(form, "session")
    if text_of(form, "release"):
        await reviews_of(request).release(who, session)
        return JSONResponse({"mine": False})
    mine = await reviews_of(request).claim(who, session)
    return JSONResponse({"mine": mine}, status_code=200 if mine else 409)


@router.get("/feedback/")
async def feedback(request: Request) -> Response:
    """What reviewers said to whoever is signed in, and who looked at their name."""
    who = await signed_in(request)
    if who is None:
        return RedirectResponse("/?next=feedback", status_code=303)
    lab: Lab = request.app.state.lab
    criteria = reviews_of(request).criteria
    told = [
        {
            "title": title_of(lab, row.exercise, who.language),
            "remarks": [
                replace(each, marks=in_order(each.marks, criteria(row.exercise)))
                for each in remarks_of(events)
            ],
            "criteria": {each.id: each.title.read(who.language) for each in criteria(row.exercise)},
            "named": [
                {**each.payload, "at": each.at}
                for each in events
                if each.kind == NAMED and each.payload is not None
            ],
        }
        for row, events in await reviews_of(request).told(who)
    ]
    html = render(
        "feedback.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page="feedback",
        told=told,
        mistakes=await request.app.state.alarms.told(who.person),
        titles=titles_of(lab, who),
        version=lab.policy.current.version if lab.policy.loaded else "",
        known=await reviews_of(request).known_as(who),
        trainee=who.person.role is Role.TRAINEE,
        best=MOST,
    )
    return HTMLResponse(html)
