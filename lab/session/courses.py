"""The course as it is taught: the files of the lab, and the exercises that were published since.

A published exercise is a small course of its own under ``home``, named by its digest; the log says
which are taught, since when. Every process follows the log. A session keeps the version of its
exercise that was taught when it was opened.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lab.errors import DataFileError, NotFound
from lab.log.base import Db, Log
from lab.log.chain import MICRO
from lab.model import Event, SessionRow

if TYPE_CHECKING:
    from lab.course import Course, Exercise

LOGGER = logging.getLogger("lab.course")
PUBLISHED = "exercise.published"
SECONDS = 5.0
"""Between two looks at the log; it also tells by itself."""


@dataclass(frozen=True, slots=True)
class Version:
    """An exercise as it is taught from a moment on."""

    at: float
    exercise: Exercise


@dataclass(slots=True)
class Courses:
    """Keeps one process on the newest versions."""

    base: Course
    """As the files say."""
    home: Path
    log: Log
    current: Course = field(init=False)
    _versions: list[Version] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.current = self.base

    async def run(self) -> None:
        """Follow the log, for ever."""
        end = self.log.watch(self._told)
        try:
            while True:
                try:
                    async with asyncio.timeout(SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    pass
                self._wake.clear()
                await self.look()
        finally:
            end()

    def _told(self, events: Sequence[Event]) -> None:
        if any(event.kind == PUBLISHED for event in events):
            self._wake.set()

    async def look(self) -> None:
        """Take up what was published since the last look; what cannot be read is passed over."""
        async with self._looking:
            rows = await self.log.read(_published)
            fresh = [(key, at, digest) for key, at, digest in rows if key not in self._seen]
            for key, at, digest in fresh:
                try:
                    exercise = await asyncio.to_thread(self._load, digest)
                except (DataFileError, OSError) as error:
                    LOGGER.critical("a published exercise cannot be read: %s", type(error).__name__)
                    continue
                self._seen.add(key)
                self._versions.append(Version(at, exercise))
                self._teach(exercise)

    def folder(self, digest: str) -> Path:
        """Where a published exercise is kept."""
        return self.home / digest

    def exercise(self, exercise_id: str) -> Exercise:
        """As it is taught now. Raises ``NotFound``."""
        try:
            return self.current.exercise(exercise_id)
        except KeyError:
            raise NotFound("no_exercise") from None

    def of(self, row: SessionRow) -> Exercise:
        """As it was taught when the session was opened. Raises ``NotFound``."""
        mine = [each for each in self._versions if each.exercise.id == row.exercise]
        held = [each.exercise for each in mine if each.at <= row.opened_at]
        if held:
            return held[-1]
        try:
            return self.base.exercise(row.exercise)
        except KeyError:
            return self.exercise(row.exercise)

    def _load(self, digest: str) -> Exercise:
        from lab.course import Course  # noqa: PLC0415 - beside its use

        return Course.load(self.folder(digest)).exercises[0]

    def _teach(self, exercise: Exercise) -> None:
        others = [each for each in self.current.exercises if each.id != exercise.id]
        every = sorted([*others, exercise], key=lambda each: each.number)
        self.current = replace(self.current, exercises=tuple(every))


def _published(db: Db) -> list[tuple[str, float, str]]:
    """Each publication, oldest first: its key, its moment, the digest of the exercise."""
    query = "SELECT id, at, payload FROM events WHERE kind = ? AND payload IS NOT NULL ORDER BY id"
    return [
        (str(key), at / MICRO, json.loads(payload)["digest"])
        for key, at, payload in db.execute(query, (PUBLISHED,)).fetchall()
    ]
