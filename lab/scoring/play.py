"""Playing an exercise through, with the real policy and the recorded assistant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from lab.assistant.recorded import fits
from lab.course import Exercise
from lab.errors import BadRequest
from lab.model import Action, Blocked, Cleared, Message, RecordedReply, Status, Turn
from lab.policy.rules import Rule
from lab.policy.vault import Vault
from lab.scoring import Work

Asked = tuple[str, str | None]
"""A prompt, and the reply that it got where it was not the recorded one."""


class Gate(Protocol):
    """The part of the policy that a replay needs."""

    rules: tuple[Rule, ...]

    async def clear(
        self,
        messages: Sequence[Message],
        *,
        vault: Vault,
        tighten: Mapping[str, Action] | None = None,
    ) -> Cleared | Blocked:
        """The decision on a whole payload."""
        ...


def fitting(exercise: Exercise, prompt: str) -> list[RecordedReply]:
    """The recorded replies that fit a prompt."""
    return [reply for reply in exercise.recorded if fits(reply, prompt)]


async def play(exercise: Exercise, gate: Gate, asked: Sequence[Asked]) -> tuple[Turn, ...]:
    """The turns that a trainee has who sends these prompts one after the other."""
    opening = [Message("system", text) for text in exercise.for_model]
    history: list[Message] = []
    vault = Vault()
    turns: list[Turn] = []
    for nth, (prompt, given) in enumerate(asked, 1):
        payload = [*opening, *history, Message("user", prompt)]
        result = await gate.clear(payload, vault=vault, tighten=exercise.tighten)
        sent = result.messages[-1].content if isinstance(result, Cleared) else None
        recorded = fitting(exercise, sent or "")
        reply = given or (recorded[0].text if recorded else "")
        turns.append(_turn(nth, result, sent, reply, len(payload) - 1))
        if sent is not None:
            history += [Message("user", sent), Message("assistant", reply or "…")]
    return tuple(turns)


def _turn(nth: int, result: Cleared | Blocked, sent: str | None, reply: str, last: int) -> Turn:
    decision = result.decision
    return Turn(
        id=f"t{nth}",
        parent=f"t{nth - 1}" if nth > 1 else None,
        at=float(nth),
        prompt=sent,
        reply="" if sent is None else reply,
        decision=decision.action,
        findings=tuple(each for each in decision.findings if each.message == last),
        reference=decision.reference,
        policy=decision.policy,
        status=Status.BLOCKED if sent is None else Status.ANSWERED,
        assistant="recorded",
    )


async def write(
    exercise: Exercise, gate: Gate, answers: Mapping[str, Any], *, minutes: float = 1.0
) -> Work:
    """The answers as the log keeps them: texts pass the policy; one that is stopped is not kept.

    An answer that is none of its widget's is left out.
    """
    kept: dict[str, Any] = {}
    masked: dict[str, list[str]] = {}
    for name, given in answers.items():
        try:
            kept |= exercise.check_answers({name: given})
        except BadRequest:
            continue
        if name in exercise.texts:
            message = Message("user", kept.pop(name))
            result = await gate.clear([message], vault=Vault(), tighten=exercise.tighten)
            if isinstance(result, Cleared):
                kept[name] = result.messages[-1].content
                masked[name] = [
                    finding.entity
                    for finding in result.decision.findings
                    if finding.action is Action.MASK
                ]
    return Work(kept, masked, minutes)


def where(path: Path, text: str) -> tuple[int, int, str]:
    """Line and column at which the first line of ``text`` stands in a file."""
    wanted = text.strip().split("\n")[0]
    for nth, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if wanted and wanted in line:
            return nth, line.index(wanted) + 1, line
    return 0, 0, ""
