"""``/healthz``, ``/readyz`` and ``/metrics``: for whoever watches the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from lab.auth import language_of
from lab.pages.render import trouble_shape
from lab.pages.shapes import ErrorBody

if TYPE_CHECKING:
    from lab.session import Lab

router = APIRouter(tags=["health"])


class HealthShape(BaseModel):
    """Whether the process lives, or is ready to serve."""

    status: str
    trouble: ErrorBody | None = None
    """What is wrong with the policy's files, while the version in force goes on."""


class ReadyShape(HealthShape):
    """Ready to check and log prompts, and whether the assistant answers them."""

    assistant: str
    """``openai``, ``embedded`` or ``recorded``."""
    answers: bool


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", response_model_exclude_none=True)
async def healthz() -> HealthShape:
    """The process lives."""
    return HealthShape(status="ok")


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", response_model_exclude_none=True)
async def readyz(request: Request) -> ReadyShape:
    """Prompts can be checked and logged: a real detection is run, the log is read. Else 503."""
    lab: Lab = request.app.state.lab
    await lab.ready()
    about = lab.assistant.about
    return ReadyShape(
        status="ready",
        trouble=trouble_shape(lab, language_of(request)),
        assistant=about.kind,
        answers=about.ready,
    )


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Counters in Prometheus' text format."""
    lab: Lab = request.app.state.lab
    lab.meters.running.set(len(lab.live))
    return Response(lab.meters.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
