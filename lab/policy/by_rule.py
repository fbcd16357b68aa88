"""The figures of single rules on the labelled corpus: what each finds, and what only it finds.

A rule that stops is held against the cases that must be stopped, a rule that masks against the
planted values of its entity. Several rules may find the same, so that recalls do not add up;
``alone`` is what would be missed were the rule switched off.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.model import Action, Finding
from lab.policy.figures import Quality, Share

if TYPE_CHECKING:
    from lab.policy.evaluate import Outcome


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """One rule."""

    quality: Quality
    alone: int
    """Cases (of a rule that stops) or values that no other rule found."""

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {**self.quality.row(), "alone": self.alone}


def by_rule(outcomes: Sequence[Outcome]) -> Mapping[str, RuleFigures]:
    """The figures of every rule that found something, by its id."""
    found: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    entity_of: dict[str, str] = {}
    planted: Counter[str] = Counter()
    to_stop = 0
    good: dict[str, list[bool]] = defaultdict(list)
    for each in outcomes:
        acting = (*each.hits, *each.extra)
        for finding, right in _judged(each):
            entity_of[finding.rule] = "" if finding.action is Action.BLOCK else finding.entity
            good[finding.rule].append(right)
        groups = [_finders(acting, Action.BLOCK)] if each.case.expect == "block" else []
        to_stop += len(groups)
        for span, _ in each.found:
            planted[span.entity] += 1
            touching = [f for f in each.hits if f.entity == span.entity and span.touched(f)]
            groups.append(_finders(touching, Action.MASK))
        for rules in groups:
            found.update(rules)
            alone.update(rules if len(rules) == 1 else ())
    return {
        rule: RuleFigures(
            Quality(
                Share(found[rule], planted[entity_of[rule]] if entity_of[rule] else to_stop),
                Share(sum(flags), len(flags)),
            ),
            alone[rule],
        )
        for rule, flags in sorted(good.items())
    }


def _finders(findings: Iterable[Finding], action: Action) -> set[str]:
    return {finding.rule for finding in findings if finding.action is action}


def _judged(outcome: Outcome) -> list[tuple[Finding, bool]]:
    """Acting findings of which the labels say whether they are right."""
    case = outcome.case
    judged = []
    for finding in (*outcome.hits, *outcome.extra):
        touched = {span.entity for span in case.spans if span.touched(finding)}
        if finding.action is Action.BLOCK:
            judged.append((finding, case.expect in ("block", "protect")))
        elif case.expect != "block" and finding.entity not in case.beside:
            judged.append((finding, finding.entity in touched))
    return judged
