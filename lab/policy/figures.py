"""Shares with Wilson intervals, and precision, recall and F2."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

Z95 = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""
BETA2 = 4
"""F2 weighs recall twice as much as precision."""


def wilson(hits: int, of: int, z: float = Z95) -> tuple[float, float]:
    """Wilson score interval of a share; (0, 1) where there is nothing to share."""
    if of == 0:
        return 0.0, 1.0
    share = hits / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    below = 1 + z * z / of
    low = 0.0 if hits == 0 else (middle - half) / below
    high = 1.0 if hits == of else (middle + half) / below
    return low, high


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` out of ``of``."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share, 0 to 1; 1 where there is nothing to miss."""
        return self.hits / self.of if self.of else 1.0

    def row(self) -> dict[str, Any]:
        """As JSON: hits, of, value and its 95 % interval."""
        low, high = wilson(self.hits, self.of)
        return {
            "hits": self.hits,
            "of": self.of,
            "value": round(self.value, 5),
            "low": round(low, 5),
            "high": round(high, 5),
        }


@dataclass(frozen=True, slots=True)
class Quality:
    """How well one kind of thing is found."""

    recall: Share
    precision: Share

    @property
    def f2(self) -> float:
        """Weighted harmonic mean of the two, recall weighing twice; 0 where both are."""
        p, r = self.precision.value, self.recall.value
        return (1 + BETA2) * p * r / (BETA2 * p + r) if p + r else 0.0

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "recall": self.recall.row(),
            "precision": self.precision.row(),
            "f2": round(self.f2, 5),
        }
