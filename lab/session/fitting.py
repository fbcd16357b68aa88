"""Making a payload fit the model's context: old turns go first, then the ends of attached files.

The last turn outlives the end of a long file: a conversation that forgets what was just said is of
less use than a file that is told as cut. Only text that was cleared is counted here, since a
model's tokenizer may be another process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.errors import AssistantError
from lab.model import Message, Shortened
from lab.session.attached import LEAST_CHARS, shortened
from lab.words import number, say

if TYPE_CHECKING:
    from lab.assistant.base import Assistant


@dataclass(frozen=True, slots=True)
class Fitted:
    """What of a payload fits."""

    messages: tuple[Message, ...]
    dropped: int
    """Old turns that were left out."""
    cuts: tuple[Shortened, ...] = ()
    """Files that go along in part."""


@dataclass(frozen=True, slots=True)
class Sections:
    """A cleared payload by what its messages are."""

    opening: Sequence[Message]
    files: Sequence[tuple[int, Message]]
    """Number of the attachment, and its message."""
    history: Sequence[Message]
    prompt: Message

    @property
    def turns(self) -> int:
        """Turns of the history."""
        return sum(message.role == "user" for message in self.history)


async def fitted(assistant: Assistant, sections: Sections) -> Fitted:
    """The payload, less what does not fit.

    Raises:
        AssistantError: ``assistant_full_context``: not even the beginnings of the files fit.
    """
    best: Fitted | None = None
    most = max((len(message.content) for _, message in sections.files), default=0)
    while True:
        files = [_cut(each, message, most) for each, message in sections.files]
        try:
            messages, dropped = await assistant.fit(
                [*sections.opening, *(message for message, _ in files)],
                sections.history,
                sections.prompt,
            )
        except AssistantError as error:
            if error.code != "assistant_full_context" or most // 2 < LEAST_CHARS:
                if best is None:
                    raise
                return best
        else:
            best = Fitted(messages, dropped, tuple(cut for _, cut in files if cut.left))
            if dropped < sections.turns or not dropped or most // 2 < LEAST_CHARS:
                return best
        most //= 2


def _cut(each: int, message: Message, most: int) -> tuple[Message, Shortened]:
    """The beginning of a file's message, and a line that says how much is missing."""
    text, left = shortened(message.content, most)
    if not left:
        return message, Shortened(each, len(text), 0)
    line = say("attach.message.left", count=number(left))
    return Message(message.role, f"{text}\n\n{line}"), Shortened(each, len(text), left)
