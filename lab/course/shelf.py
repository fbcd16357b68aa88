"""What stands beside the chat: patterns of good prompts, and one glossary for all terms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from lab import datafile
from lab.course.base import PARTS, Filled, Kebab, Part, Shape, Text

LIBRARY = "library.yaml"
GLOSSARY = "glossary.yaml"


class Pattern(Shape):
    """One good prompt, in its five parts; what stands in square brackets is to be replaced."""

    id: Kebab
    title: Text
    use: Text
    """When it helps, in one sentence."""
    parts: dict[Part, Text]

    @model_validator(mode="after")
    def _whole(self) -> Pattern:
        if set(self.parts) != set(PARTS):
            raise ValueError("all five parts, each once")
        return self


class Library(Shape):
    """``library.yaml``."""

    patterns: Annotated[tuple[Pattern, ...], Field(min_length=1)]


class Term(Shape):
    """A word of these pages, and what it means in plain words."""

    vi: Filled
    en: Filled
    meaning: Text
    see: tuple[Filled, ...] = ()
    """Other terms, by their Vietnamese words."""


class Glossary(Shape):
    """``glossary.yaml``."""

    terms: Annotated[tuple[Term, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _known(self) -> Glossary:
        names = [term.vi for term in self.terms]
        if len(names) != len(set(names)):
            raise ValueError("each term once")
        strange = sorted({each for term in self.terms for each in term.see} - set(names))
        if strange:
            raise ValueError(f"unknown terms: {', '.join(strange)}")
        return self


@dataclass(frozen=True, slots=True)
class Shelf:
    """Both of them; empty where a course brings none."""

    patterns: tuple[Pattern, ...] = ()
    terms: tuple[Term, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Shelf:
        """Read them from the folder of a course.

        Raises:
            DataFileError: a file has problems.
        """
        library, glossary = folder / LIBRARY, folder / GLOSSARY
        return cls(
            datafile.load(library, Library).patterns if library.exists() else (),
            datafile.load(glossary, Glossary).terms if glossary.exists() else (),
        )
