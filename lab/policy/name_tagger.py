"""A small trained tagger of names: a linear model over ``name_features``, read by Viterbi.

It finds what the rules of ``names`` cannot say word by word: a name with no cue, an odd given name,
a short form. ``python -m bench.train_names`` makes ``name_weights.txt`` from texts of our own.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from lab.policy.name_features import Kinds, Sight
from lab.policy.name_words import Words

BEGIN, INSIDE, OUTSIDE = 0, 1, 2
SCALE = 100
"""Weights are whole hundredths in the file."""
_NEVER = -1e9

Weights = Mapping[str, tuple[float, float, float]]
Tagged = tuple[int, int, float]
"""First word of a name, the word after its last, and by how much it beats being none."""


@cache
def trained() -> dict[str, tuple[float, float, float]]:
    """The weights that are shipped."""
    rows = files("lab.policy").joinpath("name_weights.txt").read_text("utf-8").split("\n")
    weights = {}
    for row in rows:
        if row and not row.startswith("# "):
            feature, begin, inside = row.rsplit("\t", 2)
            weights[feature] = (int(begin) / SCALE, int(inside) / SCALE, 0.0)
    return weights


class Tagger:
    """Finds the names in the words of one text."""

    def __init__(self, kinds: Kinds, weights: Weights) -> None:
        self.kinds = kinds
        self.weights = weights

    def names(
        self, words: Words, folded: str, known: Container[int] = frozenset()
    ) -> Iterator[Tagged]:
        """Each name, in order; none where the first and last of some words are known already."""
        sight = Sight(words, folded, self.kinds)
        for group in groups(sight):
            if group[0] in known and group[-1] in known:
                continue
            scores = [self._score(sight.features(index)) for index in group]
            tags = decode(scores)
            for first, last in spans(tags):
                margin = sum(
                    scores[at][tags[at]] - scores[at][OUTSIDE] for at in range(first, last)
                )
                yield group[first], group[0] + last, margin / (last - first)

    def _score(self, features: Iterable[str]) -> tuple[float, float, float]:
        begin = inside = outside = 0.0
        get = self.weights.get
        for feature in features:
            weight = get(feature)
            if weight is not None:
                begin += weight[0]
                inside += weight[1]
                outside += weight[2]
        return begin, inside, outside


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


def decode(scores: Sequence[tuple[float, float, float]]) -> list[int]:
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
