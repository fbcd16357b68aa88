"""The five parts of a prompt (V-B-N-Đ-R): which of them are there and say something.

A cue alone is not a part. What counts is what is said besides the cues of all parts: a list of
cue words says nothing, and a format or a limit means nothing before there is a task.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from lab.course import PARTS, Lexicon
from lab.course.shapes import Part
from lab.policy.text import fold
from lab.scoring.words import Reading

Span = tuple[int, int]
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
            tail = re.match(r"[*_`\"'\s]*[:：]", text[end:])
            head = re.search(r"(?:^|[\n.;!?])[^\w\n]*(?:[0-9]{1,2}[.)/]\s*)?$", text[:start])
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
        for begin, _ in self.reading.sentences:
            said = self.reading.text[begin:stop]
            head = begin + len(said) - len(said.lstrip())
            other = any(at == head and name != part for at, _, name in self.cues)
            if start < begin < stop and other:
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
    def _vocabulary(self) -> list[Span]:
        """Where words stand by which parts are known: labels (with a colon or not) and cues."""
        names = [span for p in PARTS for span in self.reading.find(self.lexicon.part(p).labels)]
        return names + [(start, end) for start, end, _ in self.cues]

    def content(self, span: Span) -> int:
        """How many different words a stretch says besides cues, labels and stop words."""
        used = self._vocabulary
        said = {
            word
            for start, end, word in self.reading.tokens
            if span[0] <= start
            and end <= span[1]
            and (len(word) > 1 or word.isdigit())
            and word not in self._stop_words
            and not any(a < end and start < b for a, b in used)
        }
        return len(said)

    def _after(self, cue: tuple[int, int, Part], *, whole: bool = False) -> Span:
        """What a cue opens: up to the next cue of another part, or the end of its sentence."""
        start, end, part = cue
        sentence = next((s for s in self.reading.sentences if s[0] <= start < s[1]), (start, end))
        others = [a for a, _, other in self.cues if other != part and end <= a < sentence[1]]
        return (sentence[0] if whole else end), min([*others, sentence[1]])

    def said(self, part: Part) -> int:
        """The most words that one place says for a part; 0 where there is neither cue nor label."""
        spans = [self.sections[part]] if part in self.sections else []
        whole = part == "context"
        spans += [self._after(cue, whole=whole) for cue in self.cues if cue[2] == part]
        if part == "context":
            spans += self._plain()
        return max((self.content(span) for span in spans), default=0)

    def _plain(self) -> list[Span]:
        """Sentences that tell facts: no cue or label of what is asked for."""
        asked = [start for start, _, part in self.cues if part in {"role", "task", "limits"}]
        held = [span for part, span in self.sections.items() if part != "context"]
        return [
            (start, end)
            for start, end in self.reading.sentences
            if not any(start <= each < end for each in asked)
            and not any(a < end and start < b for a, b in held)
        ]

    def level(self, part: Part) -> int:
        """0: not there, or says nothing; 1: there, but weak; 2: good."""
        words = self.lexicon.part(part)
        said = self.said(part)
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
