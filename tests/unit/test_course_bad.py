"""Every kind of mistake in an exercise has a bad folder and its approved report.

A folder holds only what differs from ``base``; ``remove.txt`` names what is missing.
"""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from lab.cli.course import examine
from lab.course import Course
from lab.datafile import render
from lab.errors import DataFileError
from lab.policy.clear import Policy
from lab.scoring import Work, score
from lab.scoring.replay import marks
from lab.words import area

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "bad_files" / "course"
CASES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "base")
TOLD_ELSEWHERE = {"empty_passes"}
"""Needs a score that no rubric gives today; tested below."""


@cache
def policy() -> Policy:
    """The policy as it ships."""
    return Policy.load(ROOT / "policies", seconds=60, workers=0)


def common(folder: Path) -> None:
    """What every course has: the words of prompts and the forms of documents, as they ship."""
    shutil.copy(ROOT / "exercises" / "lexicon.yaml", folder)
    shutil.copytree(ROOT / "exercises" / "forms", folder / "forms", dirs_exist_ok=True)


def lay_out(case: str, folder: Path) -> None:
    """The base course with one mistake."""
    shutil.copytree(FOLDER / "base", folder, dirs_exist_ok=True)
    common(folder)
    shutil.copytree(FOLDER / case, folder, dirs_exist_ok=True)
    gone = folder / "remove.txt"
    for name in gone.read_text("utf-8").split() if gone.exists() else ():
        (folder / name).unlink()


def report(folder: Path) -> str:
    """What ``lab course check`` says of a folder."""
    try:
        return render(examine(folder, policy())[1])
    except DataFileError as error:
        return render(error.problems)


@pytest.mark.parametrize("case", CASES)
def test_a_bad_course_gets_its_approved_report(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report names the file, the place, what is wrong and how to mend it."""
    lay_out(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert report(Path()) == (FOLDER / f"{case}.txt").read_text("utf-8")


def test_the_base_course_is_fine(tmp_path: Path) -> None:
    """The base has no mistake of its own."""
    shutil.copytree(FOLDER / "base", tmp_path, dirs_exist_ok=True)
    common(tmp_path)
    assert examine(tmp_path, policy())[1] == ()


def test_each_kind_of_problem_has_a_bad_course() -> None:
    """No sentence about a mistake is without its bad folder."""
    prefix = "course.problem."
    kinds = {key.removeprefix(prefix) for key in area("course", "vi") if prefix in key}
    assert kinds - TOLD_ELSEWHERE <= set(CASES)


def test_an_exercise_that_nothing_passes_is_told() -> None:
    """Were an empty attempt to pass, the check would say so."""
    exercise = Course.load(ROOT / "exercises").exercises[0]
    model = score(exercise, (), Work(), language="vi")
    passed = type(model)(model.criteria, 1.0, passed=True, next_step="")
    assert [each.line > 0 for each in marks(exercise, passed, passed)] == [True]


def test_the_course_that_ships_is_fine() -> None:
    """Each exercise that ships is passed by its model answer, and all its texts are clean."""
    played, problems = examine(ROOT / "exercises", policy())
    assert problems == ()
    numbers = [one.exercise.number for one in played]
    assert numbers == sorted(set(numbers))
    assert all(one.model.passed and not one.empty.passed for one in played)
