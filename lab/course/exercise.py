"""An exercise, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.course.base import PARTS, Part, Text
from lab.course.forms import Form
from lab.course.rubric import RubricLine
from lab.course.shapes import Fact, Lexicon, PlantedValue, SettingValue
from lab.course.widgets import TextWidget, Widget
from lab.errors import BadRequest
from lab.model import Action, RecordedReply


@dataclass(frozen=True, slots=True)
class Material:
    """One document of an exercise."""

    id: str
    title: Text
    text: str
    """Markdown."""
    for_model: bool


@dataclass(frozen=True, slots=True)
class Box:
    """One of the five labelled boxes in which a prompt may be written."""

    part: Part
    title: Text
    hint: Text


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a good trainee does: prompts in order, and the answers of the widgets."""

    text: str
    """Markdown, with the prompts as blocks."""
    prompts: tuple[str, ...]
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tried:
    """Somebody's work on an exercise, and whether it must pass."""

    name: str
    path: Path
    turns: tuple[tuple[str, str | None], ...]
    """Prompts, and the reply where it was not the recorded one."""
    answers: Mapping[str, Any]
    minutes: int
    good: bool
    weak: tuple[str, ...] = ()
    """Lines of the rubric that must not get two points."""
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise of the course."""

    id: str
    number: int
    group: str
    title: Text
    goal: Text
    minutes: int
    objectives: tuple[str, ...]
    task_md: str
    hints: tuple[Text, ...]
    """Three steps: the goal, what the check looks for, an example."""
    model_answer: ModelAnswer
    system_prompt: str
    material_shown: tuple[Material, ...]
    material_for_model: str
    recorded: tuple[RecordedReply, ...]
    fits: Mapping[str, tuple[str, ...]]
    """Name of a recorded reply -> prompts that it must fit, and no other."""
    rubric: tuple[RubricLine, ...]
    token_budget: int
    boxes: tuple[Box, ...]
    """Empty where only free text is offered."""
    sources: tuple[str, ...]
    tighten: Mapping[str, Action]
    planted: tuple[PlantedValue, ...]
    setting: tuple[SettingValue, ...]
    facts: tuple[Fact, ...]
    widgets: tuple[Widget, ...]
    lexicon: Lexicon
    forms: Mapping[str, Form]
    """Family (``party``, ``state``) -> the form in force."""
    ai_label: Text
    tried: tuple[Tried, ...]
    folder: Path

    @property
    def model_answer_md(self) -> str:
        """The model answer as the page shows it."""
        return self.model_answer.text

    @property
    def for_model(self) -> tuple[str, ...]:
        """All texts of the exercise that go to the model."""
        return tuple(filter(None, (self.system_prompt, self.material_for_model)))

    @property
    def own(self) -> tuple[PlantedValue | SettingValue, ...]:
        """All that each session has of its own."""
        return (*self.planted, *self.setting)

    def widget(self, widget_id: str) -> Widget:
        """By id. Raises ``KeyError``."""
        for widget in self.widgets:
            if widget.id == widget_id:
                return widget
        raise KeyError(widget_id)

    def check_answers(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers as their widgets read them. Those of :meth:`texts` are as typed: they must
        pass the policy before anything keeps them.

        Raises:
            BadRequest: an unknown widget or option.
        """
        known: dict[str, Any] = {}
        for name, given in answers.items():
            widget = next((each for each in self.widgets if each.id == name), None)
            value = widget.read(given) if widget else None
            if value is None:
                raise BadRequest("unknown_answer")
            known[name] = value
        return known

    @property
    def texts(self) -> frozenset[str]:
        """Ids of the widgets whose answers are texts of the trainee's own."""
        return frozenset(each.id for each in self.widgets if isinstance(each, TextWidget))


def boxes_of(lexicon: Lexicon) -> tuple[Box, ...]:
    """The five boxes, in the order in which people fill them."""
    return tuple(Box(name, lexicon.part(name).title, lexicon.part(name).hint) for name in PARTS)
