"""The HTTP API of attached files. A file is the body itself, its name a header.

No multipart form: the reader of those puts what is large on a disk.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Header, Request

from lab.errors import BadRequest
from lab.pages import shapes
from lab.pages.api import ERRORS, Officer, Person, Room, Secret
from lab.pages.render import attachment_shape, part_shape
from lab.session.attached import unread_words
from lab.session.attaching import tried

FILE_DOC: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the file: docx, xlsx, pdf, txt, md, csv, png, jpg, webp.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
LONGEST_NAME = 1500

router = APIRouter(prefix="/api", responses=ERRORS)


def _name(x_file_name: Annotated[str, Header(max_length=LONGEST_NAME)] = "") -> str:
    """The name of the file, percent-encoded in UTF-8: ``X-File-Name``."""
    name = unquote(x_file_name, errors="replace").replace("\\", "/").rpartition("/")[2].strip()
    if not name:
        raise BadRequest(fields="X-File-Name")
    return name


FileName = Annotated[str, Depends(_name)]


@router.post(
    "/sessions/{session}/attachments", status_code=201, tags=["practice"], openapi_extra=FILE_DOC
)
async def attach(
    session: str, request: Request, name: FileName, who: Person, lab: Room, secret: Secret
) -> shapes.AttachmentShape:
    """Attach a file: read in a process of its own, checked like a prompt, kept masked.

    With action ``block`` nothing of it is kept or sent. Else it goes along with the next prompts,
    as ``outgoing`` says, until it is taken away.
    """
    await lab.own(who, session)
    attached = await lab.attach(who, session, name, await whole_body(request), secret)
    return attachment_shape(attached, lab.policy.current, who.language)


@router.delete("/sessions/{session}/attachments/{number}", status_code=204, tags=["practice"])
async def detach(session: str, number: int, who: Person, lab: Room) -> None:
    """Take an attached file away: it goes along with no further prompt."""
    await lab.detach(who, session, number)


@router.post("/policy/try-file", tags=["policy"], openapi_extra=FILE_DOC)
async def try_file(
    request: Request, name: FileName, who: Officer, lab: Room
) -> shapes.TriedFileShape:
    """Try a file and see each finding explained, part by part. Nothing of it is kept."""
    policy, language = lab.policy.current, who.language
    document = await lab.files.read(name, await whole_body(request))
    checked = await tried(policy, document)
    return shapes.TriedFileShape(
        type=document.type,
        action=checked.decision.action,
        fault=checked.decision.fault,
        parts=[part_shape(part, policy, language, full=True) for part in checked.parts],
        unread=unread_words(document.unread, language),
    )


async def whole_body(request: Request) -> bytes:
    """The bytes that were sent, in memory; how many there may be is limited for every request."""
    got = bytearray()
    async for piece in request.stream():
        got += piece
    return bytes(got)
