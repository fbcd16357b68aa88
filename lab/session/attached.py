"""Attached files as a session keeps them (masked), and as the messages that go with a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.attach import Kind, Unit
from lab.model import Action, Finding, Language, Message
from lab.words import number, say

MOST = 5
"""Attached files that one session has at a time."""
LEAST_CHARS = 400
"""Characters of a file below which sending a beginning of it makes no sense."""


@dataclass(frozen=True, slots=True)
class AttachedPart:
    """One piece of a file, masked."""

    kind: Kind
    unit: Unit
    number: int
    text: str | None
    """As it leaves; None where the file was stopped. Empty where its text is a finding begun in the
    piece before."""
    findings: tuple[Finding, ...] = ()
    """Offsets are those of the text that was read, which is not kept."""

    @property
    def leaves(self) -> bool:
        """Whether it goes along; what is not on the page is checked, and stays here."""
        return self.kind.leaves and self.text is not None


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file that was attached to a session. Holds nothing raw."""

    number: int
    at: float
    type: str
    size: int
    """Bytes of the file."""
    action: Action
    parts: tuple[AttachedPart, ...]
    unread: Mapping[str, int]
    """What the file holds and nobody read: kind -> how many."""
    reference: str
    policy: str
    most: int
    """Characters of it that leave at most."""
    fault: str | None = None
    removed: bool = False

    @property
    def name(self) -> str | None:
        """The name of the file, masked; None where the file was stopped."""
        return next((part.text for part in self.parts if part.kind is Kind.NAME), None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all parts."""
        return tuple(finding for part in self.parts for finding in part.findings)

    @property
    def carried(self) -> bool:
        """Whether it goes with the prompts of its session."""
        return self.action is not Action.BLOCK and not self.removed

    @property
    def text(self) -> str:
        """All of it that may leave, in the order of the file."""
        seen = [part for part in self.parts if part.leaves and part.kind is not Kind.NAME]
        pieces: list[str] = []
        for part in seen:
            title = _title(part)
            pieces.append(f"{title}\n{part.text}" if title else part.text or "")
        return "\n\n".join(pieces)

    def message(self, most: int | None = None) -> Message:
        """What goes along with a prompt, at most ``most`` characters of the file."""
        text, left = shortened(self.text, min(self.most, most or self.most))
        lines = [say("attach.message.head", number=self.number, name=self.name), "", text]
        if left:
            lines += ["", say("attach.message.left", count=number(left))]
        lines += ["", say("attach.message.foot", number=self.number)]
        return Message("user", "\n".join(lines))

    def left_out(self, most: int | None = None) -> int:
        """Characters that do not go along."""
        return shortened(self.text, min(self.most, most or self.most))[1]


def _title(part: AttachedPart) -> str:
    """A line before a part, for the model; the body of a text needs none."""
    if part.kind is Kind.BODY and part.unit is Unit.NONE:
        return ""
    return f"({place(part.kind, part.unit, part.number)})"


def place(kind: Kind, unit: Unit, at: int, language: Language = "vi") -> str:
    """Where a part stood, in words: ``Nội dung, trang 2``."""
    name = say(f"attach.kind.{kind}", language)
    if unit is Unit.NONE:
        return name
    return f"{name}, " + say(f"attach.unit.{unit}", language, number=at)


def unread_words(unread: Mapping[str, int], language: Language) -> list[str]:
    """What of a file was not read, in words."""
    return [say(f"attach.unread.{kind}", language, count=count) for kind, count in unread.items()]


def shortened(text: str, most: int) -> tuple[str, int]:
    """The beginning of a text up to the end of a line or a word, no placeholder cut in two, and how
    many characters it leaves out.
    """
    if len(text) <= most:
        return text, 0
    end = text.rfind("\n", most // 2, most)
    if end < 0:
        end = text.rfind(" ", most // 2, most)
    if end < 0:
        end = most
    opened = text.rfind("[", 0, end)
    if opened > text.rfind("]", 0, end) and text.find("]", opened) >= end:
        end = opened
    kept = text[:end].rstrip()
    return kept, len(text) - len(kept)


def carried(attachments: Sequence[Attachment]) -> list[Attachment]:
    """Those that go with the next prompt, in order."""
    return [each for each in attachments if each.carried]


def messages_of(attachments: Sequence[Attachment]) -> list[Message]:
    """The messages of those that go with the next prompt."""
    return [each.message() for each in carried(attachments)]
