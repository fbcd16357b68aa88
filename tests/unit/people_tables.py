"""Reads the tables of names, births and addresses beside it, and makes the recognizers."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from lab.policy import rules
from lab.policy.recognizers.base import Recognizer
from lab.policy.text import Views

TABLES = Path(__file__).parent / "tables"
POLICIES = Path(__file__).parents[2] / "policies"
Span = tuple[int, int]


@cache
def made(rule_id: str) -> Recognizer:
    """The recognizer of one rule of the shipped policy."""
    rule = next(rule for rule in rules.read(POLICIES).rules if rule.id == rule_id)
    return import_module(f"lab.policy.recognizers.{rule.recognizer}").RECOGNIZER(rule)


def found(rule_id: str, text: str) -> set[Span]:
    """The spans that a rule finds in a text."""
    maker = made(rule_id)
    hits = maker.find(Views(text))
    return {(hit.start, hit.end) for hit in hits if hit.score >= maker.rule.threshold}


def lines(name: str) -> list[tuple[str, str]]:
    """The lines of a table: the ``## kind`` above each, and its text."""
    kind, rows = "", []
    for line in (TABLES / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("## "):
            kind = line[3:]
        elif line.strip() and not line.startswith("# "):
            rows.append((kind, line.replace("\\n", "\n").replace("\\t", "\t")))
    return rows


def marked(line: str) -> tuple[str, set[Span]]:
    """A line without its marks, and the spans that it marks."""
    return rules.plain_example(line), set(rules.marked_spans(line))


def documents() -> list[str]:
    """The clean documents."""
    return (TABLES / "clean-documents.txt").read_text("utf-8").split("\n=====\n")
