"""Values that are masked somewhere, wherever else they stand without what gave them away.

A bank account is known by the words before it; typed again without them it is the same account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from lab.model import Action
from lab.policy.detect import Sign
from lab.policy.rules import Rule
from lab.policy.vault import Vault, digits_of

LEAST = 6
"""Characters (or digits) from which the same characters elsewhere mean the same."""


def repeats(
    texts: Sequence[str],
    signs: Sequence[Sequence[Sign]],
    vault: Vault,
    rules: Sequence[Rule],
    actions: Mapping[str, Action],
) -> Iterator[tuple[int, Sign]]:
    """A sign, and the text it is in, for every repetition that no sign covers yet."""
    values = _of_vault(vault, rules, actions)
    for text, found in zip(texts, signs, strict=True):
        for sign in found:
            value = text[sign.start : sign.end]
            if actions[sign.rule] is Action.MASK and _telling(value):
                values.setdefault(value, sign.rule)
    together = "\0".join(texts) if values else ""
    for value, rule_id in values.items():
        if value not in together:
            continue
        whole = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
        for index, text in enumerate(texts):
            if value not in text:
                continue
            for again in whole.finditer(text):
                start, end = again.span()
                if not any(s.start < end and start < s.end for s in signs[index]):
                    yield index, Sign(rule_id, start, end, 1.0, "repeat")


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
