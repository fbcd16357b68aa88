"""What was read of a file: pieces of text, each with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Where in a file a text stood."""

    NAME = "name"
    """The name of the file itself."""
    BODY = "body"
    HEADER = "header"
    FOOTER = "footer"
    FOOTNOTE = "footnote"
    TEXTBOX = "textbox"
    PICTURE = "picture"
    """Letters read from a picture or a scanned page."""
    FORM = "form"
    """Fields of a form that people filled in."""
    COMMENT = "comment"
    DELETED = "deleted"
    """A paragraph as it was before a tracked change took words out."""
    HIDDEN = "hidden"
    """A paragraph with hidden words, a hidden sheet, row or column."""
    PROPERTY = "property"
    """Author, office, title ..., the place and the device of a photograph."""
    LINK = "link"
    """Where links lead, and names given to cells."""
    REST = "rest"
    """What else the file holds and nobody sees on paper: charts, formulas, embedded files."""

    @property
    def leaves(self) -> bool:
        """Whether it is on the page that a reader sees. What is not is checked, and stays here."""
        return self in _SEEN


_SEEN = frozenset(
    {
        Kind.NAME,
        Kind.BODY,
        Kind.HEADER,
        Kind.FOOTER,
        Kind.FOOTNOTE,
        Kind.TEXTBOX,
        Kind.PICTURE,
        Kind.FORM,
    }
)


class Unit(StrEnum):
    """What the number of a part counts."""

    NONE = ""
    PAGE = "page"
    SHEET = "sheet"
    PARAGRAPH = "paragraph"
    PICTURE = "picture"
    NUMBER = "number"
    """Comments, notes and the like, in their order."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a file. Only ``text`` comes from the file; what is about it does not."""

    kind: Kind
    text: str
    unit: Unit = Unit.NONE
    number: int = 0

    def row(self) -> list[Any]:
        """As JSON carries it between processes."""
        return [self.kind, self.text, self.unit, self.number]

    @classmethod
    def of(cls, row: list[Any]) -> Part:
        """What ``row`` made. Raises ``ValueError`` or ``TypeError`` for anything else."""
        kind, text, unit, number = row
        if not isinstance(text, str) or not isinstance(number, int):
            raise TypeError
        return cls(Kind(kind), text, Unit(unit), number)


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that was read of one file."""

    type: str
    """``docx``, ``xlsx``, ``pdf``, ``text`` or ``image``."""
    parts: tuple[Part, ...]
    unread: Mapping[str, int]
    """What it holds and nobody read, which therefore goes nowhere: kind -> how many."""
    apart: bool = False
    """Whether the process that read it had no network at all."""
