"""The library and the glossary: whole, clean by the policy, and with every term of the house."""

from __future__ import annotations

from pathlib import Path

import pytest
from policysupport import real_policy

from lab.course.base import PARTS
from lab.course.shelf import Shelf
from lab.errors import DataFileError
from lab.model import Action
from lab.settings import ROOT

SHELF = Shelf.load(ROOT / "exercises")
HOUSE = ("câu lệnh", "trợ lý", "che", "dừng", "dấu hiệu", "phiên", "nhật ký", "token", "bí danh")
"""Words of these pages that the house chose: each must be explained."""


async def test_every_pattern_passes_the_policy_untouched() -> None:
    """A pattern that is copied as it stands is neither stopped nor masked."""
    policy = real_policy()
    for pattern in SHELF.patterns:
        for language in ("vi", "en"):
            text = "\n".join(pattern.parts[part].read(language) for part in PARTS)
            decision, _ = await policy.inspect(text)
            assert decision.action is Action.ALLOW, (pattern.id, language, decision.findings)


def test_the_glossary_has_the_words_of_the_house() -> None:
    """Each chosen word is there, with a meaning in both languages."""
    terms = {term.vi: term for term in SHELF.terms}
    assert set(HOUSE) <= set(terms)
    assert all(term.meaning.vi != term.meaning.en for term in SHELF.terms)


def test_a_course_without_books_has_an_empty_shelf(tmp_path: Path) -> None:
    """Neither file is needed."""
    assert Shelf.load(tmp_path) == Shelf()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("library.yaml", "patterns: [{id: a, title: {vi: A, en: A}}]"),
        ("glossary.yaml", "terms: [{vi: a, en: a, meaning: {vi: A, en: B}, see: [b]}]"),
    ],
)
def test_a_mistake_is_told_by_file_and_line(tmp_path: Path, name: str, text: str) -> None:
    """A pattern without its parts and a reference to no term are refused with their place."""
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(DataFileError) as told:
        Shelf.load(tmp_path)
    assert told.value.problems[0].file.endswith(name)
