"""The shape of ``exercises/``: what a trainer may write, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from lab.course.base import FileName, Filled, Kebab, Named, Part, Shape, Text, Upper
from lab.course.rubric import RubricLine
from lab.course.widgets import Widget
from lab.model import Action

MOST_MATERIAL = 8
"""Documents of an exercise: the page has so many tabs for them."""

# --- the lexicon ------------------------------------------------------------------------------


class PartWords(Shape):
    """How one of the five parts of a prompt shows itself."""

    title: Text
    hint: Text
    """What to write in its box."""
    labels: tuple[Filled, ...] = Field(min_length=1)
    """Words before a colon: ``Vai trò: ...``."""
    cues: tuple[Filled, ...] = Field(min_length=1)
    """Words that open the part in running text."""
    strong: tuple[Filled, ...] = ()
    """Words without which the part is there, but weak; ``#`` stands for a number."""
    words: int = Field(ge=1, le=40)
    """Syllables that the part must say besides its cue."""


class Authority(Shape):
    """Roles that nobody lends to an assistant."""

    cues: tuple[Filled, ...] = Field(min_length=1)
    offices: tuple[Filled, ...] = Field(min_length=1)
    acts: tuple[Filled, ...] = Field(min_length=1)
    unless: tuple[Filled, ...] = Field(min_length=1)
    """Words right before that turn it round: ``không``."""


class Lexicon(Shape):
    """``exercises/lexicon.yaml``: the words by which parts of a prompt are known."""

    role: PartWords
    context: PartWords
    task: PartWords
    format: PartWords
    limits: PartWords
    authority: Authority
    data: tuple[Filled, ...] = Field(min_length=1)
    """Words that declare what is pasted to be data: ``chỉ coi là dữ liệu``."""
    missing: tuple[Filled, ...] = Field(min_length=1)
    """Words that say openly that something is not known: ``cần bổ sung``."""
    stop_words: tuple[Filled, ...]
    """Words that say nothing by themselves."""

    def part(self, name: Part) -> PartWords:
        """The words of one part."""
        words: PartWords = getattr(self, name)
        return words


# --- the parts of an exercise -------------------------------------------------------------------


class MaterialFile(Shape):
    """One document of ``material/``."""

    file: FileName
    title: Text
    for_model: bool
    """True: goes to the model with every prompt. All material is shown."""


class PlantedValue(Shape):
    """A fictional value in the material that must not leave."""

    name: Kebab
    kind: Literal["number", "name", "date", "words"]
    """``words``: any other wording that must not leave, such as an illness."""
    value: Filled
    """A date is written ``dd/mm/yyyy``."""
    also: tuple[Filled, ...] = ()
    """Other spellings that give it away, such as ``ông Mẫu``."""
    by_policy: bool = True
    """Whether the policy must find it by itself; ``lab course check`` proves it."""


class SettingValue(Shape):
    """Something made up in the exercise that is no secret by itself; each session has its own."""

    name: Kebab
    kind: Literal["commune", "document"]
    value: Filled
    """A commune of two syllables, or the number and symbol of a document (``31-BC/ĐU``)."""
    mark: Filled | None = None
    """What stands by a document that must not leave, such as ``MẬT``; with it the policy must find
    the document; ``lab course check`` proves it."""

    @model_validator(mode="after")
    def _formed(self) -> SettingValue:
        form = r"\d{2,3}-[A-ZĐ]{1,4}/[A-ZĐ]{1,5}" if self.kind == "document" else r"\w+ \w+"
        if not re.fullmatch(form, self.value) or (self.mark and self.kind == "commune"):
            raise ValueError("a commune is two syllables, a document a number like 31-BC/ĐU")
        return self


class Fact(Shape):
    """Something that a useful prompt keeps."""

    name: Kebab
    title: Text
    any_of: tuple[Filled, ...] = Field(min_length=1)


class RecordedHead(Shape):
    """Front matter of a file of ``recorded/``."""

    all_of: tuple[tuple[Filled, ...], ...] = Field(min_length=1)
    none_of: tuple[Filled, ...] = ()
    fits: tuple[Filled, ...] = Field(min_length=1)
    """Prompts that this reply must fit, and no other."""


Answer = Filled | tuple[Filled, ...] | Mapping[Kebab, Filled]
"""An answer of a widget, as files write it."""


class ModelAnswerHead(Shape):
    """Front matter of ``model-answer.md``."""

    answers: Mapping[Kebab, Answer] = {}


# --- tried answers --------------------------------------------------------------------------------


class TriedTurn(Shape):
    """A prompt, and the reply that it got where it was not the recorded one."""

    prompt: Filled
    reply: Filled | None = None


class GoodFile(Shape):
    """``tried/good-*.yaml``: work of somebody who saw only the task; it must pass."""

    name: Filled
    turns: tuple[TriedTurn, ...] = ()
    answers: Mapping[Kebab, Answer] = {}
    minutes: int = Field(1, ge=0, le=600)
    """How long it took."""


class BadFile(GoodFile):
    """``tried/bad-*.yaml``: plausible work that must not pass, and why."""

    why: Filled
    weak: tuple[Kebab, ...] = Field(min_length=1)
    """Lines of the rubric that must not get two points."""
    critical: bool = False
    """Whether it must be a critical failure."""


# --- whole files ----------------------------------------------------------------------------------


class ExerciseFile(Shape):
    """``exercise.yaml``."""

    id: Kebab
    number: int = Field(ge=1, le=99)
    group: Kebab
    """The step of the course with which it is released."""
    title: Text
    goal: Text
    minutes: int = Field(ge=1, le=120)
    objectives: tuple[Literal["N", "K", "T"], ...] = Field(min_length=1)
    """Nhận thức, kỹ năng, thái độ và trách nhiệm."""
    token_budget: int = Field(ge=50, le=4000)
    boxes: bool = False
    """Offer five labelled boxes beside free text."""
    sources: tuple[Kebab, ...] = ()
    """Legal texts, by their ids in ``policies/policy.yaml``."""
    system_prompt: Filled
    material: tuple[MaterialFile, ...] = Field((), max_length=MOST_MATERIAL)
    tighten: Mapping[Upper, Literal[Action.WARN, Action.MASK, Action.BLOCK]] = {}
    planted: tuple[PlantedValue, ...] = ()
    setting: tuple[SettingValue, ...] = ()
    facts: tuple[Fact, ...] = ()
    widgets: tuple[Widget, ...] = ()
    rubric: tuple[RubricLine, ...] = Field(min_length=2)
    hints_en: tuple[Filled, ...] = Field(min_length=3, max_length=3)


class Group(Named):
    """A step of the course, released as one."""


class CourseFile(Shape):
    """``exercises/course.yaml``."""

    id: Kebab = "course"
    """Names the course in certificates."""
    title: Text
    document_profile: Kebab
    """The guidance on the form of Party documents that is in force: an id of ``forms/``."""
    ai_label: Text
    """What stands on a draft that was made with the help of AI."""
    second_opinion: bool = False
    """Offer advice by the model beside the mark, where a model answers."""
    notice: Text
    """Stands over all material: the data is made up."""
    groups: tuple[Group, ...] = Field(min_length=1)
