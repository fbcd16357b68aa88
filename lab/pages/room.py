"""The HTTP API of what stands around the conversation: drafts, and findings held to be mistakes."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from lab.errors import BadRequest, TooMany, Unavailable
from lab.pages import shapes
from lab.pages.api import ERRORS, Person, Room, Secret
from lab.pages.render import preview_shape
from lab.session.drafts import Draft, storable

router = APIRouter(prefix="/api", responses=ERRORS, tags=["practice"])


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
async def keep_draft(
    session: str, body: DraftBody, who: Person, lab: Room, secret: Secret
) -> shapes.PreviewShape:
    """The live check of what is being typed, which is kept sealed for this browser.

    On disk only what the policy allows or masks; what it stops, or could not check, stays in
    memory. An empty text forgets the draft.
    """
    await lab.own(who, session)
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
