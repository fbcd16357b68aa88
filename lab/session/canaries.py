"""Canaries in use: each session's own values, and what the policy did with those that were typed.

The lab knows every value that it planted. So each prompt tells whether the policy found them, and a
finding that is none of them, and nothing that the exercise says, is possibly real.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from lab.keys import Keys
from lab.log import canaries as rows
from lab.log.base import Log
from lab.model import Action, Finding, SessionRow, Tier

if TYPE_CHECKING:
    from lab.course import Course, Exercise
    from lab.course.canary import Canary

Origin = Literal["canary", "material", "fiction", "unknown"]
KEPT = 4000
"""Sessions whose exercise is remembered."""
AROUND = 16
"""A mark is the material's where so many characters before and after it are too."""
_FICTION = re.compile(r"0950\d{6}|970400\d{10}|99\d{8}(?:\d{3})?|0\d{2}[2-9]9\d\d{6}")
"""Ranges of numbers that nobody holds: see ``docs/officer.md``."""
_SECRET = frozenset({Tier.T1, Tier.T2})


@dataclass(frozen=True, slots=True)
class Judged:
    """What a prompt's findings are, and what became of the planted values in it."""

    origins: tuple[Origin, ...] = ()
    """One for each finding of the prompt, in order."""
    seen: tuple[dict[str, str], ...] = ()
    """Each planted value that was typed in full: its name, kind and outcome."""

    def possibly_real(self, findings: Sequence[Finding]) -> bool:
        """Whether something was stopped that nothing here explains."""
        pairs = zip(findings, self.origins, strict=True)
        return any(one.action is Action.BLOCK and it == "unknown" for one, it in pairs)

    def noted(self, row: dict[str, Any]) -> dict[str, Any]:
        """The payload of ``turn.decided`` with what is known of its findings."""
        origins = iter(self.origins)
        findings = [
            each | {"origin": next(origins)} if each["message"] == row["last"] else each
            for each in row["findings"]
        ]
        return row | {"findings": findings, "canaries": list(self.seen)}


@dataclass(frozen=True, slots=True)
class Recall:
    """Of the planted values that people typed in full, how many the policy found."""

    place: str
    """A kind of value, or a site."""
    found: int
    stopped: int
    """Not found themselves, in a prompt that was stopped for something else."""
    missed: int

    @property
    def typed(self) -> int:
        """All of them."""
        return self.found + self.stopped + self.missed


@dataclass(frozen=True, slots=True)
class Canaries:
    """Plants each session's own values."""

    log: Log
    keys: Keys
    _made: OrderedDict[tuple[str, Path], Exercise] = field(default_factory=OrderedDict)

    async def begin(self, row: SessionRow, exercise: Exercise) -> None:
        """A new session gets values of its own."""
        if self._canaries(exercise, row.id, self.keys.version):
            version = self.keys.version
            await self.log.write(lambda write: rows.begin(write, row.id, version))

    async def planted(self, row: SessionRow, exercise: Exercise) -> Exercise:
        """The exercise as this session has it; as it is for sessions of before there were any."""
        from lab.course.canary import plant  # noqa: PLC0415 - beside its use

        if not exercise.own:
            return exercise
        key = row.id, exercise.folder
        held = self._made.get(key)
        if held is None:
            version = await self.log.read(lambda db: rows.version_of(db, row.id))
            made = () if version is None else self._canaries(exercise, row.id, version)
            held = plant(exercise, made)
            self._made[key] = held
            if len(self._made) > KEPT:
                self._made.popitem(last=False)
        return held

    async def again(self, course: Course, since: float, most: int) -> list[tuple[str, Exercise]]:
        """The newest ``most`` sessions with canaries since a time: each one's site, and its
        exercise as it had it. Sessions of an exercise that is gone are left out.
        """
        from lab.course.canary import plant  # noqa: PLC0415 - beside its use

        known = {each.id: each for each in course.exercises}
        found = []
        for session, site, name, version in await self.log.read(
            lambda db: rows.sessions(db, since, most)
        ):
            exercise = known.get(name)
            if exercise:
                made = self._canaries(exercise, session, version)
                found.append((site, plant(exercise, made)))
        return found

    async def recall(self, since: float) -> tuple[list[Recall], list[Recall]]:
        """What became of planted values since a time: by kind, and by site."""
        counts = await self.log.read(lambda db: rows.seen(db, since))
        by_kind = [(kind, outcome, number) for (_, kind, outcome), number in counts.items()]
        by_site = [(site, outcome, number) for (site, _, outcome), number in counts.items()]
        return _recalls(by_kind), _recalls(by_site)

    def _canaries(self, exercise: Exercise, session: str, version: int) -> tuple[Canary, ...]:
        from lab.course.canary import canaries  # noqa: PLC0415 - beside its use

        def draw(name: str, below: int) -> int:
            return self.keys.drawn(version, f"{session}\0{exercise.id}\0{name}", below)

        return canaries(exercise.own, draw)


def _recalls(rows: Iterable[tuple[str, str, int]]) -> list[Recall]:
    """Rows of (place, outcome, number), summed by place."""
    sums: dict[str, Counter[str]] = {}
    for place, outcome, number in rows:
        sums.setdefault(place, Counter())[outcome] += number
    return [
        Recall(place, each["found"], each["stopped"], each["missed"])
        for place, each in sorted(sums.items())
    ]


def judge(
    exercise: Exercise, text: str, findings: Sequence[Finding], outgoing: str | None
) -> Judged:
    """What is what in a prompt. ``outgoing``: as it leaves; None where it was stopped."""
    from lab.course.canary import entity_of  # noqa: PLC0415 - beside its use
    from lab.scoring.planted import leaks  # noqa: PLC0415 - its lexicon is read at first use

    own = [_within(each, text) for each in findings]
    said = _plain("\n".join(_texts(exercise))) if own else ""
    origins = tuple(_origin(exercise, said, text, each) for each in own)
    typed = [name for name, whole in leaks(text, exercise.own).items() if whole]
    if not typed:
        return Judged(origins)
    kinds = {each.name: entity_of(each) for each in exercise.own}
    left = leaks(_less(text, own) if outgoing is None else outgoing, exercise.own)
    still = "stopped" if outgoing is None else "missed"
    seen = tuple(
        {"name": name, "entity": kinds[name], "outcome": still if left.get(name) else "found"}
        for name in typed
        if kinds[name]
    )
    return Judged(origins, seen)


def _within(finding: Finding, text: str) -> Finding:
    """The finding, its offsets within the text."""
    return replace(finding, start=max(0, finding.start), end=min(len(text), finding.end))


def _less(text: str, findings: Sequence[Finding]) -> str:
    """A text less all that was found in it."""
    letters = list(text)
    for finding in findings:
        letters[finding.start : finding.end] = "\n" * (finding.end - finding.start)
    return "".join(letters)


def _origin(exercise: Exercise, said: str, text: str, finding: Finding) -> Origin:
    """Where what was found comes from. ``said``: all that the exercise shows, plain."""
    from lab.scoring.planted import leaks  # noqa: PLC0415 - its lexicon is read at first use

    value = text[finding.start : finding.end]
    if leaks(value, exercise.planted) or _of_document(exercise, text, value):
        return "canary"
    around = AROUND if finding.tier in _SECRET else 0
    wide = text[max(0, finding.start - around) : finding.end + around]
    if _plain(wide) and _plain(wide) in said:
        return "material"
    if finding.tier is Tier.T3 and _FICTION.fullmatch(re.sub(r"\D", "", value)):
        return "fiction"
    return "unknown"


def _of_document(exercise: Exercise, text: str, value: str) -> bool:
    """Whether what was found is the mark of a document of this session's own."""
    from lab.scoring.planted import marked, worded  # noqa: PLC0415 - read at first use

    return any(
        each.mark and worded(value, each.mark) and marked(text, each) for each in exercise.setting
    )


def _plain(text: str) -> str:
    """Lower case, every run of what is neither letter nor digit one space."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _texts(exercise: Exercise) -> Iterator[str]:
    """All that the exercise shows of itself."""
    yield exercise.task_md
    for part in (exercise.material_shown, exercise.hints, exercise.widgets, exercise.model_answer):
        yield from _strings(part)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        for name in (*type(value).model_fields, *(value.model_extra or ())):
            yield from _strings(getattr(value, name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _strings(getattr(value, each.name))
