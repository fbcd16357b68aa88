"""A small trained tagger of names: a linear model over ``name_features``, read by Viterbi.

It finds what the rules of ``names`` cannot say word by word: a name with no cue, an odd given name,
a short form. ``python -m bench.train_names`` makes ``name_weights.txt`` from texts of our own.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from lab.policy.name_features import Bundle, Kinds, Sight, spelled
from lab.policy.name_words import Words

BEGIN, INSIDE, OUTSIDE = 0, 1, 2
SCALE = 100
"""Weights are whole hundredths in the file."""
_NEVER = -1e9

REMEMBERED = 50_000
"""Bundles of features whose sums are kept; a few hundred bytes each."""

Weights = Mapping[str, tuple[int, int]]
"""Feature -> how it speaks for beginning and for going on, in hundredths."""
Tagged = tuple[int, int, float]
"""First word of a name, the word after its last, and by how much it beats being none."""


@cache
def trained() -> dict[str, tuple[int, int]]:
    """The weights that are shipped."""
    rows = files("lab.policy").joinpath("name_weights.txt").read_text("utf-8").split("\n")
    weights = {}
    for row in rows:
        if row and not row.startswith("# "):
            feature, begin, inside = row.rsplit("\t", 2)
            weights[feature] = (int(begin), int(inside))
    return weights


class Tagger:
    """Finds the names in the words of one text."""

    def __init__(self, kinds: Kinds, weights: Weights) -> None:
        self.kinds = kinds
        self.weights = weights
        self._sums = _Sums(weights)

    def names(
        self, words: Words, folded: str, known: Container[int] = frozenset()
    ) -> Iterator[Tagged]:
        """Each name, in order; none where the first and last of some words are known already."""
        sight = Sight(words, folded, self.kinds)
        for group in groups(sight):
            if group[0] in known and group[-1] in known:
                continue
            scores = [self.score(sight, index) for index in group]
            tags = decode(scores)
            for first, last in spans(tags):
                margin = sum(
                    scores[at][tags[at]] - scores[at][OUTSIDE] for at in range(first, last)
                )
                yield group[first], group[0] + last, margin / SCALE / (last - first)

    def score(self, sight: Sight, index: int) -> tuple[float, float, float]:
        """How much speaks for a word beginning a name, going on with one, and being in none."""
        bundles, single = sight.seen(index)
        (begin, inside), (b, i), (c, j) = map(self._sums.__getitem__, bundles)
        begin += b + c
        inside += i + j
        for weight in map(self.weights.get, single):
            if weight is not None:
                begin += weight[0]
                inside += weight[1]
        return begin, inside, 0


class _Sums(dict[Bundle, tuple[int, int]]):
    """The weights of bundles, each added up when it is first met. Holds kinds of words, no word."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self._weights = weights

    def __missing__(self, bundle: Bundle) -> tuple[int, int]:
        rows = [row for row in map(self._weights.get, spelled(bundle)) if row is not None]
        if len(self) >= REMEMBERED:
            self.clear()
        made = self[bundle] = sum(row[0] for row in rows), sum(row[1] for row in rows)
        return made


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


def _top(best: tuple[float, float, float]) -> int:
    """The tag that is best; the first of equals."""
    begin, inside, outside = best
    if begin >= inside:
        return BEGIN if begin >= outside else OUTSIDE
    return INSIDE if inside >= outside else OUTSIDE


def decode(scores: Sequence[tuple[float, float, float]]) -> list[int]:
    """The best row of tags in which nothing goes on that has not begun."""
    best = (0.0, _NEVER, 0.0)
    back: list[tuple[int, int, int]] = []
    for begin, inside, outside in scores:
        top = _top(best)
        joined = BEGIN if best[BEGIN] >= best[INSIDE] else INSIDE
        if not back:
            best, joined = (begin, _NEVER, outside), BEGIN
        else:
            best = (best[top] + begin, best[joined] + inside, best[top] + outside)
        back.append((top, joined, top))
    tag = _top(best)
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
