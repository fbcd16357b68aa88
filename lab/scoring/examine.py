"""A whole folder of exercises examined: what ``lab course check`` and the writers' page tell."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from lab.course import Course, Pointer, nearest
from lab.errors import Problem
from lab.scoring.replay import Replay, replay

if TYPE_CHECKING:
    from lab.policy.clear import Policy


async def examine(
    folder: Path, policy: Policy, *, only: Collection[str] | None = None
) -> tuple[list[Replay], tuple[Problem, ...]]:
    """Each exercise of a folder played through (or those of ``only``), and all that is wrong.

    Raises:
        DataFileError: the files cannot be read as a course.
    """
    course = Course.load(folder)
    wanted = [each for each in course.exercises if only is None or each.id in only]
    played = [await replay(exercise, policy) for exercise in wanted]
    told = [each for one in played for each in one.problems]
    return played, (*_sources(course, policy), *told)


def _sources(course: Course, policy: Policy) -> list[Problem]:
    """Legal texts that exercises cite must be among the policy's sources."""
    known = policy.settings.sources
    problems = [
        Pointer(exercise.folder / "exercise.yaml").at(
            ("sources", nth), "no_source", source=source, known=nearest(source, known)
        )
        for exercise in course.exercises
        for nth, source in enumerate(exercise.sources)
        if source not in known
    ]
    profile = course.document_profile
    if profile not in known:
        pointer = Pointer(course.folder / "course.yaml")
        close = nearest(profile, known)
        problems.append(pointer.at(("document_profile",), "no_source", source=profile, known=close))
    return problems
