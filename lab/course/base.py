"""What all shapes of ``exercises/`` are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from lab.model import Language
from lab.words import languages

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
    """A sentence in Vietnamese, in English, and in any other language that the lab has words in."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Filled]

    vi: Filled
    en: Filled

    @model_validator(mode="after")
    def _spoken(self) -> Text:
        strange = sorted(set(self.__pydantic_extra__) - set(languages()))
        if strange:
            raise ValueError(f"unknown languages: {', '.join(strange)}")
        return self

    def read(self, language: Language) -> str:
        """The sentence in one language; in Vietnamese where it does not say it in that."""
        if language == "en":
            return self.en
        return self.__pydantic_extra__.get(language, self.vi)


class Named(Shape):
    """Something with an id that people choose by its title."""

    id: Kebab
    title: Text
