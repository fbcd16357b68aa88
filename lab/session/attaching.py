"""Attaching a file: read, checked like a prompt, and on disk masked, before any of it may leave.

The raw parts live as long as ``decide`` runs. What goes on is masked text and the sealed map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lab.attach import Document, Part, Reader
from lab.errors import Conflict, NotFound
from lab.log.base import Log
from lab.model import Action, Cleared, Decision, Finding, Message, SessionRow
from lab.session.attached import MOST, AttachedPart, Attachment, carried
from lab.session.transcript import attachment_payload, fold, readable
from lab.session.turn import note_all
from lab.session.vaults import Vaults

if TYPE_CHECKING:
    from lab.course import Exercise
    from lab.policy.clear import Policy
    from lab.policy.vault import Vault

GAP = "\n\n"
"""What stands between two parts as they are checked: as one text, so that cues reach over."""
TRIES = 4
"""A file may be given the time of so many prompts before it is a fault: it is longer, and where the
lab has just started, the child process that reads long texts may still be starting.
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file and what the policy says of it."""

    decision: Decision
    parts: tuple[AttachedPart, ...]


async def decide(
    policy: Policy,
    document: Document,
    *,
    vault: Vault,
    tighten: Mapping[str, Action] | None = None,
) -> Checked:
    """Pass everything that was read through the gate of prompts. Never raises.

    Findings in what would not leave count as well: a mark in a deleted sentence marks the file.
    """
    raw = [replace(part, text=readable(part.text)) for part in document.parts]
    whole = GAP.join(part.text for part in raw)
    for _ in range(TRIES):
        result = await policy.clear([Message("user", whole)], vault=vault, tighten=tighten)
        if result.decision.fault != "policy_timeout":
            break
    cleared = result if isinstance(result, Cleared) else None
    parts = _parts(raw, result.decision.findings, masked=cleared is not None)
    if cleared is not None:
        ours = GAP.join(part.text or "" for part in parts)
        if ours != cleared.messages[-1].content and not _crossing(raw, cleared.decision.findings):
            fault = replace(cleared.decision, action=Action.BLOCK, fault="policy_fault")
            parts = tuple(replace(part, text=None) for part in parts)
            return Checked(fault, parts)
    return Checked(result.decision, parts)


def _spans(raw: Sequence[Part]) -> list[tuple[int, int]]:
    """Where each part stands in the text that is checked."""
    spans: list[tuple[int, int]] = []
    at = 0
    for part in raw:
        spans.append((at, at + len(part.text)))
        at += len(part.text) + len(GAP)
    return spans


def _crossing(raw: Sequence[Part], findings: Sequence[Finding]) -> bool:
    """Whether something was found over the end of a part: the gap is then not in the masked text.

    Each of the parts is masked all the same, see ``_parts``.
    """
    ends = [end for _, end in _spans(raw)[:-1]]
    return any(
        found.start < end + len(GAP) and found.end > end for found in findings for end in ends
    )


def _parts(
    raw: Sequence[Part], findings: Sequence[Finding], *, masked: bool
) -> tuple[AttachedPart, ...]:
    """Every part with its own findings, and its text with them masked (None unless ``masked``).

    What was found over the end of a part stands in both: the placeholder in the first of them.
    """
    parts: list[AttachedPart] = []
    for index, (part, (start, end)) in enumerate(zip(raw, _spans(raw), strict=True)):
        own: list[Finding] = []
        pieces: list[str] = []
        done = 0
        for found in findings:
            if found.end <= start or found.start >= end:
                continue
            first, last = max(found.start - start, 0), min(found.end, end) - start
            own.append(replace(found, message=index, start=first, end=last))
            if found.action is Action.MASK:
                pieces += (
                    part.text[done:first],
                    (found.placeholder or "") * (found.start >= start),
                )
                done = last
        text = "".join((*pieces, part.text[done:])) if masked else None
        parts.append(AttachedPart(part.kind, part.unit, part.number, text, tuple(own)))
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Attaching:
    """The parts of the lab that attaching needs."""

    log: Log
    policy: Policy
    vaults: Vaults
    reader: Reader
    most: int
    """Characters of one file that leave at most."""

    async def attach(
        self, row: SessionRow, exercise: Exercise, name: str, data: bytes, secret: str
    ) -> Attachment:
        """Read, decide, and keep the decision: on disk when this returns, whatever it is.

        Raises:
            Unreadable: the file cannot be read.
            Conflict: the session has enough files.
            LogError: the decision could not be written; the file is not attached.
        """
        self._room(carried(fold(await self.log.events(row.id)).attachments))
        document = await self.reader.read(name, data)
        async with self.vaults.lock(row.id):
            transcript = fold(await self.log.events(row.id))
            self._room(carried(transcript.attachments))
            vault = await self.vaults.open(row.id, secret)
            note_all(vault, transcript)
            checked = await decide(self.policy, document, vault=vault, tighten=exercise.tighten)
            if checked.decision.action is not Action.BLOCK:
                await self.vaults.save(row.id, secret, vault)
            payload = attachment_payload(
                1 + max((each.number for each in transcript.attachments), default=0),
                document.type,
                len(data),
                checked.decision,
                checked.parts,
                unread=document.unread,
                most=self.most,
            )
            await self.log.append(row.id, "attachment.decided", payload)
            return fold(await self.log.events(row.id)).attachments[-1]

    def _room(self, held: Sequence[Attachment]) -> None:
        if len(held) >= MOST:
            raise Conflict("attach_enough", most=MOST)


async def remove(log: Log, vaults: Vaults, row: SessionRow, number: int) -> None:
    """Take a file away: it goes with no further prompt. Raises ``NotFound``."""
    async with vaults.lock(row.id):
        known = fold(await log.events(row.id)).attachments
        if not any(each.number == number and not each.removed for each in known):
            raise NotFound("no_attachment")
        await log.append(row.id, "attachment.removed", {"number": number})


async def tried(policy: Policy, document: Document) -> Checked:
    """What the policy says of a file, for officers and commands: nothing is kept."""
    from lab.policy.vault import Vault  # noqa: PLC0415 - the policy is imported late

    return await decide(policy, document, vault=Vault())
