"""A small trained tagger of names: a linear model over ``name_features``, read by Viterbi.

It finds what the rules of ``names`` cannot say word by word: a name with no cue, an odd given name,
a short form. ``python -m bench.train_names`` makes ``name_weights.txt`` from texts of our own.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain, islice

from lab.policy.name_features import Kinds, Sight
from lab.policy.name_numbers import Table, features
from lab.policy.name_words import Words

BEGIN, INSIDE, OUTSIDE = 0, 1, 2
SCALE = 100
"""Weights are whole hundredths."""
_NEVER = -1e9

Weights = Mapping[str, tuple[int, int]]
"""Feature -> how much it speaks for beginning a name, for going on with one; against being none."""
Scores = tuple[float, float, float]
Text = tuple[Words, str, Container[int]]
"""Words, the text without accents, and which words are known to be names."""
Tagged = tuple[int, int, float]
"""First word of a name, the word after its last, and by how much it beats being none."""


@cache
def trained() -> dict[str, tuple[int, int]]:
    """The weights that are shipped."""
    rows = files("lab.policy").joinpath("name_weights.txt").read_text("utf-8").split("\n")
    weights: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row and not row.startswith("# "):
            feature, begin, inside = row.rsplit("\t", 2)
            weights[feature] = int(begin), int(inside)
    return weights


class Tagger:
    """Finds the names in the words of texts."""

    def __init__(self, kinds: Kinds, weights: Weights) -> None:
        self.kinds = kinds
        self._weights = weights
        self._table = Table(weights)

    def names(self, texts: Sequence[Text]) -> list[list[Tagged]]:
        """Of each text each name, in order; none where the ends of some words are known already."""
        sights = [Sight(words, folded, self.kinds) for words, folded, _ in texts]
        new = [
            [each for each in groups(sight) if each[0] not in known or each[-1] not in known]
            for sight, (_, _, known) in zip(sights, texts, strict=True)
        ]
        scores = self._scores(sights, [[*chain.from_iterable(each)] for each in new])
        return [[*self._best(groups_of_one, scores)] for groups_of_one in new]

    @staticmethod
    def _best(rows: Iterable[Sequence[int]], scored: Iterator[Scores]) -> Iterator[Tagged]:
        """The names in rows of words whose scores come one after the other."""
        for row in rows:
            scores = [*islice(scored, len(row))]
            if not _may_hold(scores):
                continue
            tags = decode(scores)
            for first, last in spans(tags):
                margin = sum(scores[at][tags[at]] for at in range(first, last))
                yield row[first], row[0] + last, margin / SCALE / (last - first)

    def _scores(self, sights: Sequence[Sight], chosen: Sequence[Sequence[int]]) -> Iterator[Scores]:
        """How much beginning, going on and being none suits each chosen word of each text."""
        if not any(chosen):
            return
        sums = iter(self._table.sums(features(sights, chosen)).tolist())
        for sight, indices in zip(sights, chosen, strict=True):
            odd = sight.odd
            for index, (begin, inside) in zip(indices, sums, strict=False):
                if index in odd:
                    rare = [self._weights[f] for f in sight.rare(index) if f in self._weights]
                    begin += sum(weight for weight, _ in rare)  # noqa: PLW2901
                    inside += sum(weight for _, weight in rare)  # noqa: PLW2901
                yield begin, inside, 0


def _may_hold(scores: Sequence[Scores]) -> bool:
    """Whether any name in a row could beat none at all."""
    rest = 0.0
    for begin, inside, _ in reversed(scores):
        if begin + rest >= 0:
            return True
        rest += max(inside, 0)
    return False


def groups(sight: Sight) -> Iterator[list[int]]:
    """Candidates that stand right behind one another."""
    group: list[int] = []
    for index in sight.candidates:
        if group and index != group[-1] + 1:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def decode(scores: Sequence[Scores]) -> list[int]:
    """The best row of tags in which nothing goes on that has not begun."""
    best = (0.0, _NEVER, 0.0)
    back: list[tuple[int, int, int]] = []
    for begin, inside, outside in scores:
        top = max(range(3), key=best.__getitem__)
        joined = BEGIN if best[BEGIN] >= best[INSIDE] else INSIDE
        if not back:
            best, joined = (begin, _NEVER, outside), BEGIN
        else:
            best = (best[top] + begin, best[joined] + inside, best[top] + outside)
        back.append((top, joined, top))
    tag = max(range(3), key=best.__getitem__)
    tags = [tag]
    for previous in reversed(back[1:]):
        tag = previous[tag]
        tags.append(tag)
    return tags[::-1]


def spans(tags: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where each name begins and ends in a row of tags."""
    start = -1
    for at, tag in enumerate([*tags, OUTSIDE]):
        if start >= 0 and tag != INSIDE:
            yield start, at
            start = -1
        if tag == BEGIN:
            start = at
