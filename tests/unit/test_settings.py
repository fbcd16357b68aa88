"""Settings: each has a sentence, and the documentation lists them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab.settings import Settings

ROOT = Path(__file__).parents[2]


def test_every_setting_has_a_sentence() -> None:
    """Each field says in one sentence what it is."""
    assert [
        n for n, f in Settings.model_fields.items() if not (f.description or "").endswith(".")
    ] == []


def test_the_documentation_lists_every_setting_and_no_other() -> None:
    """docs/settings.md has exactly the variables that exist, with the sentence of each."""
    text = (ROOT / "docs/settings.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `(LAB_[A-Z0-9_]+)`", text, re.MULTILINE))
    assert listed == {f"LAB_{name.upper()}" for name in Settings.model_fields}
    for field in Settings.model_fields.values():
        assert field.description in text


def test_keys_are_kept_apart_from_the_data(tmp_path: Path) -> None:
    """The keys' folder is not inside the data folder unless somebody says so."""
    settings = Settings(home=tmp_path / "data")
    assert not settings.keys_dir.is_relative_to(settings.home)


def test_the_environment_sets_each_field(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable LAB_… reaches its field."""
    monkeypatch.setenv("LAB_PORT", "8123")
    monkeypatch.setenv("LAB_ASSISTANT", "recorded")
    settings = Settings()
    assert (settings.port, settings.assistant) == (8123, "recorded")


def test_a_key_is_not_shown() -> None:
    """The endpoint's key does not appear in what prints the settings."""
    assert "geheim" not in repr(Settings(openai_api_key="geheim"))
