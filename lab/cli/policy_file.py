"""``lab policy scan FILE``: what the policy says of a file, part by part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lab.cli.out import tell, tell_text
from lab.settings import Settings
from lab.words import say

if TYPE_CHECKING:
    from lab.attach import Part
    from lab.policy.clear import Policy
    from lab.session.attached import AttachedPart

LONGEST_PATH = 1024


def file_named(text: str | None) -> Path | None:
    """The file that an argument names; None where the argument is itself the text to try."""
    if not text or len(text) > LONGEST_PATH or "\n" in text or "\0" in text:
        return None
    try:
        path = Path(text)
        return path if path.is_file() else None
    except OSError:  # a text that can be no path
        return None


async def explain_file(policy: Policy, name: str, data: bytes) -> None:
    """For people: what each part holds, why it counts, and what would leave.

    Raises:
        Unreadable: the file cannot be read; the code says why.
    """
    from lab.attach import Limits, Reader
    from lab.session.attached import unread_words
    from lab.session.attaching import tried

    reader = Reader(Limits(seconds=Settings().attachment_seconds))
    document = await reader.read(name, data)
    checked = await tried(policy, document)
    tell(say(f"policy.action.{checked.decision.action}") + f"  ({policy.version})")
    if checked.decision.fault:
        tell(say("policy.cli.fault", code=checked.decision.fault))
    for raw, part in zip(document.parts, checked.parts, strict=True):
        _print_part(policy, raw, part)
    for line in unread_words(document.unread, "vi"):
        tell(line)


def _print_part(policy: Policy, raw: Part, part: AttachedPart) -> None:
    from lab.session.attached import place

    stays = "" if part.kind.leaves else "  " + say("policy.cli.stays")
    tell()
    tell(f"== {place(part.kind, part.unit, part.number)}{stays}")
    for found in part.findings:
        rule = policy.rule(found.rule)
        piece = raw.text[found.start : found.end].replace("\n", " ")
        tell(f"  «{piece}»  {rule.title.vi} [{found.entity}, {found.tier}]")
        tell_text("    → " + rule.advice.vi)
    if part.text is not None:
        tell_text(part.text)
