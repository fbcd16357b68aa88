"""Checks of the exercise's own questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.course.rubric import AnswersLine, PickLine, SequenceLine
from lab.course.widgets import (
    ChoiceWidget,
    LayersWidget,
    MarkWidget,
    OrderWidget,
    SortWidget,
    TicksWidget,
)
from lab.scoring.case import Case
from lab.scoring.result import FULL, Result

HALF = 0.5
"""What a card in a group that is half right counts, and a sentence with the wrong label."""
BELOW = 0.2
"""An F1 that is lower by so much gives one point."""
IN_ORDER = 0.9
MOSTLY = 0.6
"""Shares of the steps that give two points and one."""


def answers(case: Case, line: AnswersLine) -> Result:
    """A widget of the exercise was answered rightly."""
    widget = case.exercise.widget(line.widget)
    given = case.answers.get(widget.id)
    if not given or not isinstance(widget, TicksWidget | ChoiceWidget):
        return Result(0, "open")
    chosen = {given} if isinstance(given, str) else set(given)
    right = {option.id for option in widget.options if option.right}
    critical = any(each.critical and (each.id in chosen) != each.right for each in widget.options)
    if chosen == right:
        return Result(FULL, "good", gaps={"count": len(right)})
    if widget.kind == "choice":
        return Result(0, "wrong", critical=critical)
    missed = len(right - chosen)
    points = int(missed * 2 <= len(right) and chosen <= right)
    gaps = {"missed": missed + len(chosen - right)}
    return Result(points, "some", critical=critical, gaps=gaps)


def pick(case: Case, line: PickLine) -> Result:
    """Enough was picked rightly."""
    widget = case.exercise.widget(line.widget)
    given = case.answers.get(widget.id)
    if not given:
        return Result(0, "open")
    if isinstance(widget, SortWidget):
        tally = _sorted(widget, given, line.options)
    elif isinstance(widget, TicksWidget | MarkWidget | LayersWidget):
        tally = _picked(widget, given, line.options)
    else:
        return Result(0, "open")
    return _judged(tally, line)


@dataclass(slots=True)
class _Tally:
    """What was picked rightly, wrongly and not at all."""

    f1: float = 0.0
    recall: float = 0.0
    precision: float = 0.0
    wrong: int = 0
    critical: bool = False


def _judged(tally: _Tally, line: PickLine) -> Result:
    """Points for a tally."""
    gaps = {"share": round(tally.f1 * 100), "count": tally.wrong}
    enough = tally.recall >= line.least_recall and tally.precision >= line.least_precision
    if tally.critical:
        return Result(0, "critical", critical=True, gaps=gaps)
    if tally.f1 >= line.least_f1 and enough:
        return Result(FULL, "good" if tally.wrong else "all", gaps=gaps)
    near = tally.f1 >= line.least_f1 - BELOW
    if tally.precision < tally.recall:
        return Result(int(near), "many", gaps=gaps)
    return Result(int(near), "few", gaps=gaps)


def _sorted(widget: SortWidget, given: Mapping[str, str], only: Sequence[str]) -> _Tally:
    """The macro-F1 over the groups: a small group counts as much as a big one."""
    tally = _Tally()
    hit: dict[str, float] = {}
    wanted: dict[str, float] = {}
    put: dict[str, float] = {}
    for card in widget.options:
        if only and card.id not in only:
            continue
        group = given.get(card.id)
        worth = 1.0 if group == card.group else HALF if group in card.also else 0.0
        tally.wrong += worth == 0
        tally.critical |= group in card.critical
        wanted[card.group] = wanted.get(card.group, 0) + 1
        hit[card.group] = hit.get(card.group, 0) + worth
        if group is not None:
            counted = card.group if worth else group
            put[counted] = put.get(counted, 0) + 1
    scores = [2 * hit.get(name, 0) / (wanted[name] + put.get(name, 0)) for name in wanted]
    tally.f1 = sum(scores) / len(scores) if scores else 0.0
    every = sum(wanted.values())
    tally.recall = sum(hit.values()) / every if every else 0.0
    tally.precision = sum(hit.values()) / max(sum(put.values()), 1)
    return tally


def _picked(
    widget: TicksWidget | MarkWidget | LayersWidget,
    given: Sequence[str] | Mapping[str, str],
    only: Sequence[str],
) -> _Tally:
    """The F1 of what was picked; a sentence with the wrong label counts half."""
    tally = _Tally()
    hit = picked = right = 0.0
    for option in widget.options:
        if only and option.id not in only:
            continue
        taken = option.id in given
        picked += taken
        right += option.right
        tally.wrong += taken != option.right
        tally.critical |= option.critical and taken != option.right
        if taken and option.right:
            label = given[option.id] if isinstance(given, Mapping) else None
            same = label == getattr(option, "label", None)
            tally.wrong += not same
            hit += 1.0 if same else HALF
    tally.precision = hit / picked if picked else 0.0
    tally.recall = hit / right if right else 0.0
    tally.f1 = 2 * hit / (picked + right) if picked + right else 0.0
    return tally


def sequence(case: Case, line: SequenceLine) -> Result:
    """The steps are in order."""
    widget = case.exercise.widget(line.widget)
    given = case.answers.get(widget.id)
    if not given or not isinstance(widget, OrderWidget):
        return Result(0, "open")
    places = {step.id: step.place for step in widget.options}
    critical = any(
        step.critical and (step.id in given) != (step.place is not None) for step in widget.options
    )
    points = _placed(places, given)
    if line.step is not None:
        own = next(step for step in widget.options if step.id == line.step)
        fails = own.critical and (own.id in given) != (own.place is not None)
        worth = points.get(line.step, 0 if own.place or own.id in given else FULL)
        return Result(worth, ("missed", "moved", "placed")[worth], critical=fails)
    strange = sum(places[each] is None for each in given)
    reached = max(0, sum(points.values()) - FULL * strange)
    share = reached / (FULL * len(points))
    gaps = {"count": sum(worth < FULL for worth in points.values()), "strange": strange}
    if critical:
        return Result(0, "critical", critical=True, gaps=gaps)
    if share >= IN_ORDER:
        return Result(FULL, "good", gaps=gaps)
    return Result(int(share >= MOSTLY), "strange" if strange else "some", gaps=gaps)


def _placed(places: Mapping[str, int | None], given: Sequence[str]) -> dict[str, int]:
    """Points of each step that belongs: 2 at its place, 1 elsewhere, 0 not taken.

    Only the steps that belong and were taken are looked at: one that is missing, or a strange one
    between them, does not move the others.
    """
    known = [each for each in given if places[each] is not None]
    wanted = sorted(known, key=lambda each: places[each] or 0)
    slots = [places[each] for each in wanted]
    points = dict.fromkeys((step for step, place in places.items() if place is not None), 0)
    for slot, each in zip(slots, known, strict=True):
        points[each] = FULL if places[each] == slot else 1
    return points
