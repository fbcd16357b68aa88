"""The checks: one small function a kind, called by its name in the rubric of an exercise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.course.rubric import (
    AnswersLine,
    DropLine,
    ImproveLine,
    KeepLine,
    LengthLine,
    PartLine,
    PlaceholdersLine,
    SentLine,
)
from lab.model import Action, Status
from lab.scoring.case import Case, Prompt, was_sent
from lab.scoring.words import Reading, bare

FULL = 2
REPEAT = 2
"""A word counts at most so often when words are counted."""
MANY_STOPS = 3
"""Stops in a row after which editing should have come sooner."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a check says. The sentence is ``scoring.<check>.<outcome>``."""

    points: int
    outcome: str
    critical: bool = False
    gaps: Mapping[str, object] = field(default_factory=dict)


Check = Callable[[Case, Prompt, Any], Result]


def part(case: Case, prompt: Prompt, line: PartLine) -> Result:
    """A part of a good prompt is there and says something."""
    gaps = {"part": case.exercise.lexicon.part(line.part).title.read(case.language)}
    if line.within_authority and prompt.own.beyond_authority():
        return Result(0, "beyond", critical=True, gaps=gaps)
    level = prompt.own.level(line.part)
    about = f" {bare(prompt.text)} "
    if level and line.about and not any(f" {bare(word)} " in about for word in line.about):
        return Result(1, "off_topic", gaps={**gaps, "topic": line.about[0]})
    return Result(level, ("missing", "weak", "good")[level], gaps=gaps)


def sent(case: Case, prompt: Prompt, line: SentLine) -> Result:  # noqa: ARG001 - a check's shape
    """A prompt in the trainee's own words was sent and answered."""
    if prompt.words < line.words:
        return Result(int(prompt.words * 2 >= line.words), "short", gaps={"words": line.words})
    if prompt.turn.status is not Status.ANSWERED:
        return Result(1, "unanswered")
    return Result(FULL, "good", gaps={"count": prompt.words})


def clean(case: Case, prompt: Prompt, line: object) -> Result:  # noqa: ARG001 - a check's shape
    """Nothing in the prompt needed protection."""
    if prompt.leaked:
        return Result(0, "leaked", critical=True)
    if prompt.masked:
        return Result(1, "masked", gaps={"count": len(prompt.masked)})
    if prompt.turn.decision is Action.WARN:
        return Result(1, "warned")
    return Result(FULL, "good")


def drop(case: Case, prompt: Prompt, line: DropLine) -> Result:  # noqa: ARG001 - a check's shape
    """The planted values were taken out by the trainee, not by the lab."""
    later = [each.leaked for each in case.after]
    whole = {name for leaked in later for name, full in leaked.items() if full}
    if whole:
        return Result(0, "leaked", critical=True, gaps={"count": len(whole)})
    if any(later):
        return Result(0, "partly", critical=True, gaps={"count": len(set().union(*later))})
    if len(prompt.masked) * 2 > len(case.exercise.planted):
        return Result(0, "lab_did_it", gaps={"count": len(prompt.masked)})
    if prompt.masked:
        return Result(1, "lab_helped", gaps={"count": len(prompt.masked)})
    if any(each.leaked for each in case.before):
        return Result(1, "leaked_before")
    return Result(FULL, "good")


def keep(case: Case, prompt: Prompt, line: KeepLine) -> Result:
    """The facts that the work needs are still there."""
    text = f" {bare(prompt.text)} "
    wanted = [fact for fact in case.exercise.facts if fact.name in line.facts]
    gone = [
        fact.title.read(case.language)
        for fact in wanted
        if not any(f" {bare(way)} " in text for way in fact.any_of)
    ]
    if not gone:
        return Result(FULL, "good", gaps={"count": len(wanted)})
    points = int(len(gone) * 2 <= len(wanted))
    return Result(points, "missing", gaps={"facts": ", ".join(gone)})


def placeholders(case: Case, prompt: Prompt, line: PlaceholdersLine) -> Result:  # noqa: ARG001
    """Placeholders of the trainee's own, each spelled one way."""
    spelled: dict[str, set[str]] = {}
    for token in prompt.typed:
        spelled.setdefault(bare(token), set()).add(token)
    numbered = {key.rstrip("0123456789 ") for key in spelled if key[-1:].isdigit()}
    mixed = [ways for key, ways in spelled.items() if len(ways) > 1 or key in numbered]
    if not spelled:
        return Result(0, "none")
    if mixed:
        return Result(1, "mixed", gaps={"example": min(mixed[0])})
    if len(spelled) < line.distinct:
        return Result(1, "few", gaps={"count": len(spelled), "wanted": line.distinct})
    return Result(FULL, "good", gaps={"count": len(spelled)})


def length(case: Case, prompt: Prompt, line: LengthLine) -> Result:  # noqa: ARG001
    """Neither too short nor too long."""
    count = len(Reading(prompt.text).tokens)
    gaps = {"count": count, "least": line.least, "most": line.most}
    if line.least <= count <= line.most:
        return Result(FULL, "good", gaps=gaps)
    near = line.least <= count * 1.25 and count <= line.most * 1.25
    return Result(int(near), "short" if count < line.least else "long", gaps=gaps)


def improve(case: Case, prompt: Prompt, line: ImproveLine) -> Result:  # noqa: ARG001
    """Much was added to a first draft."""
    mine = Counter(word for _, _, word in prompt.own.reading.tokens)
    capped = Counter({word: min(count, REPEAT) for word, count in mine.items()})
    added = min((capped - Counter(bare(line.draft).split())).total(), REPEAT * prompt.own.total)
    points = FULL if added >= line.words else int(added * 2 >= line.words)
    return Result(
        points, ("little", "some", "good")[points], gaps={"count": added, "wanted": line.words}
    )


def order(case: Case, line: object) -> Result:  # noqa: ARG001 - a check's shape
    """After a stop came an edited prompt that could leave."""
    stopped = [not was_sent(turn) for turn in case.turns]
    if not case.turns or all(stopped):
        return Result(0, "stopped" if stopped else "nothing")
    if not any(stopped):
        return Result(FULL, "clean")
    if stopped[-1]:
        return Result(1, "open")
    row = longest = 0
    for each in stopped:
        row = row + 1 if each else 0
        longest = max(longest, row)
    if longest > MANY_STOPS:
        return Result(1, "late", gaps={"count": longest})
    return Result(FULL, "good")


def answered(case: Case, line: AnswersLine) -> Result:
    """A widget of the exercise was answered rightly."""
    widget = next(each for each in case.exercise.widgets if each.id == line.widget)
    given = case.answers.get(widget.id)
    if not given:
        return Result(0, "open")
    chosen = {given} if isinstance(given, str) else set(given)
    right = {option.id for option in widget.options if option.right}
    if chosen == right:
        return Result(FULL, "good", gaps={"count": len(right)})
    if widget.kind == "choice":
        return Result(0, "wrong")
    missed = len(right - chosen)
    points = int(missed * 2 <= len(right) and chosen <= right)
    return Result(points, "some", gaps={"missed": missed + len(chosen - right)})


OF_PROMPT: Mapping[str, Check] = {
    "part": part,
    "sent": sent,
    "clean": clean,
    "drop": drop,
    "keep": keep,
    "placeholders": placeholders,
    "length": length,
    "improve": improve,
}
"""Checks of the one prompt that does best."""
