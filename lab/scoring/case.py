"""One attempt at an exercise, as the checks look at it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lab.course import Exercise
from lab.course.widgets import TextWidget
from lab.model import Action, Language, Status, Turn
from lab.policy.text import fold
from lab.scoring.parts import Anatomy
from lab.scoring.planted import leaks
from lab.scoring.words import Reading, Rows, bare, runs, without

COPIED = 0.6
"""A text is a copy when more of its words than this stand in rows of the task."""
LEAST = 3
"""Different words that a text must say besides the cues by which its parts are known."""
LONG = 4
"""A text must say one word of its own for so many that are expected of it."""
ENOUGH = 30
"""So many words of its own are always enough."""
_TOKEN = re.compile(r"\[[^\[\]\n]{1,40}\]|<[^<>\n]{1,40}>|\{[^{}\n]{1,40}\}")
_TITLE = re.compile(r"^(?:#+ .*|\*\*.*?\*\*)", re.MULTILINE)
"""Titles of material: naming what one writes about is no copying."""
_GAP_MARKS = frozenset({"can bo sung", "bo sung", "...", "…", "thieu", "chua ro"})


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows of words that a text may have copied."""

    task: Rows
    material: Rows

    @classmethod
    def of(cls, exercise: Exercise) -> Copied:
        """From the task and the hints, and from the material."""
        hints = [hint.vi for hint in exercise.hints] + [hint.en for hint in exercise.hints]
        task = runs([exercise.task_md, exercise.goal.vi, exercise.goal.en, *hints])
        body = (_TITLE.sub("", each.text) for each in exercise.material_shown)
        return cls(task, task | runs(body))


@dataclass(frozen=True, slots=True)
class File:
    """An attached file as it went along with prompts."""

    text: str
    """Its name and what of it leaves: masked."""
    masked: tuple[str, ...] = ()
    """What the lab had to mask in that, by placeholder."""


@dataclass(frozen=True)
class Subject:
    """A text that checks look at: a prompt that was sent, or a text in a widget."""

    given: str
    exercise: Exercise
    rows: Copied

    @cached_property
    def whole(self) -> str:
        """As it left, or as it was kept: masked."""
        return unicodedata.normalize("NFC", self.given)

    @cached_property
    def text(self) -> str:
        """Less what was copied from the task. Material may be quoted."""
        return without(self.whole, self.rows.task)

    @property
    def told(self) -> str:
        """All that it says to the model."""
        return self.text

    @cached_property
    def own(self) -> Anatomy:
        """Taken apart, less what was copied from the task."""
        return Anatomy(Reading(self.text), self.exercise.lexicon)

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
    def leaked(self) -> Mapping[str, bool]:
        """Planted values that stand in it: name -> in full."""
        return leaks(self.whole, self.exercise.planted)

    @property
    def masked(self) -> tuple[str, ...]:
        """What the lab had to mask in it, by placeholder."""
        return ()

    @property
    def least(self) -> int:
        """Different words that it must say."""
        return LEAST


@dataclass(frozen=True)
class Prompt(Subject):
    """One prompt that was sent."""

    turn: Turn
    files: tuple[File, ...] = ()
    """Those that went along."""

    @property
    def told(self) -> str:
        """The prompt and its files, less what was copied from the task."""
        return "\n\n".join(
            (self.text, *(without(each.text, self.rows.task) for each in self.files))
        )

    @cached_property
    def leaked(self) -> Mapping[str, bool]:
        """Planted values that stand in it or in its files: name -> in full."""
        every = "\n\n".join((self.whole, *(each.text for each in self.files)))
        return leaks(every, self.exercise.planted)

    @cached_property
    def own(self) -> Anatomy:
        """Taken apart, less what was copied from task or material."""
        reading = Reading(without(self.whole, self.rows.material))
        return Anatomy(reading, self.exercise.lexicon)

    @cached_property
    def masked(self) -> tuple[str, ...]:
        """What the lab had to mask in it and in its files: the placeholders that it put in."""
        mine = [
            finding.placeholder or finding.entity
            for finding in self.turn.findings
            if finding.action is Action.MASK
        ]
        return tuple(dict.fromkeys([*mine, *(name for each in self.files for name in each.masked)]))

    @cached_property
    def typed(self) -> tuple[str, ...]:
        """Placeholders of the trainee's own, in order, as typed."""
        mine = [each for each in _TOKEN.findall(self.text) if each not in self.masked]
        return tuple(each for each in mine if fold(each[1:-1]).strip() not in _GAP_MARKS)


@dataclass(frozen=True)
class Draft(Subject):
    """A text of the trainee's own, in a widget."""

    widget: TextWidget
    hidden: tuple[str, ...] = ()
    """What the lab masked in it: one entry a place."""

    @property
    def masked(self) -> tuple[str, ...]:
        """What the lab masked in it."""
        return self.hidden

    @property
    def least(self) -> int:
        """Different words that it must say."""
        return max(LEAST, min(self.widget.least // LONG, ENOUGH))

    @cached_property
    def unchanged(self) -> bool:
        """Whether it is the text that it began with."""
        return bool(self.widget.start) and bare(self.whole) == bare(self.widget.start or "")


@dataclass(frozen=True)
class Case:
    """A whole session, and the prompt that the checks look at."""

    exercise: Exercise
    turns: Sequence[Turn]
    answers: Mapping[str, Any]
    language: Language
    sent: tuple[Prompt, ...]
    """Every prompt that left, in order."""
    drafts: Mapping[str, Draft]
    """Id of a widget -> the text in it."""
    minutes: float | None
    """From the beginning to the last work; None where nobody knows."""
    chosen: Prompt | None
    """The prompt that does best; None where none was sent."""

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


def drafts_of(
    exercise: Exercise,
    rows: Copied,
    answers: Mapping[str, Any],
    masked: Mapping[str, Sequence[str]],
) -> dict[str, Draft]:
    """The texts that were written, by widget."""
    found: dict[str, Draft] = {}
    for widget in exercise.widgets:
        text = answers.get(widget.id)
        if isinstance(widget, TextWidget) and isinstance(text, str) and text.strip():
            hidden = tuple(masked.get(widget.id, ()))
            found[widget.id] = Draft(text, exercise, rows, widget, hidden)
    return found
