"""Matters that are secret or not public, told by the weight of all that a stretch of text says.

Lists of phrases know the wordings that somebody thought of. This recognizer knows what such
prompts are made of: an office, a person or a unit, an act, an object, a request, "not yet", "keep
it to yourself", and what harmless ones are made of: the law, lessons, the news, history, sport.
Each sign has a weight, fitted by ``lab policy train`` to sentences of our own
(``policies/training/``); their sum says how likely the text is to be such a matter. A finding
names the cues that weighed most.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from lab.policy.recognizers import _signs as signs
from lab.policy.recognizers._words import Reading, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

CUES = 4
"""Cues that a finding names."""
FEWEST = 4
"""A stretch of fewer words is a title or an answer: too little to weigh."""
STATE = "secret"
"""Kind of a rule for State secrets; any other is for what is merely not public."""
BIAS = "=bias"
PART = 2.8
"""A stretch of a longer text must weigh so much more: a long text has many chances to be wrong."""
BARE = 0.4
"""So must one without accents, where a word is read as several others."""
SLACK = 1e-6
"""How far two sums of the same weights may be apart, added up in another order."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What one sign adds."""

    matter: float
    """To the log-odds that this is a matter to be stopped."""
    secret: float
    """To the log-odds that, if so, it is a State secret."""
    written: str
    """The sign as people write it."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A stretch of a reading with its odds."""

    chance: float
    """Of a matter to be stopped, 0 to 1."""
    secret: bool
    cues: tuple[str, ...]
    start: int
    end: int
    """Offsets in the original text."""
    view: str


class Scale:
    """Weighs texts; made once of the two lists, however many rules share it."""

    def __init__(self, groups: tuple[str, ...], table: tuple[str, ...]) -> None:
        """``groups``: ``topic-signs.txt``; ``table``: ``topic-weights.txt``."""
        self.weights = dict(map(_weight, table))
        self._matter = {sign: weight.matter for sign, weight in self.weights.items()}
        self._pairs: dict[str, dict[str, Weight]] = {}
        for sign, weight in self.weights.items():
            if signs.PAIR in sign:
                one, other = sign.split(signs.PAIR)
                self._pairs.setdefault(one, {})[other] = weight
        words = [sign for sign in self.weights if sign[0] not in "@="]
        self._signs = signs.Signs(groups, words)
        self._known: WeakKeyDictionary[Views, tuple[Weighed, ...]] = WeakKeyDictionary()

    def weigh(self, views: Views) -> tuple[Weighed, ...]:
        """Every stretch of every reading that is rather a matter than not; once for all rules."""
        known = self._known.get(views)
        if known is None:
            known = tuple(each for reading in readings(views) for each in self._parts(reading))
            self._known[views] = known
        return known

    def _parts(self, reading: Reading) -> Iterator[Weighed]:
        if len(reading.words) < FEWEST:
            return
        outline = signs.Outline(reading, self._signs)
        seen: list[list[signs.Seen]] | None = None
        parts = [*signs.stretches(reading)]
        handicap = PART * (len(parts) > 1) + BARE * reading.text.isascii()
        least = handicap - self.weights[BIAS].matter - SLACK
        for part in parts:
            if self.sum(*outline.of(part)) < least:
                continue
            seen = self._signs.seen(reading) if seen is None else seen
            found = signs.of_stretch(reading, seen, part)
            weighed = self._weigh(reading, found, handicap)
            if weighed is not None:
                yield weighed

    def _weigh(
        self,
        reading: Reading,
        found: dict[str, signs.Seen | None],
        handicap: float,
    ) -> Weighed | None:
        bias = self.weights[BIAS]
        matter = bias.matter - handicap + self.sum(found, signs.groups_of(found))
        if matter <= 0:
            return None
        weights = [*self._of(found)]
        secret = bias.secret + sum(weight.secret for _, weight in weights)
        cues = self._cues(found, weights)
        if not cues:
            return None
        first, last = min(cue.first for cue in cues), max(cue.last for cue in cues)
        start, end = reading.view.span(reading.starts[first], reading.ends[last])
        names = tuple(cue.phrase or self.weights[cue.sign].written for cue in cues)
        chance = 1 / (1 + math.exp(-matter))
        return Weighed(chance, secret > 0, names, start, end, reading.view.name)

    def sum(self, found: Iterable[str], groups: Sequence[str]) -> float:
        """The weight of a stretch's signs, to the log-odds; signs of no weight add nothing."""
        get, total = self._matter.get, 0.0
        for sign in found:
            total += get(sign, 0.0)
        for at, one in enumerate(groups):
            others = self._pairs.get(one)
            if others:
                for other in groups[at + 1 :]:
                    if other in others:
                        total += others[other].matter
        return total

    def _of(self, found: Iterable[str]) -> Iterator[tuple[tuple[str, ...], Weight]]:
        """The weights of signs, and of every two groups among them."""
        known = self.weights
        for sign in found:
            if sign in known:
                yield (sign,), known[sign]
        groups = signs.groups_of(found)
        for at, one in enumerate(groups):
            others = self._pairs.get(one)
            if others:
                for other in groups[at + 1 :]:
                    if other in others:
                        yield (one, other), others[other]

    @staticmethod
    def _cues(
        found: Mapping[str, signs.Seen | None],
        weights: Iterable[tuple[tuple[str, ...], Weight]],
    ) -> list[signs.Seen]:
        """The signs that weighed most, none within another; a pair counts for both its groups."""
        total: dict[str, float] = {}
        for halves, weight in weights:
            for half in halves:
                total[half] = total.get(half, 0.0) + weight.matter / len(halves)
        kept: list[signs.Seen] = []
        for sign in sorted(total, key=lambda each: (-total[each], each)):
            cue = found.get(sign)
            if cue is None or total[sign] <= 0:
                continue
            if any(cue.first <= other.last and other.first <= cue.last for other in kept):
                continue
            kept.append(cue)
            if len(kept) == CUES:
                break
        return kept


@lru_cache(maxsize=4)
def _scale(groups: tuple[str, ...], table: tuple[str, ...]) -> Scale:
    return Scale(groups, table)


def _weight(line: str) -> tuple[str, Weight]:
    sign, matter, secret, *written = line.split("\t")
    return sign, Weight(float(matter), float(secret), written[0] if written else sign)


class Matter(Recognizer):
    """Finds matters that are secret, or those that are not public, as its rule says."""

    name = "matter"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._scale = _scale(rule.words("signs"), rule.words("weights"))
        self._secret = STATE in rule.words("kind")

    def find(self, views: Views) -> Iterator[Hit]:
        """Stretches of the rule's kind whose weight reaches the rule's threshold."""
        for each in self._scale.weigh(views):
            if each.secret is self._secret and each.chance >= self.rule.threshold:
                cues = ", ".join(each.cues)
                yield Hit(each.start, each.end, each.chance, cues, view=each.view)


RECOGNIZER = Matter
