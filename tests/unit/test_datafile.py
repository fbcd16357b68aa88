"""Data files: what is read, how it is read, and what a report looks like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from lab import datafile
from lab.datafile import loads, render
from lab.datafile.tree import compose_fast
from lab.errors import DataFileError, Problem
from lab.settings import ROOT


class Words(BaseModel):
    """Any words, by name."""

    model_config = ConfigDict(extra="forbid")

    words: dict[str, str]


class Day(BaseModel):
    """A day and a number."""

    day: dt.date
    share: float = 0.5


class Flat(BaseModel):
    """One word."""

    model_config = ConfigDict(extra="forbid")

    word: str


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("0950000123", "0950000123"),
        ("012", "012"),
        ("1:30", "1:30"),
        ("2026-03-01", "2026-03-01"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("=", "="),
        ('"null"', "null"),
        ("5.400.000", "5.400.000"),
        ("TUYỆT MẬT", "TUYỆT MẬT"),
    ],
)
def test_plain_words_stay_words(written: str, read: str) -> None:
    """Nothing that people write becomes a truth value, a date or another number by surprise."""
    assert loads(f"words:\n  a: {written}\n", "x", Words).words == {"a": read}


def test_a_date_field_reads_a_plain_date() -> None:
    """A day is written as year-month-day, a share with a point."""
    assert loads("day: 2026-03-01\nshare: 1\n", "x", Day).day == dt.date(2026, 3, 1)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    """A file saved by Notepad reads like any other, and decomposed accents are composed."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b'\xef\xbb\xbfword: "cha\xcc\x80o"\r\n')
    assert datafile.load(path, Flat).word == "chào"


def test_a_big_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    """A file over the limit is refused, without a line of it."""
    path = tmp_path / "a.yaml"
    path.write_text("word: " + "a" * datafile.MAX_BYTES, "utf-8")
    with pytest.raises(DataFileError) as caught:
        datafile.load(path, Flat)
    assert [each.source for each in caught.value.problems] == [""]


def test_a_missing_file_is_a_problem_of_that_file(tmp_path: Path) -> None:
    """A file that is not there is told like any other problem."""
    with pytest.raises(DataFileError) as caught:
        datafile.load(tmp_path / "a.yaml", Flat)
    assert caught.value.problems[0].file.endswith("a.yaml")
    assert caught.value.problems[0].line == 0


def test_an_alias_cannot_blow_up() -> None:
    """Aliases are refused, so that a small file cannot become a big one."""
    text = "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nword: x\n"
    with pytest.raises(DataFileError):
        loads(text, "x", Flat)


def test_front_matter_counts_lines_of_its_file() -> None:
    """Problems in a piece of a file carry the lines of the file."""
    with pytest.raises(DataFileError) as caught:
        loads("word: a\nwrod: b\n", "x.md", Flat, first_line=2)
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (3, 1)


def test_the_caret_stands_under_the_column_in_a_long_line() -> None:
    """A long line is cut around the caret, which still points at the same character."""
    source = "x" * 150 + "!" + "y" * 150
    shown = render([Problem("f", 7, 151, "m", "h", source)]).splitlines()
    assert shown[1][shown[2].index("^")] == "!"
    assert len(shown[1]) < 120


def test_the_caret_counts_a_combined_accent_as_one_place() -> None:
    """Marks that stand on a letter take no room of their own."""
    source = "a\u0300b!"
    shown = render([Problem("f", 1, 4, "m", "", source)]).splitlines()
    assert shown[2].index("^") - shown[2].index("|") - 2 == 2


def test_point_finds_an_entry() -> None:
    """A later check can point at an entry of a well-formed file."""
    found = datafile.point("a:\n  - b: 1\n    c: 2\n", "f", ("a", 0, "c"), "m")
    assert (found.line, found.column, found.source) == (3, 8, "    c: 2")


PRINTED = st.text(st.characters(codec="utf-8", exclude_categories=["C"]))


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text("abcđê", min_size=1), PRINTED, min_size=1))
def test_what_another_writer_wrote_is_read_back(words: dict[str, str]) -> None:
    """Any words that a YAML writer quotes come back as they were."""
    stream = StringIO()
    yaml = YAML()
    yaml.default_style = '"'
    yaml.dump({"words": words}, stream)
    assert loads(stream.getvalue(), "x", Words).words == words


def outcome(text: str) -> str:
    """The word that is read, or the report."""
    try:
        return loads(text, "x", Flat).word
    except DataFileError as error:
        return render(error.problems) or "nothing was told"


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200))
def test_no_text_escapes_as_another_error(text: str) -> None:
    """Whatever a file holds, the answer is an object or a report that can be drawn."""
    assert outcome(text) != "nothing was told"


def _plain(node: Node) -> object:
    """A node's tags, values and, of what is not empty, where it begins."""
    inside: object = node.value
    if isinstance(node, MappingNode):
        inside = [(_plain(key), _plain(value)) for key, value in node.value]
    elif isinstance(node, SequenceNode):
        inside = [_plain(each) for each in node.value]
    return str(node.tag), inside, (node.start_mark.line, node.start_mark.column) if inside else ()


def test_the_quick_parser_reads_our_files_as_the_one_of_yaml_1_2_does() -> None:
    """Every data file that is shipped says the same to libyaml and to YAML 1.2, or to 1.2 only."""
    quick = 0
    for path in sorted((ROOT / "policies").rglob("*.yaml")) + sorted(
        (ROOT / "exercises").rglob("exercise.yaml")
    ):
        text = path.read_text("utf-8")
        fast = compose_fast(text)
        quick += fast is not None
        if fast is not None:
            assert _plain(fast) == _plain(YAML(typ="safe", pure=True).compose(text)), path
    assert quick > 10


@settings(max_examples=300)
@given(st.text(st.sampled_from("ab:,-&*!#'\"{}[]|>?% \n\t~0"), max_size=24))
def test_the_quick_parser_never_reads_what_yaml_1_2_reads_otherwise(text: str) -> None:
    """Where both read a text, they read the same, its anchors and tags included."""
    fast = compose_fast(text)
    if not isinstance(fast, MappingNode):
        return
    try:
        slow = YAML(typ="safe", pure=True).compose(text)
    except YAMLError:
        slow = None
    assert slow is not None
    assert _plain(fast) == _plain(slow)
    assert not [each for each in _every(slow) if each.anchor is not None]


def _every(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _every(key)
            yield from _every(value)
    elif isinstance(node, SequenceNode):
        for each in node.value:
            yield from _every(each)
