"""The shapes of the HTTP API's bodies and answers; ``/api/docs`` is made from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lab.session.transcript import readable
from lab.words import languages


def _readable(value: Any) -> Any:
    """What was typed, with half characters replaced: pydantic would refuse it for them."""
    return readable(value) if isinstance(value, str) else value


Typed = Annotated[str, BeforeValidator(_readable)]
"""Words that somebody typed."""


class Body(BaseModel):
    """What a request carries: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class LoginBody(Body):
    """A name with a password, or a class code with a name (and a resume code)."""

    name: str = Field(min_length=1, max_length=80)
    password: str | None = Field(None, max_length=200)
    class_code: str | None = Field(None, max_length=40)
    resume_code: str | None = Field(None, max_length=20)

    @model_validator(mode="after")
    def _one_way_in(self) -> LoginBody:
        if (self.password is None) == (self.class_code is None):
            raise ValueError("password or class_code, one of them")
        return self


def _language(chosen: str) -> str:
    """One of the languages of this lab."""
    if chosen not in languages():
        raise ValueError(chosen)
    return chosen


class LanguageBody(Body):
    """The language that pages are shown in."""

    language: Annotated[str, AfterValidator(_language)]


class SessionBody(Body):
    """Which exercise to begin."""

    exercise: str = Field(max_length=80)


class TextBody(Body):
    """A text to check; nothing of it is kept."""

    text: Typed = Field(max_length=200_000)


class PromptBody(Body):
    """A prompt. ``parent``: the turn it follows; absent: the last answered one; ``""``: none."""

    text: Typed
    parent: str | None = Field(None, max_length=32)
    assistant: Literal["recorded"] | None = None
    beside: bool = False
    """Whether one more prompt may be answered at the same time, to compare the two."""


class AnswersBody(Body):
    """Answers of the exercise's own widgets."""

    answers: dict[str, Any] = Field(max_length=40)


class ErrorBody(BaseModel):
    """What went wrong, in words: what happened and why, and what to do."""

    code: str
    message: str
    help: str


class ErrorShape(BaseModel):
    """The one shape of every error."""

    error: ErrorBody


class AssistantShape(BaseModel):
    """Which assistant answers."""

    kind: Literal["openai", "embedded", "recorded"]
    model: str
    endpoint: str
    ready: bool


class LoginShape(BaseModel):
    """Who is signed in. ``csrf`` goes into the header ``X-CSRF-Token`` of unsafe requests."""

    who: str
    role: str
    csrf: str
    resume_code: str | None = None
    """Six digits, shown once: with it and the same name the person can come back."""


class MeShape(BaseModel):
    """Who is signed in, and who answers."""

    who: str
    role: str
    csrf: str
    language: str
    assistant: AssistantShape


class ExerciseShape(BaseModel):
    """One exercise, as lists show it."""

    id: str
    number: int
    title: str
    goal: str
    minutes: int
    token_budget: int
    score: float | None = None
    passed: bool = False
    session: str | None = None
    """The latest session of the one who asks."""


class SessionShape(BaseModel):
    """A session just begun."""

    session: str


class FindingShape(BaseModel):
    """A sign in the text: where, by which rule, and in words. Never the value itself."""

    entity: str
    rule: str
    tier: str
    action: str
    title: str
    why: str
    advice: str
    source: str
    start: int
    end: int
    score: float
    placeholder: str | None = None
    pattern: str | None = None
    context: str | None = None
    view: str | None = None


class MosaicCueShape(BaseModel):
    """One detail that narrows down whom a session speaks of."""

    kind: str
    title: str
    soften: str
    """What to write in its place."""
    turn: int
    """Which of the trainee's prompts gave it away, from 1; 0: an attached file."""
    now: bool = False
    """Whether it stands in what is being written."""
    words: str | None = None
    """The trainee's own words, for the trainee alone."""


class MosaicShape(BaseModel):
    """How near the details of a session come, together, to one person or one unit."""

    picture: str
    title: str
    level: Literal["some", "warn", "full"]
    share: float
    crowd: int
    """Roughly how many of ``counted`` all details still fit."""
    counted: str
    blocks: bool
    """Whether a full meter stops the prompt."""
    cues: list[MosaicCueShape]


class PreviewShape(BaseModel):
    """The live check."""

    action: str
    findings: list[FindingShape]
    outgoing: str | None
    tokens: int | None
    next_ms: int
    fault: str | None = None
    mosaic: MosaicShape | None = None


class ChangeShape(BaseModel):
    """What stood at ``start:end`` (code points of the text as sent), and what stands there now."""

    start: int
    end: int
    text: str
    title: str
    """Of what, such as "a person's name"."""


class MendShape(BaseModel):
    """A rewrite of a prompt. Nothing of it is kept.

    ``state``: ``clean`` (nothing to change), ``mended``, ``part`` (changed, and still stopped by
    what no rewriting mends), ``secret`` (signs of a state secret: nothing is rewritten), ``stuck``
    (stopped, and nothing to change), ``fault``.
    """

    state: Literal["clean", "mended", "part", "secret", "stuck", "fault"]
    changes: list[ChangeShape]
    after: PreviewShape
    """The check of the text as rewritten: what would leave, and what still stops it."""


class TurnShape(BaseModel):
    """One turn of a transcript."""

    turn: str
    parent: str | None
    at: float
    ended_at: float | None
    prompt: str | None
    reply: str
    action: str
    findings: list[FindingShape]
    reference: str
    policy: str
    status: str
    assistant: str
    error: str | None
    usage: dict[str, int | None]
    mosaic: MosaicShape | None = None


class CriterionShape(BaseModel):
    """One line of the rubric, scored 0, 1 or 2."""

    id: str
    title: str
    points: int
    reason: str
    critical: bool


class ScoreShape(BaseModel):
    """The result of "check my work"."""

    criteria: list[CriterionShape]
    share: float
    passed: bool
    next_step: str
    privacy: float | None = None
    """Share of the planted values that stayed; None where the exercise has none."""
    usefulness: float | None = None
    first: tuple[float, float] | None = None
    """Privacy and usefulness of the session's first prompt."""


class FilePartShape(BaseModel):
    """One piece of an attached file."""

    kind: str
    where: str
    """Where it stood, in words."""
    text: str | None
    """Masked; null where the file was stopped."""
    leaves: bool
    """Whether it goes along; what is not on the page is checked, and stays here."""
    findings: list[FindingShape]
    """Offsets are those of the text that was read, which is not kept."""


class AttachmentShape(BaseModel):
    """An attached file, as it was checked."""

    number: int
    name: str | None
    type: str
    size: int
    at: float
    action: str
    parts: list[FilePartShape]
    outgoing: str | None
    """Exactly what goes along with a prompt; null where the file was stopped."""
    left_out: int
    """Characters of it that do not go along, since it is long."""
    unread: list[str]
    """What the file holds and nobody read, in words."""
    reference: str
    policy: str
    fault: str | None
    removed: bool


class TriedFileShape(BaseModel):
    """What the policy says of a file that was only tried."""

    type: str
    action: str
    fault: str | None
    parts: list[FilePartShape]
    unread: list[str]


class TranscriptShape(BaseModel):
    """A trainee's own session."""

    session: str
    exercise: str
    running: bool
    turns: list[TurnShape]
    attachments: list[AttachmentShape]
    answers: Mapping[str, Any]
    score: ScoreShape | None
    disputed: list[tuple[str, str]]


class ReviewRow(BaseModel):
    """One session as reviewers' lists show it, under a pseudonym."""

    session: str
    pseudonym: str
    person: str
    class_id: str | None
    exercise: str
    opened_at: float
    last_at: float
    turns: int
    blocked: int
    masked: int
    failed: int
    score: float | None
    passed: bool


class ReviewPage(BaseModel):
    """A page of sessions, newest first; ``before`` asks for the next one."""

    sessions: list[ReviewRow]
    before: str | None


class ReviewShape(BaseModel):
    """One session for review: masked and pseudonymous."""

    row: ReviewRow
    turns: list[TurnShape]
    attachments: list[AttachmentShape]
    scores: list[dict[str, Any]]


class ResumeShape(BaseModel):
    """A new resume code, shown once."""

    resume_code: str


class RuleShape(BaseModel):
    """One rule of the policy in force."""

    id: str
    entity: str
    tier: str
    mode: str
    title: str
    why: str
    advice: str
    source: str
    catch: list[str]
    let_pass: list[str]


class PolicyShape(BaseModel):
    """The policy in force."""

    version: str
    rules: list[RuleShape]
    trouble: ErrorBody | None = None
    """What is wrong with its files, while this version stays in force."""
