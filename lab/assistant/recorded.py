"""Replies that an exercise carries, for a room without a model and for a long queue.

Nothing leaves: there is no ``before_send``, and no row "sent" in the log.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import AsyncGenerator, Sequence

from lab.assistant.base import About, BeforeSend, Form
from lab.errors import AssistantError
from lab.model import AssistantEvent, Cleared, Delta, Finished, Message, RecordedReply, Usage

_PIECES = re.compile(r"\s*\S+\s*\Z|\s*\S+")


def fold(text: str) -> str:
    """Lower case, without accents, every run of what is neither letter nor digit one space."""
    plain = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))


def fits(reply: RecordedReply, prompt: str) -> bool:
    """Whether a reply answers a prompt: whole words, accents and case aside."""
    text = f" {fold(prompt)} "

    def there(phrase: str) -> bool:
        return f" {fold(phrase)} " in text

    wanted = all(any(there(phrase) for phrase in group) for group in reply.all_of)
    return wanted and not any(there(phrase) for phrase in reply.none_of)


class RecordedAssistant:
    """Answers with the first recorded reply that fits, or says that none does."""

    about = About("recorded", "", "", ready=True)
    prefix: tuple[Message, ...] = ()

    def __init__(self, piece_seconds: float) -> None:
        """``piece_seconds``: the pause between two words."""
        self._pause = piece_seconds

    async def start(self) -> None:
        """Nothing needs to run."""

    async def close(self) -> None:
        """Nothing runs."""

    async def count(self, messages: Sequence[Message]) -> int | None:  # noqa: ARG002 - Protocol
        """There is no model, and so no tokenizer."""
        return None

    async def fit(
        self, opening: Sequence[Message], history: Sequence[Message], prompt: Message
    ) -> tuple[tuple[Message, ...], int]:
        """Everything fits."""
        return (*opening, *history, prompt), 0

    async def stream(
        self,
        cleared: Cleared,
        *,
        before_send: BeforeSend,  # noqa: ARG002 - nothing is sent
        recorded: Sequence[RecordedReply] = (),
        form: Form | None = None,
    ) -> AsyncGenerator[AssistantEvent, None]:
        """The first of ``recorded`` that fits the prompt, word by word.

        Raises:
            AssistantError: ``assistant_no_recording``: none fits.
        """
        if form is not None:
            raise AssistantError("assistant_no_recording", retry=False)
        prompt = cleared.messages[-1].content
        reply = next((reply for reply in recorded if fits(reply, prompt)), None)
        if reply is None:
            raise AssistantError("assistant_no_recording", retry=False)
        for piece in _PIECES.findall(reply.text):
            yield Delta(piece)
            await asyncio.sleep(self._pause)
        yield Finished(Usage())
