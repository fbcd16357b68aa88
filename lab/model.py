"""The nouns of the lab: frozen values that the layers hand to each other.

No value here holds the raw text of a finding: it says where something stands, never what it says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from lab.mosaic import Mosaic

Speaker = Literal["system", "user", "assistant"]
Language = str  # a folder of lab/words: vi, en, and any other that is added there
EntityType = str
"""An entity type of the policy, such as ``VN_CCCD`` or ``PERSON`` (upper snake case)."""


class Role(StrEnum):
    """What a signed-in person may do."""

    TRAINEE = "trainee"
    ASSISTANT = "assistant"
    TRAINER = "trainer"
    OFFICER = "officer"
    ADMIN = "admin"


class Tier(StrEnum):
    """How a kind of information is protected, strictest first."""

    T1 = "T1"
    """State secret."""
    T2 = "T2"
    """Internal or not yet public."""
    T3 = "T3"
    """Personal data."""
    T4 = "T4"
    """Public."""


class Action(StrEnum):
    """What is done with a text, mildest first."""

    ALLOW = "allow"
    WARN = "warn"
    MASK = "mask"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """How strict: 0 (allow) to 3 (block)."""
        return _RANKS[self.value]


_RANKS = {"allow": 0, "warn": 1, "mask": 2, "block": 3}


class Mode(StrEnum):
    """What a rule is set to do with what it finds."""

    OFF = "off"
    SHADOW = "shadow"
    WARN = "warn"
    MASK = "mask"
    BLOCK = "block"


class Status(StrEnum):
    """How a turn ended."""

    ANSWERED = "answered"
    BLOCKED = "blocked"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, as it goes to the model."""

    role: Speaker
    content: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A sign that something in a text needs protection. Holds no raw text.

    ``start`` and ``end`` are offsets in code points of the original message, half open.
    ``pattern`` names the pattern or cue that matched, ``context`` is the cue word near it that
    raised the score (a word of the rule, never of the person), ``view`` is the reading of the text
    in which it was found (``raw``, ``unaccented``, ``digits``, ``decoded`` ...).
    """

    entity: EntityType
    rule: str
    tier: Tier
    action: Action
    start: int
    end: int
    score: float
    message: int = 0
    pattern: str = ""
    context: str | None = None
    view: str = "raw"
    placeholder: str | None = None
    """What stands in its place in the outgoing text, where it was masked."""
    shape: str = ""
    """For numbers only: digits as ``d``, such as ``0ddd ddd ddd``. Empty for all else."""
    trace: str = ""
    """Keyed hash of the value for a blind match; empty for T1 and T2, and without a key."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy decided about one outgoing payload, and why."""

    action: Action
    findings: tuple[Finding, ...]
    policy: str
    """The version of the policy that decided, such as ``v1`` or ``draft-3f2a91c0``."""
    reference: str
    """A short id that a person can read out: the card, the log and the receipt carry it."""
    check_ms: float = 0.0
    """Milliseconds that the check took."""
    fault: str | None = None
    """Set where the check itself failed (fail closed): the code of the error, never its text."""
    mosaic: Mosaic | None = None


def payload_digest(messages: Sequence[Message]) -> str:
    """sha256 (hex) of the canonical JSON of a payload: what the two gates compare."""
    rows = [{"role": message.role, "content": message.content} for message in messages]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Cleared:
    """A payload that may leave. Made in one place only: ``lab.policy.clear``."""

    messages: tuple[Message, ...]
    """Exactly what will leave, masked. The last one is the trainee's prompt."""
    digest: str
    """``payload_digest(messages)``: the transport compares it with what is about to be sent."""
    decision: Decision
    left_out: int = 0
    """Older turns that the policy in force no longer lets out, left out of ``messages``."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A payload that must not leave."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one reply, by the model's own tokenizer where it tells."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """A reply that an exercise carries, for a room without a model.

    It fits a prompt that, accents and case aside, contains one word or phrase of every group in
    ``all_of`` and none of ``none_of``.
    """

    name: str
    all_of: tuple[tuple[str, ...], ...]
    none_of: tuple[str, ...]
    text: str


# --- what the assistant yields ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queued:
    """The prompt waits for a free slot of the model."""

    place: int
    """Place in line, 1 is next."""
    offer_recorded: bool = False
    """True once the wait is so long that a recorded reply should be offered."""


@dataclass(frozen=True, slots=True)
class Delta:
    """Some more characters of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class Trimmed:
    """The oldest turns were left out, since the model's context is full."""

    turns: int


@dataclass(frozen=True, slots=True)
class Shortened:
    """An attached file goes along in part only, or not at all."""

    number: int
    sent: int
    """Characters of it that go along."""
    left: int
    """Characters that do not."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a reply."""

    usage: Usage
    truncated: bool = False
    """True when the reply stopped at the limit of new tokens."""


AssistantEvent = Queued | Delta | Finished


# --- what the session yields to the page -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decided:
    """The policy's decision about the prompt (the first thing that a page hears)."""

    turn: str
    action: Action
    findings: tuple[Finding, ...]
    """Those of the trainee's own prompt, offsets in the prompt as typed."""
    reference: str
    outgoing: str | None = None
    """The prompt as it leaves, masked; None when blocked."""
    fault: str | None = None
    left_out: int = 0
    """Older turns that the policy no longer lets out, left out of this payload."""
    mosaic: Mosaic | None = None
    possibly_real: bool = False  # something was stopped that is neither planted nor the exercise's


@dataclass(frozen=True, slots=True)
class Failed:
    """Something went wrong; the prompt is kept and may be tried again."""

    code: str
    retry: bool
    values: Mapping[str, str | int] = field(default_factory=dict)
    """What fills the gaps of the sentence."""


@dataclass(frozen=True, slots=True)
class Done:
    """The last event of a turn, always."""

    turn: str
    status: Status
    usage: Usage = field(default_factory=Usage)


Shown = Decided | Queued | Trimmed | Shortened | Delta | Failed | Done


# --- people, sessions, events ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in. ``site`` and ``class_id`` None mean the whole course."""

    id: str
    name: str
    role: Role
    class_id: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """The signed-in person behind a request."""

    person: Person
    signin: str
    """Id of the sign-in row."""
    csrf: str
    language: Language = "vi"


@dataclass(frozen=True, slots=True)
class Classroom:
    """A class that trainees join by its code."""

    id: str
    name: str
    code: str
    site: str | None = None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One trainee's work on one exercise, with what lists need to know about it."""

    id: str
    person_id: str
    class_id: str | None
    exercise: str
    opened_at: float
    last_at: float
    turns: int = 0
    blocked: int = 0
    masked: int = 0
    failed: int = 0
    score: float | None = None
    """Best score so far, 0 to 1."""
    passed: bool = False
    pseudonym: str = ""
    """What trainers read in place of the name, such as ``HV-7F3A``."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log. ``payload`` is None where it was erased (a tombstone)."""

    stream: str
    seq: int
    at: float
    """Unix time in seconds."""
    kind: str
    payload: dict[str, Any] | None
    hash: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a transcript, folded from its events. Holds only what was logged: masked text."""

    id: str
    parent: str | None
    at: float
    prompt: str | None
    """As it left, masked; None when it was blocked."""
    reply: str
    """As the model wrote it (placeholders not restored), personal data of its own making masked."""
    decision: Action
    findings: tuple[Finding, ...]
    reference: str
    policy: str
    status: Status
    assistant: str
    """Which assistant answered: ``openai``, ``embedded`` or ``recorded``."""
    error: str | None = None
    ended_at: float | None = None
    usage: Usage = field(default_factory=Usage)
    mosaic: Mapping[str, Any] | None = None
    files: tuple[int, ...] = ()  # numbers of the attached files that went along


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of a rubric, scored."""

    id: str
    title: str
    points: int
    """0, 1 or 2."""
    reason: str
    """One sentence that helps."""
    critical: bool = False
    """True when this was a critical failure: the attempt does not pass whatever the score."""


@dataclass(frozen=True, slots=True)
class Score:
    """The result of "check my work"."""

    criteria: tuple[Criterion, ...]
    share: float
    """Points reached over points possible, 0 to 1."""
    passed: bool
    next_step: str  # the one thing to do next
    privacy: float | None = None
    """Share of the planted values that stayed, 0 to 1; None where the exercise has none."""
    usefulness: float | None = None
    """Share of the points for what was achieved, 0 to 1."""
    first: tuple[float, float] | None = None
    """Privacy and usefulness of the session's first prompt."""
