"""What the security report counts: decisions, rules, stops of all sending, incidents. No text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lab.log.base import Db
from lab.log.chain import MICRO
from lab.model import Action

INCIDENTS = "incident.%"
"""All kinds of events that begin so."""
SWITCH = ("sending.halted", "sending.resumed")


@dataclass(frozen=True, slots=True)
class OfRule:
    """What one rule did in prompts."""

    rule: str
    tier: str
    actions: Mapping[str, int]
    """Action -> findings."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.actions.values())


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a time."""

    prompts: Mapping[str, int]
    """Action -> prompts."""
    faults: int
    """Prompts that were stopped since the check itself failed."""
    real: int
    """Prompts with a stop that no exercise explains: possibly real."""
    disputed: int
    rules: tuple[OfRule, ...]
    """Strictest tier first, then by how much they did."""
    switch: tuple[tuple[float, str, str, str], ...]
    """Each use of the kill switch: when, kind, who, why."""
    incidents: Mapping[str, int]
    """Kind of event -> how often."""
    attacks: Mapping[str, int]
    """State -> ways round that were found in that time."""


def counts(db: Db, since: int, until: int) -> Counts:
    """All counts from a time to another (microseconds)."""
    span = (since, until)
    prompts: Counter[str] = Counter()
    rules: dict[tuple[str, str], Counter[str]] = {}
    faults = real = 0
    decided = db.execute(
        "SELECT payload FROM events WHERE kind = 'turn.decided' AND at >= ? AND at < ?"
        " AND payload IS NOT NULL",
        span,
    )
    for (payload,) in decided:
        row = json.loads(payload)
        prompts[row["action"]] += 1
        faults += bool(row.get("fault"))
        own = [each for each in row.get("findings") or () if each["message"] == row.get("last")]
        for each in own:
            place = (str(each["tier"]), str(each["rule"]))
            rules.setdefault(place, Counter())[str(each["action"])] += 1
        real += any(e["action"] == Action.BLOCK and e.get("origin") == "unknown" for e in own)
    found = [OfRule(rule, tier, did) for (tier, rule), did in rules.items()]
    found.sort(key=lambda each: (each.tier, -each.total, each.rule))
    return Counts(
        prompts=prompts,
        faults=faults,
        real=real,
        disputed=_one(
            db,
            "SELECT count(*) FROM events WHERE kind = 'finding.disputed' AND at >= ? AND at < ?",
            span,
        ),
        rules=tuple(found),
        switch=_switch(db, span),
        incidents=_pairs(
            db,
            "SELECT kind, count(*) FROM events WHERE kind LIKE ? AND at >= ? AND at < ?"
            " GROUP BY kind ORDER BY kind",
            (INCIDENTS, *span),
        ),
        attacks=_pairs(
            db,
            "SELECT state, count(*) FROM attack_cases WHERE at >= ? AND at < ? GROUP BY state",
            (since / MICRO, until / MICRO),
        ),
    )


def _switch(db: Db, span: tuple[int, int]) -> tuple[tuple[float, str, str, str], ...]:
    rows = db.execute(
        "SELECT at, kind, payload FROM events WHERE kind IN (?, ?) AND at >= ? AND at < ?"
        " AND payload IS NOT NULL ORDER BY id",
        (*SWITCH, *span),
    )
    held = [(at / MICRO, kind, json.loads(payload)) for at, kind, payload in rows]
    return tuple((at, kind, row["by"], row["reason"]) for at, kind, row in held)


def _one(db: Db, query: str, values: tuple[int, int]) -> int:
    return int(db.execute(query, values).fetchone()[0])


def _pairs(db: Db, query: str, values: tuple[object, ...]) -> dict[str, int]:
    return {str(name): int(number) for name, number in db.execute(query, values)}
