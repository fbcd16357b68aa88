"""Two policies over the same labelled cases: what is newly stopped, newly passed, named anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lab.model import Action, Finding
from lab.policy.clear import Policy
from lab.policy.corpus import Case
from lab.policy.evaluate import Outcome, run

Kind = Literal["stopped", "passed", "labels"]
MOST = 200
"""Cases of a comparison that are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class Change:
    """One text that two policies treat differently."""

    kind: Kind
    rules: tuple[str, ...]
    """Rules whose findings differ."""
    where: str
    """Set of the corpus, or site."""
    name: str
    """Id of the case, or session."""
    right: bool | None = None
    """Whether what the second policy does is what the label asks for; None: no label."""
    was_right: bool | None = None

    def row(self) -> dict[str, Any]:
        """As JSON."""
        row = {"kind": self.kind, "rules": list(self.rules), "where": self.where, "name": self.name}
        return row if self.right is None else row | {"right": self.right, "was": self.was_right}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many texts changed, by kind, rule and place."""

    texts: int
    changes: tuple[Change, ...]

    def count(self, kind: Kind) -> int:
        """Texts that changed in one way."""
        return sum(each.kind == kind for each in self.changes)

    def by_rule(self) -> list[tuple[str, str, Counter[str]]]:
        """(rule, place, how often each kind), in order."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for each in self.changes:
            for rule in each.rules or ("",):
                found.setdefault((rule, each.where), Counter())[each.kind] += 1
        return [(rule, where, counts) for (rule, where), counts in sorted(found.items())]

    def row(self) -> dict[str, Any]:
        """As JSON."""
        kinds: tuple[Kind, ...] = ("stopped", "passed", "labels")
        return {
            "texts": self.texts,
            **{kind: self.count(kind) for kind in kinds},
            "rules": [
                {"rule": rule, "where": where, **counts} for rule, where, counts in self.by_rule()
            ],
            "changes": [each.row() for each in self.changes[:MOST]],
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two policies over the corpus."""

    tally: Tally
    lost: tuple[str, ...]
    """Cases of T1 and T2 that the first one stops and the second does not."""
    gained: tuple[str, ...]
    before: tuple[Outcome, ...]
    after: tuple[Outcome, ...]

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {**self.tally.row(), "lost": list(self.lost), "gained": list(self.gained)}


async def compare(
    old: Policy, new: Policy, cases: Sequence[Case], *, tell: Callable[[int], None] = lambda _: None
) -> Comparison:
    """Run both over every case. ``tell`` hears how many runs are done, of twice the cases."""
    before = await run(old, cases, tell=tell)
    after = await run(new, cases, tell=lambda done: tell(len(cases) + done))
    changes = tuple(
        Change(kind, rules, a.case.set, a.case.id, b.right, a.right)
        for a, b in zip(before, after, strict=True)
        for kind, rules in [
            difference(a.action, _acting(a), b.action, _acting(b), closed=_gone(a, b))
        ]
        if kind
    )
    pairs = [(a, b) for a, b in zip(before, after, strict=True) if a.case.expect == "block"]
    return Comparison(
        Tally(len(cases), changes),
        lost=tuple(a.case.id for a, b in pairs if a.right and not b.right),
        gained=tuple(a.case.id for a, b in pairs if b.right and not a.right),
        before=tuple(before),
        after=tuple(after),
    )


def secrets_of(cases: Iterable[Case]) -> list[Case]:
    """The cases of T1 and T2: all that must be stopped."""
    return [case for case in cases if case.expect == "block"]


def difference(
    before: Action,
    old: Sequence[Finding],
    after: Action,
    new: Sequence[Finding],
    *,
    closed: bool = False,
) -> tuple[Kind | None, tuple[str, ...]]:
    """How one text's treatment changed, and the rules that made it. ``closed``: something leaves
    now that did not leave before.
    """
    one, other = _marks(old), _marks(new)
    rules = tuple(sorted({mark[1] for mark in one ^ other}))
    if before is not Action.BLOCK and after is Action.BLOCK:
        return "stopped", rules
    if before is Action.BLOCK and after is not Action.BLOCK:
        return "passed", rules
    if closed or (before.rank >= Action.MASK.rank > after.rank):
        return "passed", rules
    return ("labels", rules) if one != other else (None, ())


def _marks(found: Iterable[Finding]) -> set[tuple[int, str, str, str, int, int]]:
    return {(f.message, f.rule, f.entity, str(f.action), f.start, f.end) for f in found}


def _acting(outcome: Outcome) -> list[Finding]:
    return [*outcome.extra, *outcome.hits]


def _gone(before: Outcome, after: Outcome) -> bool:
    """Whether a planted value leaves now that did not before."""
    return bool(set(after.leaked) - set(before.leaked))
