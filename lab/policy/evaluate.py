"""How well a policy does on the labelled corpus: what leaks, what is stopped without need.

A prompt with personal data counts as kept only where no planted value leaves and it was not
stopped. A value leaves where a letter or digit of it stands outside what was masked; of an address,
where its first part (house number or hamlet) does.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.model import Action, Blocked, Finding, Message
from lab.policy.by_rule import RuleFigures, by_rule
from lab.policy.clear import Policy
from lab.policy.corpus import Case, Span
from lab.policy.figures import Quality, Share
from lab.policy.vault import Vault

NUMBERS = frozenset(
    {
        "VN_CCCD",
        "VN_CMND",
        "VN_PHONE",
        "EMAIL",
        "VN_PASSPORT",
        "VN_DRIVING_LICENCE",
        "VN_TAX_CODE",
        "VN_SOCIAL_INSURANCE",
        "VN_HEALTH_INSURANCE",
        "VN_PARTY_CARD",
        "VN_PLATE",
        "BANK_CARD",
        "BANK_ACCOUNT",
    }
)
"""Entities with a form of their own: the structured numbers of the figures."""
PERSONAL = "personal"
"""End of the names of sets in which masking would do."""
NAMES = "PERSON"
NAMES_FLOOR = "names."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the policy did with one case."""

    case: Case
    action: Action
    fault: str | None
    leaked: tuple[Span, ...]
    """Planted values that left, whole or in part. Empty where it was stopped."""
    found: tuple[tuple[Span, bool], ...]
    """Each planted value outside of pieces, and whether it was found as what it is."""
    extra: tuple[Finding, ...]
    """Acting findings that touch no planted value."""
    hits: tuple[Finding, ...]
    """Acting findings that touch one."""
    ms: float

    @property
    def right(self) -> bool:
        """Whether what was done is what the label asks for; a hidden value may be stopped too."""
        match self.case.expect:
            case "block":
                return self.action is Action.BLOCK and self.fault is None
            case "mask" if not self.case.evasion:
                return self.action is not Action.BLOCK and not self.leaked
            case "mask" | "protect":
                return not self.leaked and self.fault is None
            case _:
                return self.action.rank < Action.MASK.rank


async def run(
    policy: Policy, cases: Sequence[Case], *, tell: Callable[[int], None] = lambda _: None
) -> list[Outcome]:
    """Clear every case with one warm policy. ``tell`` hears how many are done."""
    outcomes = []
    for nth, case in enumerate(cases, 1):
        outcomes.append(await _outcome(policy, case))
        tell(nth)
    return outcomes


async def _outcome(policy: Policy, case: Case) -> Outcome:
    messages = [Message(turn.role, turn.content) for turn in case.messages]
    started = time.perf_counter()
    result = await policy.clear(messages, vault=Vault())
    ms = (time.perf_counter() - started) * 1000
    decision = result.decision
    stopped = isinstance(result, Blocked) or result.left_out > 0
    leaving = None
    if not isinstance(result, Blocked) and not stopped:
        leaving = "\n".join(message.content for message in result.messages)
    return judge(
        case, decision.findings, leaving, action=decision.action, ms=ms, fault=decision.fault
    )


def judge(
    case: Case,
    findings: Iterable[Finding],
    leaving: str | None,
    *,
    action: Action,
    ms: float,
    fault: str | None = None,
) -> Outcome:
    """What findings mean for one case, whoever found them.

    ``leaving`` is all that leaves; None where the case was stopped.
    """
    acting = [found for found in findings if found.action.rank >= Action.MASK.rank]
    whole = [span for span in case.spans if not span.piece]
    return Outcome(
        case=case,
        action=Action.BLOCK if leaving is None else action,
        fault=fault,
        leaked=() if leaving is None else _leaked(case, acting, leaving),
        found=tuple((span, _found_as(span, acting)) for span in whole),
        extra=tuple(
            each
            for each in acting
            if each.entity not in case.beside and not any(s.touched(each) for s in case.spans)
        ),
        hits=tuple(each for each in acting if any(s.touched(each) for s in case.spans)),
        ms=ms,
    )


def _found_as(span: Span, acting: Iterable[Finding]) -> bool:
    return any(each.entity == span.entity and span.touched(each) for each in acting)


def _leaked(case: Case, acting: Sequence[Finding], leaving: str) -> tuple[Span, ...]:
    open_spans = [span for span in case.spans if _open(case, span, acting, leaving)]
    pieces = [span for span in case.spans if span.piece]
    if pieces and not all(span in open_spans for span in pieces):
        open_spans = [span for span in open_spans if not span.piece]
    return tuple(open_spans)


def _open(case: Case, span: Span, acting: Sequence[Finding], leaving: str) -> bool:
    """Whether a letter or digit of a planted value is not covered, or it still stands there."""
    text = case.messages[span.message].content
    value = text[span.start : span.end]
    end = span.end
    if span.entity == "ADDRESS":
        end = span.start + len(value.split(",")[0])
    elif not span.piece and value in leaving:
        return True
    covering = [each for each in acting if each.message == span.message]
    return any(
        text[at].isalnum() and not any(each.start <= at < each.end for each in covering)
        for at in range(span.start, end)
    )


# --- figures ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetFigures:
    """One set: by case, by template, and its findings."""

    cases: Share
    templates: Share
    """Templates of which every case is right."""
    values: Quality | None
    """Planted values protected, and findings that touch one; None where none are planted."""
    stopped: Share
    """Cases that were stopped."""

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "cases": self.cases.row(),
            "templates": self.templates.row(),
            "values": self.values.row() if self.values else None,
            "stopped": self.stopped.row(),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that an evaluation says."""

    sets: Mapping[str, SetFigures]
    entities: Mapping[str, Quality]
    rules: Mapping[str, RuleFigures]
    names: Mapping[str, Share]
    """Recall of names by kind: accented, upper, unaccented, lower ..."""
    evasions: Mapping[str, Share]
    blocking: Quality
    """Stopping: over all that must be stopped, and over all that was."""
    p50_ms: float
    p95_ms: float
    outcomes: tuple[Outcome, ...]

    @property
    def misses(self) -> tuple[Outcome, ...]:
        """Cases that did not go as labelled."""
        return tuple(each for each in self.outcomes if not each.right)

    def figures(self) -> dict[str, Share]:
        """Every figure that may have a floor in ``policy.yaml``, by its name there."""
        rows = {name: figures.cases for name, figures in self.sets.items()}
        for name, figures in self.sets.items():
            if name.endswith(PERSONAL):
                stopped = figures.stopped
                rows[f"{name}.not-stopped"] = Share(stopped.of - stopped.hits, stopped.of)
        found = [self.entities[name] for name in self.entities if name in NUMBERS]
        if found:
            rows["numbers.recall"] = _sum(each.recall for each in found)
            rows["numbers.precision"] = _sum(each.precision for each in found)
        rows |= {NAMES_FLOOR + kind: share for kind, share in self.names.items()}
        return rows

    def below(self, floors: Mapping[str, float]) -> dict[str, tuple[float, float]]:
        """Figures below their floor, or not measured at all: name -> (measured, floor)."""
        rows = self.figures()
        measured = {name: rows[name].value if name in rows else 0.0 for name in floors}
        return {
            name: (measured[name], floor)
            for name, floor in floors.items()
            if measured[name] < floor
        }

    def row(self) -> dict[str, Any]:
        """As JSON, without the cases."""
        return {
            "cases": len(self.outcomes),
            "right": len(self.outcomes) - len(self.misses),
            "sets": {name: figures.row() for name, figures in self.sets.items()},
            "entities": {name: quality.row() for name, quality in self.entities.items()},
            "rules": {rule: figures.row() for rule, figures in self.rules.items()},
            "names": {kind: share.row() for kind, share in self.names.items()},
            "evasions": {kind: share.row() for kind, share in self.evasions.items()},
            "blocking": self.blocking.row(),
            "ms": {"p50": round(self.p50_ms, 3), "p95": round(self.p95_ms, 3)},
        }


def _sum(shares: Iterable[Share]) -> Share:
    rows = list(shares)
    return Share(sum(each.hits for each in rows), sum(each.of for each in rows))


def _share(flags: Iterable[bool]) -> Share:
    rows = list(flags)
    return Share(sum(rows), len(rows))


def report(outcomes: Sequence[Outcome]) -> Report:
    """The figures of a run."""
    by_set: dict[str, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        by_set[each.case.set].append(each)
    plain = [each for each in outcomes if not each.case.evasion and each.case.expect != "block"]
    times = sorted(each.ms for each in outcomes) or [0.0]
    return Report(
        sets={name: _set(rows) for name, rows in by_set.items()},
        entities=_entities(plain),
        rules=by_rule(outcomes),
        names=_names(plain),
        evasions=_evasions(outcomes),
        blocking=_blocking(outcomes),
        p50_ms=times[len(times) // 2],
        p95_ms=times[int(len(times) * 0.95)],
        outcomes=tuple(outcomes),
    )


def _set(rows: Sequence[Outcome]) -> SetFigures:
    templates: dict[str, bool] = {}
    for each in rows:
        templates[each.case.template] = templates.get(each.case.template, True) and each.right
    maskable = [each for each in rows if each.case.expect != "block"]
    planted = sum(len(each.case.spans) for each in maskable)
    values = None
    if planted:
        lost = sum(len(each.leaked) for each in maskable)
        hits = sum(len(each.hits) for each in maskable)
        extra = sum(len(each.extra) for each in maskable)
        values = Quality(Share(planted - lost, planted), Share(hits, hits + extra))
    return SetFigures(
        cases=_share(each.right for each in rows),
        templates=_share(templates.values()),
        values=values,
        stopped=_share(each.action is Action.BLOCK for each in rows),
    )


def _entities(rows: Sequence[Outcome]) -> dict[str, Quality]:
    """By entity: planted values found as what they are; findings that touch one of their kind."""
    found: dict[str, list[bool]] = defaultdict(list)
    true: dict[str, list[bool]] = defaultdict(list)
    for each in rows:
        for span, good in each.found:
            found[span.entity].append(good)
        for finding in each.extra:
            true[finding.entity].append(False)
        for finding in each.hits:
            touched = {s.entity for s in each.case.spans if s.touched(finding) and not s.piece}
            if touched and finding.entity not in each.case.beside:
                true[finding.entity].append(finding.entity in touched)
    return {
        name: Quality(_share(found[name]), _share(true[name])) for name in sorted({*found, *true})
    }


def _names(rows: Sequence[Outcome]) -> dict[str, Share]:
    kinds: dict[str, list[bool]] = defaultdict(list)
    for each in rows:
        for span, good in each.found:
            if span.entity == NAMES:
                value = each.case.messages[span.message].content[span.start : span.end]
                kinds[span.kind or _kind(value)].append(good)
    return {kind: _share(flags) for kind, flags in sorted(kinds.items())}


def _kind(name: str) -> str:
    """How a name is written, where its label does not say."""
    if name.islower() or name.isupper():
        return "lower" if name.islower() else "upper"
    return "unaccented" if name.isascii() else "accented"


def _evasions(outcomes: Sequence[Outcome]) -> dict[str, Share]:
    kinds: dict[str, list[bool]] = defaultdict(list)
    for each in outcomes:
        for kind in filter(None, each.case.evasion.split("+")):
            kinds[kind].append(each.right)
    return {kind: _share(flags) for kind, flags in sorted(kinds.items())}


def _blocking(outcomes: Sequence[Outcome]) -> Quality:
    """Recall over what must be stopped; precision over what was, where the label is certain."""
    certain = [each for each in outcomes if each.case.expect != "protect"]
    must = [each for each in certain if each.case.expect == "block"]
    stopped = [each for each in certain if each.action is Action.BLOCK]
    return Quality(
        recall=_share(each.right for each in must),
        precision=_share(each.case.expect == "block" for each in stopped),
    )
