"""``exercises/forms/``: what Party and State documents must look like, as data with a date."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Literal

from pydantic import Field, field_validator

from lab.course.base import Filled, Kebab, Shape, Text

BLANK = r"(?:[\s.…_]|\[[^\]\n]*\])*"
"""What stands for a number that is not there yet: nothing, dots, or a gap in brackets."""
Where = Literal["top", "body", "end", "last", "any"]
"""``top``: before the body; ``end``: from the recipients or the signature on; ``last``: the last
line of the body."""


class Element(Shape):
    """One thing that the form asks for, or forbids."""

    id: Kebab
    title: Text
    where: Where = "any"
    pattern: Filled
    """A regular expression that a line must match somewhere. ``{blank}``, ``{type}``, ``{organ}``
    and ``{type_name}`` are filled in."""
    forbidden: bool = False
    types: tuple[Filled, ...] = ()
    """Only documents of these types; empty: all."""
    not_types: tuple[Filled, ...] = ()
    wanted: Text
    """What to write, in one sentence."""
    sure: bool = True
    """False where only secondary sources say so: it is told, and costs no points."""

    @field_validator("pattern")
    @classmethod
    def _a_pattern(cls, value: str) -> str:
        try:
            re.compile(fill(value, "KH", "ĐU", "KẾ HOẠCH"))
        except re.error as error:
            raise ValueError(str(error)) from None
        return value

    def applies(self, kind: str) -> bool:
        """Whether documents of a type have it."""
        return (not self.types or kind in self.types) and kind not in self.not_types


def fill(pattern: str, kind: str, organ: str, name: str) -> str:
    """A pattern with its gaps filled."""
    return (
        pattern.replace("{blank}", BLANK)
        .replace("{type_name}", re.escape(name))
        .replace("{type}", re.escape(kind))
        .replace("{organ}", re.escape(organ))
    )


class Form(Shape):
    """One text on the form of documents."""

    id: Kebab
    family: Literal["party", "state"]
    title: Text
    date: Filled
    """The day of the text, ``yyyy-mm-dd``."""
    replaced: Filled | None = None
    """The day from which another text stands in its place."""
    note: Text
    """How sure this is, and what to ask the office about."""
    types: dict[Filled, Filled]
    """Abbreviation -> name of the type as the document has it: ``KH: KẾ HOẠCH``."""
    end_marks: tuple[Filled, ...] = Field(min_length=1)
    """Beginnings of lines with which recipients and signature begin."""
    elements: tuple[Element, ...] = Field(min_length=3)

    @cached_property
    def by_id(self) -> dict[str, Element]:
        """The elements, by id."""
        return {element.id: element for element in self.elements}
