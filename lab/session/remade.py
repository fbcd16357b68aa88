"""Planted values of the history, made again from their seeds: which of them a policy finds.

The log keeps no value that was masked or stopped. But what a session's material planted can be made
again, so that two policies may be held against each line of it in which a planted value stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.model import Blocked, Message

if TYPE_CHECKING:
    from lab.course import Exercise, PlantedValue
    from lab.course.shapes import SettingValue
    from lab.policy.clear import Policy

Place = tuple[str, str]
"""Site and entity."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a session's material, and the planted values that stand in it."""

    site: str
    text: str
    planted: tuple[PlantedValue | SettingValue, ...]


@dataclass(slots=True)
class Remade:
    """How many planted values two policies find."""

    sessions: int
    planted: Counter[Place] = field(default_factory=Counter)
    before: Counter[Place] = field(default_factory=Counter)
    after: Counter[Place] = field(default_factory=Counter)

    def row(self) -> dict[str, Any]:
        """As JSON."""
        places = [
            {
                "site": site,
                "entity": entity,
                "of": count,
                "before": self.before[site, entity],
                "after": self.after[site, entity],
            }
            for (site, entity), count in sorted(self.planted.items())
        ]
        return {"sessions": self.sessions, "places": places}


def lines(site: str, exercise: Exercise) -> Iterator[Line]:
    """The lines of an exercise, as one session has it, in which a value stands that the policy
    looks for.
    """
    from lab.course.canary import entity_of  # noqa: PLC0415 - beside its use
    from lab.scoring.planted import leaks  # noqa: PLC0415 - its lexicon is read at first use

    wanted = {each.name: each for each in exercise.own if entity_of(each)}
    texts = [exercise.material_for_model, *(each.text for each in exercise.material_shown)]
    for text in dict.fromkeys(line.strip() for each in texts for line in each.splitlines()):
        whole = [name for name, is_whole in leaks(text, wanted.values()).items() if is_whole]
        if whole:
            yield Line(site, text, tuple(wanted[name] for name in whole))


async def found(policy: Policy, some: Iterable[Line]) -> Counter[Place]:
    """How many of the planted values do not leave, by site and entity."""
    from lab.course.canary import entity_of  # noqa: PLC0415 - beside its use
    from lab.policy.vault import Vault  # noqa: PLC0415 - the policy is imported late
    from lab.scoring.planted import leaks  # noqa: PLC0415 - its lexicon is read at first use

    kept: Counter[Place] = Counter()
    for line in some:
        result = await policy.clear([Message("user", line.text)], vault=Vault())
        left = result.messages[-1].content if not isinstance(result, Blocked) else ""
        gone = leaks(left, line.planted)
        kept.update((line.site, entity_of(each)) for each in line.planted if each.name not in gone)
    return kept


async def compared(old: Policy, new: Policy, some: Sequence[Line], *, sessions: int) -> Remade:
    """Both policies over the same lines."""
    from lab.course.canary import entity_of  # noqa: PLC0415 - beside its use

    planted = Counter((line.site, entity_of(each)) for line in some for each in line.planted)
    return Remade(sessions, planted, await found(old, some), await found(new, some))
