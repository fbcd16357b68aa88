"""The HTTP API of what stands around the conversation.

Drafts, findings held to be mistakes, the library and the glossary, files to take home.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from lab.course.base import PARTS
from lab.course.shelf import Shelf
from lab.errors import BadRequest, NotFound, TooMany, Unavailable
from lab.pages import shapes
from lab.pages.api import ERRORS, Asking, Person, Room, Secret
from lab.pages.render import preview_shape
from lab.pages.shell import moment
from lab.pages.takehome import DOCX, Passage, Sheet, as_docx, as_text
from lab.session.disputes import dispute
from lab.session.drafts import Draft, storable
from lab.words import say

if TYPE_CHECKING:
    from lab.course import Exercise
    from lab.model import Turn, Who

router = APIRouter(prefix="/api", responses=ERRORS, tags=["practice"])


async def _shelf(request: Request) -> Shelf:
    shelf: Shelf = request.app.state.shelf
    return shelf


Books = Annotated[Shelf, Depends(_shelf)]
Kind = Literal["docx", "txt"]


class DraftBody(shapes.Body):
    """A prompt that is being written: as it would be sent, and the boxes that it is made of."""

    text: shapes.Typed = Field(max_length=200_000)
    five: bool = False
    fields: list[shapes.Typed] = Field(max_length=8)
    parent: str | None = Field(None, max_length=32)


class DraftShape(BaseModel):
    """The draft of a session, for the browser that wrote it."""

    five: bool
    fields: list[str]
    parent: str | None
    on_disk: bool
    """False: something in it needs protection, so it is in the server's memory only."""


@router.post("/sessions/{session}/draft")
async def keep_draft(session: str, body: DraftBody, asking: Asking) -> shapes.PreviewShape:
    """The live check of what is being typed, which is kept sealed for this browser.

    On disk only what the policy allows or masks; what it stops, or could not check, stays in
    memory. An empty text forgets the draft.
    """
    who, lab, secret = asking.who, asking.lab, asking.secret
    draft = Draft(body.five, tuple(body.fields), body.parent)
    if not all(text in body.text for text in draft.fields if text.strip()):
        raise BadRequest(fields="fields")  # what is kept is what is checked
    try:
        seen = await lab.preview(who, session, body.text, secret)
    except (TooMany, Unavailable):
        await lab.drafts.keep(session, secret, draft, on_disk=False)
        raise
    policy = lab.policy.current
    on_disk = storable(seen.decision, policy)
    await lab.drafts.keep(session, secret, draft, on_disk=on_disk)
    return preview_shape(seen, policy, who.language)


@router.get("/sessions/{session}/draft")
async def own_draft(session: str, who: Person, lab: Room, secret: Secret) -> DraftShape | None:
    """What was being written; null where there is nothing, or where another browser wrote it."""
    await lab.own(who, session)
    found = await lab.drafts.read(session, secret)
    if found is None:
        return None
    draft, on_disk = found
    return DraftShape(
        five=draft.five, fields=list(draft.fields), parent=draft.parent, on_disk=on_disk
    )


@router.delete("/sessions/{session}/draft", status_code=204)
async def drop_draft(session: str, who: Person, lab: Room, secret: Secret) -> None:
    """Forget the draft."""
    await lab.own(who, session)
    await lab.drafts.drop(session, secret)


# --- findings held to be mistakes -----------------------------------------------------------------


class DisputeBody(shapes.Body):
    """Which rule found what it should not have. No text: nothing of the prompt is told again."""

    rule: str = Field(max_length=80)


@router.post("/sessions/{session}/turns/{turn}/disputes", status_code=204)
async def dispute_finding(
    session: str, turn: str, body: DisputeBody, who: Person, lab: Room
) -> None:
    """Hold a finding to be a mistake: noted for the officers by rule and kind; nothing is sent."""
    await dispute(lab.log, lab.policy, await lab.own(who, session), turn, body.rule)


# --- the library and the glossary -----------------------------------------------------------------


class PatternShape(BaseModel):
    """One good prompt, in its five parts."""

    id: str
    title: str
    use: str
    parts: Mapping[str, str]


class TermShape(BaseModel):
    """One word, in the language of the page, and what it means."""

    term: str
    other: str
    """The word in the other language."""
    meaning: str
    see: list[str]


@router.get("/library")
async def library(who: Person, books: Books) -> list[PatternShape]:
    """Patterns of good prompts."""
    return [
        PatternShape(
            id=each.id,
            title=each.title.read(who.language),
            use=each.use.read(who.language),
            parts={part: each.parts[part].read(who.language) for part in PARTS},
        )
        for each in books.patterns
    ]


@router.get("/glossary")
async def glossary(who: Person, books: Books) -> list[TermShape]:
    """The words of these pages, in the order of the alphabet of the page."""
    vi = who.language != "en"
    names = {term.vi: term.vi if vi else term.en for term in books.terms}
    return [
        TermShape(
            term=names[term.vi],
            other=term.en if vi else term.vi,
            meaning=term.meaning.read(who.language),
            see=[names[each] for each in term.see],
        )
        for term in books.terms
    ]


# --- taking work home -----------------------------------------------------------------------------


@router.get("/sessions/{session}/transcript.{kind}", response_class=Response)
async def take_transcript(
    session: str, kind: Kind, who: Person, lab: Room, secret: Secret
) -> Response:
    """One's own work as a file; what was masked is restored where this browser holds the key."""
    row = await lab.own(who, session)
    exercise = lab.courses.of(row)
    transcript = await lab.transcript(who, session, secret)
    passages = [each for turn in transcript.turns for each in _passages(turn, who)]
    return _file(_sheet(exercise, who, row.opened_at, passages), kind, exercise.id)


@router.get("/sessions/{session}/turns/{turn}/reply.{kind}", response_class=Response)
async def take_reply(
    session: str, turn: str, kind: Kind, who: Person, lab: Room, secret: Secret
) -> Response:
    """One reply as a file."""
    row = await lab.own(who, session)
    exercise = lab.courses.of(row)
    transcript = await lab.transcript(who, session, secret)
    found = next((each for each in transcript.turns if each.id == turn and each.reply), None)
    if found is None:
        raise NotFound("no_turn")
    passage = Passage("", found.reply, markdown=True)
    return _file(_sheet(exercise, who, found.at, [passage]), kind, f"{exercise.id}-{turn[:6]}")


def _passages(turn: Turn, who: Who) -> list[Passage]:
    language = who.language
    time = moment(turn.at, language)
    prompt = turn.prompt if turn.prompt is not None else say("practice.js.not_kept", language)
    passages = [Passage(say("take.prompt", language, time=time), prompt)]
    if turn.reply:
        recorded = turn.assistant == "recorded"
        title = say("practice.js.recorded" if recorded else "take.reply", language)
        passages.append(Passage(title, turn.reply, markdown=True))
    return passages


def _sheet(exercise: Exercise, who: Who, at: float, passages: list[Passage]) -> Sheet:
    language = who.language
    return Sheet(
        title=exercise.title.read(language),
        label=exercise.ai_label.read(language),
        lead=say("take.lead", language, name=who.person.name, time=moment(at, language)),
        passages=passages,
        language=say("page.locale", language),
    )


def _file(sheet: Sheet, kind: Kind, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{kind}"',
        "Cache-Control": "no-store",
    }
    if kind == "docx":
        return Response(as_docx(sheet), media_type=DOCX, headers=headers)
    return Response(as_text(sheet), media_type="text/plain; charset=utf-8", headers=headers)
