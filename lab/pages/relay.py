"""Where the machine of a site sends its log: no sign-in, the site's own signature opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from lab.pages.api import ERRORS
from lab.pages.shapes import Body

if TYPE_CHECKING:
    from lab.session.relay import Relays

router = APIRouter(prefix="/api/relay", responses=ERRORS, tags=["log"])
SIGNATURE, ROTATIONS = "x-lab-signature", "x-lab-rotations"


class HeldShape(Body):
    """What of a site's log is here."""

    upto: int
    """Place in the site's log up to which everything is here."""
    anchor: int
    """Number of its last anchor that is here; 0 where none is."""


@router.post("")
async def take(site: str, request: Request) -> HeldShape:
    """A batch of rows; whole or not at all. One that is empty asks what is here."""
    relays: Relays = request.app.state.relays
    data = await request.body()
    signature, rotations = (request.headers.get(name, "") for name in (SIGNATURE, ROTATIONS))
    held = await relays.take(site, data, signature, rotations)
    return HeldShape(upto=held.upto, anchor=held.anchor)
