"""The texts that the tagger of names learns from, all of them our own."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bench.name_drawing import Person, Pools
from lab.policy import corpus, rules
from lab.policy.name_words import Words
from lab.policy.names import Syllables
from lab.policy.text import fold

ROOT = Path(__file__).parents[1]
CONTEXTS = ROOT / "bench" / "names" / "contexts.txt"
TABLES = ROOT / "tests" / "unit" / "tables"
POLICIES = ROOT / "policies"

_GAP = re.compile(r"\{([a-zA-Z]+)(?:\.(\d))?\}")
_MARK = re.compile(r"⟦(?:[A-Z_]+\|)?(.*?)⟧", re.DOTALL)
_ACCENTED = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệ]")
_SOMEBODY = re.compile(
    r"(?i:ông|bà|anh|chị|đ/c|đồng chí|tên|gửi|cô|thầy|cháu|em|ong|ba|chi)\W+[A-ZĐ][a-zà-ỹ]"
)
_PHRASES = (
    "secret-topics", "unpublished-topics", "internal-phrases", "sensitive-health",
    "sensitive-record", "sensitive-belief", "pass-learning", "carry-content", "status-public",
    "credential-talk",
)  # fmt: skip
"""Lists of the policy whose entries are words that people write, and nobody's name."""
SALADS = 4000
_CAPITALS = 0.12
"""Texts of nothing but ordinary expressions."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text, and where names stand in it."""

    text: str
    names: tuple[tuple[int, int], ...] = ()


def filled(seed: int, each: int, hold: float) -> tuple[list[Example], list[Example]]:
    """The sentences with their gaps filled; the second list of sentences kept out."""
    draw = random.Random(seed)  # noqa: S311 - fictional names, not keys
    pools = Pools(POLICIES)
    sentences = [_unescaped(line) for line in _lines(CONTEXTS)]
    order = list(range(len(sentences)))
    draw.shuffle(order)
    held = set(order[: int(len(order) * hold)])
    taught: list[Example] = []
    kept: list[Example] = []
    for nth, sentence in enumerate(sentences):
        count = each if "{" in sentence else max(2, each // 4)
        made = (_Filler(pools, draw).fill(sentence) for _ in range(count))
        (kept if nth in held else taught).extend(made)
    return taught, kept


class _Filler:
    """Fills the gaps of one sentence."""

    def __init__(self, pools: Pools, draw: random.Random) -> None:
        self.pools = pools
        self.draw = draw
        self.people: dict[str, Person] = {}
        self.titles: dict[str, str] = {}

    def fill(self, sentence: str) -> Example:
        """The sentence with a value in each gap."""
        pieces: list[str] = []
        names: list[tuple[int, int]] = []
        at = done = 0
        for gap in _GAP.finditer(sentence):
            pieces.append(sentence[done : gap.start()])
            at += gap.start() - done
            value, named = self._value(gap[1], gap[2] or "1")
            if named:
                names.append((at, at + len(value)))
            pieces.append(value)
            at += len(value)
            done = gap.end()
        pieces.append(sentence[done:])
        return Example("".join(pieces), tuple(names))

    def _value(self, kind: str, nth: str) -> tuple[str, bool]:
        if kind in ("t", "T"):
            title = self.titles.setdefault(nth, self.pools.title(self.draw))
            return (title[0].upper() + title[1:] if kind == "T" else title), False
        if kind in Person.STYLES:
            person = self.people.setdefault(nth, Person(self.pools, self.draw))
            return person.said(kind), True
        return self.pools.other(kind, self.draw), False


def _lines(path: Path) -> list[str]:
    rows = path.read_text("utf-8").split("\n")
    return [row for row in rows if row.strip() and not row.startswith("#")]


def _unescaped(line: str) -> str:
    return line.replace("\\n", "\n").replace("\\t", "\t")


def marked(text: str) -> Example:
    """A text without its marks, and the spans that they mark."""
    names: list[tuple[int, int]] = []
    pieces: list[str] = []
    at = done = 0
    for mark in _MARK.finditer(text):
        pieces += [text[done : mark.start()], mark[1]]
        at += mark.start() - done
        names.append((at, at + len(mark[1])))
        at += len(mark[1])
        done = mark.end()
    return Example("".join(pieces) + text[done:], tuple(names))


def plain_texts(syllables: Syllables, seed: int) -> list[Example]:
    """What the repository holds: the dev half of the corpus, tables, texts with nobody in them."""
    tables = [marked(_unescaped(row)) for n in ("names", "not-names") for row in _table(n)]
    documents = (TABLES / "clean-documents.txt").read_text("utf-8").split("\n=====\n")
    own = [*_corpus(), *tables, *map(Example, documents), *map(Example, _own_words())]
    said = [Example(text) for text in _secrecy() if not _SOMEBODY.search(text)]
    nobody = [Example(text) for text in _repository() if not _names_somebody(text, syllables)]
    prompts = [Example(text) for text in _prompts() if not _names_somebody(text, syllables)]
    return [*own, *own, *said, *nobody, *nobody, *prompts, *_salads(seed)]


def _prompts() -> Iterator[str]:
    """The ordinary prompts from which the recognizer of matters learns."""
    for path in sorted((POLICIES / "training").glob("ordinary*.txt")):
        for line in _plain_phrases(path):
            yield line.replace("⏎", "\n")


def _table(name: str) -> list[str]:
    return _lines(TABLES / f"{name}.txt")


def _corpus() -> Iterator[Example]:
    for path in sorted((POLICIES / "corpus").glob("*.jsonl")):
        for row in filter(None, path.read_text("utf-8").split("\n")):
            case = corpus.Case.model_validate_json(row)
            if case.split != "dev" or case.evasion or any(span.piece for span in case.spans):
                continue
            for nth, turn in enumerate(case.messages):
                names = (
                    (span.start, span.end)
                    for span in case.spans
                    if span.message == nth and span.entity == "PERSON"
                )
                yield Example(turn.content, tuple(names))


def _strings(value: Any) -> Iterator[str]:
    """Every string of a structure."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _strings(each)


def _own_words() -> Iterator[str]:
    """The sentences of the pages, and what the policy says of its rules."""
    for path in sorted((ROOT / "lab" / "words" / "vi").glob("*.yaml")):
        yield from _strings(YAML(typ="safe").load(path.read_text("utf-8")))
    for rule in rules.read(POLICIES).rules:
        yield from (rule.title.vi, rule.why.vi, rule.advice.vi)
        yield from map(rules.plain_example, rule.examples.let_pass)


def _secrecy() -> Iterator[str]:
    for row in filter(None, (TABLES / "secrecy.jsonl").read_text("utf-8").split("\n")):
        yield json.loads(row)["text"]


def _repository() -> Iterator[str]:
    """The paragraphs of exercises and documents that are in Vietnamese."""
    for path in sorted((ROOT / "exercises").rglob("*.yaml")):
        for text in _strings(YAML(typ="safe", pure=True).load(path.read_text("utf-8"))):
            if _ACCENTED.search(text):
                yield text
    for path in (*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))):
        for text in path.read_text("utf-8").split("\n\n"):
            if _ACCENTED.search(text):
                yield text


def _names_somebody(text: str, syllables: Syllables) -> bool:
    """Whether a surname and a name, or a form of address and a name, stand side by side."""
    words = Words(text, syllables)
    pairs = zip(range(words.count), range(1, words.count), strict=False)
    full = any(
        words.shapes[a] != "lower"
        and words.shapes[b] != "lower"
        and words.keys[a] in syllables.strong
        and words.between(a) == " "
        for a, b in pairs
    )
    return full or _SOMEBODY.search(text) is not None


def _salads(seed: int) -> list[Example]:
    """Rows of ordinary expressions, as sentences and headings are made of them."""
    draw = random.Random(seed + 1)  # noqa: S311 - training, not keys
    lists = POLICIES / "lists"
    pairs = _lines(lists / "ordinary-words.txt")
    said = [word for name in _PHRASES for word in _plain_phrases(lists / f"{name}.txt")]
    function = _lines(lists / "function-words.txt")
    organisations = _lines(lists / "organisation-words.txt")
    pools = [pairs] * 62 + [said] * 18 + [function] * 13 + [organisations] * 7
    joints = [" "] * 8 + [", ", ",", ". ", "; ", ": ", " - ", "\n"]
    casing: list[Callable[[str], str]] = [str.title] * 4 + [str.upper] * 3 + [str] * 93
    texts = []
    for _ in range(SALADS):
        text = ""
        for nth in range(draw.randint(2, 7)):
            joint = draw.choice(joints) if nth else ""
            piece = draw.choice(draw.choice(pools))
            if joint in ("", ". ", "\n") or draw.random() < _CAPITALS:
                piece = piece[0].upper() + piece[1:]
            text += joint + draw.choice(casing)(piece)
        texts.append(Example(text + draw.choice((".", "", ":", "?"))))
    return texts


def _plain_phrases(path: Path) -> Iterator[str]:
    """The entries of a list, of alternatives the first; without those that have gaps."""
    for line in _lines(path):
        said = line
        while (shorter := re.sub(r"\(([^()|]*)\|[^()]*\)", r"\1", said)) != said:
            said = shorter
        if not set("(…") & set(said) and "..." not in said:
            yield said


def voiced(examples: Iterable[Example], seed: int) -> list[Example]:
    """The texts, and some of them in lower case, without accents, or both."""
    draw = random.Random(seed + 2)  # noqa: S311 - training, not keys
    ways: list[Callable[[str], str] | None] = [
        *[str.lower] * 12, *[unaccented] * 12, *[fold] * 8, *[None] * 68,
    ]  # fmt: skip
    rows = []
    for example in examples:
        rows.append(example)
        way = draw.choice(ways)
        if way is not None and len(said := way(example.text)) == len(example.text):
            rows.append(Example(said, example.names))
    return rows


def unaccented(text: str) -> str:
    """The text without accents; capitals stay."""
    pairs = zip(text, fold(text), strict=True)
    return "".join(bare.upper() if char.isupper() else bare for char, bare in pairs)
