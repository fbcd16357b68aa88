"""Published versions: written once, signed, and refused where a byte was changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from policysupport import publish, sent

from lab.errors import DataFileError, PolicyError
from lab.keys import Keys
from lab.model import Cleared
from lab.policy import versions
from lab.policy.clear import Policy
from lab.settings import ROOT, Settings

RULE = """
rules:
  - id: project
    entity: PROJECT
    recognizer: pattern
    tier: T3
    mode: mask
    title: {vi: Mã dự án, en: Project code}
    why: {vi: Một câu., en: A sentence.}
    advice: {vi: Một câu., en: A sentence.}
    source: quy-che-lop, Điều 1
    placeholder: MÃ DỰ ÁN
    lists: {codes: codes.txt}
    patterns: [{name: code, form: "DA-####"}]
    examples: {catch: ["mã ⟦DA-2026⟧"], pass: ["mã số"]}
"""
FILE = """
sources:
  quy-che-lop: {title: {vi: Quy chế, en: Rules}, date: 2026-11-01}
"""


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Settings of a lab with a small policy of its own and no published version."""
    folder = tmp_path / "policies"
    (folder / "rules").mkdir(parents=True)
    (folder / "lists").mkdir()
    (folder / "policy.yaml").write_text(FILE, "utf-8")
    (folder / "rules/own.yaml").write_text(RULE, "utf-8")
    (folder / "lists/codes.txt").write_text("# mã\nDA\n", "utf-8")
    return Settings(home=tmp_path / "home", policies=folder)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Keys of this lab."""
    return Keys.load(tmp_path / "keys")


def newest(settings: Settings, keys: Keys) -> Policy:
    """The version with the highest number."""
    return versions.load(settings, versions.published(settings)[-1], keys=keys)


async def test_the_first_version_is_number_one(home: Settings, keys: Keys) -> None:
    """The first version that is written is number 1, and can be read again."""
    assert versions.published(home) == []
    publish(home, keys)
    policy = newest(home, keys)
    policy.close()
    assert policy.version == "v1"
    assert newest(home, keys).version == "v1"
    assert versions.published(home) == [1]
    assert policy.source(policy.rule("project")) == "Quy chế, Điều 1 (01/11/2026)"
    result = await sent(policy, "Mã DA-2026.")
    assert isinstance(result, Cleared)
    assert result.decision.policy == "v1"
    assert len(result.decision.findings[0].trace) == 64


def test_edits_of_the_files_wait_for_the_next_version(home: Settings, keys: Keys) -> None:
    """A published version is a copy: editing ``policies/`` changes nothing by itself."""
    publish(home, keys)
    rules = home.policies / "rules/own.yaml"
    rules.write_text(rules.read_text("utf-8").replace("mode: mask", "mode: block"), "utf-8")
    assert versions.load(home, 1, keys=keys, workers=0).rules[0].mode.value == "mask"
    assert publish(home, keys, by="Cán bộ Mẫu") == 2
    assert newest(home, keys).rules[0].mode.value == "block"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("rules/own.yaml", lambda path: path.write_text(path.read_text("utf-8") + "#", "utf-8")),
        ("lists/codes.txt", Path.unlink),
        ("rules/more.yaml", lambda path: path.write_text(RULE.replace("project", "x"), "utf-8")),
        ("manifest.json", lambda path: path.write_bytes(path.read_bytes() + b" ")),
        ("manifest.json", lambda path: path.with_suffix(".sig").unlink()),
    ],
)
def test_a_changed_version_is_refused(
    home: Settings, keys: Keys, name: str, change: object
) -> None:
    """A file changed, missing or added after publishing: refused, and the file is named."""
    publish(home, keys)
    change(home.home / "policies/v1" / name)  # type: ignore[operator]
    with pytest.raises(PolicyError) as caught:
        newest(home, keys)
    assert caught.value.code == "policy_changed"
    assert caught.value.values == {"version": "v1", "file": name}


def test_another_lab_s_version_is_refused(home: Settings, keys: Keys, tmp_path: Path) -> None:
    """A version signed by other keys is refused."""
    publish(home, Keys.load(tmp_path / "other"))
    with pytest.raises(PolicyError):
        newest(home, keys)


def test_a_broken_policy_is_never_published(home: Settings, keys: Keys) -> None:
    """Files with problems are not published, and leave nothing behind."""
    (home.policies / "rules/own.yaml").write_text(RULE + "    mode: block\n", "utf-8")
    with pytest.raises(DataFileError):
        publish(home, keys)
    assert versions.published(home) == []


def test_an_unknown_version_is_named(home: Settings, keys: Keys) -> None:
    """Asking for a version that does not exist says so."""
    with pytest.raises(PolicyError) as caught:
        versions.load(home, 7, keys=keys)
    assert caught.value.code == "policy_no_version"


def test_the_shipped_policy_can_be_published(tmp_path: Path, keys: Keys) -> None:
    """The policy that ships passes its own self-test and is published whole."""
    home = Settings(home=tmp_path / "home", policies=ROOT / "policies")
    assert publish(home, keys) == 1
    copied = {p.name for p in (tmp_path / "home/policies/v1/lists").iterdir()}
    assert copied == {p.name for p in (ROOT / "policies/lists").glob("*.txt")}
    shutil.rmtree(tmp_path / "home")
