"""One attempt at an exercise, as the checks look at it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lab.course import Exercise
from lab.model import Action, Language, Status, Turn
from lab.policy.text import fold
from lab.scoring.parts import Anatomy
from lab.scoring.planted import leaks
from lab.scoring.words import Reading, runs, without

COPIED = 0.6
"""A prompt is a copy when more of its words than this stand in rows of the task."""
_TOKEN = re.compile(r"\[[^\[\]\n]{1,40}\]|<[^<>\n]{1,40}>|\{[^{}\n]{1,40}\}")
_TITLE = re.compile(r"^(?:#+ .*|\*\*.*?\*\*)", re.MULTILINE)
"""Titles of material: naming what one writes about is no copying."""
_GAP_MARKS = frozenset({"can bo sung", "bo sung", "...", "…", "thieu", "chua ro"})


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows of words that a prompt may have copied."""

    task: frozenset[tuple[str, ...]]
    material: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, exercise: Exercise) -> Copied:
        """From the task and the hints, and from the material."""
        hints = [hint.vi for hint in exercise.hints] + [hint.en for hint in exercise.hints]
        task = runs([exercise.task_md, exercise.goal.vi, exercise.goal.en, *hints])
        body = (_TITLE.sub("", each.text) for each in exercise.material_shown)
        return cls(task, task | runs(body))


@dataclass(frozen=True)
class Prompt:
    """One prompt that was sent."""

    turn: Turn
    exercise: Exercise
    rows: Copied

    @cached_property
    def whole(self) -> str:
        """As it left."""
        return unicodedata.normalize("NFC", self.turn.prompt or "")

    @cached_property
    def text(self) -> str:
        """As it left, less what was copied from the task. Material may be quoted."""
        return without(self.whole, self.rows.task)

    @cached_property
    def own(self) -> Anatomy:
        """Taken apart, less what was copied from task or material."""
        reading = Reading(without(self.whole, self.rows.material))
        return Anatomy(reading, self.exercise.lexicon)

    @cached_property
    def words(self) -> int:
        """Words of the trainee's own."""
        return len(self.own.reading.tokens)

    @cached_property
    def copy(self) -> bool:
        """Whether it is little more than a copy of the task."""
        every = len(Reading(self.whole).tokens)
        kept = len(Reading(self.text).tokens)
        return every > 0 and (every - kept) / every > COPIED

    @cached_property
    def masked(self) -> tuple[str, ...]:
        """What the lab had to mask in it: the placeholders that it put in."""
        return tuple(
            dict.fromkeys(
                finding.placeholder or finding.entity
                for finding in self.turn.findings
                if finding.action is Action.MASK
            )
        )

    @cached_property
    def typed(self) -> tuple[str, ...]:
        """Placeholders of the trainee's own, in order, as typed."""
        mine = [each for each in _TOKEN.findall(self.text) if each not in self.masked]
        return tuple(each for each in mine if fold(each[1:-1]).strip() not in _GAP_MARKS)

    @cached_property
    def leaked(self) -> Mapping[str, bool]:
        """Planted values that left with it: name -> in full."""
        return leaks(self.whole, self.exercise.planted)


@dataclass(frozen=True)
class Case:
    """A whole session, and the prompt that the checks look at."""

    exercise: Exercise
    turns: Sequence[Turn]
    answers: Mapping[str, Any]
    language: Language
    sent: tuple[Prompt, ...]
    """Every prompt that left, in order."""
    chosen: Prompt | None
    """The one that does best; None where none was sent."""

    @property
    def after(self) -> tuple[Prompt, ...]:
        """The chosen prompt and all later ones."""
        if self.chosen is None:
            return ()
        return self.sent[self.sent.index(self.chosen) :]

    @property
    def before(self) -> tuple[Prompt, ...]:
        """Prompts sent before the chosen one."""
        if self.chosen is None:
            return ()
        return self.sent[: self.sent.index(self.chosen)]


def was_sent(turn: Turn) -> bool:
    """Whether the prompt of a turn left."""
    return turn.prompt is not None and turn.status is not Status.BLOCKED
