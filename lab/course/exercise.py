"""An exercise, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.course.shapes import PARTS, Fact, Lexicon, Part, PlantedValue, RubricLine, Text, Widget
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
    facts: tuple[Fact, ...]
    widgets: tuple[Widget, ...]
    lexicon: Lexicon
    folder: Path

    @property
    def model_answer_md(self) -> str:
        """The model answer as the page shows it."""
        return self.model_answer.text

    @property
    def for_model(self) -> tuple[str, ...]:
        """All texts of the exercise that go to the model."""
        return tuple(filter(None, (self.system_prompt, self.material_for_model)))

    def check_answers(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers as they may be logged: ids of known options only, never free text.

        Raises:
            BadRequest: an unknown widget or option.
        """
        widgets = {widget.id: widget for widget in self.widgets}
        known: dict[str, Any] = {}
        for name, given in answers.items():
            widget = widgets.get(name)
            options = {option.id for option in widget.options} if widget else set()
            if widget is None:
                raise BadRequest("unknown_answer")
            if widget.kind == "choice" and isinstance(given, str) and given in options:
                known[name] = given
            elif widget.kind == "ticks" and _ticks(given, options):
                known[name] = [option.id for option in widget.options if option.id in given]
            else:
                raise BadRequest("unknown_answer")
        return known


def _ticks(given: object, options: set[str]) -> bool:
    """Whether ``given`` is a list of option ids."""
    if not isinstance(given, list | tuple):
        return False
    return all(isinstance(each, str) and each in options for each in given)


def boxes_of(lexicon: Lexicon) -> tuple[Box, ...]:
    """The five boxes, in the order in which people fill them."""
    return tuple(Box(name, lexicon.part(name).title, lexicon.part(name).hint) for name in PARTS)
