"""How far two reviewers agree: Cohen's kappa, plain and weighted.

Kappa compares how often two marked the same with how often they would by chance, given how often
each gives each mark (Cohen 1960). Marks 0 to 2 have an order, so the weighted form (Cohen 1968,
squared distances) counts a 1 against a 2 as less of a difference than a 0 against a 2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 2
"""The best mark of a criterion; the least is 0."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of the criteria of an exercise, or of all of them."""

    count: int
    """Criteria that two marked, each session's for itself."""
    same: float | None
    """Share of them with the same mark."""
    kappa: float | None
    """1: always the same; 0: as by chance. None where chance alone explains all, or no pair."""
    weighted: float | None


def agreement(pairs: Sequence[tuple[int, int]]) -> Agreement:
    """Of marks that two gave to the same things, without knowing each other's."""
    if not pairs:
        return Agreement(0, None, None, None)
    same = sum(one == two for one, two in pairs) / len(pairs)
    return Agreement(len(pairs), same, _kappa(pairs, squared=False), _kappa(pairs, squared=True))


def _kappa(pairs: Sequence[tuple[int, int]], *, squared: bool) -> float | None:
    total = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)

    def apart(one: int, two: int) -> float:
        return ((one - two) / MOST) ** 2 if squared else float(one != two)

    seen = sum(apart(one, two) for one, two in pairs) / total
    chance = sum(apart(one, two) * first[one] * second[two] for one in first for two in second) / (
        total * total
    )
    return None if chance == 0 else 1 - seen / chance
