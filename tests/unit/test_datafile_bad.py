"""Every kind of mistake in a data file has a bad file and its approved report."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from lab import datafile
from lab.errors import DataFileError
from lab.words import area

FOLDER = Path(__file__).parents[1] / "bad_files" / "datafile"
FILES = sorted(FOLDER.glob("*.yaml"))


class Item(BaseModel):
    """An entry of a list."""

    model_config = ConfigDict(extra="forbid")

    name: str
    size: int = 0


class Note(BaseModel):
    """A sentence in two languages."""

    model_config = ConfigDict(extra="forbid")

    vi: str
    en: str


class Sample(BaseModel):
    """A shape with one field for each kind of mistake."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    number: int = Field(ge=1, le=99)
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")] = "a"
    level: Literal["easy", "hard"] = "easy"
    share: float = 0
    shown: bool = True
    day: dt.date | None = None
    span: dt.timedelta | None = None
    note: Note | None = None
    items: tuple[Item, ...] = Field((Item(name="a"),), min_length=1, max_length=3)

    @field_validator("number")
    @classmethod
    def _no_thirteen(cls, number: int) -> int:
        if number == 13:
            raise ValueError("Phòng tập không có bài số 13.")
        return number


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bad_file_gets_its_approved_report(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report names file, line and column, shows the line and a caret, and says how to mend."""
    monkeypatch.chdir(FOLDER)
    with pytest.raises(DataFileError) as caught:
        datafile.load(Path(path.name), Sample)
    assert datafile.render(caught.value.problems) == path.with_suffix(".txt").read_text("utf-8")


def test_each_kind_of_problem_has_a_bad_file() -> None:
    """No sentence about a mistake is without its bad file."""
    prefix = "datafile.problem."
    kinds = {key.removeprefix(prefix) for key in area("datafile", "vi") if prefix in key}
    made_in_the_test = {"unreadable", "too_big"}
    assert kinds - made_in_the_test == {path.stem for path in FILES} - {"several"}
