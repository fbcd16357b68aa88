"""What all shapes of ``exercises/`` are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from lab.model import Language

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


class Named(Shape):
    """Something with an id that people choose by its title."""

    id: Kebab
    title: Text
