"""The writers' page: an exercise's files beside what a trainee will see, and what is wrong."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from lab.auth import role_gate
from lab.errors import BadRequest, LabError
from lab.model import Language, Role, Who
from lab.pages import shapes
from lab.pages.api import ERRORS, Room
from lab.pages.desk import at_desk, sent_form, text_of
from lab.pages.sharing import sharing_of
from lab.pages.sheets import as_html
from lab.pages.shell import render, script_words
from lab.session.writing import LONGEST, Draft, Seen, Writing
from lab.words import explain

if TYPE_CHECKING:
    from lab.course import Course, Exercise
    from lab.errors import Problem

pages = APIRouter(include_in_schema=False)
router = APIRouter(prefix="/api/writing", responses=ERRORS, tags=["writing"])
DESK = "writing"
Writer = Annotated[Who, Depends(role_gate(Role.TRAINER, Role.ADMIN))]


def _writing(request: Request) -> Writing:
    found: Writing = request.app.state.writing
    return found


Desk = Annotated[Writing, Depends(_writing)]


# --- the API --------------------------------------------------------------------------------------


class FileBody(shapes.Body):
    """A file of a draft, as it is typed."""

    file: str = Field(max_length=80)
    text: str = Field(max_length=LONGEST)


class ProblemShape(BaseModel):
    """One mistake, as ``lab course check`` tells it."""

    file: str
    line: int
    column: int
    message: str
    help: str
    source: str


class PaperShape(BaseModel):
    """A document of the exercise."""

    title: str
    html: str


class PreviewShape(BaseModel):
    """What a trainee would see; null where the files cannot be read yet."""

    problems: list[ProblemShape]
    head: str | None = None
    title: str | None = None
    goal: str | None = None
    task: str | None = None
    papers: list[PaperShape] = []
    hints: list[str] = []
    widgets: list[dict[str, Any]] = []


@router.get("/{draft}/file")
async def read_file(draft: str, name: str, who: Writer, desk: Desk) -> FileBody:  # noqa: ARG001 - the gate
    """One file of a draft."""
    return FileBody(file=name, text=await asyncio.to_thread(desk.text, draft, name))


@router.put("/{draft}/file", status_code=204)
async def save_file(draft: str, body: FileBody, who: Writer, desk: Desk) -> None:
    """Keep a file of a draft; the course stays as it is."""
    await desk.save(who, draft, body.file, body.text)


@router.post("/{draft}/preview")
async def preview(draft: str, body: FileBody, who: Writer, desk: Desk) -> PreviewShape:
    """The draft as a trainee would see it, with what is typed and not saved; what is wrong."""
    seen = await asyncio.to_thread(desk.look, draft, {body.file: body.text})
    return _preview(seen, who.language)


@router.post("/{draft}/check")
async def check(draft: str, who: Writer, lab: Room, desk: Desk) -> list[ProblemShape]:  # noqa: ARG001 - the gate
    """What ``lab course check`` says of the course with this draft in it."""
    return _problems(await desk.check(draft, lab.policy.current))


@router.get("/{draft}/bundle", response_class=Response)
async def bundle(draft: str, who: Writer, lab: Room, desk: Desk) -> Response:
    """The course with this draft in it as one file, once the check finds nothing."""
    data = await desk.bundle(who, draft, lab.policy.current)
    headers = {"Content-Disposition": f'attachment; filename="khoa-hoc-{draft}.zip"'}
    return Response(data, media_type="application/zip", headers=headers)


@router.post("/{draft}/publish", status_code=204)
async def publish(draft: str, who: Writer, lab: Room, desk: Desk) -> None:
    """Teach the draft from now on, once the check finds nothing."""
    await desk.publish(who, draft, lab.policy.current)


def _problems(found: tuple[Problem, ...]) -> list[ProblemShape]:
    return [ProblemShape(**asdict(each)) for each in found]


def _preview(seen: Seen, language: Language) -> PreviewShape:
    problems = _problems(seen.problems)
    if seen.exercise is None or seen.course is None:
        return PreviewShape(problems=problems)
    return PreviewShape(problems=problems, **shown(seen.exercise, seen.course, language))


def shown(exercise: Exercise, course: Course, language: Language) -> dict[str, Any]:
    """An exercise as its page shows it."""
    notice = course.notice.read(language)
    return {
        "head": f"{exercise.number}",
        "title": exercise.title.read(language),
        "goal": exercise.goal.read(language),
        "task": as_html(exercise.task_md),
        "papers": [
            {"title": f"{each.title.read(language)} · {notice}", "html": as_html(each.text)}
            for each in exercise.material_shown
        ],
        "hints": [as_html(hint.read(language)) for hint in exercise.hints],
        "widgets": [widget.shown(language) | {"lines": {}} for widget in exercise.widgets],
    }


# --- the pages ------------------------------------------------------------------------------------


@pages.head("/writing/")
@pages.get("/writing/")
async def listed(request: Request) -> Response:
    """Drafts, and the exercises of the course to begin from."""
    who = await at_desk(request, DESK)
    return await _list(request, who)


async def _list(
    request: Request, who: Who, *, error: LabError | None = None, form: dict[str, str] | None = None
) -> HTMLResponse:
    desk = _writing(request)
    drafts: list[Draft] = await asyncio.to_thread(desk.drafts)
    held = {each.id for each in drafts}
    html = render(
        "writing_list.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page=DESK,
        drafts=drafts,
        exercises=[
            (each.id, f"{each.number}. {each.title.read(who.language)}")
            for each in desk.course.in_order
            if each.id not in held
        ],
        form=form or {},
        error=explain(error, who.language) if error else None,
        brought=request.query_params.get("brought"),
    )
    return HTMLResponse(html, status_code=error.status if error else 200)


@pages.post("/writing/new")
async def new(request: Request) -> Response:
    """Begin an exercise from the small one that passes its check."""
    who, sent = await sent_form(request, DESK)
    form = {"id": text_of(sent, "id", 41), "title": text_of(sent, "title")}
    try:
        draft = await _writing(request).begin(who, form["id"], form["title"])
    except LabError as error:
        return await _list(request, who, error=error, form=form)
    return RedirectResponse(f"/writing/{draft.id}", status_code=303)


@pages.post("/writing/copy")
async def copy(request: Request) -> Response:
    """Begin from an exercise of the course."""
    who, sent = await sent_form(request, DESK)
    try:
        draft = await _writing(request).copy(who, text_of(sent, "exercise"))
    except LabError as error:
        return await _list(request, who, error=error)
    return RedirectResponse(f"/writing/{draft.id}", status_code=303)


@pages.post("/writing/from-story")
async def from_story(request: Request) -> Response:
    """Begin from a situation that somebody shared."""
    who, sent = await sent_form(request, DESK)
    key = text_of(sent, "story")
    sharing = sharing_of(request)
    story, _ = await sharing.one(who, key)
    draft_id = story.exercise or f"tinh-huong-{key[:6]}"
    if story.exercise is None:
        try:
            await _writing(request).begin(who, draft_id, story.title, situation=story.text)
        except LabError as error:
            return await _list(request, who, error=error)
        await sharing.turned(who, key, draft_id)
    return RedirectResponse(f"/writing/{draft_id}", status_code=303)


@pages.post("/writing/import")
async def bring_in(request: Request) -> Response:
    """Drafts from a bundle."""
    who, sent = await sent_form(request, DESK)
    upload = sent.get("file")
    try:
        data = await upload.read() if isinstance(upload, UploadFile) else b""
        brought = await _writing(request).bring_in(who, data)
    except BadRequest as error:
        return await _list(request, who, error=error)
    return RedirectResponse(f"/writing/?brought={len(brought)}", status_code=303)


@pages.post("/writing/{draft}/drop")
async def drop(draft: str, request: Request) -> Response:
    """Delete a draft."""
    who, _ = await sent_form(request, DESK)
    await _writing(request).drop(who, draft)
    return RedirectResponse("/writing/", status_code=303)


@pages.get("/writing/{draft}")
async def edit(draft: str, request: Request) -> Response:
    """The files of a draft beside what they become."""
    who = await at_desk(request, DESK)
    found = await asyncio.to_thread(_writing(request).draft, draft)
    html = render(
        "writing.html",
        who.language,
        cookies=request.cookies,
        who=who,
        page=DESK,
        draft=found,
        words=script_words(("writing", "practice", "widgets", "room"), who.language),
        longest=LONGEST,
    )
    return HTMLResponse(html)
