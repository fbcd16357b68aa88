"""What was split over turns: the two halves of a number, a name or a mark, brought together.

Two messages of the trainee are not simply joined: between the halves stand other words ("nửa sau
là ..."). So the ends where a first half may stop and the places where a second half may begin are
looked for, and only pairs that could complete each other make a *bridge*: a short text in which
the halves stand side by side, with what was said around them. The recognizers judge the bridge; a
sign that crosses its joint is mapped back to a span in each message.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from lab.model import Action, Finding, Message, Tier
from lab.policy.detect import Sign
from lab.policy.remember import Memory, Prints
from lab.policy.rules import Rule
from lab.policy.text import fold
from lab.policy.turn_halves import halves_of
from lab.policy.turn_labels import OpenLabel, open_label, values_for

AROUND = 60
"""Characters around the halves that a bridge takes along."""
PAIRS = 20_000
MOST = 6
"""Bridges of one pair of messages at most."""
EDGE = 1000
"""Halves of numbers are looked for so far into a long message, from both of its ends."""
WORDS = ("PERSON", "EMAIL", "ADDRESS")
"""Entities that are no number and yet are split: an address is found in each of its halves."""
NEAR = 60
"""How near the end or the beginning of a message a half stands that is not called one."""
LEAST_DIGITS, MOST_DIGITS = 8, 19

_DIGITS = re.compile(r"(?<![\w/,])\d(?:[\d .\-]*\d)?(?![\w/])")
_YEARS = re.compile(r"(?:19|20)\d\d(?:\s?-\s?(?:19|20)\d\d)?")
_COUNTED = re.compile(
    r"\s*(?:%|đồng|đ\b|vnđ|usd|tỷ|tỉ\b|triệu|nghìn|ngàn|người|hộ\b|thẻ|bản\b|trang|câu|từ\b|"
    r"chữ|ý\b|việc|ngày|tháng|năm|giờ|phút|tuổi|điểm|lít|ha\b|m2|m²|km|kg|tấn|xã\b|phường|"
    r"tỉnh|thôn|xóm|lần|nhiệm vụ)",
    re.IGNORECASE,
)
_PART = re.compile(r"\b(?:dau|cuoi|nua|phan|tiep|con lai|sau|truoc|not|ghep|noi|them)\b")
_TAIL = re.compile(r"[\s.…,;:\"'”’)\]*_–-]+$")
_HEAD = re.compile(r"^[\s.…,;:\"'“‘(\[*_–-]+")
_VALUE = re.compile(r"(?:[:=]|\blà\b|[\"“‘'])\s*[\"“‘']?(?=\w)")
_VALUE_END = re.compile(r"[\"”’',.;\n(]|$")
_CAPITALS = re.compile(r"(?<!\w)[^\W\d_a-zà-ỹ]{2,}(?:\s+[^\W\d_a-zà-ỹ]{2,})*(?!\w)")
_LAST_WORD = re.compile(r"[\w@]+$")
_FIRST_WORD = re.compile(r"[\w@]+")
_HOME = re.compile(r"(?<!\w)(?:thon|xom|ban|khoi|to|ap|so nha|so|duong|ngo|lang)\s[^,.;\n]{1,30}$")
_PLACE = re.compile(r"(?:xa|phuong|thi tran|huyen|quan|tinh|thanh pho|tp|thon|xom|khoi|ap)\s\S")
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
    mark: bool = False
    """True where the halves make a mark together, not a name or a number."""
    label: bool = False
    """True where the first message has the label alone, and the second one the value."""
    via: tuple[tuple[int, int, int], ...] = ()
    """Middle pieces of a number: message, start, end; their digits are the ``gap``."""

    def text(self, texts: Sequence[str]) -> str:
        """What the recognizers read."""
        second = texts[self.second]
        lead = second[slice(*self.lead)]
        return f"{lead} {texts[self.first][slice(*self.head)]}{self.gap}{second[slice(*self.tail)]}"

    def split(
        self, signs: Iterable[Sign], texts: Sequence[str], personal: Mapping[str, str]
    ) -> Iterator[tuple[int, Sign]]:
        """The signs that cross the joint, one part for each message.

        Names and numbers are told by the rules of personal data (``personal``: rule -> entity),
        marks by all others.
        """
        begin = self.lead[1] - self.lead[0] + 1
        joint = begin + self.head[1] - self.head[0]
        after = joint + len(self.gap)
        for sign in signs:
            if self.label and sign.start >= after and sign.rule in personal:
                moved = self.tail[0] - after
                start, end = sign.start + moved, sign.end + moved
                yield self.second, replace(sign, start=start, end=end, view="turns")
            if sign.start >= joint or sign.end <= after or self.mark == (sign.rule in personal):
                continue
            if not (self.mark or self.half or personal[sign.rule] in WORDS):
                continue
            end = self.tail[0] + sign.end - after
            if not self._belongs(texts[self.second], end):
                continue
            start = self.head[0] + max(sign.start - begin, 0)
            yield self.first, replace(sign, start=start, end=self.head[1], view="turns")
            for message, low, high in self.via:
                yield message, replace(sign, start=low, end=high, view="turns")
            yield self.second, replace(sign, start=self.tail[0], end=end, view="turns")

    def _belongs(self, second: str, end: int) -> bool:
        """Whether the second half is one, and not the first word of a new sentence."""
        if self.mark or self.half:
            return end >= self.half
        words = second[self.tail[0] : end].split()
        return len(words) > 1 or _CLOSED.match(second, end) is not None


class Bridges:
    """Finds the pairs of halves in a conversation. Pairs that were looked at are remembered."""

    def __init__(self, rules: Sequence[Rule], marks: Iterable[str], window: int) -> None:
        """``marks``: phrases that may be split; ``window``: earlier messages read with each."""
        self._window = window
        self.personal = {rule.id: rule.entity for rule in rules if rule.tier is Tier.T3}
        self._pairs: set[tuple[str, str]] = set()
        self._whole: set[str] = set()
        for mark in marks:
            words = fold(mark).split()
            self._pairs.update(pairwise(words))
            self._whole.update(word for word in words if len(word) > 2)  # noqa: PLR2004
        self._memory: Memory[tuple[Bridge, ...]] = Memory(PAIRS)
        self._parts: Memory[_Parts] = Memory(PAIRS)

    def between(
        self, messages: Sequence[Message], signs: Sequence[Sequence[Sign]], prints: Prints
    ) -> list[Bridge]:
        """Every bridge between neighbouring messages of the trainee."""
        mine = [index for index, message in enumerate(messages) if message.role == "user"]
        found: list[Bridge] = []
        for place, second in enumerate(mine):
            for first in mine[max(0, place - self._window) : place]:
                texts = messages[first].content, messages[second].content
                known = self._memory.get(prints[texts[0]], prints[texts[1]])
                if known is None:
                    left = self._of(texts[0], signs[first], prints)
                    right = self._of(texts[1], signs[second], prints)
                    pair = self._pair(texts, left, right)
                    known = tuple(islice(pair, MOST))
                    self._memory.keep(known, prints[texts[0]], prints[texts[1]])
                found += [replace(bridge, first=first, second=second) for bridge in known]
            turns = mine[max(0, place - self._window) : place + 1]
            found += self._chains(messages, signs, turns, prints)
        return found

    def _chains(
        self,
        messages: Sequence[Message],
        signs: Sequence[Sequence[Sign]],
        turns: Sequence[int],
        prints: Prints,
    ) -> list[Bridge]:
        """Numbers in three pieces or more, one in each of several turns in a row."""
        if len(turns) <= 2:  # noqa: PLR2004
            return []
        last = turns[-1]
        ends = self._of(messages[last].content, signs[last], prints).runs[:1]
        if not ends or ends[0].covered:
            return []
        end, text = ends[0], messages[last].content
        found: list[Bridge] = []
        middle: list[tuple[int, int, int]] = []
        digits = end.digits
        for index in reversed(turns[:-1]):
            runs = self._of(messages[index].content, signs[index], prints).runs[-1:]
            if not runs or runs[0].covered:
                break
            run = runs[0]
            digits += run.digits
            if middle and LEAST_DIGITS <= digits <= MOST_DIGITS:
                gap = "".join(messages[at].content[low:high] for at, low, high in middle)
                found.append(
                    Bridge(
                        index,
                        last,
                        (max(0, end.start - AROUND), end.start),
                        (max(0, run.start - AROUND), run.end),
                        (end.start, min(len(text), end.end + AROUND)),
                        gap,
                        half=end.end,
                        via=tuple(middle),
                    )
                )
            middle.insert(0, (index, run.start, run.end))
        return found

    def _of(self, text: str, signs: Sequence[Sign], prints: Prints) -> _Parts:
        """Where halves may stop and begin in a message; remembered as offsets."""
        parts = self._parts.get(prints[text])
        if parts is None:
            parts = _Parts.of(text, signs, self.personal)
            self._parts.keep(parts, prints[text])
        return parts

    def _pair(self, texts: tuple[str, str], left: _Parts, right: _Parts) -> Iterator[Bridge]:
        first, second = texts
        if left.label is not None:
            head = left.label.start, left.label.end
            for value in values_for(left.label, second):
                yield Bridge(0, 0, (value[0], value[0]), head, value, ": ", label=True)
        yield from _numbers(len(first), second, left.runs, right.runs)
        yield from _lettered(first, second)
        for end in left.ends:
            for start in right.starts:
                joint = self._joint(first[max(0, end - 40) : end], second[start : start + 40])
                if joint is None:
                    continue
                gap, mark = joint
                yield Bridge(
                    0,
                    0,
                    (start, start),
                    (max(0, end - AROUND), end),
                    (start, min(len(second), start + AROUND)),
                    gap,
                    mark=mark,
                )

    def _joint(self, first: str, second: str) -> tuple[str, bool] | None:
        """What to put between two halves, and whether they make a mark; None for no halves."""
        last, next_ = _LAST_WORD.search(first), _FIRST_WORD.match(second)
        if last is None or next_ is None:
            return None
        one, two = last.group(), next_.group()
        folded = fold(one), fold(two)
        if folded in self._pairs:
            return " ", True
        if "".join(folded) in self._whole:
            return "", True
        if "@" in (one[-1], two[0]):
            return "", False
        if _PLACE.match(fold(second)) and _HOME.search(fold(first)):
            return ", ", False
        named = one[0].isupper() and two[0].isupper() and (one + two).isalpha()
        return (" ", False) if named and one.isupper() == two.isupper() else None


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of digits that may be half of a number."""

    start: int
    end: int
    digits: int
    said: bool
    """True where the words around it call it a part of something, or it is the whole message."""
    covered: bool
    """True where it was found to be personal data by itself: it may still go on in the next."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """Where halves may stop and begin in one message."""

    runs: tuple[_Run, ...]
    ends: tuple[int, ...]
    starts: tuple[int, ...]
    label: OpenLabel | None

    @classmethod
    def of(cls, text: str, signs: Sequence[Sign], personal: Container[str]) -> _Parts:
        """Those of one message."""
        taken = [(sign.start, sign.end) for sign in signs if sign.rule in personal]
        capitals = [*_CAPITALS.finditer(text)]
        values = [*_VALUE.finditer(text)]
        tail, head = _TAIL.search(text), _HEAD.match(text)
        ends = [tail.start() if tail else len(text)]
        starts = [head.end() if head else 0]
        if capitals:
            ends.append(capitals[-1].end())
            starts.append(capitals[0].start())
        if values:
            stop = _VALUE_END.search(text, values[-1].end())
            ends.append(len(text[: stop.start() if stop else len(text)].rstrip()))
            starts.append(values[0].end())
        return cls(
            tuple(_runs(text, taken)),
            tuple(dict.fromkeys(ends)),
            tuple(dict.fromkeys(starts)),
            open_label(text, taken),
        )


def _runs(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[_Run]:
    """Runs of digits that count nothing (no year, no sum, no number of pages)."""
    for found in _DIGITS.finditer(text):
        start, end = found.span()
        digits = sum(map(str.isdigit, found.group()))
        inside = start > EDGE and end < len(text) - EDGE
        if inside or not 2 <= digits < MOST_DIGITS or _COUNTED.match(text, end):  # noqa: PLR2004
            continue
        near = fold(text[max(0, start - 30) : start] + " " + text[end : end + 15])
        alone = len(text) < NEAR and not any(map(str.isalnum, text[:start] + text[end:]))
        said = alone or _PART.search(near) is not None
        if said or (digits > 2 and not _YEARS.fullmatch(found.group())):  # noqa: PLR2004
            covered = any(a < end and start < b for a, b in taken)
            yield _Run(start, end, digits, said, covered)


def _numbers(
    size: int, second: str, left: Sequence[_Run], right: Sequence[_Run]
) -> Iterator[Bridge]:
    """Bridges between runs of digits: the last (of ``size`` characters) and the first, and those
    that are said to be parts.
    """
    if not left or not right:
        return
    ends = dict.fromkeys(
        [*(run for run in left[-1:] if run.end >= size - NEAR), *(run for run in left if run.said)]
    )
    starts = dict.fromkeys(
        [*(run for run in right[:1] if run.start <= NEAR), *(run for run in right if run.said)]
    )
    for one in ends:
        for two in starts:
            if two.covered or (one.covered and not (one.said or two.said)):
                continue
            if LEAST_DIGITS <= one.digits + two.digits <= MOST_DIGITS:
                yield Bridge(
                    0,
                    0,
                    (max(0, two.start - AROUND), two.start),
                    (max(0, one.start - AROUND), one.end),
                    (two.start, min(len(second), two.end + AROUND)),
                    "",
                    half=two.end,
                )


def _lettered(first: str, second: str) -> Iterator[Bridge]:
    """Bridges of what begins with letters (a plate, a book's number), and of a birth's year."""
    for halves in halves_of(first, second, EDGE):
        yield Bridge(
            0,
            0,
            (halves.said, halves.said),
            (max(0, halves.start - AROUND), halves.end),
            (halves.begin, min(len(second), halves.stop + AROUND)),
            halves.gap,
            half=halves.stop,
        )


def left_out(
    messages: Sequence[Message], findings: Sequence[Sequence[Finding]]
) -> tuple[frozenset[int], int]:
    """Old messages that stay behind, a prompt with its answer, and how many turns that makes.

    A system message and the prompt itself are never left out: they block.
    """
    turn_of: dict[int, int] = {}
    turn = 0
    for index, message in enumerate(messages[:-1]):
        if message.role == "user":
            turn += 1
        if message.role != "system":
            turn_of[index] = turn
    bad = {
        turn_of[index]
        for index, found in enumerate(findings[:-1])
        if index in turn_of and any(f.action is Action.BLOCK for f in found)
    }
    return frozenset(index for index, turn in turn_of.items() if turn in bad), len(bad)
