"""The HTTP API: everything that the pages do, for programs too. Documented at ``/api/docs``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from lab.auth import (
    Auth,
    clear_cookies,
    current_person,
    place_of,
    role_gate,
    same_origin,
    set_cookies,
    vault_secret,
)
from lab.errors import BadRequest
from lab.log.base import SessionFilter
from lab.model import Done, Language, Role, Status, Who
from lab.pages import shapes
from lab.pages.render import (
    attachment_shape,
    finding_shape,
    logged_score,
    mend_shape,
    preview_shape,
    review_row,
    rule_shape,
    score_shape,
    shown_event,
    trouble_shape,
    turn_shape,
)

if TYPE_CHECKING:
    from lab.session import Lab
    from lab.session.live import LiveTurn
    from lab.session.notices import Control

ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": shapes.ErrorShape} for code in (401, 403, 404, 409, 413, 422, 429, 503)
}
PAGE = 50
"""Sessions on one page of a review list."""

Person = Annotated[Who, Depends(current_person)]
Reviewer = Annotated[Who, Depends(role_gate(Role.TRAINER, Role.ASSISTANT, Role.ADMIN))]
Officer = Annotated[Who, Depends(role_gate(Role.OFFICER, Role.ADMIN))]


async def _secret(request: Request) -> str:
    return vault_secret(request)


Secret = Annotated[str, Depends(_secret)]

router = APIRouter(prefix="/api", responses=ERRORS)


# Dependencies are coroutines even where they wait for nothing: FastAPI runs others in a thread.


async def lab_of(request: Request) -> Lab:
    """The running lab."""
    lab: Lab = request.app.state.lab
    return lab


async def auth_of(request: Request) -> Auth:
    """Who signs people in."""
    auth: Auth = request.app.state.auth
    return auth


Room = Annotated["Lab", Depends(lab_of)]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, the running lab, and the browser's half of the key to its placeholders."""

    who: Who
    lab: Lab
    secret: str


async def asked(request: Request) -> Asked:
    """All of it at once, for the routes that are asked most: each dependency of its own costs a
    tenth of a millisecond. Raises what ``current_person`` does.
    """
    who = await current_person(request)
    return Asked(who, await lab_of(request), vault_secret(request))


Asking = Annotated[Asked, Depends(asked)]
Door = Annotated[Auth, Depends(auth_of)]


# --- signing in -------------------------------------------------------------------------------


@router.post("/login", dependencies=[Depends(same_origin)], tags=["sign-in"])
async def login(
    body: shapes.LoginBody, request: Request, response: Response, auth: Door
) -> shapes.LoginShape:
    """Sign in: a password, or a class code and a name. No CSRF token, only a matching Origin."""
    if body.class_code is not None:
        joined = await auth.join(
            body.class_code, body.name, body.resume_code, place=place_of(request)
        )
    else:
        joined = await auth.login(body.name, body.password or "")
    set_cookies(request, response, joined)
    who = joined.who
    return shapes.LoginShape(
        who=who.person.name, role=who.person.role, csrf=who.csrf, resume_code=joined.resume_code
    )


@router.post("/logout", status_code=204, tags=["sign-in"])
async def logout(who: Person, response: Response, auth: Door) -> None:
    """Sign out, here only."""
    await auth.logout(who)
    clear_cookies(response)


@router.get("/me", tags=["sign-in"])
async def me(who: Person, lab: Room) -> shapes.MeShape:
    """Who is signed in, and which assistant answers."""
    about = lab.assistant.about
    return shapes.MeShape(
        who=who.person.name,
        role=who.person.role,
        csrf=who.csrf,
        language=who.language,
        assistant=shapes.AssistantShape(
            kind=about.kind, model=about.model, endpoint=about.endpoint, ready=about.ready
        ),
    )


@router.post("/language", status_code=204, dependencies=[Depends(same_origin)], tags=["sign-in"])
async def language(body: shapes.LanguageBody, response: Response) -> None:
    """Choose the language of the pages (a cookie; signed in or not)."""
    response.set_cookie("lab_lang", body.language, max_age=31_536_000, samesite="lax")


@router.post("/people/{person}/resume", tags=["sign-in"])
async def reset_resume(person: str, who: Reviewer, auth: Door) -> shapes.ResumeShape:
    """Give a trainee a new resume code; the old one and their sign-ins end."""
    return shapes.ResumeShape(resume_code=await auth.reset_resume(who, person))


# --- practising ---------------------------------------------------------------------------------


@router.get("/exercises", tags=["practice"])
async def exercises(who: Person, lab: Room) -> list[shapes.ExerciseShape]:
    """The course in the order of the half-days, with one's own progress."""
    mine: dict[str, Any] = {}
    for row in reversed(await lab.my_sessions(who)):
        before = mine.get(row.exercise)
        best = max(filter(None, (row.score, before and before["score"])), default=row.score)
        passed = row.passed or bool(before and before["passed"])
        mine[row.exercise] = {"score": best, "passed": passed, "session": row.id}
    return [
        shapes.ExerciseShape(
            id=exercise.id,
            number=exercise.number,
            title=exercise.title.read(who.language),
            goal=exercise.goal.read(who.language),
            minutes=exercise.minutes,
            token_budget=exercise.token_budget,
            **mine.get(exercise.id, {}),
        )
        for exercise in lab.course.in_order
    ]


@router.post("/sessions", status_code=201, tags=["practice"])
async def open_session(body: shapes.SessionBody, who: Person, lab: Room) -> shapes.SessionShape:
    """Begin an exercise."""
    row = await lab.open(who, body.exercise)
    return shapes.SessionShape(session=row.id)


@router.get("/sessions/{session}", tags=["practice"])
async def own_session(
    session: str, who: Person, lab: Room, secret: Secret
) -> shapes.TranscriptShape:
    """One's own session; what was masked is restored where this browser holds the key to it."""
    row = await lab.own(who, session)
    transcript = await lab.transcript(who, session, secret)
    policy = lab.policy.current
    return shapes.TranscriptShape(
        session=row.id,
        exercise=row.exercise,
        running=lab.live.running(row.id) is not None,
        turns=[turn_shape(turn, policy, who.language) for turn in transcript.turns],
        attachments=[
            attachment_shape(each, policy, who.language) for each in transcript.attachments
        ],
        answers=transcript.answers,
        score=logged_score(transcript.scores[-1][1]) if transcript.scores else None,
        disputed=sorted(transcript.disputed),
    )


@router.post("/sessions/{session}/preview", tags=["practice"])
async def preview(
    session: str, body: shapes.TextBody, who: Person, lab: Room, secret: Secret, request: Request
) -> shapes.PreviewShape:
    """What would happen were this text sent now. Nothing of it is kept but its length."""
    seen = await lab.preview(who, session, body.text, secret)
    await request.app.state.typing.note(session, len(body.text))
    return preview_shape(seen, lab.policy.current, who.language)


@router.post("/sessions/{session}/mend", tags=["practice"])
async def mend(
    session: str, body: shapes.TextBody, who: Person, lab: Room, secret: Secret
) -> shapes.MendShape:
    """Rewrite a text without what tells who is who, and check it again. Nothing of it is kept."""
    mended, seen = await lab.mend(who, session, body.text, secret)
    return mend_shape(mended, seen, lab.policy.current, who.language)


STREAM_DOC: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events: decision, queue, trimmed, delta, error, and last always done.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


async def not_held(session: str, request: Request, asking: Asking) -> None:
    """Raise ``Conflict`` where the session's exercise is on hold for this person."""
    control: Control = request.app.state.control
    who, lab = asking.who, asking.lab
    if control.held(who.person):
        control.admit(who.person, (await lab.own(who, session)).exercise)


@router.post(
    "/sessions/{session}/prompts",
    tags=["practice"],
    dependencies=[Depends(not_held)],
    response_class=StreamingResponse,
    responses=STREAM_DOC,
)
async def ask(
    session: str, body: shapes.PromptBody, asking: Asking, request: Request
) -> StreamingResponse:
    """Send a prompt through the policy to the assistant, and stream what comes back."""
    who, lab, secret = asking.who, asking.lab, asking.secret
    live = await lab.ask(
        who,
        session,
        body.text,
        parent=body.parent,
        secret=secret,
        use_recorded=body.assistant == "recorded",
        beside=body.beside,
    )
    await request.app.state.typing.flush(session)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _stream(live, lab, who.language, partial(lab.drafts.sent, session, secret, body.text)),
        media_type="text/event-stream",
        headers=headers,
        background=BackgroundTask(live.left),  # a browser may leave before the first byte
    )


async def _stream(
    live: LiveTurn, lab: Lab, language: Language, sent: Callable[[], Awaitable[None]]
) -> AsyncIterator[str]:
    """The events of a turn. ``sent`` is called at the end of one that was not stopped: what was
    written is now in the log, and no draft any more.
    """
    policy, status = lab.policy.current, None
    async for shown in live.events():
        status = shown.status if isinstance(shown, Done) else status
        yield shown_event(shown, policy, language)
    if status in {Status.ANSWERED, Status.INTERRUPTED}:
        await sent()


@router.delete("/sessions/{session}/turns/{turn}", status_code=204, tags=["practice"])
async def stop(session: str, turn: str, who: Person, lab: Room) -> None:
    """Stop a turn under way; its stream ends with ``done`` (interrupted)."""
    await lab.stop(who, session, turn)


@router.post("/sessions/{session}/check", tags=["practice"])
async def check(session: str, who: Person, lab: Room) -> shapes.ScoreShape:
    """Score the session by the exercise's rubric."""
    return score_shape(await lab.check(who, session))


# --- reviewing ------------------------------------------------------------------------------------


@router.get("/review/sessions", tags=["review"])
async def review_sessions(
    who: Reviewer,
    lab: Room,
    class_id: Annotated[str | None, Query(alias="class")] = None,
    person: str | None = None,
    exercise: str | None = None,
    outcome: str | None = None,
    before: str | None = None,
) -> shapes.ReviewPage:
    """Sessions that this reviewer may see, newest first."""
    wanted = SessionFilter(
        class_id=class_id,
        person_id=person,
        exercise=exercise,
        outcome=outcome,
        before=_key(before),
        limit=PAGE,
    )
    rows = await lab.sessions(who, wanted)
    following = f"{rows[-1].last_at!r}~{rows[-1].id}" if len(rows) == PAGE else None
    return shapes.ReviewPage(sessions=[review_row(row) for row in rows], before=following)


def _key(before: str | None) -> tuple[float, str] | None:
    if before is None:
        return None
    at, _, session = before.partition("~")
    try:
        return float(at), session
    except ValueError:
        raise BadRequest(fields="before") from None


@router.get("/review/sessions/{session}", tags=["review"])
async def review_session(session: str, who: Reviewer, lab: Room) -> shapes.ReviewShape:
    """One session as a transcript: masked, under a pseudonym."""
    row, transcript = await lab.review(who, session)
    policy = lab.policy.current
    return shapes.ReviewShape(
        row=review_row(row),
        turns=[turn_shape(turn, policy, who.language) for turn in transcript.turns],
        attachments=[
            attachment_shape(each, policy, who.language) for each in transcript.attachments
        ],
        scores=[{"at": at, **score} for at, score in transcript.scores],
    )


# --- the policy -----------------------------------------------------------------------------------


@router.get("/policy", tags=["policy"])
async def policy_in_force(who: Officer, lab: Room) -> shapes.PolicyShape:
    """The policy in force, in words."""
    policy = lab.policy.current
    rules = [rule_shape(rule, policy, who.language) for rule in policy.rules]
    return shapes.PolicyShape(
        version=policy.version, rules=rules, trouble=trouble_shape(lab, who.language)
    )


@router.post("/policy/try", tags=["policy"])
async def try_policy(body: shapes.TextBody, who: Officer, lab: Room) -> shapes.PreviewShape:
    """Try a text and see each finding explained. Nothing of it is kept."""
    policy = lab.policy.current
    decision, outgoing = await policy.inspect(body.text)
    return shapes.PreviewShape(
        action=decision.action,
        findings=[
            finding_shape(finding, policy, who.language, full=True) for finding in decision.findings
        ],
        outgoing=outgoing,
        tokens=lab.tokens.count(body.text),
        next_ms=0,
        fault=decision.fault,
    )
