"""Answers to an exercise's own questions: ids as they are, texts through the gate of prompts.

A text that the policy stops is never written anywhere; one that it masks is kept masked. Each
answer is kept as soon as it is given, so that nothing of it needs to be stored in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.log.base import Log
from lab.model import Action, Cleared, Decision, Message, SessionRow
from lab.session.transcript import fold, readable
from lab.session.turn import note_all
from lab.session.vaults import Vaults

if TYPE_CHECKING:
    from lab.course import Exercise
    from lab.policy.clear import Policy


@dataclass(frozen=True, slots=True)
class KeptText:
    """What became of a text of the trainee's own."""

    decision: Decision
    outgoing: str | None
    """As it is kept: masked; None where it was stopped, and nothing is kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the answers that were given."""

    saved: tuple[str, ...]
    """Ids of the widgets whose answers are kept now."""
    texts: Mapping[str, KeptText]


@dataclass(frozen=True, slots=True)
class Answering:
    """The parts of the lab that keeping answers needs."""

    log: Log
    policy: Policy
    vaults: Vaults

    async def keep(
        self, row: SessionRow, exercise: Exercise, given: Mapping[str, Any], secret: str
    ) -> Kept:
        """Keep what may be kept; on disk when this returns.

        Raises:
            BadRequest: an unknown widget or option.
        """
        known = exercise.check_answers(given)
        texts = {name: readable(known.pop(name)) for name in exercise.texts & set(known)}
        async with self.vaults.lock(row.id):
            transcript = fold(await self.log.events(row.id))
            vault = await self.vaults.open(row.id, secret)
            note_all(vault, transcript)
            passed: dict[str, KeptText] = {}
            masked: dict[str, list[str]] = {}
            for name, text in texts.items():
                tried = vault.copy()
                result = await self.policy.clear(
                    [Message("user", text)], vault=tried, tighten=exercise.tighten
                )
                outgoing = result.messages[-1].content if isinstance(result, Cleared) else None
                passed[name] = KeptText(result.decision, outgoing)
                if outgoing is not None:
                    vault = tried
                    known[name] = outgoing
                    masked[name] = _masked(result.decision)
            before, hidden = transcript.answers, transcript.masked
            new = {name: value for name, value in known.items() if before.get(name) != value}
            if new:
                await self.vaults.save(row.id, secret, vault)
                told = {name: masked[name] for name in new if masked.get(name) or name in hidden}
                payload = {"answers": new} | ({"masked": told} if told else {})
                await self.log.append(row.id, "answers.given", payload)
        return Kept(tuple(known), passed)


def _masked(decision: Decision) -> list[str]:
    """The kinds of what was masked, one a place."""
    return [found.entity for found in decision.findings if found.action is Action.MASK]
