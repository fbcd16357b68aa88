"""Receipts, what left this machine, and the security report."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from lab.pages.api import ERRORS, Person
from lab.session.receipts import Receipts
from lab.words import say

router = APIRouter(prefix="/api", responses=ERRORS, tags=["proof"])


def _receipts(request: Request) -> Receipts:
    held: Receipts = request.app.state.receipts
    return held


Book = Annotated[Receipts, Depends(_receipts)]


@router.get("/sessions/{session}/turns/{turn}/receipt", response_class=Response)
async def receipt(session: str, turn: str, who: Person, book: Book) -> Response:
    """The receipt of one prompt, for who wrote it and for officers: checked offline with
    ``lab log verify --receipt``.
    """
    made = await book.of(who, session, turn)
    name = say("proof.file", who.language, reference=turn[:8])
    return Response(
        json.dumps(made, ensure_ascii=False, indent=1),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.json"',
            "Cache-Control": "no-store",
        },
    )
