"""What the tables of cases share: one rule's own recognizer, and what it finds in a text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lab import datafile
from lab.policy import recognizers
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import RuleFile
from lab.policy.text import Views

RULES = Path(__file__).parents[1] / "policies/rules/personal-numbers.yaml"


@cache
def recognizer(rule_id: str) -> Recognizer:
    """The recognizer of a rule as it ships."""
    rule = next(rule for rule in datafile.load(RULES, RuleFile).rules if rule.id == rule_id)
    return recognizers.recognizer(rule.recognizer)(rule)


def hits(rule_id: str, text: str) -> list[Hit]:
    """What passes the rule's threshold, disjoint, the longest first where two overlap."""
    made = recognizer(rule_id)
    found = [hit for hit in made.find(Views(text)) if hit.score >= made.rule.threshold]
    kept: list[Hit] = []
    for hit in sorted(found, key=lambda each: (each.start - each.end, -each.score)):
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda each: each.start)


def found(rule_id: str, text: str) -> list[str]:
    """The pieces of the text that a rule finds."""
    return [text[hit.start : hit.end] for hit in hits(rule_id, text)]
