"""How much of what an exercise planted stayed where it belongs.

Beside it stands what was achieved: who only avoids the work keeps everything and achieves nothing,
and who pastes everything achieves much and keeps nothing. To rewrite is what does both.
"""

from __future__ import annotations

from collections.abc import Iterable

from lab.model import Action, Turn
from lab.scoring.case import Case, Subject


def kept(case: Case) -> float:
    """The share of planted values that neither left nor had to be held back by the lab.

    What left in any prompt has left. What the lab held back counts in the prompt that does best
    and later, and in the texts: a prompt that was stopped and then rewritten costs nothing.
    """
    subjects: list[Subject] = [*case.after, *case.drafts.values()]
    left = {name for each in (*case.sent, *case.drafts.values()) for name in each.leaked}
    held = max((len(each.masked) for each in subjects), default=0)
    if case.chosen is None:
        held = max([held, *(_held(turn) for turn in case.turns)])
    return _share(case, left, held)


def first_kept(case: Case) -> float:
    """The same for the first prompt alone, where it was stopped too."""
    left = {name for each in case.sent for name in each.leaked}
    held = max([0, *map(_held, case.turns), *(len(each.masked) for each in case.sent)])
    return _share(case, left, held)


def _held(turn: Turn) -> int:
    """How many different values the lab masked or stopped in a prompt."""
    places = {
        finding.placeholder or f"{finding.entity} {finding.start}"
        for finding in turn.findings
        if finding.action in {Action.MASK, Action.BLOCK}
    }
    return len(places)


def _share(case: Case, left: Iterable[str], held: int) -> float:
    total = len(case.exercise.planted)
    return max(0.0, 1 - (len(set(left)) + held) / total)
