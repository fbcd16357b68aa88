"""What tests of the policy share: small policies of their own, and the real one, loaded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lab.keys import Keys
from lab.model import Blocked, Cleared, Message
from lab.policy import versions
from lab.policy.clear import Policy
from lab.policy.rules import PolicyData, PolicyFile, Rule
from lab.policy.vault import Vault
from lab.settings import ROOT, Settings

SENTENCE = {"vi": "Một câu.", "en": "A sentence."}


def a_rule(rule_id: str = "project", **changes: Any) -> Rule:
    """A rule of the kind that officers write: it finds ``DA-####`` (or what ``changes`` say)."""
    row: dict[str, Any] = {
        "id": rule_id,
        "entity": "PROJECT",
        "recognizer": "pattern",
        "tier": "T3",
        "mode": "mask",
        "title": SENTENCE,
        "why": SENTENCE,
        "advice": SENTENCE,
        "source": "quy-che-lop",
        "placeholder": "MÃ DỰ ÁN",
        "patterns": [{"name": "code", "form": "DA-####"}],
        "examples": {"catch": ["mã ⟦DA-2026⟧"], "pass": ["mã số"]},
    }
    return Rule.model_validate(row | changes)


def words_rule(rule_id: str, *words: str, **changes: Any) -> Rule:
    """A rule that finds words as they are written."""
    pattern = {"name": "word", "words": list(words), "exact": True}
    examples = {"catch": [f"⟦{words[0]}⟧"], "pass": ["không có gì"]}
    return a_rule(rule_id, **({"patterns": [pattern], "examples": examples} | changes))


def a_policy(*rules: Rule, seconds: float = 5.0, workers: int = 0, **settings: Any) -> Policy:
    """A policy of these rules."""
    source = {"quy-che-lop": {"title": SENTENCE, "date": "2026-11-01"}}
    file = PolicyFile.model_validate({"sources": source} | settings)
    data = PolicyData(Path("none"), file, rules or (a_rule(),), {})
    return Policy(data, version="test", seconds=seconds, workers=workers)


@cache
def real_policy() -> Policy:
    """The policy that ships, without child processes."""
    return Policy.load(ROOT / "policies", workers=0)


async def sent(
    policy: Policy, *texts: str, vault: Vault | None = None, **options: Any
) -> Cleared | Blocked:
    """The decision on these messages of a trainee, the last one being the prompt."""
    messages = [Message("user", text) for text in texts]
    return await policy.clear(messages, vault=Vault() if vault is None else vault, **options)


def break_detector(monkeypatch: pytest.MonkeyPatch, policy: Policy, act: Callable[[], Any]) -> None:
    """Every recognizer of this policy does ``act`` in place of its work."""

    def find(_text: str) -> Iterable[object]:
        return act() or ()

    monkeypatch.setattr(policy._detector, "find", find)


def chunks(text: str, cuts: Sequence[int]) -> list[str]:
    """The text cut at these places."""
    places = [0, *sorted({min(cut, len(text)) for cut in cuts}), len(text)]
    return [text[a:b] for a, b in pairwise(places)]


def publish(settings: Settings, keys: Keys, *, by: str = "") -> int:
    """Write the files of ``settings.policies`` as the next version; its number. No log hears of it,
    as where somebody puts a signed folder there by hand.
    """
    number = max(versions.published(settings), default=0) + 1
    versions.stage(settings, settings.policies, number, keys=keys, about={"by": by}).put()
    return number
