"""Values that are masked somewhere, wherever else they stand without what gave them away.

A bank account is known by the words before it; typed again without them it is the same account.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from lab.model import Action
from lab.policy.detect import Sign
from lab.policy.rules import Rule
from lab.policy.vault import Vault, digits_of

LEAST = 6
"""Characters (or digits) from which the same characters elsewhere mean the same."""
FEW = 40
"""Up to so many values each is counted by itself, which is quicker than reading every word."""
_WORD = re.compile(r"\w+")


def repeats(
    texts: Sequence[str],
    signs: Sequence[Sequence[Sign]],
    vault: Vault,
    rules: Sequence[Rule],
    actions: Mapping[str, Action],
) -> Iterator[tuple[int, Sign]]:
    """A sign, and the text it is in, for every repetition that no sign covers yet."""
    values = _wanted(texts, signs, _of_vault(vault, rules, actions), actions)
    if not values:
        return
    by_word: dict[str, list[tuple[str, int]]] = {}
    for value in values:
        word = _WORD.search(value)
        if word:
            by_word.setdefault(word.group(), []).append((value, word.start()))
    for index, text in enumerate(texts):
        covered = _Covered(signs[index])
        for value, start in _occurrences(text, by_word):
            if not covered.touches(start, start + len(value)):
                yield index, Sign(values[value], start, start + len(value), 1.0, "repeat")


def _wanted(
    texts: Sequence[str],
    signs: Sequence[Sequence[Sign]],
    values: dict[str, str],
    actions: Mapping[str, Action],
) -> dict[str, str]:
    """The values to look for -> their rule: those of the vault, and those that these texts mask."""
    seen: Counter[str] = Counter()
    for text, found in zip(texts, signs, strict=True):
        for sign in found:
            value = text[sign.start : sign.end]
            seen[value] += 1
            if actions[sign.rule] is Action.MASK and value not in values and _telling(value):
                values[value] = sign.rule
    if len(values) > FEW:
        return values
    everything = "\0".join(texts) if values else ""
    return {value: rule for value, rule in values.items() if everything.count(value) > seen[value]}


def _occurrences(
    text: str, by_word: Mapping[str, Sequence[tuple[str, int]]]
) -> Iterator[tuple[str, int]]:
    """Every value that stands in the text as whole words, and where it begins."""
    for word in _WORD.finditer(text):
        for value, before in by_word.get(word.group(), ()):
            start = word.start() - before
            end = start + len(value)
            if start < 0 or not text.startswith(value, start):
                continue
            if end == len(text) or not (text[end].isalnum() or text[end] == "_"):
                yield value, start


class _Covered:
    """Which parts of a text signs cover."""

    def __init__(self, signs: Sequence[Sign]) -> None:
        spans = sorted((sign.start, sign.end) for sign in signs)
        self._starts = [start for start, _ in spans]
        self._furthest = [*accumulate((end for _, end in spans), max)]

    def touches(self, start: int, end: int) -> bool:
        """Whether any sign overlaps this span."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._furthest[before - 1] > start


def _of_vault(vault: Vault, rules: Sequence[Rule], actions: Mapping[str, Action]) -> dict[str, str]:
    """What this session masked before -> a rule that masks it now."""
    by_entity: dict[str, str] = {}
    for rule in rules:
        if actions[rule.id] is Action.MASK:
            by_entity.setdefault(rule.entity, rule.id)
    return {
        value: by_entity[entity]
        for value, entity, _ in vault.known()
        if entity in by_entity and _telling(value)
    }


def _telling(value: str) -> bool:
    """Whether a value is so long that the same characters elsewhere mean the same."""
    if len(value) < LEAST:
        return False
    return " " in value or "@" in value or len(digits_of(value)) >= LEAST
