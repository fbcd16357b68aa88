"""The officer's pages: edit a rule and see its effect, publish, what is in force where."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from lab.errors import DataFileError, NotFound
from lab.model import Mode, Role, Tier, Who
from lab.pages.api import Officer, Room
from lab.pages.attachments import FileName, whole_body
from lab.pages.desk import at_desk
from lab.pages.officer_api import evidence_of, officers_of
from lab.pages.render import finding_shape, pieces
from lab.pages.shell import render
from lab.session.attached import place, unread_words
from lab.session.attaching import tried

if TYPE_CHECKING:
    from pathlib import Path

    from lab.policy.drafts import Draft
    from lab.policy.editing import Piece
    from lab.policy.rules import PolicyData
    from lab.session import Lab

router = APIRouter(include_in_schema=False)
BREAK = " ⏎ "
"""Stands for a line break where each line of a box is one example."""


def _page(request: Request, who: Who, template: str, **values: Any) -> Response:
    html = render(
        template,
        who.language,
        cookies=request.cookies,
        who=who,
        page="officer",
        may_act=who.person.role is Role.OFFICER,
        **values,
    )
    return HTMLResponse(html)


@router.get("/officer/draft")
async def draft(request: Request, rule: str = "", file: str = "", new: bool = False) -> Response:
    """Rules on the left, one of them in the middle, what the draft would do on the right."""
    who = await at_desk(request, "officer")
    desk = officers_of(request)
    folder = desk.settings.policies
    state = await desk.editions.draft()
    data, names = await asyncio.to_thread(_read, folder)
    rules = data.rules if data else ()
    if not rule and not file and not new:
        rule = (state.rules or tuple(each.id for each in rules) or ("",))[0]
    chosen = next((each for each in rules if each.id == rule), None)
    piece: Piece | None = None
    if file or (rule and chosen is None):
        piece = await asyncio.to_thread(_file, folder, file or _broken(state))
    elif chosen:
        piece = await asyncio.to_thread(_rule, folder, rule)
    return _page(
        request,
        who,
        "officer_draft.html",
        tab="draft",
        rules=rules,
        names=names,
        chosen=chosen,
        piece=piece,
        new=new,
        file=file,
        draft=state,
        rows=[_row(each.row()) for each in state.differences],
        changed=set(state.rules),
        modes=[str(mode) for mode in Mode],
        tiers=[str(tier) for tier in Tier],
        sources=data.settings.sources if data else {},
        boxes=_boxes(chosen),
    )


@router.get("/officer/publish")
async def publish(request: Request) -> Response:
    """What would change, for whom, who must agree; what waits; all versions."""
    who = await at_desk(request, "officer")
    desk = officers_of(request)
    people = {each.id: each.name for each in await desk.log.people(role=Role.OFFICER)}
    versions = await desk.editions.versions()
    state = await desk.editions.draft()
    return _page(
        request,
        who,
        "officer_publish.html",
        tab="publish",
        draft=state,
        rows=[_row(each.row()) for each in state.differences],
        proposals=[
            (each, [_row(row) for row in each.changes]) for each in await desk.editions.proposals()
        ],
        versions=list(reversed(versions)),
        people=people,
        hours=desk.settings.officer_wait_hours,
    )


@router.get("/officer/effect")
async def effect(request: Request, days: int = 30) -> Response:
    """The draft on the corpus and on the history, in figures and case by case."""
    who = await at_desk(request, "officer")
    figures = evidence_of(request)
    return _page(
        request,
        who,
        "officer_effect.html",
        tab="effect",
        run=figures.run,
        live=await figures.live(days),
        days=days,
    )


@router.get("/officer/here")
async def here(
    request: Request, site: str = "", room: str = "", exercise: str = "", role: str = "trainee"
) -> Response:
    """The policy in force in one place, and where each line of it comes from."""
    who = await at_desk(request, "officer")
    lab: Lab = request.app.state.lab
    figures = evidence_of(request)
    rooms = await lab.log.classes()
    if room and not site:
        site = next((each.site or "" for each in rooms if each.code == room), "")
    chosen = next((each for each in lab.course.exercises if each.id == exercise), None)
    version = f"v{(await figures.editions.in_force()).version}"
    found = await figures.resolve(
        version,
        site=site or None,
        class_code=room or None,
        exercise=exercise or None,
        role=role or None,
        tighten=chosen.tighten if chosen else {},
    )
    return _page(
        request,
        who,
        "officer_here.html",
        tab="here",
        found=found,
        version=version,
        classes=rooms,
        sites=sorted({each.site for each in rooms if each.site} | ({site} if site else set())),
        exercises=lab.course.exercises,
        roles=[str(each) for each in Role],
        place={"site": site, "room": room, "exercise": exercise, "role": role},
    )


@router.get("/officer/file")
async def file(request: Request) -> Response:
    """A place to drop a file."""
    return _page(request, await at_desk(request, "officer"), "officer_file.html", tab="file")


@router.post("/officer/file")
async def tried_file(request: Request, name: FileName, who: Officer, lab: Room) -> Response:
    """What the policy says of a file, part by part. Nothing of it is kept."""
    policy, language = lab.policy.current, who.language
    document = await lab.files.read(name, await whole_body(request))
    checked = await tried(policy, document)
    rows = []
    for raw, part in zip(document.parts, checked.parts, strict=True):
        found = [finding_shape(each, policy, language, full=True) for each in part.findings]
        where = place(part.kind, part.unit, part.number, language)
        rows.append((where, part, pieces(raw.text, list(part.findings)), found))
    html = render(
        "officer_tried_file.html",
        language,
        decision=checked.decision,
        parts=rows,
        unread=unread_words(document.unread, language),
    )
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A difference with every field, as the template reads it."""
    empty = {"rule": "", "name": "", "before": "", "after": "", "added": [], "removed": []}
    return {**empty, **row}


def _broken(state: Draft) -> str:
    """The file to open where the draft cannot be read."""
    if not state.problems:
        raise NotFound("not_found")
    return state.problems[0].file


def _read(folder: Path) -> tuple[PolicyData | None, list[str]]:
    from lab.policy import editing, rules  # noqa: PLC0415 - the policy is imported late

    try:
        return rules.read(folder), editing.names(folder)
    except DataFileError:
        return None, editing.names(folder)


def _file(folder: Path, name: str) -> Piece:
    from lab.policy import editing  # noqa: PLC0415 - the policy is imported late

    return editing.file(folder, name)


def _rule(folder: Path, rule: str) -> Piece:
    from lab.policy import editing  # noqa: PLC0415 - the policy is imported late

    return editing.rule(folder, rule)


def _boxes(rule: Any) -> dict[str, str]:
    """What the boxes of the form hold: one word or example a line."""
    if rule is None:
        return {"context": "", "catch": "", "pass": ""}

    def lines(texts: tuple[str, ...]) -> str:
        return "\n".join(text.replace("\n", BREAK) for text in texts)

    return {
        "context": lines(rule.context),
        "catch": lines(rule.examples.catch),
        "pass": lines(rule.examples.let_pass),
    }
