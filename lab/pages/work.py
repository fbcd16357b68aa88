"""The HTTP API of a trainee's work: answers of the exercise's own questions, and attempts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel

from lab.model import Action, Decision, Language
from lab.pages import shapes
from lab.pages.api import ERRORS, Person, Room, Secret
from lab.pages.render import finding_shape, logged_score
from lab.session.answering import KeptText
from lab.session.attempts import Attempt, Point, attempts, standing
from lab.session.opinion import Opinion

if TYPE_CHECKING:
    from lab.policy.clear import Policy

router = APIRouter(prefix="/api", responses=ERRORS, tags=["practice"])


class TextKeptShape(BaseModel):
    """What became of a text of the trainee's own. ``kept`` false: nothing of it is stored."""

    kept: bool
    action: str
    findings: list[shapes.FindingShape]
    outgoing: str | None
    """As it is kept, masked."""
    masked: dict[str, int]
    """What was masked, in words, and at how many places."""
    fault: str | None


class AnswersShape(BaseModel):
    """What became of the answers."""

    saved: list[str]
    """Ids of the widgets whose answers are kept."""
    texts: dict[str, TextKeptShape]


class AttemptShape(BaseModel):
    """One "check my work"."""

    session: str
    at: float
    score: shapes.ScoreShape


class AttemptsShape(BaseModel):
    """One's own attempts: the first and the best are kept whatever comes later."""

    count: int
    first: AttemptShape | None
    best: AttemptShape | None
    latest: AttemptShape | None


class PointShape(BaseModel):
    """What was protected and what was achieved, 0 to 1 each."""

    privacy: float
    usefulness: float


class StandingShape(BaseModel):
    """One's own points and, where there are enough, those of the class without names."""

    first: PointShape | None
    best: PointShape | None
    others: list[PointShape]


@router.post("/sessions/{session}/answers")
async def answers(
    session: str, body: shapes.AnswersBody, who: Person, lab: Room, secret: Secret
) -> AnswersShape:
    """Keep answers of the exercise's own questions.

    A text of the trainee's own passes the policy first: one that is stopped comes back with
    ``kept`` false and why, and nothing of it is stored; what is masked is stored masked.
    """
    kept = await lab.answer(who, session, body.answers, secret)
    policy = lab.policy.current
    texts = {name: _text(text, policy, who.language) for name, text in kept.texts.items()}
    return AnswersShape(saved=list(kept.saved), texts=texts)


@router.post("/sessions/{session}/opinion")
async def second_opinion(session: str, who: Person, lab: Room, secret: Secret) -> Opinion:
    """What the model says of one's work so far: advice, never the mark."""
    return await lab.opinion(who, session, secret)


@router.get("/exercises/{exercise}/attempts")
async def own_attempts(exercise: str, who: Person, lab: Room) -> AttemptsShape:
    """One's own attempts at an exercise, over all sessions."""
    found = await attempts(lab.log, who.person, lab.courses.exercise(exercise).id)
    latest = found.every[-1] if found.every else None
    return AttemptsShape(
        count=len(found.every),
        first=_attempt(found.first),
        best=_attempt(found.best),
        latest=_attempt(latest),
    )


@router.get("/exercises/{exercise}/standing")
async def class_standing(exercise: str, who: Person, lab: Room) -> StandingShape:
    """Privacy and usefulness: one's own first prompt and best attempt, and the class."""
    found = await standing(lab.log, who.person, lab.courses.exercise(exercise).id)
    return StandingShape(
        first=_point(found.first),
        best=_point(found.best),
        others=[PointShape(privacy=p.privacy, usefulness=p.usefulness) for p in found.others],
    )


def _text(text: KeptText, policy: Policy, language: Language) -> TextKeptShape:
    decision = text.decision
    return TextKeptShape(
        kept=text.outgoing is not None,
        action=str(decision.action),
        findings=[finding_shape(found, policy, language) for found in decision.findings],
        outgoing=text.outgoing,
        masked=_masked(decision, policy, language),
        fault=decision.fault,
    )


def _masked(decision: Decision, policy: Policy, language: Language) -> dict[str, int]:
    """What was masked, by the titles of the rules."""
    titles = (
        policy.rule(found.rule).title.read(language)
        for found in decision.findings
        if found.action is Action.MASK
    )
    return dict(Counter(titles))


def _attempt(attempt: Attempt | None) -> AttemptShape | None:
    if attempt is None:
        return None
    score = logged_score(attempt.score)
    return AttemptShape(session=attempt.session, at=attempt.at, score=score)


def _point(point: Point | None) -> PointShape | None:
    return PointShape(privacy=point.privacy, usefulness=point.usefulness) if point else None
