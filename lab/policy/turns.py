"""What was split over turns: the two halves of a number, a name or a mark, brought together.

Two messages of the trainee are not simply joined: between the halves stand other words ("nửa sau
là ..."). So the ends where a first half may stop and the places where a second half may begin are
looked for, and only pairs that could complete each other make a *bridge*: a short text in which
the halves stand side by side, with what was said around them. The recognizers judge the bridge; a
sign that crosses its joint is mapped back to a span in each message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lab.model import Action, Message, Tier
from lab.policy.detect import Sign
from lab.policy.remember import Memory
from lab.policy.rules import Rule
from lab.policy.text import fold
from lab.policy.vault import Vault, digits_of

AROUND = 60
"""Characters around the halves that a bridge takes along."""
PAIRS = 20_000
MOST = 6
"""Bridges of one pair of messages at most."""
LEAST_DIGITS, MOST_DIGITS = 8, 19

_DIGITS = re.compile(r"(?<![\w/,])\d(?:[\d .\-]*\d)?(?![\w/])")
_PART = re.compile(r"\b(?:dau|cuoi|nua|phan|tiep|con lai|sau|truoc|not|ghep|noi|them)\b")
_TAIL = re.compile(r"[\s.…,;:\"'”’)\]*_–-]+$")
_HEAD = re.compile(r"^[\s.…,;:\"'“‘(\[*_–-]+")
_VALUE = re.compile(r"(?:[:=]|\blà\b|[\"“‘'])\s*[\"“‘']?(?=\w)")
_VALUE_END = re.compile(r"[\"”’',.;\n(]|$")
_CAPITALS = re.compile(r"(?<!\w)[^\W\d_a-zà-ỹ]{2,}(?:\s+[^\W\d_a-zà-ỹ]{2,})*(?!\w)")
_LAST_WORD = re.compile(r"[\w@]+$")
_FIRST_WORD = re.compile(r"[\w@]+")
_CLOSED = re.compile(r"\s*(?:[,.;:)\n\"”]|$)")


@dataclass(frozen=True, slots=True)
class Bridge:
    """Two halves side by side: ``lead`` + ``messages[first]`` up to its half + the other half."""

    first: int
    second: int
    lead: tuple[int, int]
    """Span of the second message that stands in front, for its cue words."""
    head: tuple[int, int]
    """Span of the first message; its half is the end of it."""
    tail: tuple[int, int]
    """Span of the second message; its half is the beginning of it."""
    gap: str
    half: int = 0
    """For numbers: end of the second half, which a sign must reach."""
    loose: bool = True
    """False where the first message had come to a full stop after its half."""

    def text(self, texts: Sequence[str]) -> str:
        """What the recognizers read."""
        second = texts[self.second]
        lead = second[slice(*self.lead)]
        return f"{lead} {texts[self.first][slice(*self.head)]}{self.gap}{second[slice(*self.tail)]}"

    def split(self, signs: Iterable[Sign], texts: Sequence[str]) -> Iterator[tuple[int, Sign]]:
        """The signs that cross the joint, one part for each message."""
        begin = self.lead[1] - self.lead[0] + 1
        joint = begin + self.head[1] - self.head[0]
        after = joint + len(self.gap)
        for sign in signs:
            if sign.start >= joint or sign.end <= after:
                continue
            end = self.tail[0] + sign.end - after
            if not self._belongs(texts[self.second], end):
                continue
            start = self.head[0] + max(sign.start - begin, 0)
            yield self.first, replace(sign, start=start, end=self.head[1], view="turns")
            yield self.second, replace(sign, start=self.tail[0], end=end, view="turns")

    def _belongs(self, second: str, end: int) -> bool:
        """Whether the second half is one, and not the first word of a new sentence."""
        if self.half:
            return end >= self.half
        words = second[self.tail[0] : end].split()
        return self.loose or len(words) > 1 or _CLOSED.match(second, end) is not None


class Bridges:
    """Finds the pairs of halves in a conversation. Pairs that were looked at are remembered."""

    def __init__(self, rules: Sequence[Rule], marks: Iterable[str], window: int) -> None:
        """``marks``: phrases that may be split; ``window``: earlier messages read with each."""
        self._window = window
        self._personal = {rule.id for rule in rules if rule.tier is Tier.T3}
        self._pairs: set[tuple[str, str]] = set()
        self._whole: set[str] = set()
        for mark in marks:
            words = fold(mark).split()
            self._pairs.update(zip(words, words[1:], strict=False))
            self._whole.update(word for word in words if len(word) > 2)  # noqa: PLR2004
        self._memory: Memory[tuple[Bridge, ...]] = Memory(PAIRS)

    def between(self, messages: Sequence[Message], signs: Sequence[Sequence[Sign]]) -> list[Bridge]:
        """Every bridge between neighbouring messages of the trainee."""
        mine = [index for index, message in enumerate(messages) if message.role == "user"]
        found: list[Bridge] = []
        for place, second in enumerate(mine):
            for first in mine[max(0, place - self._window) : place]:
                texts = messages[first].content, messages[second].content
                known = self._memory.get(*texts)
                if known is None:
                    known = tuple(self._pair(texts, (signs[first], signs[second])))[:MOST]
                    self._memory.keep(known, *texts)
                found += [replace(bridge, first=first, second=second) for bridge in known]
        return found

    def _pair(
        self, texts: tuple[str, str], signs: tuple[Sequence[Sign], Sequence[Sign]]
    ) -> Iterator[Bridge]:
        first, second = texts
        left = _fragments(first, signs[0], self._personal)
        right = _fragments(second, signs[1], self._personal)
        yield from _numbers(first, second, left, right)
        seen: set[tuple[int, int]] = set()
        for end in _ends(first):
            for start in _starts(second):
                if (end, start) in seen:
                    continue
                seen.add((end, start))
                gap = self._gap(first[:end], second[start:])
                if gap is not None:
                    yield Bridge(
                        0,
                        0,
                        (start, start),
                        (max(0, end - AROUND), end),
                        (start, min(len(second), start + AROUND)),
                        gap,
                        loose=re.match(r"[\s\"'”’)]*[.!?…]", first[end:]) is None,
                    )

    def _gap(self, first: str, second: str) -> str | None:
        """What to put between two halves; None where they cannot be halves of one thing."""
        last, next_ = _LAST_WORD.search(first[-40:]), _FIRST_WORD.match(second[:40])
        if last is None or next_ is None:
            return None
        one, two = last.group(), next_.group()
        folded = fold(one), fold(two)
        if folded in self._pairs:
            return " "
        if "".join(folded) in self._whole:
            return ""
        if "@" in one[-1:] or "@" in two[:1]:
            return ""
        named = one[0].isupper() and two[0].isupper() and one.isalpha() and two.isalpha()
        return " " if named else None


def _fragments(
    text: str, signs: Sequence[Sign], personal: set[str]
) -> list[tuple[int, int, int, bool]]:
    """Runs of digits that no sign of personal data covers: start, end, digits, said to be a part."""
    taken = [(sign.start, sign.end) for sign in signs if sign.rule in personal]
    found: list[tuple[int, int, int, bool]] = []
    for run in _DIGITS.finditer(text):
        start, end = run.span()
        digits = sum(char.isdigit() for char in run.group())
        if not 2 <= digits < MOST_DIGITS or any(a < end and start < b for a, b in taken):  # noqa: PLR2004
            continue
        near = fold(text[max(0, start - 30) : start] + " " + text[end : end + 15])
        found.append((start, end, digits, _PART.search(near) is not None))
    return found


def _numbers(
    first: str,
    second: str,
    left: list[tuple[int, int, int, bool]],
    right: list[tuple[int, int, int, bool]],
) -> Iterator[Bridge]:
    """Bridges between runs of digits: the last and the first, and those said to be parts."""
    if not left or not right:
        return
    ends = dict.fromkeys([left[-1], *(each for each in left if each[3])])
    starts = dict.fromkeys([right[0], *(each for each in right if each[3])])
    for a_start, a_end, a_digits, _ in ends:
        for b_start, b_end, b_digits, _ in starts:
            if not LEAST_DIGITS <= a_digits + b_digits <= MOST_DIGITS:
                continue
            yield Bridge(
                0,
                0,
                (max(0, b_start - AROUND), b_start),
                (max(0, a_start - AROUND), a_end),
                (b_start, min(len(second), b_end + AROUND)),
                "",
                half=b_end,
            )


def _ends(text: str) -> list[int]:
    """Where a first half may stop."""
    tail = _TAIL.search(text)
    found = [tail.start() if tail else len(text)]
    capitals = [*_CAPITALS.finditer(text)]
    if capitals:
        found.append(capitals[-1].end())
    values = [*_VALUE.finditer(text)]
    if values:
        end = _VALUE_END.search(text, values[-1].end())
        found.append(len(text[: end.start()].rstrip()) if end else len(text))
    return list(dict.fromkeys(found))


def _starts(text: str) -> list[int]:
    """Where a second half may begin."""
    head = _HEAD.match(text)
    found = [head.end() if head else 0]
    capitals = _CAPITALS.search(text)
    if capitals:
        found.append(capitals.start())
    value = _VALUE.search(text)
    if value:
        found.append(value.end())
    return list(dict.fromkeys(found))


def repeats(
    texts: Sequence[str],
    signs: Sequence[Sequence[Sign]],
    vault: Vault,
    rules: Sequence[Rule],
    actions: Mapping[str, Action],
) -> Iterator[tuple[int, Sign]]:
    """Values that are masked somewhere, wherever else they stand without what gave them away.

    A bank account is known by the words before it; typed again without them it is the same account.
    """
    values: dict[str, str] = {}
    by_entity: dict[str, str] = {}
    for rule in rules:
        if actions[rule.id] is Action.MASK:
            by_entity.setdefault(rule.entity, rule.id)
    for value, entity, _ in vault.known():
        if entity in by_entity and _telling(value):
            values[value] = by_entity[entity]
    for text, found in zip(texts, signs, strict=True):
        for sign in found:
            value = text[sign.start : sign.end]
            if actions[sign.rule] is Action.MASK and _telling(value):
                values.setdefault(value, sign.rule)
    if not values:
        return
    everything = "\0".join(texts)
    for value, rule_id in values.items():
        if everything.count(value) == 0:
            continue
        whole = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
        for index, text in enumerate(texts):
            for again in whole.finditer(text) if value in text else ():
                if not any(s.start < again.end() and again.start() < s.end for s in signs[index]):
                    yield index, Sign(rule_id, again.start(), again.end(), 1.0, "repeat")


def _telling(value: str) -> bool:
    """Whether a value is so long that the same characters elsewhere mean the same."""
    return len(digits_of(value)) > 5 or (len(value) > 5 and (" " in value or "@" in value))  # noqa: PLR2004
