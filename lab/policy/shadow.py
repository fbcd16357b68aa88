"""A draft over the logged history: what it would have stopped, passed and named otherwise.

The log holds prompts as they left: masked, and none of those that were stopped. So what can be
told is told, and what cannot is counted as not known: a text that is gone, and, behind a
placeholder, a value that another rule might have seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lab.model import Action, Blocked, Finding, Message
from lab.policy.clear import Policy
from lab.policy.compare import Change, Tally, difference
from lab.policy.vault import Vault

NOWHERE = "-"
"""The site of a session that has none."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt of the history."""

    session: str
    site: str
    text: str | None
    """As it left, masked; None where it was stopped and is gone."""
    rules: tuple[str, ...]
    """Rules that stopped or masked something in it."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A draft over the history, beside the version in force."""

    tally: Tally
    gone: Counter[str]
    """Stopped prompts, by the rule that stopped them: not known."""
    masked: Counter[str]
    """Prompts in which a rule masked something: its values are placeholders now, not known."""

    def row(self) -> dict[str, Any]:
        """As JSON."""
        unknown = {"gone": dict(self.gone), "masked": dict(self.masked)}
        return {**self.tally.row(), "unknown": unknown}


async def replay(
    old: Policy,
    new: Policy,
    prompts: Sequence[Prompt],
    *,
    tell: Callable[[int], None] = lambda _: None,
) -> Replay:
    """Both over every prompt whose text is left, each by itself. ``tell`` hears how many."""
    changes: list[Change] = []
    gone: Counter[str] = Counter()
    masked: Counter[str] = Counter()
    texts = 0
    for nth, prompt in enumerate(prompts, 1):
        tell(nth)
        if prompt.text is None:
            gone.update(set(prompt.rules) or {""})
            continue
        texts += 1
        masked.update(set(prompt.rules))
        before, one = await _treated(old, prompt.text)
        after, other = await _treated(new, prompt.text)
        kind, rules = difference(before, one, after, other)
        if kind:
            changes.append(Change(kind, rules, prompt.site, prompt.session))
    return Replay(Tally(texts, tuple(changes)), gone, masked)


async def _treated(policy: Policy, text: str) -> tuple[Action, list[Finding]]:
    result = await policy.clear([Message("user", text)], vault=Vault())
    acting = [each for each in result.decision.findings if each.action is not Action.ALLOW]
    return (Action.BLOCK if isinstance(result, Blocked) else result.decision.action), acting


def live(found: Iterable[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Findings of rules in shadow, counted: (rule, site, how many)."""
    counts = Counter(found)
    return [(rule, site, many) for (rule, site), many in sorted(counts.items())]
