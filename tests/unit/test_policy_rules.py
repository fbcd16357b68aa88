"""The shape of ``policies/``: what is wrong is named with file and line, and nothing runs on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from policysupport import a_rule

from lab.errors import DataFileError, PolicyError, Problem
from lab.model import Action, Mode
from lab.policy import recognizers, rules
from lab.policy.clear import Policy

FILE = "sources:\n  quy-che: {title: {vi: Quy chế, en: Rules}, date: 2026-11-01}\n"
RULE = """rules:
  - id: project
    entity: PROJECT
    recognizer: pattern
    tier: T3
    mode: mask
    title: {vi: Mã dự án, en: Project code}
    why: {vi: Một câu., en: A sentence.}
    advice: {vi: Một câu., en: A sentence.}
    source: quy-che, Điều 1
    patterns: [{name: code, form: "DA-####"}]
    examples: {catch: ["mã ⟦DA-2026⟧"], pass: ["mã số"]}
"""


def folder(tmp_path: Path, rule: str | None = RULE, file: str = FILE) -> Path:
    """A policy folder with one file of rules."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "lists").mkdir()
    (tmp_path / "policy.yaml").write_text(file, "utf-8")
    if rule is not None:
        (tmp_path / "rules/own.yaml").write_text(rule, "utf-8")
    return tmp_path


def problems(path: Path) -> tuple[Problem, ...]:
    """What is wrong with a folder; the policy refuses to load as well."""
    with pytest.raises(DataFileError) as caught:
        rules.read(path)
    with pytest.raises(DataFileError):
        Policy.load(path, workers=0)
    return caught.value.problems


def test_a_good_folder_reads(tmp_path: Path) -> None:
    """Rules, sources and defaults are read; the placeholder defaults to the title in capitals."""
    data = rules.read(folder(tmp_path))
    (rule,) = data.rules
    assert rule.placeholder == "MÃ DỰ ÁN"
    assert rule.action is Action.MASK
    assert data.files == {"project": tmp_path / "rules/own.yaml"}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("    mode: mask\n", "    mode: mask\n    mode: block\n", 7),
        ("    mode: mask\n", "    mode: hide\n", 6),
        ("    mode: mask\n", "    mod: mask\n", 6),
        ("recognizer: pattern", "recognizer: magic", 4),
        ("source: quy-che, Điều 1", "source: luat-0", 10),
        ('form: "DA-####"', 'form: "DA", words: [x]', 11),
        ("    patterns:", "    lists: {codes: none.txt}\n    patterns:", 11),
        ("    patterns:", "    lists: {codes: ../policy.yaml}\n    patterns:", 11),
        ("id: project", "id: Dự án", 2),
        (', pass: ["mã số"]', "", 12),
        ("tier: T3", "tier: T9", 5),
        ("    title:", "\ttitle:", 7),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int) -> None:
    """A double key, a mistyped key or value, an unknown recognizer, source or list, broken YAML:
    the file is refused, with the line of the mistake.
    """
    assert old in RULE
    found = problems(folder(tmp_path, RULE.replace(old, new)))
    assert line in {problem.line for problem in found}
    assert all(problem.file.endswith("own.yaml") and problem.message for problem in found)


def test_an_id_used_twice_is_named(tmp_path: Path) -> None:
    """Two rules with one id, even in two files, are refused."""
    path = folder(tmp_path)
    (path / "rules/second.yaml").write_text(RULE, "utf-8")
    (problem,) = problems(path)
    assert problem.file.endswith("second.yaml")
    assert problem.line == 2
    assert "own.yaml" in problem.message


@pytest.mark.parametrize("rule", [None, "rules: []\n", "", "rules:\n"])
def test_a_policy_without_rules_is_refused(tmp_path: Path, rule: str | None) -> None:
    """No file, an empty file or an empty list of rules: there is nothing to run on."""
    assert problems(folder(tmp_path, rule))


def test_every_broken_file_is_reported_at_once(tmp_path: Path) -> None:
    """Problems of all files come together, so that an officer mends them in one go."""
    path = folder(tmp_path, RULE.replace("tier: T3", "tier: T9"), file="sources: 1\n")
    names = {Path(problem.file).name for problem in problems(path)}
    assert names == {"policy.yaml", "own.yaml"}


def test_marks_say_what_must_be_found() -> None:
    """The marks of an example become offsets in the example without them."""
    example = "gửi ⟦bà A⟧, ⟦số 5⟧ nhé"
    text = rules.plain_example(example)
    assert text == "gửi bà A, số 5 nhé"
    assert [text[a:b] for a, b in rules.marked_spans(example)] == ["bà A", "số 5"]


def test_lists_have_comments_and_no_doubles(tmp_path: Path) -> None:
    """``#`` begins a comment at the start of a line or after a space; order is kept."""
    path = tmp_path / "words.txt"
    path.write_text("# đầu\nHồ  # họ\n\nC#\nHồ\nLê\n", "utf-8")
    assert rules.read_list(path) == ("Hồ", "C#", "Lê")


def test_a_list_that_a_rule_does_not_name_is_an_error() -> None:
    """A recognizer that asks for a missing list gets a ``PolicyError``, not an empty list."""
    with pytest.raises(PolicyError):
        a_rule().words("surnames")


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.SHADOW])
def test_rules_that_only_watch_ask_for_nothing(mode: Mode) -> None:
    """A rule that is off or in shadow has the action allow."""
    assert a_rule(mode=mode).action is Action.ALLOW


def test_every_recognizer_is_what_its_file_says() -> None:
    """Each module that a rule may name exports a recognizer of that very name."""
    assert "pattern" in recognizers.names()
    for name in recognizers.names():
        assert recognizers.recognizer(name).name == name


@pytest.mark.parametrize("name", ["base", "_words", "os", "none", "../clear"])
def test_only_recognizers_can_be_named(name: str) -> None:
    """Helpers, other modules and paths are no recognizers."""
    with pytest.raises(PolicyError):
        recognizers.recognizer(name)


def test_the_digest_follows_every_file(tmp_path: Path) -> None:
    """The version of a draft changes with any of its files, and with nothing else."""
    path = folder(tmp_path)
    before = rules.digest(path)
    (path / "notes.md").write_text("ghi chú", "utf-8")
    assert rules.digest(path) == before
    (path / "lists/new.txt").write_text("a", "utf-8")
    assert rules.digest(path) != before


def test_a_cue_is_shown_as_the_rule_writes_it() -> None:
    """A context word that was found without its accents is told with them; others as they are."""
    rule = a_rule(context=["căn cước", "số điện thoại"])
    cues = rules.Cues()
    assert cues.written(rule, "can cuoc") == "căn cước"
    assert cues.written(rule, "căn cước") == "căn cước"
    assert cues.written(rule, "khong co") == "khong co"
    assert cues.written(rule, None) is None
