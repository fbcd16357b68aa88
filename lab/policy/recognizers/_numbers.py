"""What recognizers of numbers share: which label a number has, and how that is weighed."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Number, View, Views, fold

BEFORE = 60
"""Characters before a number in which its label is looked for."""
AFTER = 20
CARRY = 90
"""Characters between two numbers of one list that share the label of the first."""
TABLE = 6000
"""Characters above a cell in which the head of its table is looked for."""

CERTAIN, LIKELY, POSSIBLE = 0.95, 0.75, 0.55

_AMOUNT = re.compile(
    r"[ ]?(?:(?:đồng|dong|đ|vnđ|vnd|usd|triệu|trieu|tỷ|tỉ|nghìn|nghin|ngàn|%|m2|m3|ha|km2?|kg|kwh)"
    r"(?!\w)|[₫$€%])",
    re.IGNORECASE,
)
_DIGIT_SOON = re.compile(r"[^\d\n]{0,8}\d")
_STOP = re.compile(r"[,;.)]")
_DELIMITERS = "|\t;,"


@dataclass(frozen=True, slots=True)
class Label:
    """What the text says that a number is."""

    own: str | None = None
    """The cue word of this rule, folded."""
    other: str | None = None
    """The label of something else, nearer than any of this rule's own."""


class Labels:
    """Finds the label of a number: before it, after it, or at the head of its column."""

    def __init__(self, own: Iterable[str], other: Iterable[str]) -> None:
        self._own = {fold(word) for word in own}
        words = sorted(self._own | {fold(word) for word in other}, key=len, reverse=True)
        inner = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words) or r"(?!)"
        self._words = re.compile(rf"(?<![^\W_])(?:{inner})(?![^\W_])")

    def of(self, view: View, start: int, end: int) -> Label:
        """The label of ``view.text[start:end]``.

        In its own cell, where it stands in a table; else at the head of its column; else in its
        line, before or behind it; else in the lines before.
        """
        text = view.folded
        floor = max(0, start - BEFORE)
        line = text.rfind("\n", 0, start) + 1
        bar = max(text.rfind("|", line, start), text.rfind("\t", line, start))
        found = self._last(text[max(floor, bar, line) : start])
        if found is None and bar >= 0:
            found = self._head(text, line, start) or self._last(text[max(floor, line) : start])
        if found is None and bar < 0:
            found = self._head(text, line, start) or self._after(text, end)
        if found is None and (bar < 0 or line <= floor):
            found = self._last(text[floor:start])
        return found or Label()

    def _last(self, before: str) -> Label | None:
        words = self._words.findall(before)
        return self._label(words[-1]) if words else None

    def _after(self, text: str, end: int) -> Label | None:
        """A label right behind, unless it stands before the next number.

        With nothing but a space before it and a stop behind it, it belongs to this one.
        """
        after = self._words.search(text[end : end + AFTER].split("\n", 1)[0])
        if after is None:
            return None
        closed = after.start() <= 1 and _STOP.match(text, end + after.end()) is not None
        if not closed and _DIGIT_SOON.match(text, end + after.end()):
            return None
        return self._label(after[0])

    def _head(self, text: str, line: int, start: int) -> Label | None:
        found = self._words.search(_column_head(text, line, start))
        return self._label(found[0]) if found else None

    def anywhere(self, views: Views) -> bool:
        """Whether any label of this rule's own stands in any reading."""
        return any(
            self._words.search(view.folded) is not None for view in (views.plain, *views.decoded)
        )

    def between(self, view: View, start: int, end: int) -> bool:
        """Whether any label stands in ``view.text[start:end]``."""
        return self._words.search(view.folded, start, end) is not None

    def _label(self, word: str) -> Label:
        word = " ".join(word.split())
        return Label(own=word) if word in self._own else Label(other=word)


class NumberRecognizer(Recognizer):
    """A recognizer of numbers with a fixed count of digits.

    The rule's ``context`` are its labels; its list ``other`` are the labels of what has the same
    form but is something else. The nearest label counts.
    """

    lengths: ClassVar[tuple[int, ...]]

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        other = rule.words("other") if "other" in rule.lists else ()
        self.labels = Labels(rule.context, other)

    @abstractmethod
    def judge(self, number: Number, label: Label) -> tuple[float, str] | None:
        """The score of a reading and the name of its pattern, or None where it is no such thing."""

    def find(self, views: Views) -> Iterator[Hit]:
        """Each reading that the subclass takes for its own."""
        carried: tuple[Number, str] | None = None
        for number in sorted(
            self.readings(views), key=lambda each: (each.view.name, each.start, -each.end)
        ):
            label = self.labels.of(number.view, number.start, number.end)
            if carried and label == Label():
                label = self._carry(*carried, number)
            if _speaks_of_an_amount(number, label):
                continue
            judged = self.judge(number, label)
            if judged is None:
                continue
            if label.own:
                carried = number, label.own
            start, end = self.reach(number)
            start, end = number.view.span(start, end)
            yield Hit(start, end, judged[0], judged[1], label.own, number.view.name)

    def readings(self, views: Views) -> Iterable[Number]:
        """What may be such a number."""
        return views.digit_runs(*self.lengths)

    def reach(self, number: Number) -> tuple[int, int]:
        """The offsets of the whole value in the view's text."""
        return number.start, number.end

    def _carry(self, before: Number, word: str, number: Number) -> Label:
        """The label of the number before it in a list."""
        if (
            before.view is number.view
            and 0 <= number.start - before.end <= CARRY
            and len(before.digits) == len(number.digits)
            and not self.labels.between(number.view, before.end, number.start)
        ):
            return Label(own=word)
        return Label()


def is_amount(number: Number) -> bool:
    """Whether a unit of money or measure follows."""
    return _AMOUNT.match(number.view.text, number.end) is not None


def _speaks_of_an_amount(number: Number, label: Label) -> bool:
    """Whether it is a figure: two of no label, groups of thousands and a unit behind it."""
    return (label.own is None) + number.figure + is_amount(number) > 1


def luhn(digits: str) -> bool:
    """The check of ISO/IEC 7812-1, annex B, on bank cards."""
    double = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    total = sum(map(int, digits[::-2])) + sum(double[int(digit)] for digit in digits[-2::-2])
    return total % 10 == 0


def _column_head(text: str, line: int, at: int) -> str:
    """The head of the column in which a cell of a table stands; empty outside of tables."""
    cell = text[line:at]
    delimiter = next((char for char in _DELIMITERS if char in cell), "")
    if not delimiter:
        return ""
    nth = cell.count(delimiter)
    top = ""
    floor = max(0, line - TABLE)
    while line > floor:
        above = text.rfind("\n", floor, line - 1) + 1
        row = text[above or floor : line - 1]
        if row.count(delimiter) < nth:
            break
        top = row
        line = above or floor
    cells = top.split(delimiter)
    return cells[nth] if nth < len(cells) else ""
