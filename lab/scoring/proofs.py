"""What an exercise must not do: reward copying, give itself away, or differ from what people tried.

Each is proved by playing it through, with the policy as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence

from lab.course import PARTS, Exercise, PlantedValue, Pointer, Tried, problem
from lab.course.widgets import TextWidget
from lab.errors import BadRequest, Problem
from lab.model import Action, Message, Score
from lab.policy.vault import Vault
from lab.scoring import score
from lab.scoring.case import Case
from lab.scoring.planted import leaks, marked, worded
from lab.scoring.play import Gate, play, where, write
from lab.scoring.result import cues
from lab.scoring.words import Reading, runs, taken_from

TELLS = 8
"""So many words in a row that also stand in the model answer give it away."""


async def proofs(exercise: Exercise, gate: Gate) -> AsyncIterator[Problem]:
    """All that is wrong with an exercise whose model answer passes."""
    async for found in _planted(exercise, gate):
        yield found
    for told in _told(exercise):
        yield told
    for what, text in _copies(exercise):
        result = await _pasted(exercise, gate, text)
        if result.passed:
            pointer = Pointer(exercise.folder / "exercise.yaml")
            yield pointer.at(("rubric",), "copy_passes", what=what)
    for tried in exercise.tried:
        async for wrong in _tried(exercise, gate, tried):
            yield wrong


# --- planted values -------------------------------------------------------------------------------


async def _planted(exercise: Exercise, gate: Gate) -> AsyncIterator[Problem]:
    """Every planted value stands in what is shown, and the policy finds it there."""
    pointer = Pointer(exercise.folder / "exercise.yaml")
    starts = [each.start or "" for each in exercise.widgets if isinstance(each, TextWidget)]
    texts = [each.text for each in exercise.material_shown] + [text for text in starts if text]
    hidden = [await _without_findings(exercise, gate, text) for text in texts]
    for nth, value in enumerate(exercise.planted):
        if not any(_there(text, value) for text in texts):
            yield pointer.at(("planted", nth, "value"), "planted_missing", name=value.name)
        elif value.by_policy and any(_there(text, value) for text in hidden):
            yield pointer.at(("planted", nth, "value"), "planted_unfound", name=value.name)
    for nth, each in enumerate(exercise.setting):
        if not any(worded(text, each.value) for text in (exercise.task_md, *texts)):
            yield pointer.at(("setting", nth, "value"), "planted_missing", name=each.name)
        elif any(marked(text, each) for text in hidden):
            yield pointer.at(("setting", nth, "value"), "planted_unfound", name=each.name)


def _there(text: str, value: PlantedValue) -> bool:
    return leaks(text, [value]).get(value.name, False)


async def _without_findings(exercise: Exercise, gate: Gate, text: str) -> str:
    """A text less all that the policy finds in it."""
    result = await gate.clear([Message("user", text)], vault=Vault(), tighten=exercise.tighten)
    letters = list(text)
    for finding in result.decision.findings:
        if finding.action is not Action.ALLOW:
            letters[finding.start : finding.end] = "\n" * (finding.end - finding.start)
    return "".join(letters)


# --- hints and copies -----------------------------------------------------------------------------


def _told(exercise: Exercise) -> Iterator[Problem]:
    """No hint shares a row of words with the model answer, or names a planted value."""
    path = exercise.folder / "hints.md"
    answers = exercise.model_answer
    written = [str(answers.answers[name]) for name in exercise.texts & set(answers.answers)]
    rows = runs([*answers.prompts, *written], TELLS)
    for nth, hint in enumerate(exercise.hints, 1):
        reading = Reading(hint.vi)
        taken = taken_from(reading, rows)
        told = [at for at, gone in zip(reading.tokens, taken, strict=True) if gone]
        if told:
            words = hint.vi[told[0][0] : told[min(TELLS, len(told)) - 1][1]]
            gaps = {"number": nth, "words": " ".join(words.split())}
            yield problem(path, "hint_tells", gaps, at=where(path, hint.vi))
        for name in leaks(hint.vi, exercise.planted):
            gaps = {"number": nth, "words": name}
            yield problem(path, "hint_tells", gaps, at=where(path, hint.vi))


def _copies(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """Texts that take no work, and what they are."""
    yield "task.md", exercise.task_md
    yield "hints.md", "\n".join(hint.vi for hint in exercise.hints)
    material = "\n\n".join(each.text for each in exercise.material_shown)
    if material:
        yield "material", material
    nobody = Case(exercise, (), {}, "vi", (), {}, None, None)
    words = [word for line in exercise.rubric for word in cues(nobody, line)]
    for part in map(exercise.lexicon.part, PARTS):
        words += [word.replace("#", "3") for word in (*part.cues, *part.strong)]
    words += exercise.lexicon.data
    yield "any_of", ", ".join(dict.fromkeys(words))


async def _pasted(exercise: Exercise, gate: Gate, text: str) -> Score:
    """The score of who pastes a text wherever one can write."""
    turns = await play(exercise, gate, [(text, None)])
    answers = dict.fromkeys(exercise.texts, text)
    work = await write(exercise, gate, answers)
    return score(exercise, turns, work, language="vi")


# --- what people tried ----------------------------------------------------------------------------


async def _tried(exercise: Exercise, gate: Gate, tried: Tried) -> AsyncIterator[Problem]:
    """Good work passes; bad work does not, for the reason that is given."""
    try:
        exercise.check_answers(tried.answers)
    except BadRequest:
        yield problem(tried.path, "wrong_answers", {})
        return
    turns = await play(exercise, gate, tried.turns)
    work = await write(exercise, gate, tried.answers, minutes=tried.minutes)
    for name in sorted(exercise.texts & set(tried.answers)):
        if tried.good and name not in work.answers:
            at = where(tried.path, str(tried.answers[name]))
            yield problem(tried.path, "text_stopped", {"widget": name}, at=at)
    result = score(exercise, turns, work, language="vi")
    if tried.good and not result.passed:
        yield problem(tried.path, "tried_fails", {"lines": weak_lines(result)})
    if tried.good:
        return
    if result.passed:
        yield problem(tried.path, "tried_passes", {})
    for found in _as_said(tried, result):
        yield found


def _as_said(tried: Tried, result: Score) -> Iterator[Problem]:
    """Bad work is weak where its file says so."""
    pointer = Pointer(tried.path)
    points = {line.id: line.points for line in result.criteria}
    for nth, name in enumerate(tried.weak):
        if name not in points:
            known = ", ".join(points)
            yield pointer.at(("weak", nth), "no_name", name=name, known=known)
        elif points[name] >= _FULL:
            yield pointer.at(("weak", nth), "tried_not_weak", line=name)
    critical = any(line.critical for line in result.criteria)
    if critical != tried.critical:
        loc = ("critical",) if tried.critical else ("name",)
        lines: Sequence[str] = [line.title for line in result.criteria if line.critical]
        yield pointer.at(loc, "tried_critical", lines=", ".join(lines) or "-")


_FULL = 2


def weak_lines(result: Score) -> str:
    """The lines of a score that are not full, for a sentence."""
    return "; ".join(
        f"{line.title} ({line.points}/{_FULL}: {line.reason})"
        for line in result.criteria
        if line.points < _FULL
    )
