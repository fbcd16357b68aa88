"""What runs all recognizers over a text, and how overlapping signs become disjoint ones.

The recognizers are Presidio's in form and run in its engine as well. Here they are called without
it: its engine is made for the tokens of a language model and for context words that raise a score
afterwards, and our recognizers read views and weigh context words themselves.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lab.errors import PolicyError
from lab.model import Action, Mode
from lab.policy import recognizers
from lab.policy.parts import pieces
from lab.policy.recognizers.base import Hit, Recognizer
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


class Detector:
    """All rules that are not off, ready to read a text."""

    def __init__(self, rules: Sequence[Rule], *, even_off: bool = False) -> None:
        """Raises ``PolicyError`` where a recognizer cannot be made, or no rule is left."""
        active = [rule for rule in rules if even_off or rule.mode is not Mode.OFF]
        if not active:
            raise PolicyError("policy_empty")
        self.recognizers = [recognizers.recognizer(rule.recognizer)(rule) for rule in active]

    def find(self, text: str) -> tuple[Sign, ...]:
        """Every sign in the text, overlapping ones too. Raises whatever a recognizer raises."""
        if not text or text.isspace():
            return ()
        found: list[tuple[Recognizer, list[Hit]]] = [(each, []) for each in self.recognizers]
        for piece in pieces(Views(text)):
            for recognizer, hits in found:
                for hit in recognizer.find(piece.views):
                    if not 0 <= hit.start < hit.end <= len(text):
                        raise PolicyError("policy_fault")
                    if piece.owns(hit.start):
                        hits.append(hit)
        signs = [
            _sign(recognizer.rule.id, hit, text)
            for recognizer, hits in found
            if hits
            for hit in _distinct(hits, recognizer.rule.threshold)
        ]
        return tuple(sorted(signs, key=lambda sign: (sign.start, -sign.end, sign.rule)))


def _distinct(hits: list[Hit], threshold: float) -> Iterator[Hit]:
    """Those of one rule that score enough and do not lie within a better one."""
    around: list[Hit] = []
    for hit in sorted(hits, key=lambda each: (each.start, -each.end, -each.score)):
        if hit.score < threshold or not hit.score:
            continue
        around = [each for each in around if each.end >= hit.start]
        if not any(hit.end <= each.end and hit.score <= each.score for each in around):
            around.append(hit)
            yield hit


def _sign(rule: str, hit: Hit, text: str) -> Sign:
    """A hit as a sign of its rule, its span tight."""
    start, end = hit.start, hit.end
    piece = text[start:end]
    start, end = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
    if start >= end:
        raise PolicyError("policy_fault")
    return Sign(rule, start, end, hit.score, hit.pattern, hit.context, hit.view)


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
