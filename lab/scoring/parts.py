"""The five parts of a prompt (V-B-N-Đ-R): which of them are there and say something.

A cue alone is not a part. What counts is what is said besides the cues of all parts: a list of
cue words says nothing, and a format or a limit means nothing before there is a task.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lab.course import PARTS, Lexicon
from lab.course.base import Part
from lab.policy.text import fold
from lab.scoring.words import Reading

Span = tuple[int, int]
REACH = 40
"""So far around a label its colon and the start of its line are looked for."""
_TOGETHER: dict[Part, frozenset[Part]] = {"task": frozenset({"task", "format"})}
"""A task goes on where it says what the result looks like: ``lập bảng ba cột về ...``."""
LABELLED = 2
"""Syllables that the box of a format or a limit must hold to be there at all."""


@dataclass(frozen=True)
class Anatomy:
    """One prompt taken apart."""

    reading: Reading
    lexicon: Lexicon

    @cached_property
    def labels(self) -> tuple[tuple[int, int, Part], ...]:
        """Where a part is labelled (``Vai trò: ...``): start, end of the label, part."""
        found = [
            (match[0], match[1], part)
            for part in PARTS
            for match in self._labels(self.lexicon.part(part).labels)
        ]
        return tuple(sorted(found))

    def _labels(self, words: tuple[str, ...]) -> list[Span]:
        text = self.reading.lower
        spans: list[Span] = []
        for start, end in self.reading.find(words):
            tail = re.match(r"[*_`\"'\s]*[:：]", text[end : end + REACH])
            head = re.search(
                r"(?:^|[\n.;!?])[^\w\n]*(?:[0-9]{1,2}[.)/]\s*)?$",
                text[max(0, start - REACH) : start],
            )
            if tail and head:
                spans.append((start, end + tail.end()))
        return spans

    @cached_property
    def sections(self) -> dict[Part, Span]:
        """Part -> what stands under its label."""
        ends = [start for start, _, _ in self.labels[1:]] + [len(self.reading.text)]
        return {
            part: (end, self._turn(part, end, stop))
            for (_, end, part), stop in zip(self.labels, ends, strict=False)
        }

    def _turn(self, part: Part, start: int, stop: int) -> int:
        """Where a later sentence of a section begins to speak of another part."""
        starts = {at for at, _, name in self.cues if name != part}
        for begin, end in self.reading.sentences:
            if start < begin < stop:
                said = self.reading.text[begin:end]
                if begin + len(said) - len(said.lstrip()) in starts:
                    return begin
        return stop

    @cached_property
    def cues(self) -> tuple[tuple[int, int, Part], ...]:
        """Where cues of any part stand."""
        found = [
            (start, end, part)
            for part in PARTS
            for words in (self.lexicon.part(part).cues, self.lexicon.part(part).strong)
            for start, end in self.reading.find(words)
        ]
        return tuple(sorted(found))

    @cached_property
    def total(self) -> int:
        """How many different words the whole prompt says besides cues, labels and stop words."""
        return self.content((0, len(self.reading.text)))

    @cached_property
    def _stop_words(self) -> frozenset[str]:
        return frozenset(fold(word) for word in self.lexicon.stop_words)

    @cached_property
    def _content(self) -> tuple[tuple[int, str], ...]:
        """Start and form of each word that is neither cue nor label nor stop word."""
        names = [span for p in PARTS for span in self.reading.find(self.lexicon.part(p).labels)]
        taken = bytearray(len(self.reading.text))
        for start, end in names + [(a, b) for a, b, _ in self.cues]:
            taken[start:end] = b"\1" * (end - start)
        return tuple(
            (start, word)
            for start, _, word in self.reading.tokens
            if not taken[start]
            and (len(word) > 1 or word.isdigit())
            and word not in self._stop_words
        )

    def words(self, span: Span | None = None, apart: Sequence[Span] = ()) -> frozenset[str]:
        """The different words that a stretch says besides cues, labels and stop words, and besides
        what stands in the stretches ``apart``.
        """
        start, stop = span or (0, len(self.reading.text))
        first = bisect_left(self._content, (start, ""))
        last = bisect_left(self._content, (stop, ""))
        return frozenset(
            word for at, word in self._content[first:last] if not any(a <= at < b for a, b in apart)
        )

    def content(self, span: Span) -> int:
        """How many they are."""
        return len(self.words(span))

    def _around(self, nth: int) -> Span:
        """What a cue opens: up to the next cue of another part, or the end of its sentence.

        Facts and tasks may also be told before their cue (``Bà con góp ý gì thì tóm lại``).
        """
        start, end, part = self.cues[nth]
        sentences = self.reading.sentences
        first, stop = sentences[
            max(0, bisect_right(sentences, (start, len(self.reading.text))) - 1)
        ]
        for begin, _, other in self.cues[nth + 1 :]:
            if begin >= stop:
                break
            if other not in _TOGETHER.get(part, {part}) and begin >= end:
                stop = begin
                break
        if part == "context":
            return first, stop
        others = [at for at, _, name in self.cues[:nth] if at >= first and name != part]
        return (first if part == "task" and not others else end), stop

    @cached_property
    def _said(self) -> dict[Part, int]:
        """The most words that one place says for each part."""
        spans: dict[Part, list[Span]] = {part: [] for part in PARTS}
        for part, section in self.sections.items():
            spans[part].append(section)
        for nth, (_, _, part) in enumerate(self.cues):
            spans[part].append(self._around(nth))
        spans["context"] += self._plain()
        return {part: max(map(self.content, found), default=0) for part, found in spans.items()}

    def _plain(self) -> list[Span]:
        """Sentences that tell facts: no cue or label of what is asked for."""
        asked = [start for start, _, part in self.cues if part in {"role", "task", "limits"}]
        held = [span for part, span in self.sections.items() if part != "context"]
        return [
            (start, end)
            for start, end in self.reading.sentences
            if bisect_left(asked, start) == bisect_left(asked, end)
            and not any(a < end and start < b for a, b in held)
        ]

    def level(self, part: Part) -> int:
        """0: not there, or says nothing; 1: there, but weak; 2: good."""
        words = self.lexicon.part(part)
        said = self._said[part]
        if part in {"role", "context", "task"}:
            return 2 if said >= words.words else int(said * 2 >= words.words)
        if self.level("task") == 0:
            return 0
        if self.reading.find(words.strong):
            return 2
        cue = any(each[2] == part for each in self.cues)
        return int(cue or said >= LABELLED)

    def beyond_authority(self) -> bool:
        """Whether the assistant is to speak or sign as a leader."""
        rules = self.lexicon.authority
        offices = self.reading.find(rules.offices)
        for _, end in self.reading.find(rules.cues):
            between = r"\s*(?:(?:một|mot|đồng chí|dong chi|ông|ong|bà|ba|là|la|các|cac)\s+){0,3}"
            gap = re.match(between, self.reading.lower[end:])
            reach = end + (gap.end() if gap else 0)
            if any(start == reach for start, _ in offices):
                return True
        negated = self.reading.find(rules.unless)
        return any(
            not any(0 <= start - stop <= 12 for _, stop in negated)  # noqa: PLR2004 - one word
            for start, _ in self.reading.find(rules.acts)
        )
