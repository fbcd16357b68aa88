"""Presidio's engine with our recognizers, and how overlapping signs become disjoint ones.

Presidio brings spaCy for its tokens; our recognizers read views instead, so our engine for ``vi``
needs no model. Context words are the recognizers' own affair (a window over the text), so the
engine's context step hands results on as they are.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from presidio_analyzer import (
    AnalyzerEngine,
    ContextAwareEnhancer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

from lab.errors import PolicyError
from lab.model import Action, Mode
from lab.policy import recognizers
from lab.policy.recognizers.base import HIT, LANGUAGE, Hit, ViewArtifacts
from lab.policy.rules import Rule
from lab.policy.text import Views


@dataclass(frozen=True, slots=True)
class Sign:
    """One hit of one rule, before overlaps are resolved. Holds no text."""

    rule: str
    start: int
    end: int
    score: float
    pattern: str
    context: str | None = None
    view: str = "plain"


class _ViewEngine(NlpEngine):
    """Hands every recognizer the views of the text. Nothing to load, nothing to fetch."""

    def load(self) -> None:
        """Nothing."""

    def is_loaded(self) -> bool:
        """Always."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:  # noqa: ARG002
        """The views of one text."""
        return ViewArtifacts(Views(text))

    def process_batch(
        self,
        texts: Iterable[str],
        language: str,
        batch_size: int = 1,  # noqa: ARG002
        n_process: int = 1,  # noqa: ARG002
        **_: Any,
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """The views of several texts."""
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word: str, language: str) -> bool:  # noqa: ARG002
        """Never asked for: there are no tokens."""
        return False

    def is_punct(self, word: str, language: str) -> bool:  # noqa: ARG002
        """Never asked for: there are no tokens."""
        return False

    def get_supported_entities(self) -> list[str]:
        """None of its own."""
        return []

    def get_supported_languages(self) -> list[str]:
        """Vietnamese (which reads English too)."""
        return [LANGUAGE]


class _AsFound(ContextAwareEnhancer):
    """Leaves scores alone: our recognizers read their context words themselves."""

    def __init__(self) -> None:
        super().__init__(0, 0, 0, 0)

    def enhance_using_context(
        self,
        text: str,  # noqa: ARG002
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,  # noqa: ARG002
        recognizers: list[Any],  # noqa: ARG002
        context: list[str] | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """The results as they came."""
        return raw_results


class _Engine(AnalyzerEngine):
    """Presidio's engine; what it may find is told once and not worked out anew for each text."""

    def get_supported_entities(self, language: str | None = None) -> list[str]:
        """The ids of the rules."""
        if self._entities is None:
            self._entities = super().get_supported_entities(language)
        return self._entities

    _entities: list[str] | None = None


class Detector:
    """All rules that are not off, ready to read a text."""

    def __init__(self, rules: Sequence[Rule], *, even_off: bool = False) -> None:
        """Raises ``PolicyError`` where a recognizer cannot be made, or no rule is left."""
        active = [rule for rule in rules if even_off or rule.mode is not Mode.OFF]
        if not active:
            raise PolicyError("policy_empty")
        made = [recognizers.recognizer(rule.recognizer)(rule) for rule in active]
        registry = RecognizerRegistry(recognizers=made, supported_languages=[LANGUAGE])
        self._engine = _Engine(
            registry=registry,
            nlp_engine=_ViewEngine(),
            supported_languages=[LANGUAGE],
            context_aware_enhancer=_AsFound(),
            log_decision_process=False,
        )

    def find(self, text: str) -> tuple[Sign, ...]:
        """Every sign in the text, overlapping ones too. Raises whatever a recognizer raises."""
        if not text or text.isspace():
            return ()
        results = self._engine.analyze(text, LANGUAGE)
        signs = [_sign(result, text) for result in results]
        return tuple(sorted(signs, key=lambda sign: (sign.start, -sign.end, sign.rule)))


def _sign(result: RecognizerResult, text: str) -> Sign:
    """A result of Presidio as a sign, its span checked and tight."""
    hit: Hit = result.recognition_metadata[HIT]
    start, end = hit.start, hit.end
    if not 0 <= start < end <= len(text):
        raise PolicyError("policy_fault")
    piece = text[start:end]
    start, end = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
    if start >= end:
        raise PolicyError("policy_fault")
    return Sign(result.entity_type, start, end, hit.score, hit.pattern, hit.context, hit.view)


class Placeholders:
    """What stands for a value in a text already: ``[HỌ TÊN 1]``, ``[CẦN BỔ SUNG]``, ``[...]``."""

    def __init__(self, labels: Iterable[str]) -> None:
        """``labels``: those of the rules, and those that people type."""
        either = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
        self._pattern = re.compile(rf"\[(?:(?:{either})(?:[ _]?(?:\d{{1,3}}|[A-Z]))?|\.\.\.|…)\]")

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where they stand."""
        if "[" not in text:
            return []
        return [found.span() for found in self._pattern.finditer(text)]


def outside(signs: Iterable[Sign], holes: Sequence[tuple[int, int]], text: str) -> list[Sign]:
    """The signs without what existing placeholders cover; what is left holds a letter or digit."""
    if not holes:
        return list(signs)
    kept: list[Sign] = []
    for sign in signs:
        at = sign.start
        over = [hole for hole in holes if hole[0] < sign.end and hole[1] > sign.start]
        if not over:
            kept.append(sign)
            continue
        for start, end in [*over, (sign.end, sign.end)]:
            piece = text[at : max(at, start)]
            if any(char.isalnum() for char in piece):
                lead = len(piece) - len(piece.lstrip())
                kept.append(replace(sign, start=at + lead, end=at + len(piece.rstrip())))
            at = end
    return kept


def resolve(signs: Iterable[Sign], actions: Mapping[str, Action]) -> list[Sign]:
    """Disjoint signs, in order: the stricter action wins, then the longer, then the surer.

    A sign that reaches beyond the one that beat it lends it the rest, so that no character of
    anything found is left uncovered; where the winner blocks there is nothing left to cover.
    """
    ranked = sorted(
        signs,
        key=lambda s: (-actions[s.rule].rank, s.start - s.end, -s.score, s.start, s.rule),
    )
    kept: list[Sign] = []
    starts: list[int] = []
    for sign in ranked:
        first = bisect_left(starts, sign.start)
        if first and kept[first - 1].end > sign.start:
            first -= 1
        last = first
        while last < len(kept) and kept[last].start < sign.end:
            last += 1
        beaten_by = kept[first:last]
        if beaten_by:
            winner = min(beaten_by, key=lambda s: (-actions[s.rule].rank, s.start - s.end))
            if actions[winner.rule] is not Action.MASK or actions[sign.rule] is not Action.MASK:
                continue
            sign = replace(  # noqa: PLW2901
                winner,
                start=min(sign.start, beaten_by[0].start),
                end=max(sign.end, beaten_by[-1].end),
            )
        kept[first:last] = [sign]
        starts[first:last] = [sign.start]
    return kept
