"""What every assistant is: one Protocol, three implementations, and how each describes itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from lab.model import AssistantEvent, Cleared, Message, RecordedReply

Kind = Literal["openai", "embedded", "recorded"]
BeforeSend = Callable[[str], Awaitable[None]]
"""Awaited with the sha256 (hex) of the exact bytes of a request, before they leave. Every try calls
it once. If it raises, nothing is sent."""


Form = Literal["opinion"]
"""A fixed form that a reply can be held to."""
_SHORT = {"type": "string", "minLength": 1, "maxLength": 300}
GATHER_SECONDS = 0.08
"""Words that come within so short a time of each other are read, checked and shown together: twelve
pictures a second are as many as anybody reads, and each costs as much as the word in it. The first
word never waits.
"""
GATHER_MOST = 0.25
"""The same where very many replies come at once: four pictures a second, as fast as one reads."""
MANY = 40
"""Replies at once from which on words are gathered for longer."""
FORMS: Mapping[Form, Mapping[str, Any]] = {
    "opinion": {
        "type": "json_schema",
        "json_schema": {
            "name": "opinion",
            "strict": True,
            "schema": {
                "type": "object",
                "properties": {"good": _SHORT, "better": _SHORT, "example": _SHORT},
                "required": ["good", "better", "example"],
                "additionalProperties": False,
            },
        },
    }
}
"""What goes into ``response_format``: our own words alone, the same for everybody."""


@dataclass(frozen=True, slots=True)
class About:
    """Which assistant answers, and what to expect of it."""

    kind: Kind
    model: str
    """Name of the model, shown to trainees; empty for recorded replies."""
    endpoint: str
    """Host (and port) that prompts are sent to; empty where none is."""
    ready: bool
    """False while it is starting or cannot be reached."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a client of a model sends to, and how long it waits."""

    base_url: str
    key: str = field(repr=False)
    model: str
    connect_seconds: float
    silence_seconds: float
    sampling: Mapping[str, float | bool]
    """Fields of every request besides the messages: numbers and switches."""


class Assistant(Protocol):
    """Something that answers a cleared payload, streaming."""

    @property
    def about(self) -> About:
        """Who answers, now."""
        ...

    async def start(self) -> None:
        """Start what must run (a child process, a probe). Returns at once; never raises for a
        model that is not there: ``about.ready`` says so.
        """
        ...

    async def close(self) -> None:
        """Stop what was started, within 5 s."""
        ...

    @property
    def prefix(self) -> tuple[Message, ...]:
        """What every payload for this assistant begins with: who it is and two example turns.

        Always the same, so that the model's cache keeps it. It is put in front of a payload before
        the policy clears it, and so is part of what was cleared. Empty where none is needed.
        """
        ...

    async def fit(
        self, opening: Sequence[Message], history: Sequence[Message], prompt: Message
    ) -> tuple[tuple[Message, ...], int]:
        """The payload that fits the model's context, and how many of the oldest turns it lost.

        ``opening`` (prefix, the exercise's system prompt and material) and ``prompt`` are always
        kept; ``history`` loses whole turns (a user's message and what follows it) from the front.
        Called before the policy clears the payload: nothing is dropped after that.

        Raises:
            AssistantError: ``assistant_full_context`` where even without history it does not fit.
        """
        ...

    async def count(self, messages: Sequence[Message]) -> int | None:
        """Tokens of ``messages`` by the model's own tokenizer; None where it cannot be told."""
        ...

    def stream(
        self,
        cleared: Cleared,
        *,
        before_send: BeforeSend,
        recorded: Sequence[RecordedReply] = (),
        form: Form | None = None,
    ) -> AsyncIterator[AssistantEvent]:
        """The reply as it comes: any number of ``Queued``/``Delta``, one ``Finished``.

        ``recorded`` are the replies of the exercise at hand; only the recorded assistant uses them.
        ``form``: hold the model to a fixed form of JSON; the recorded assistant cannot.
        Closing the iterator stops the reply at once and frees the model's slot.

        Raises:
            AssistantError: with the code of what went wrong.
        """
        ...


def gathering(replies: int) -> float:
    """Seconds for which words are gathered while so many replies come in."""
    return min(GATHER_SECONDS * max(1.0, replies / MANY), GATHER_MOST)
