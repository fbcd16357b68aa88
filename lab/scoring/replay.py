"""What ``lab course check`` proves of an exercise, beyond the shape of its files.

The model answer passes, an empty attempt does not; what goes to the model is clean; each recorded
reply fits its own examples and no other's; what the exercise names in the policy is there. What
people tried and what nobody should get points for is in :mod:`lab.scoring.proofs`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from lab.course import Exercise, Pointer, nearest, problem
from lab.errors import BadRequest, Problem
from lab.model import Action, Message, Score, Turn
from lab.policy.vault import Vault
from lab.scoring import Work, score
from lab.scoring.play import Gate, fitting, play, where, write
from lab.scoring.proofs import proofs, weak_lines
from lab.words import number

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Replay:
    """One exercise, played through."""

    exercise: Exercise
    model: Score
    empty: Score
    problems: tuple[Problem, ...]


async def replay(exercise: Exercise, gate: Gate) -> Replay:
    """Play the model answer and an empty attempt, and check the texts of an exercise."""
    asked = [(prompt, None) for prompt in exercise.model_answer.prompts]
    turns = await play(exercise, gate, asked)
    work = await write(exercise, gate, exercise.model_answer.answers)
    model = score(exercise, turns, work, language="vi")
    empty = score(exercise, (), Work(), language="vi")
    problems = [each async for each in _unclean(exercise, gate)]
    problems += _names(exercise, gate)
    problems += _misfits(exercise)
    if not problems:
        problems += _stopped(exercise, turns, work, gate)
    if not problems:
        problems += marks(exercise, model, empty)
    if not problems:
        problems += [each async for each in proofs(exercise, gate)]
    return Replay(exercise, model, empty, tuple(problems))


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
                line, column, source = where(path, text.split("\n")[len(lines) - 1])
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
            found = [reply.name for reply in fitting(exercise, example)]
            if found != [name]:
                gaps = {"number": nth, "name": name, "found": ", ".join(found)}
                key = "misfit" if found else "fits_none"
                yield problem(path, key, gaps, at=where(path, example))


def _stopped(
    exercise: Exercise, turns: Sequence[Turn], work: Work, gate: Gate
) -> Iterator[Problem]:
    """No prompt and no text of the model answer may be stopped."""
    titles = {rule.id: rule.title.vi for rule in gate.rules}
    path = exercise.folder / "model-answer.md"
    for nth, turn in enumerate(turns, 1):
        if turn.prompt is None:
            rules = [finding.rule for finding in turn.findings] or [turn.reference]
            gaps = {"number": nth, "rule": titles.get(rules[0], rules[0])}
            at = where(path, exercise.model_answer.prompts[nth - 1])
            yield problem(path, "prompt_blocked", gaps, at=at)
    for name in sorted(exercise.texts & set(exercise.model_answer.answers)):
        if name not in work.answers:
            at = where(path, str(exercise.model_answer.answers[name]))
            yield problem(path, "text_stopped", {"widget": name}, at=at)


def marks(exercise: Exercise, model: Score, empty: Score) -> Iterator[Problem]:
    """The model answer gets every point, and nothing passes without work."""
    path = exercise.folder / "model-answer.md"
    try:
        exercise.check_answers(exercise.model_answer.answers)
    except BadRequest:
        yield problem(path, "wrong_answers", {}, at=where(path, "answers:"))
        return
    if model.share < 1:
        gaps = {"share": number(model.share * PERCENT), "lines": weak_lines(model)}
        yield problem(path, "model_fails", gaps)
    if empty.passed:
        pointer = Pointer(exercise.folder / "exercise.yaml")
        yield pointer.at(("rubric",), "empty_passes")
