"""Every kind of mistake in a rule has a bad folder and its approved report.

A folder holds only what differs from ``base``; ``remove.txt`` names what is missing.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lab.datafile import render
from lab.errors import DataFileError
from lab.policy import examples, recognizers, rules
from lab.words import area

FOLDER = Path(__file__).parents[1] / "bad_files" / "policy"
CASES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "base")
NO_FILE = {
    "broken",
    *("group_unknown", "exception_unknown", "exception_tier"),
    *("exception_stricter", "exception_dates"),
}
"""A recognizer that fails is a fault of the program, which no file brings about; what is wrong with
groups and exceptions is in ``test_groups_bad.py``.
"""


def report(folder: Path) -> str:
    """What ``lab policy check`` says of a folder."""
    try:
        return render(examples.problems(rules.read(folder)))
    except DataFileError as error:
        return render(error.problems)


def lay_out(case: str, folder: Path) -> None:
    """The base policy with one mistake."""
    shutil.copytree(FOLDER / "base", folder, dirs_exist_ok=True)
    shutil.copytree(FOLDER / case, folder, dirs_exist_ok=True)
    gone = folder / "remove.txt"
    for name in gone.read_text("utf-8").split() if gone.exists() else ():
        (folder / name).unlink()


@pytest.mark.parametrize("case", CASES)
def test_a_bad_policy_gets_its_approved_report(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report names the file, the place, what is wrong and how to mend it."""
    lay_out(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(recognizers, "names", lambda: ("cccd", "pattern"))
    assert report(Path()) == (FOLDER / f"{case}.txt").read_text("utf-8")


def test_the_base_policy_is_fine() -> None:
    """The base has no mistake of its own."""
    assert list(examples.problems(rules.read(FOLDER / "base"))) == []


def test_each_kind_of_problem_has_a_bad_policy() -> None:
    """No sentence about a mistake is without its bad folder."""
    prefix = "policy.problem."
    kinds = {key.removeprefix(prefix) for key in area("policy", "vi") if prefix in key}
    assert kinds - NO_FILE <= set(CASES)
