"""Fits the table of weights of the recognizer ``matter`` to sentences of our own.

``policies/training/*.txt`` hold one sentence a line, by what must be done with it. Two logistic
regressions share the signs: a matter to be stopped or an ordinary prompt; and, of those to be
stopped, a State secret or merely not public. Full batches and no chance: the same sentences give
the same table.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.policy.recognizers import _signs as signs
from lab.policy.recognizers._words import Reading, readings, spelled_out
from lab.policy.recognizers.matter import BIAS
from lab.policy.rules import read_list
from lab.policy.text import Views, fold

KINDS = {"secret": (1, 1), "internal": (1, 0), "blocked": (1, None), "ordinary": (0, None)}
"""What a file's name begins with -> (a matter?, a State secret? None: not said)."""
NEUTRAL = frozenset({"@nho", "@xu-ly", "@dua-ra"})
"""Groups without weight: how one asks says nothing of what one asks about."""
NEWLINE = "⏎"
SPELLINGS = 4
"""Most spellings of one line with choices that are learned from."""
SEEN_IN = 2
"""Sentences in which a sign must stand to have a weight."""
LEAST = 0.02
"""Smaller weights are left out of the table."""
STRENGTH = 0.7
"""How freely weights move away from 0: the less, the smoother."""
PAIRS = 0.6
"""How much less freely those of pairs of groups move."""
SINGLES = 0.5
"""The same of single syllables, which without accents mean many things."""
ROUNDS = 300
DATA = "# data: "

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One example."""

    text: str
    matter: int
    secret: int | None
    share: float
    """What it counts: several spellings of one line count for less each."""


def sentences(policies: Path) -> list[Sentence]:
    """Every example of ``policies/training/``, in order."""
    found = []
    for path in sorted((policies / "training").glob("*.txt")):
        matter, secret = KINDS[path.stem.partition("-")[0]]
        for line in _lines(path):
            several = _spellings(line)
            share = len(several) ** -0.5
            found += [Sentence(text, matter, secret, share) for text in several]
    return found


def _lines(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return [line.replace(NEWLINE, "\n") for line in lines if line and not line.startswith("#")]


def _spellings(line: str) -> list[str]:
    """``a (b|c) d`` as ``a b d`` and ``a c d``; a few of them where there are many."""
    if not re.search(r"\([^()]*\|[^()]*\)", line):
        return [line]
    every = spelled_out(line)
    return sorted(every, key=lambda one: hashlib.sha256(one.encode()).digest())[:SPELLINGS]


def digest(policies: Path) -> str:
    """sha256 (hex) over all that the table is made of."""
    total = hashlib.sha256()
    files = [policies / "lists" / "topic-signs.txt", *(policies / "training").glob("*.txt")]
    for path in sorted(files):
        total.update(f"{path.name}\0".encode() + path.read_bytes())
    return total.hexdigest()


def table(policies: Path) -> str:
    """The text of ``topic-weights.txt``."""
    examples = sentences(policies)
    texts = [readings(Views(example.text))[0] for example in examples]
    words = dict.fromkeys(gram for text in texts for gram in signs.grams(text))
    finder = signs.Signs(read_list(policies / "lists" / "topic-signs.txt"), words)
    rows: list[dict[str, signs.Seen | None]] = []
    labels: list[Sentence] = []
    written: dict[str, Counter[str]] = {}
    for example, text in zip(examples, texts, strict=True):
        seen = finder.seen(text)
        for part in signs.stretches(text):
            row = signs.of_stretch(text, seen, part)
            _note(row, text, written)
            pairs = combinations(signs.groups_of(row), 2)
            rows.append(row | dict.fromkeys(signs.PAIR.join(pair) for pair in pairs))
            labels.append(example)
    counted = Counter(sign for row in rows for sign in row)
    neutral = _neutral(policies / "lists")
    known = sorted(
        sign
        for sign, times in counted.items()
        if times >= SEEN_IN and not _is_neutral(sign, neutral)
    )
    matter = _fit(rows, [(one.matter, one.share) for one in labels], known)
    told = [at for at, one in enumerate(labels) if one.secret is not None]
    secret = _fit(
        [rows[at] for at in told],
        [(labels[at].secret or 0, labels[at].share) for at in told],
        known,
    )
    lines = [f"{DATA}{digest(policies)}"]
    for sign in (BIAS, *known):
        one, other = matter[sign], secret[sign]
        if sign == BIAS or abs(one) >= LEAST:
            shown = written[sign].most_common(1)[0][0] if sign in written else sign
            lines.append(f"{sign}\t{one:+.2f}\t{other:+.2f}\t{shown}")
    return HEAD + "\n".join(lines) + "\n"


def _neutral(lists: Path) -> frozenset[str]:
    """Syllables of requests: they have no weight of their own."""
    return frozenset(
        word
        for line in read_list(lists / "topic-signs.txt")
        if signs.GROUP + line.partition(":")[0] in NEUTRAL
        for phrase in spelled_out(line.partition(":")[2])
        for word in fold(phrase).split()
    )


def _is_neutral(sign: str, words: frozenset[str]) -> bool:
    if sign[0] == signs.GROUP:
        return NEUTRAL.issuperset(sign.split(signs.PAIR))
    return words.issuperset(sign.split())


HEAD = """\
# Trọng số của các dấu hiệu trong quy tắc secret-matter và unpublished-matter.
# Tệp này do lệnh "lab policy train" viết từ policies/training/ và topic-signs.txt; đừng sửa tay.
# Cột: dấu hiệu (không dấu), trọng số việc cần dừng, trọng số bí mật nhà nước, cách viết có dấu.
# @: nhóm từ; @a+@b: hai nhóm cùng có trong một đoạn; =: đặc điểm của đoạn.
"""


def is_current(policies: Path) -> bool:
    """Whether the table was made of the sentences and groups that are there now."""
    made = (policies / "lists" / "topic-weights.txt").read_text("utf-8")
    return f"{DATA}{digest(policies)}\n" in made


def _note(
    row: Mapping[str, signs.Seen | None], text: Reading, written: dict[str, Counter[str]]
) -> None:
    """Keeps how the words are written with their accents."""
    for sign, seen in row.items():
        if seen is None or seen.phrase:
            continue
        places = range(seen.first, seen.last + 1)
        words = " ".join(text.text[text.starts[at] : text.ends[at]] for at in places)
        shown = unicodedata.normalize("NFC", words.lower())
        if fold(shown) == sign:
            written.setdefault(sign, Counter())[shown] += 1


def _fit(
    rows: Sequence[Mapping[str, object]],
    labels: Sequence[tuple[int, float]],
    known: Sequence[str],
) -> dict[str, float]:
    """Logistic regression by accelerated gradients; both labels weigh the same in all."""
    place = {sign: at for at, sign in enumerate(known)}
    scale = np.array([_freedom(sign) for sign in known])
    matrix = np.zeros((len(rows), len(known)))
    for at, row in enumerate(rows):
        columns = [place[sign] for sign in row if sign in place]
        matrix[at, columns] = scale[columns]
    wanted = np.array([label for label, _ in labels], dtype=np.float64)
    share = np.array([share for _, share in labels])
    share *= np.where(wanted == 1, 0.5 / share[wanted == 1].sum(), 0.5 / share[wanted == 0].sum())
    share *= len(rows)
    weights, bias = _descend(matrix, wanted, share)
    return {BIAS: bias, **dict(zip(known, (weights * scale).tolist(), strict=True))}


def _freedom(sign: str) -> float:
    if signs.PAIR in sign:
        return PAIRS
    return 1.0 if " " in sign or sign[0] in "@=" else SINGLES


def _descend(matrix: Vector, wanted: Vector, share: Vector) -> tuple[Vector, float]:
    """Nesterov's gradient descent with the step that the largest singular value allows."""
    hold = 1 / STRENGTH
    step = 1 / (0.25 * _largest(matrix, share) + hold)
    weights = ahead = np.zeros(matrix.shape[1])
    bias, bias_step = 0.0, 1 / share.sum()
    pace = 1.0
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-(matrix @ ahead + bias)))
        error = share * (chance - wanted)
        moved = ahead - step * (matrix.T @ error + hold * ahead)
        bias -= float(bias_step * error.sum())
        faster = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = moved + (pace - 1) / faster * (moved - weights)
        weights, pace = moved, faster
    return weights, bias


def _largest(matrix: Vector, share: Vector) -> float:
    """An upper estimate of the largest eigenvalue of the weighted Gram matrix."""
    vector = np.ones(matrix.shape[1])
    size = 0.0
    for _ in range(30):
        vector = matrix.T @ (share * (matrix @ vector))
        size = float(np.linalg.norm(vector))
        vector /= size
    return 1.05 * size
