"""Whether a site is ready for its course: ten points, each looked at and not only ticked."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lab.log import administration
from lab.log.administration import SiteFacts
from lab.log.base import Log
from lab.model import Language
from lab.words import say

POINTS = (
    "checks",
    "assistant",
    "disk",
    "clock",
    "classes",
    "people",
    "helpers",
    "officer",
    "backup",
    "tried",
)
LEAST_DISK = 2_000_000_000
BACKUP_DAYS = 7
BACK_SECONDS = 5.0
"""How far the clock may stand behind the newest row of the log."""
_SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")


@dataclass(frozen=True, slots=True)
class Running:
    """What a running lab says of itself; None where none is running."""

    checks: bool
    """Prompts can be checked and logged."""
    assistant: str
    """``openai``, ``embedded`` or ``recorded``."""
    answers: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One of the ten; the sentences are ``ready.<name>.…``."""

    name: str
    ok: bool
    state: str
    """Which sentence says what was seen."""
    values: Mapping[str, str | int] = field(default_factory=dict)

    def title(self, language: Language) -> str:
        """What is looked at."""
        return say(f"ready.{self.name}.title", language)

    def seen(self, language: Language) -> str:
        """What was found, and what to do about it."""
        return say(f"ready.{self.name}.{self.state}", language, **self.values)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Looks at sites."""

    log: Log
    home: Path

    async def of(
        self, site: str, running: Running | None, class_id: str | None = None
    ) -> tuple[Point, ...]:
        """The ten points of a site, in their order; ``class_id``: as the staff of that class see
        them, without other classes.
        """
        facts = await self.log.read(
            partial(administration.site_facts, site=site, class_id=class_id)
        )
        backup = await self.log.read(administration.last_backup)
        newest = await self.log.read(administration.last_event)
        free = await asyncio.to_thread(lambda: shutil.disk_usage(self.home).free)
        found = (
            *_of_lab(running),
            Point("disk", free >= LEAST_DISK, _ok(free >= LEAST_DISK), {"free": round(free / 1e9)}),
            _clock(newest),
            *_of_people(facts),
            _backup(backup),
            Point("tried", bool(facts.tried), _ok(facts.tried), {"count": facts.tried}),
        )
        assert tuple(point.name for point in found) == POINTS  # noqa: S101 - the sheet numbers them
        return found


def _ok(value: object) -> str:
    return "ok" if value else "bad"


def _of_lab(running: Running | None) -> tuple[Point, Point]:
    if running is None:
        return Point("checks", False, "off"), Point("assistant", False, "off")
    state = f"ok_{running.assistant}" if running.answers else "bad"
    return (
        Point("checks", running.checks, _ok(running.checks)),
        Point("assistant", running.answers, state),
    )


def _clock(newest: float | None) -> Point:
    now = time.time()
    shown = {"time": time.strftime("%H:%M:%S %d/%m/%Y %Z", time.localtime(now))}
    if newest is not None and newest > now + BACK_SECONDS:
        return Point("clock", False, "bad", shown)
    return Point("clock", True, "synchronized" if _SYNCHRONIZED.exists() else "ok", shown)


def _of_people(facts: SiteFacts) -> tuple[Point, ...]:
    classes = ", ".join(facts.classes)
    if facts.empty:
        people = Point("people", False, "empty", {"names": ", ".join(facts.empty)})
    else:
        people = Point(
            "people", bool(facts.trainees), _ok(facts.trainees), {"count": facts.trainees}
        )
    return (
        Point("classes", bool(facts.classes), _ok(facts.classes), {"names": classes}),
        people,
        Point(
            "helpers", bool(facts.helpers), _ok(facts.helpers), {"names": ", ".join(facts.helpers)}
        ),
        Point("officer", bool(facts.officers), _ok(facts.officers)),
    )


def _backup(backup: tuple[float, bool] | None) -> Point:
    if backup is None:
        return Point("backup", False, "bad")
    at, whole = backup
    day = {"day": time.strftime("%d/%m/%Y %H:%M", time.localtime(at))}
    if not whole:
        return Point("backup", False, "broken", day)
    fresh = at > time.time() - BACKUP_DAYS * 86_400
    return Point("backup", fresh, "ok" if fresh else "old", day)
