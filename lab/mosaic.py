"""What the details of a session give away together, as the layers hand it to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class MosaicCue:
    """One detail that narrows down whom a session speaks of. Holds no raw text."""

    kind: str
    """A kind of the picture, such as ``commune``."""
    message: int
    """Index of the message in what was checked."""
    turn: int
    """Which of the trainee's messages that is, from 1."""
    start: int
    end: int
    """Offsets in code points of that message, half open."""
    one_in: int
    """The detail is true of one in so many."""


@dataclass(frozen=True, slots=True)
class Mosaic:
    """How near the details of a session come, together, to one person or one unit."""

    picture: str
    """What they draw: ``person`` or ``unit``."""
    level: Literal["some", "warn", "full"]
    share: float
    """How full the meter is, 0 to 1."""
    crowd: int
    """Roughly how many all details still fit."""
    cues: tuple[MosaicCue, ...]
    """One for each kind, where it came first."""
