"""The rubric of an exercise: one shape a kind of check. What each gives points for is in
:mod:`lab.scoring`.

Most checks look at the prompt that does best. Those that take ``of`` look at a ``text`` widget
instead, where its id is given there.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lab.course.base import Filled, Kebab, Part, Shape, Text


class Line(Shape):
    """What every line of a rubric has."""

    id: Kebab
    title: Text
    advice: Text
    """What to do when there are not two points yet."""
    weight: int = Field(1, ge=1, le=4)


class PromptLine(Line):
    """A line that looks at a prompt."""

    among: tuple[Filled, ...] = ()
    """Only prompts that speak of one of these, for an exercise of several tasks."""


class TextLine(PromptLine):
    """A line that looks at a prompt, or at a text of the trainee's own."""

    of: Kebab | None = None
    """Id of a ``text`` widget."""


# --- about prompts ------------------------------------------------------------------------------


class PartLine(PromptLine):
    """A part of a good prompt is there and says something."""

    check: Literal["part"]
    part: Part
    about: tuple[Filled, ...] = ()
    """The prompt must speak of one of these."""
    within_authority: bool = False
    """Role-play beyond authority is a critical failure."""


class SentLine(PromptLine):
    """A prompt in the trainee's own words was sent and answered."""

    check: Literal["sent"]
    words: int = Field(ge=1, le=200)


class CleanLine(PromptLine):
    """Nothing in the prompt needed protection."""

    check: Literal["clean"]


class PlaceholdersLine(PromptLine):
    """Placeholders of the trainee's own, each spelled one way."""

    check: Literal["placeholders"]
    distinct: int = Field(ge=1, le=20)


class ImproveLine(PromptLine):
    """Much was added to a first draft."""

    check: Literal["improve"]
    draft: Filled
    words: int = Field(ge=2, le=500)


class QuotedLine(PromptLine):
    """What was pasted stands between marks and is declared to be data, not orders."""

    check: Literal["quoted"]
    material: Kebab
    """The document whose words are pasted: its file name without ``.md``."""


class ReplyCleanLine(PromptLine):
    """The assistant's reply was not hijacked: it holds none of the canaries."""

    check: Literal["reply-clean"]
    canaries: tuple[Filled, ...] = Field(min_length=1)


class OrderLine(Line):
    """After a stop came an edited prompt that could leave."""

    check: Literal["order"]


class CountLine(Line):
    """So many prompts were sent."""

    check: Literal["count"]
    least: int = Field(1, ge=1, le=50)
    most: int = Field(50, ge=1, le=50)


class TimeLine(Line):
    """The work was done within so many minutes."""

    check: Literal["time"]
    most: int = Field(ge=1, le=240)


# --- about prompts or texts -----------------------------------------------------------------------


class DropLine(TextLine):
    """The planted values were taken out by the trainee."""

    check: Literal["drop"]
    planted: tuple[Kebab, ...] = ()
    """Names of the values that count here; empty: all."""


class KeepLine(TextLine):
    """The facts that the work needs are still there."""

    check: Literal["keep"]
    facts: tuple[Kebab, ...] = Field(min_length=1)


class LengthLine(TextLine):
    """Neither too short nor too long."""

    check: Literal["length"]
    least: int = Field(ge=1, le=3000)
    most: int = Field(ge=1, le=3000)


class MentionsLine(TextLine):
    """It says one of some things, in sentences that say more than that."""

    check: Literal["mentions"]
    any_of: tuple[Filled, ...] = Field(min_length=1)
    about: tuple[Filled, ...] = ()
    """The same sentence must speak of one of these."""
    least: int = Field(1, ge=1, le=10)
    """So many different ones of ``any_of``, each in a sentence that says more."""
    words: int = Field(3, ge=1, le=20)
    """Different words that such a sentence must say besides."""


class AbsentLine(TextLine):
    """It holds none of some terms, in whatever spelling."""

    check: Literal["absent"]
    terms: tuple[Filled, ...] = Field(min_length=1)
    critical: bool = False


class SentencesLine(TextLine):
    """Its sentences are short on average."""

    check: Literal["sentences"]
    most: int = Field(ge=5, le=60)
    """Words of a sentence, on average."""
    least: int = Field(3, ge=1, le=50)
    """Sentences."""


class ItemsLine(TextLine):
    """So many different points, each of which says something."""

    check: Literal["items"]
    least: int = Field(ge=1, le=20)
    words: int = Field(4, ge=1, le=30)
    """Different words that a point must say."""


class NumbersLine(TextLine):
    """No number that the material lacks."""

    check: Literal["numbers"]
    allow: tuple[Filled, ...] = ()
    """Further numbers that may stand there."""
    critical: bool = False


class Source(Shape):
    """Something that may be cited."""

    id: Kebab
    any_of: tuple[Filled, ...] = Field(min_length=1)


class CiteLine(TextLine):
    """It cites enough sources of a given set, and none besides."""

    check: Literal["cite"]
    sources: tuple[Source, ...] = Field(min_length=1)
    least: int = Field(1, ge=1, le=20)


class Column(Shape):
    """A column of a table, known by its header."""

    title: Text
    any_of: tuple[Filled, ...] = Field(min_length=1)


class TableLine(TextLine):
    """A table with the wanted columns and enough filled rows."""

    check: Literal["table"]
    columns: tuple[Column, ...] = Field(min_length=2)
    least: int = Field(ge=1, le=100)
    """Filled rows."""
    gaps: bool = True
    """Whether a cell may say that something is missing (``[CẦN BỔ SUNG]``, ``chưa rõ``)."""


class HeadingsLine(TextLine):
    """Headings on the wanted things, each with something under it."""

    check: Literal["headings"]
    headings: tuple[Column, ...] = Field(min_length=1)
    words: int = Field(8, ge=1, le=200)
    """Words under each."""


class OverlapLine(TextLine):
    """It is not merely copied: at most this share of its words stands in rows of the other text."""

    check: Literal["overlap"]
    against: Literal["reply", "material", "start"] = "reply"
    most: float = Field(ge=0.05, le=0.95)


class LabelLine(TextLine):
    """The label "drafted with the help of AI" stands at the top or the end."""

    check: Literal["label"]


class FormLine(TextLine):
    """The form of a Party or a State document, by the profile in force."""

    check: Literal["form"]
    family: Literal["party", "state"]
    type: Filled
    """The abbreviation of the type: ``KH``, ``BC``, ``CV``."""
    organ: Filled
    """The abbreviation of the body: ``ĐU``, ``UBND``."""
    elements: tuple[Kebab, ...] = ()
    """Elements of the form that count here; empty: all that apply to the type."""


# --- about other widgets --------------------------------------------------------------------------


class AnswersLine(Line):
    """A ``ticks`` or ``choice`` widget was answered rightly."""

    check: Literal["answers"]
    widget: Kebab


class PickLine(Line):
    """Enough was picked rightly: the F1 of a ``ticks``, ``sort``, ``mark`` or ``layers`` widget."""

    check: Literal["pick"]
    widget: Kebab
    least_f1: float = Field(0.85, ge=0.3, le=1)
    """For two points; 0.2 less gives one."""
    least_recall: float = Field(0, ge=0, le=1)
    least_precision: float = Field(0, ge=0, le=1)
    options: tuple[Kebab, ...] = ()
    """Only these cards or pieces count here; empty: all."""


class SequenceLine(Line):
    """The steps of an ``order`` widget are in order."""

    check: Literal["sequence"]
    widget: Kebab
    step: Kebab | None = None
    """One step: two points at its place, one where it is taken elsewhere; none: all steps."""


RubricLine = Annotated[
    PartLine
    | SentLine
    | CleanLine
    | PlaceholdersLine
    | ImproveLine
    | QuotedLine
    | ReplyCleanLine
    | OrderLine
    | CountLine
    | TimeLine
    | DropLine
    | KeepLine
    | LengthLine
    | MentionsLine
    | AbsentLine
    | SentencesLine
    | ItemsLine
    | NumbersLine
    | CiteLine
    | TableLine
    | HeadingsLine
    | OverlapLine
    | LabelLine
    | FormLine
    | AnswersLine
    | PickLine
    | SequenceLine,
    Field(discriminator="check"),
]
