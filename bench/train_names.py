"""Trains the tagger of names: ``python -m bench.train_names``.

Writes ``lab/policy/name_weights.txt``. What it learns from is ours: sentences with gaps
(``bench/names/contexts.txt``) filled with drawn names, the dev half of the corpus, the tables of
the tests, and the texts of this repository in which nobody is named. The same texts and seed make
the same weights. ``--hold 0.2`` keeps a fifth of the sentences out, tells how well the rest does
on them, and writes nothing.
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench.name_texts import Example, filled, plain_texts, voiced
from lab.policy import rules
from lab.policy.name_context import Surroundings
from lab.policy.name_features import Kinds, Sight
from lab.policy.name_tagger import (
    BEGIN,
    INSIDE,
    OUTSIDE,
    SCALE,
    Tagger,
    decode,
    groups,
)
from lab.policy.name_words import Words
from lab.policy.names import Syllables
from lab.policy.text import fold

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "lab" / "policy" / "name_weights.txt"
ROUNDS = 6
EACH = 16
"""Texts made of one sentence with gaps."""
COST = 3.0
"""How much worse it is to see a name where there is none than to miss one."""
BLIND = 0.35
"""Share of the texts in which most of the words around names are left out: no crutches."""
SEEN = 0.4
FEWEST = 3
"""Corrections that a feature must have had to be kept."""
LEAST = 20
"""Sum of the two weights, in hundredths, from which a feature is kept."""

Group = tuple[list[list[str]], list[int]]
"""The features and the tags of candidates that stand behind one another."""


class Eyes:
    """Turns texts into features, as the policy does."""

    def __init__(self) -> None:
        person = next(r for r in rules.read(ROOT / "policies").rules if r.id == "person")
        self.syllables = Syllables(person)
        self.kinds = Kinds(self.syllables, Surroundings(person, self.syllables))

    def groups(self, example: Example) -> list[Group]:
        """What there is to learn from one text."""
        words = Words(example.text, self.syllables)
        sight = Sight(words, fold(example.text), self.kinds)
        gold = [OUTSIDE] * words.count
        for start, end in example.names:
            inside = [
                index
                for index in range(words.count)
                if words.starts[index] >= start and words.ends[index] <= end
            ]
            for nth, index in enumerate(inside):
                gold[index] = INSIDE if nth else BEGIN
        found = []
        for group in groups(sight):
            tags = [gold[index] for index in group]
            if tags[0] == INSIDE:
                tags[0] = BEGIN
            found.append(([sight.features(index) for index in group], tags))
        return found


class Perceptron:
    """An averaged structured perceptron with a margin."""

    def __init__(self) -> None:
        self.weights: dict[str, list[float]] = {}
        self.sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        self.since: dict[str, int] = defaultdict(int)
        self.corrections: Counter[str] = Counter()
        self.step = 0

    def learn(self, features: Sequence[Sequence[str]], gold: Sequence[int]) -> bool:
        """Whether the row of tags was right; if not, it will be more so."""
        self.step += 1
        scores = [self._score(each, tag) for each, tag in zip(features, gold, strict=True)]
        tags = decode(scores)
        if tags == list(gold):
            return True
        for each, right, wrong in zip(features, gold, tags, strict=True):
            if right != wrong:
                self._correct(each, right, wrong)
        return False

    def _score(self, features: Iterable[str], gold: int) -> tuple[float, float, float]:
        scores = [COST, COST, 0.0] if gold == OUTSIDE else [1.0, 1.0, 1.0]
        scores[gold] -= 0.0 if gold == OUTSIDE else 1.0
        for feature in features:
            weights = self.weights.get(feature)
            if weights:
                scores = [a + b for a, b in zip(scores, weights, strict=True)]
        return scores[0], scores[1], scores[2]

    def _correct(self, features: Iterable[str], right: int, wrong: int) -> None:
        for feature in features:
            weights = self.weights.setdefault(feature, [0.0, 0.0, 0.0])
            self._settle(feature, weights)
            weights[right] += 1.0
            weights[wrong] -= 1.0
            self.corrections[feature] += 1

    def _settle(self, feature: str, weights: Sequence[float]) -> None:
        steps = self.step - self.since[feature]
        sums = self.sums[feature]
        for tag, weight in enumerate(weights):
            sums[tag] += weight * steps
        self.since[feature] = self.step

    def averaged(self) -> dict[str, tuple[int, int]]:
        """Weights of beginning and going on, in hundredths, against being no name."""
        kept = {}
        for feature, weights in self.weights.items():
            self._settle(feature, weights)
            begin, inside, outside = (total / self.step for total in self.sums[feature])
            row = round(SCALE * (begin - outside)), round(SCALE * (inside - outside))
            if self.corrections[feature] >= FEWEST and abs(row[0]) + abs(row[1]) >= LEAST:
                kept[feature] = row
        return kept


def train(examples: Iterable[Example], eyes: Eyes, seed: int) -> dict[str, tuple[int, int]]:
    """The weights learnt from some texts."""
    draw = random.Random(seed)  # noqa: S311 - training, not keys
    rows = [groups for groups in map(eyes.groups, examples) if groups]
    model = Perceptron()
    for nth in range(ROUNDS):
        draw.shuffle(rows)
        wrong = 0
        for row in rows:
            blind = draw.random() < BLIND
            for features, gold in row:
                shown = [_dimmed(each, draw) for each in features] if blind else features
                wrong += not model.learn(shown, gold)
        sys.stderr.write(f"round {nth + 1}: {wrong} wrong of {len(rows)} texts\n")
    return model.averaged()


def _dimmed(features: Sequence[str], draw: random.Random) -> list[str]:
    return [each for each in features if each[0] != "!" or draw.random() < SEEN]


def measure(
    weights: dict[str, tuple[int, int]], examples: Iterable[Example], eyes: Eyes
) -> tuple[int, int, int]:
    """Names found, names missed, and what was taken for a name."""
    tagger = Tagger(eyes.kinds, weights)
    found = missed = false = 0
    for example in examples:
        words = Words(example.text, eyes.syllables)
        spans = [
            (words.starts[first], words.ends[end - 1])
            for first, end, _ in tagger.names(words, fold(example.text))
        ]
        for start, end in example.names:
            hit = any(a <= start and end <= b for a, b in spans)
            found, missed = found + hit, missed + (not hit)
        false += sum(not any(a < e and s < b for s, e in example.names) for a, b in spans)
    return found, missed, false


def main(
    hold: Annotated[float, typer.Option(help="Share of the sentences that is kept out.")] = 0.0,
    seed: int = 7,
) -> None:
    """Train, and write the weights, or tell how well it went on what was kept out."""
    eyes = Eyes()
    taught, kept = filled(seed, EACH, hold)
    examples = voiced([*taught, *plain_texts(eyes.syllables, seed)], seed)
    weights = train(examples, eyes, seed)
    if hold:
        found, missed, false = measure(weights, kept, eyes)
        sys.stdout.write(f"{found} of {found + missed} names found, {false} others\n")
        return
    rows = [f"{feature}\t{begin}\t{inside}\n" for feature, (begin, inside) in weights.items()]
    head = "# Do python -m bench.train_names tạo ra; không sửa tay.\n"
    WEIGHTS.write_text(head + "".join(sorted(rows)), "utf-8")
    sys.stdout.write(f"{len(rows)} weights\n")


if __name__ == "__main__":
    typer.run(main)
