"""The shape of ``exercises/``: what a trainer may write, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from lab.model import Action, Language

Kebab = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Upper = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*\.md$")]
Part = Literal["role", "context", "task", "format", "limits"]
PARTS: tuple[Part, ...] = ("role", "context", "task", "format", "limits")
"""V-B-N-Đ-R: vai trò, bối cảnh, nhiệm vụ, định dạng, ràng buộc."""


class Shape(BaseModel):
    """Frozen, and a mistyped key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Shape):
    """A sentence in both languages."""

    vi: Filled
    en: Filled

    def read(self, language: Language) -> str:
        """The sentence in one language."""
        return self.vi if language == "vi" else self.en


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
    kind: Literal["number", "name", "date"]
    value: Filled
    """A date is written ``dd/mm/yyyy``."""
    also: tuple[Filled, ...] = ()
    """Other spellings that give it away, such as ``ông Mẫu``."""


class Fact(Shape):
    """Something that a useful prompt keeps."""

    name: Kebab
    title: Text
    any_of: tuple[Filled, ...] = Field(min_length=1)


class Option(Shape):
    """One thing to tick or choose."""

    id: Kebab
    text: Text
    right: bool = True
    """Whether it should be ticked or chosen."""


class Widget(Shape):
    """A question of the exercise's own."""

    id: Kebab
    kind: Literal["ticks", "choice"]
    title: Text
    options: tuple[Option, ...] = Field(min_length=2)


class RecordedHead(Shape):
    """Front matter of a file of ``recorded/``."""

    all_of: tuple[tuple[Filled, ...], ...] = Field(min_length=1)
    none_of: tuple[Filled, ...] = ()
    fits: tuple[Filled, ...] = Field(min_length=1)
    """Prompts that this reply must fit, and no other."""


class ModelAnswerHead(Shape):
    """Front matter of ``model-answer.md``."""

    answers: Mapping[Kebab, Filled | tuple[Filled, ...]] = {}


# --- the rubric -----------------------------------------------------------------------------------


class Line(Shape):
    """What every line of a rubric has."""

    id: Kebab
    title: Text
    advice: Text
    """What to do when there are not two points yet."""
    weight: int = Field(1, ge=1, le=4)


class PartLine(Line):
    """A part of a good prompt is there and says something."""

    check: Literal["part"]
    part: Part
    about: tuple[Filled, ...] = ()
    """The prompt must speak of one of these."""
    within_authority: bool = False
    """Role-play beyond authority is a critical failure."""


class SentLine(Line):
    """A prompt in the trainee's own words was sent and answered."""

    check: Literal["sent"]
    words: int = Field(ge=1, le=200)


class CleanLine(Line):
    """Nothing in the prompt needed protection."""

    check: Literal["clean"]


class DropLine(Line):
    """The planted values were taken out by the trainee."""

    check: Literal["drop"]


class KeepLine(Line):
    """The facts that the work needs are still there."""

    check: Literal["keep"]
    facts: tuple[Kebab, ...] = Field(min_length=1)


class PlaceholdersLine(Line):
    """Placeholders of the trainee's own, each spelled one way."""

    check: Literal["placeholders"]
    distinct: int = Field(ge=1, le=20)


class OrderLine(Line):
    """After a stop came an edited prompt that could leave."""

    check: Literal["order"]


class LengthLine(Line):
    """Neither too short nor too long."""

    check: Literal["length"]
    least: int = Field(ge=1, le=2000)
    most: int = Field(ge=1, le=2000)


class AnswersLine(Line):
    """A widget of the exercise was answered rightly."""

    check: Literal["answers"]
    widget: Kebab


class ImproveLine(Line):
    """Much was added to a first draft."""

    check: Literal["improve"]
    draft: Filled
    words: int = Field(ge=2, le=500)


RubricLine = Annotated[
    PartLine
    | SentLine
    | CleanLine
    | DropLine
    | KeepLine
    | PlaceholdersLine
    | OrderLine
    | LengthLine
    | AnswersLine
    | ImproveLine,
    Field(discriminator="check"),
]


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
    material: tuple[MaterialFile, ...] = ()
    tighten: Mapping[Upper, Literal[Action.WARN, Action.MASK, Action.BLOCK]] = {}
    planted: tuple[PlantedValue, ...] = ()
    facts: tuple[Fact, ...] = ()
    widgets: tuple[Widget, ...] = ()
    rubric: tuple[RubricLine, ...] = Field(min_length=2)
    hints_en: tuple[Filled, ...] = Field(min_length=3, max_length=3)


class Group(Shape):
    """A step of the course, released as one."""

    id: Kebab
    title: Text


class CourseFile(Shape):
    """``exercises/course.yaml``."""

    title: Text
    document_profile: Kebab
    """The text on the form of documents that is in force: an id of ``policies/policy.yaml``."""
    notice: Text
    """Stands over all material: the data is made up."""
    groups: tuple[Group, ...] = Field(min_length=1)
