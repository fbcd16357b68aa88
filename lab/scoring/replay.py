"""What ``lab course check`` proves of an exercise, beyond the shape of its files.

The model answer passes, an empty attempt does not; what goes to the model is clean; each recorded
reply fits its own examples and no other's; what the exercise names in the policy is there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lab.assistant.recorded import fits
from lab.course import Exercise, Pointer, nearest, problem
from lab.errors import BadRequest, Problem
from lab.model import Action, Blocked, Cleared, Message, Score, Status, Turn
from lab.policy.rules import Rule
from lab.policy.vault import Vault
from lab.scoring import score
from lab.words import number

PERCENT = 100


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


@dataclass(frozen=True, slots=True)
class Replay:
    """One exercise, played through."""

    exercise: Exercise
    model: Score
    empty: Score
    problems: tuple[Problem, ...]


async def replay(exercise: Exercise, gate: Gate) -> Replay:
    """Play the model answer and an empty attempt, and check the texts of an exercise."""
    turns = await play(exercise, gate, exercise.model_answer.prompts)
    answers = exercise.model_answer.answers
    model = score(exercise, turns, answers=answers, language="vi")
    empty = score(exercise, (), answers={}, language="vi")
    problems = [each async for each in _unclean(exercise, gate)]
    problems += _names(exercise, gate)
    problems += _misfits(exercise)
    if not problems:
        problems += _stopped(exercise, turns, gate)
    if not problems:
        problems += marks(exercise, model, empty)
    return Replay(exercise, model, empty, tuple(problems))


async def play(exercise: Exercise, gate: Gate, prompts: Sequence[str]) -> tuple[Turn, ...]:
    """The turns that a trainee has who sends these prompts one after the other."""
    opening = [Message("system", text) for text in exercise.for_model]
    history: list[Message] = []
    vault = Vault()
    turns: list[Turn] = []
    for nth, prompt in enumerate(prompts, 1):
        payload = [*opening, *history, Message("user", prompt)]
        result = await gate.clear(payload, vault=vault, tighten=exercise.tighten)
        sent = result.messages[-1].content if isinstance(result, Cleared) else None
        reply = next((each.text for each in exercise.recorded if fits(each, sent or "")), "")
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
        reply=reply,
        decision=decision.action,
        findings=tuple(each for each in decision.findings if each.message == last),
        reference=decision.reference,
        policy=decision.policy,
        status=Status.BLOCKED if sent is None else Status.ANSWERED,
        assistant="recorded",
    )


def _where(path: Path, text: str) -> tuple[int, int, str]:
    """Line and column at which the first line of ``text`` stands in a file."""
    wanted = text.strip().split("\n")[0]
    for nth, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if wanted and wanted in line:
            return nth, line.index(wanted) + 1, line
    return 0, 0, ""


async def _unclean(exercise: Exercise, gate: Gate) -> AsyncIterator[Problem]:
    """What goes to the model with every prompt must be clean."""
    spec = exercise.folder / "exercise.yaml"
    texts = [(spec, exercise.system_prompt)]
    texts += [
        (exercise.folder / "material" / f"{each.id}.md", each.text)
        for each in exercise.material_shown
        if each.for_model
    ]
    titles = {rule.id: rule.title.vi for rule in gate.rules}
    for path, text in texts:
        message = Message("system", text)
        result = await gate.clear([message], vault=Vault(), tighten=exercise.tighten)
        for finding in result.decision.findings:
            if finding.action is not Action.ALLOW:
                lines = text[: finding.start].split("\n")
                line, column, source = _where(path, text.split("\n")[len(lines) - 1])
                place = line, column + len(lines[-1]), source
                yield problem(path, "text_blocked", {"rule": titles[finding.rule]}, at=place)
        if result.decision.fault:
            yield problem(path, "text_blocked", {"rule": result.decision.fault})


def _names(exercise: Exercise, gate: Gate) -> Iterator[Problem]:
    """What an exercise tightens must be known to the policy."""
    pointer = Pointer(exercise.folder / "exercise.yaml")
    known = {rule.entity for rule in gate.rules} | {rule.id for rule in gate.rules}
    for name in exercise.tighten:
        if name not in known:
            yield pointer.at(
                ("tighten", name), "no_entity", entity=name, known=nearest(name, known)
            )


def _misfits(exercise: Exercise) -> Iterator[Problem]:
    """Each example prompt fits its own recorded reply, and no other."""
    for name, examples in exercise.fits.items():
        path = exercise.folder / "recorded" / f"{name}.md"
        for nth, example in enumerate(examples, 1):
            found = [reply.name for reply in exercise.recorded if fits(reply, example)]
            if found != [name]:
                gaps = {"number": nth, "name": name, "found": ", ".join(found)}
                key = "misfit" if found else "fits_none"
                yield problem(path, key, gaps, at=_where(path, example))


def _stopped(exercise: Exercise, turns: Sequence[Turn], gate: Gate) -> Iterator[Problem]:
    """No prompt of the model answer may be stopped."""
    titles = {rule.id: rule.title.vi for rule in gate.rules}
    path = exercise.folder / "model-answer.md"
    for nth, turn in enumerate(turns, 1):
        if turn.prompt is None:
            rules = [finding.rule for finding in turn.findings] or [turn.reference]
            gaps = {"number": nth, "rule": titles.get(rules[0], rules[0])}
            where = _where(path, exercise.model_answer.prompts[nth - 1])
            yield problem(path, "prompt_blocked", gaps, at=where)


def marks(exercise: Exercise, model: Score, empty: Score) -> Iterator[Problem]:
    """The model answer passes, and nothing passes without work."""
    path = exercise.folder / "model-answer.md"
    try:
        exercise.check_answers(exercise.model_answer.answers)
    except BadRequest:
        yield problem(path, "wrong_answers", {}, at=_where(path, "answers:"))
        return
    if not model.passed:
        weak = [f"{line.title} ({line.points}/2: {line.reason})" for line in model.criteria]
        lines = [text for text, line in zip(weak, model.criteria, strict=True) if line.points < 2]  # noqa: PLR2004 - full points
        gaps = {"share": number(model.share * PERCENT), "lines": "; ".join(lines)}
        yield problem(path, "model_fails", gaps)
    if empty.passed:
        pointer = Pointer(exercise.folder / "exercise.yaml")
        yield pointer.at(("rubric",), "empty_passes")
