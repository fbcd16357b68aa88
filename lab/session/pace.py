"""How often live checks of one session may run: the page keeps to it, a script is made to."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from lab.errors import TooMany

BURST = 4
"""Checks that may follow each other at once: a page that opens, a word typed, a rewrite."""
SIZE = 20_000


@dataclass(slots=True)
class Pace:
    """One check an interval for each key, a few at once; in memory of bounded size."""

    _due: OrderedDict[str, float] = field(default_factory=OrderedDict)
    """Key -> when the checks made so far are paid off."""

    def take(self, key: str, interval: float) -> None:
        """Count one check. Raises ``TooMany`` where it is too early, with the seconds to wait."""
        now = time.monotonic()
        due = max(self._due.get(key, now), now) + interval
        early = due - now - BURST * interval
        if early > 0:
            raise TooMany("preview_too_soon", seconds=max(1, math.ceil(early)))
        self._due[key] = due
        self._due.move_to_end(key)
        while len(self._due) > SIZE:
            self._due.popitem(last=False)
