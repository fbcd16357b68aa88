"""Where a rule is stricter, and where it is milder for a while: by site, class, exercise and role.

``policies/groups.yaml`` only tightens: a wider group is inherited by all that lie in it, and the
strictest wins. ``policies/exceptions.yaml`` makes a rule of personal data milder in a place, for a
reason, under somebody's name, until a day; on the day after it is as if it were not there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from lab import datafile
from lab.errors import DataFileError, Problem
from lab.model import Action, Mode, Tier
from lab.policy.rules import Filled, Kebab, Rule, Shape, Text, problem_at

GROUPS, EXCEPTIONS = "groups.yaml", "exceptions.yaml"
DAYS = 366
"""An exception that should last longer is a change of the rule."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a prompt is written. None: not known, so that no group that asks for it fits."""

    site: str | None = None
    class_code: str | None = None
    exercise: str | None = None
    role: str | None = None


ANYWHERE = Place()


class Where(Shape):
    """Which places: all of those named; what names nothing fits every one."""

    sites: tuple[Filled, ...] = ()
    classes: tuple[Filled, ...] = ()
    """By the code that trainees join with."""
    exercises: tuple[Filled, ...] = ()
    roles: tuple[Literal["trainee", "assistant", "trainer", "officer", "admin"], ...] = ()

    def fits(self, place: Place) -> bool:
        """Whether a place lies in it."""
        code = place.class_code.upper() if place.class_code else None
        pairs = (
            (self.sites, place.site),
            (tuple(each.upper() for each in self.classes), code),
            (self.exercises, place.exercise),
            (self.roles, place.role),
        )
        return all(not named or value in named for named, value in pairs)

    @property
    def depth(self) -> int:
        """How many kinds of place it names: the more, the narrower."""
        return sum(map(bool, (self.sites, self.classes, self.exercises, self.roles)))


class Group(Shape):
    """Places in which rules are stricter."""

    id: Kebab
    title: Text
    where: Where = Where()
    tighten: Mapping[str, Literal["warn", "mask", "block"]] = Field(min_length=1)
    """Rule or entity -> at least this."""


class GroupFile(Shape):
    """``policies/groups.yaml``."""

    groups: tuple[Group, ...] = ()


class Exemption(Shape):
    """One rule that is milder in a place for a while."""

    id: Kebab
    rule: Kebab
    mode: Literal["off", "shadow", "warn", "mask"]
    owner: Filled
    """Who answers for it."""
    reason: Filled
    where: Where = Where()
    since: dt.date
    until: dt.date
    """The last day."""


class ExceptionFile(Shape):
    """``policies/exceptions.yaml``."""

    exceptions: tuple[Exemption, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """What asks for an action of one rule in one place."""

    origin: Literal["rule", "exception", "group", "exercise"]
    name: str
    """Of the file's rule, the exception, the group or the exercise."""
    action: Action
    counts: bool
    """Whether it decides: what is inherited may be stricter."""


@dataclass(frozen=True, slots=True)
class Overlays:
    """All groups and exceptions of a version."""

    groups: tuple[Group, ...] = ()
    exceptions: tuple[Exemption, ...] = ()
    today: Callable[[], dt.date] = dt.date.today

    def actions(
        self,
        rules: Sequence[Rule],
        own: Mapping[str, Action],
        tighten: Mapping[str, Action] | None,
        place: Place,
    ) -> Mapping[str, Action]:
        """The action of every rule in a place. ``tighten``: what the exercise asks for."""
        tighten = tighten or {}
        if not (tighten or self.groups or self.exceptions):
            return own
        return {rule.id: self.lines(rule, tighten, place)[1] for rule in rules}

    def lines(
        self, rule: Rule, tighten: Mapping[str, Action], place: Place
    ) -> tuple[tuple[Line, ...], Action]:
        """Each thing that speaks of a rule here, widest first, and the action in force."""
        start = rule.action
        found: list[tuple[Literal["rule", "exception", "group", "exercise"], str, Action]] = [
            ("rule", rule.id, rule.action)
        ]
        for exception in self._exceptions(rule, place):
            milder = _action(exception.mode)
            found.append(("exception", exception.id, milder))
            start = min(start, milder, key=lambda action: action.rank)
        decided = start
        for group in sorted(self.groups, key=lambda each: each.where.depth):
            if group.where.fits(place):
                names = [name for name in (rule.entity, rule.id) if name in group.tighten]
                found += [("group", group.id, Action(group.tighten[name])) for name in names]
        names = [name for name in (rule.entity, rule.id) if name in tighten]
        found += [("exercise", place.exercise or "", tighten[name]) for name in names]
        for origin, _, action in found:
            if origin in ("group", "exercise"):
                decided = max(decided, action, key=lambda each: each.rank)
        lines = []
        for origin, name, action in found:
            strongest = action is decided and (origin != "rule" or start is rule.action)
            lines.append(Line(origin, name, action, strongest))
        return tuple(lines), decided

    def _exceptions(self, rule: Rule, place: Place) -> Iterator[Exemption]:
        today = self.today() if self.exceptions else None
        for each in self.exceptions:
            if each.rule == rule.id and each.where.fits(place):
                assert today is not None  # noqa: S101 - there is one, so the day was read
                if each.since <= today <= each.until:
                    yield each


def _action(mode: str) -> Action:
    return Action.ALLOW if mode in (Mode.OFF, Mode.SHADOW) else Action(mode)


def read(folder: Path, rules: Sequence[Rule]) -> Overlays:
    """Groups and exceptions of a policy folder. Raises ``DataFileError``."""
    groups, exceptions = folder / GROUPS, folder / EXCEPTIONS
    problems: list[Problem] = []
    group_file, exception_file = GroupFile(), ExceptionFile()
    try:
        group_file = datafile.load(groups, GroupFile) if groups.is_file() else group_file
    except DataFileError as error:
        problems += error.problems
    try:
        if exceptions.is_file():
            exception_file = datafile.load(exceptions, ExceptionFile)
    except DataFileError as error:
        problems += error.problems
    known = {rule.id for rule in rules} | {rule.entity for rule in rules}
    for group in group_file.groups:
        for name in group.tighten:
            if name not in known:
                problems.append(
                    problem_at(groups, f"{name}:", "group_unknown", group=group.id, name=name)
                )
    by_id = {rule.id: rule for rule in rules}
    for each in exception_file.exceptions:
        problems += _wrong(each, by_id.get(each.rule), exceptions)
    if problems:
        raise DataFileError(tuple(problems))
    return Overlays(group_file.groups, exception_file.exceptions)


def _wrong(each: Exemption, rule: Rule | None, path: Path) -> Iterator[Problem]:
    """What an exception must not be: of a secret, for ever, or of nothing."""
    needle = f"id: {each.id}"
    if rule is None:
        yield problem_at(path, needle, "exception_unknown", exception=each.id, rule=each.rule)
        return
    if rule.tier in (Tier.T1, Tier.T2):
        yield problem_at(path, needle, "exception_tier", exception=each.id, tier=str(rule.tier))
    if _action(each.mode).rank >= rule.action.rank and each.mode != rule.mode.value:
        yield problem_at(path, needle, "exception_stricter", exception=each.id)
    if not dt.timedelta() <= each.until - each.since <= dt.timedelta(days=DAYS):
        yield problem_at(path, needle, "exception_dates", exception=each.id, days=str(DAYS))
