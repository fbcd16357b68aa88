"""YAML files that people write by hand → checked objects, or problems that say how to mend them.

A trainer or a security officer is no programmer: every problem names the file, the line and the
column, shows the line with a caret, and says in Vietnamese what to do. All problems of a file are
told at once.

The YAML understood here is a small, surprise-free part of 1.2: UTF-8, one document, no tags, no
anchors. ``no`` and ``on`` are words, dates are words, and what has a leading zero (a phone number)
stays a word. A key that stands twice is refused.
"""

from __future__ import annotations

import difflib
import re
import types
import typing
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from lab.errors import DataFileError, Problem
from lab.words import area, say

M = TypeVar("M", bound=BaseModel)

MAX_BYTES = 1 << 20
"""Longest file read: 1 MiB, far above any exercise or rule file."""

WIDTH = 100
"""Most characters of a line that a report shows, around the caret."""

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_TAGS = {"str", "int", "float", "bool", "null", "timestamp", "merge", "value"}
"""What the parser's own reading of a plain scalar may be; any other tag was typed."""
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


def load(path: Path, shape: type[M]) -> M:
    """Read one file.

    Raises:
        DataFileError: it cannot be read, is no YAML, or does not have the shape.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataFileError((_problem(str(path), "too_big", limit=MAX_BYTES // 1024),))
        raw = path.read_bytes()
    except OSError as error:
        raise DataFileError((_problem(str(path), "unreadable"),)) from error
    return loads(decode(raw, str(path)), str(path), shape)


def read_text(path: Path) -> str:
    """The text of a Markdown file of the course, as UTF-8 without a byte order mark.

    Raises:
        DataFileError: it cannot be read, is too big or is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataFileError((_problem(str(path), "unreadable"),)) from error
    if len(raw) > MAX_BYTES:
        raise DataFileError((_problem(str(path), "too_big", limit=MAX_BYTES // 1024),))
    return decode(raw, str(path))


def decode(raw: bytes, name: str) -> str:
    """UTF-8 only, NFC; a byte order mark (Notepad writes one) is dropped.

    Raises:
        DataFileError: it is not UTF-8; the problem points at the first wrong byte.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        source = raw.splitlines()[line - 1 : line]
        shown = source[0].decode("utf-8", "replace") if source else ""
        raise DataFileError((_problem(name, "not_utf8", line, column, source=shown),)) from None
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def loads(text: str, name: str, shape: type[M], *, first_line: int = 1) -> M:
    """Read a text; ``name`` is what problems call the file.

    ``first_line`` is the line of the file on which ``text`` begins (front matter of a Markdown
    file begins on its second line).

    Raises:
        DataFileError: with all problems found.
    """
    source = _Source(name, text.splitlines(), first_line)
    root = _compose(text, source)
    tree = _Tree(source)
    values = tree.build(root, ())
    if tree.problems:
        raise DataFileError(tuple(dict.fromkeys(tree.problems)))
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        problems = dict.fromkeys(_explain(each, tree, shape) for each in _telling(error, shape))
    raise DataFileError(tuple(sorted(problems, key=lambda each: (each.line, each.column))))


def render(problems: Iterable[Problem]) -> str:
    """What commands print: ``file:line:column: message``, the line, a caret, and the help."""
    return "\n\n".join(_render(problem) for problem in problems)


def _render(problem: Problem) -> str:
    where = problem.file
    if problem.line:
        where += f":{problem.line}:{problem.column}"
    rows = [f"{where}: {problem.message}"]
    if problem.source and problem.line:
        gutter = f"{problem.line:>5} | "
        cut = max(0, problem.column - WIDTH // 2) if len(problem.source) > WIDTH else 0
        lead = problem.source[cut : max(problem.column - 1, 0)]
        gap = "".join(
            "\t" if char == "\t" else " " for char in lead if not unicodedata.combining(char)
        )
        shown = problem.source[cut : cut + WIDTH]
        rows += [f"{gutter}{shown}", f"{' ' * (len(gutter) - 2)}| {gap}^"]
    if problem.help:
        rows.append("      = " + say("datafile.help_label") + " " + problem.help)
    return "\n".join(rows)


def _problem(
    name: str, key: str, line: int = 0, column: int = 0, /, *, source: str = "", **gaps: object
) -> Problem:
    return Problem(
        file=name,
        line=line,
        column=column,
        message=say(f"datafile.problem.{key}", "vi", **gaps),
        help=say(f"datafile.help.{key}", "vi", **gaps),
        source=source,
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """The text that problems point into."""

    name: str
    lines: Sequence[str]
    first: int

    def problem(self, key: str, line: int, column: int, /, **gaps: object) -> Problem:
        """``line`` and ``column`` count from 0, as the parser's marks do."""
        line = max(0, min(line, len(self.lines) - 1))
        text = self.lines[line] if self.lines else ""
        return _problem(
            self.name, key, line + self.first, min(column, len(text)) + 1, source=text, **gaps
        )

    def at(self, key: str, node: Node, /, **gaps: object) -> Problem:
        return self.problem(key, node.start_mark.line, node.start_mark.column, **gaps)


def _compose(text: str, source: _Source) -> Node:
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except ReaderError as error:
        before = text[: error.position]
        found = source.problem("control", before.count("\n"), len(before) - before.rfind("\n") - 1)
        raise DataFileError((found,)) from None
    except MarkedYAMLError as error:
        raise DataFileError((_syntax(error, source),)) from None
    except RecursionError:
        raise DataFileError((source.problem("too_deep", 0, 0),)) from None
    except YAMLError:
        raise DataFileError((source.problem("syntax", 0, 0),)) from None
    if not isinstance(root, MappingNode):
        raise DataFileError((source.problem("not_mapping", 0, 0),))
    return root


_SYNTAX = (
    ("single document", "documents"),
    ("mapping values are not allowed", "colon"),
    ("cannot start any token", "start"),
    ("end of stream", "unclosed"),
    ("expected ',' or", "unclosed"),
    ("could not find expected ':'", "no_colon"),
    ("<block end>", "indent"),
    ("alias", "anchor"),
    ("anchor", "anchor"),
)
"""Words of the parser's own message -> the sentence that people read."""


def _syntax(error: MarkedYAMLError, source: _Source) -> Problem:
    said = f"{error.problem} {error.context}"
    key = next((key for words, key in _SYNTAX if words in said), "syntax")
    mark = error.context_mark if key == "unclosed" and error.context_mark else error.problem_mark
    if mark is None:
        mark = error.context_mark
    if mark is None:
        return source.problem(key, 0, 0)
    line = source.lines[mark.line] if mark.line < len(source.lines) else ""
    if "\t" in line[: mark.column + 1]:
        return source.problem("tab", mark.line, line.index("\t"))
    if key == "colon" and mark.line and line[: mark.column].strip().isidentifier():
        return source.problem("no_colon", mark.line - 1, 0)
    return source.problem(key, mark.line, mark.column)


Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class _Tree:
    """Plain values built from the parser's nodes, and where each stands."""

    source: _Source
    keys: dict[Path_, Node] = field(default_factory=dict)
    nodes: dict[Path_, Node] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def build(self, node: Node, path: Path_) -> Any:
        """The value of a node; what must not be is noted in ``problems``."""
        self.nodes[path] = node
        if node.anchor is not None:
            self.problems.append(self.source.at("anchor", node))
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(each, (*path, nth)) for nth, each in enumerate(node.value)]
        return self._scalar(typing.cast("ScalarNode", node))

    def _mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if not isinstance(key, str) or not key or key == "<<":
                self.problems.append(self.source.at("key", key_node))
            elif key in values:
                first = self.keys[*path, key].start_mark.line + self.source.first
                self.problems.append(self.source.at("twice", key_node, entry=key, first=first))
            else:
                self.keys[*path, key] = key_node
                values[key] = self.build(value_node, (*path, key))
        return values

    def _scalar(self, node: ScalarNode) -> Any:
        if str(node.tag).removeprefix("tag:yaml.org,2002:") not in _TAGS:
            self.problems.append(self.source.at("tag", node))
            return None
        text: str = node.value
        if node.style in {"'", '"', "|", ">"}:
            return text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def place(self, loc: Sequence[str | int]) -> tuple[Path_, Node]:
        """The deepest node on the way to ``loc``: its key where the key itself is asked for."""
        path: Path_ = ()
        for step in loc:
            if (*path, step) in self.nodes:
                path = (*path, step)
        return path, self.nodes[path]


_KINDS = {
    "string_type": "want_text",
    "int_type": "want_whole",
    "int_parsing": "want_whole",
    "int_from_float": "want_whole",
    "float_type": "want_number",
    "float_parsing": "want_number",
    "bool_type": "want_bool",
    "bool_parsing": "want_bool",
    "list_type": "want_list",
    "tuple_type": "want_list",
    "dict_type": "want_mapping",
    "mapping_type": "want_mapping",
    "model_type": "want_mapping",
    "model_attributes_type": "want_mapping",
    "enum": "want_one_of",
    "literal_error": "want_one_of",
    "date_from_datetime_parsing": "want_date",
    "date_type": "want_date",
    "date_parsing": "want_date",
    "string_too_short": "empty",
    "too_short": "too_few",
    "too_long": "too_many",
    "string_too_long": "too_long",
    "string_pattern_mismatch": "pattern",
    "greater_than": "range",
    "greater_than_equal": "range",
    "less_than": "range",
    "less_than_equal": "range",
}
"""pydantic's type of error -> the sentence that people read."""

_LIMITS = ("gt", "ge", "lt", "le", "min_length", "max_length")


def _telling(error: ValidationError, shape: type[BaseModel]) -> Iterator[ErrorDetails]:
    """The errors without those that only follow from another one."""
    errors = error.errors(include_url=False)
    meant = {
        (*each["loc"][:-1], _close(shape, each["loc"])): None
        for each in errors
        if each["type"] == "extra_forbidden"
    }
    for each in errors:
        depth = len(each["loc"])
        inner = (other["loc"] for other in errors if len(other["loc"]) > depth)
        below = any(loc[:depth] == each["loc"] for loc in inner)
        mistyped = each["type"] == "missing" and each["loc"] in meant
        if not mistyped and not (below and each["type"] == "too_short"):
            yield each


def _close(shape: type[BaseModel], loc: Sequence[str | int]) -> str:
    """The known key that a mistyped one is close to, or an empty word."""
    found = difflib.get_close_matches(str(loc[-1]), sorted(_fields(shape, loc[:-1])), 1, 0.6)
    return found[0] if found else ""


def _explain(error: ErrorDetails, tree: _Tree, shape: type[BaseModel]) -> Problem:
    loc, kind, context = error["loc"], error["type"], error.get("ctx", {})
    last = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        close = _close(shape, loc)
        known = ", ".join(sorted(_fields(shape, loc[:-1])))
        place = tree.keys.get(loc) or tree.place(loc)[1]
        named = "unknown_key_close" if close else "unknown_key"
        return tree.source.at(named, place, entry=last, close=close, known=known)
    path, node = tree.place(loc)
    if kind == "missing":
        return tree.source.at("missing", tree.keys.get(path, node), entry=last)
    own = next((str(step) for step in reversed(path) if isinstance(step, str)), last)
    if kind in {"value_error", "assertion_error"}:
        return tree.source.at("value", node, said=str(context.get("error", "")))
    key = _KINDS.get(kind, "wrong")
    if isinstance(node, ScalarNode) and key == "want_text" and not node.style and node.value:
        key = "want_quotes"
    limit = next((context[name] for name in _LIMITS if name in context), "")
    given = node.value if isinstance(node, ScalarNode) else ""
    choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    pattern = str(context.get("pattern", ""))
    return tree.source.at(
        key, node, entry=own, given=given, limit=limit, choices=choices, pattern=pattern
    )


def _fields(shape: type[BaseModel], loc: Sequence[str | int]) -> set[str]:
    """The keys that may stand in the mapping at ``loc``."""
    models: set[type[BaseModel]] = {shape}
    for step in loc:
        if not isinstance(step, str):
            continue
        below: set[type[BaseModel]] = set()
        for model in models:
            for name, info in model.model_fields.items():
                if step in {name, info.alias}:
                    below.update(_models(info.annotation))
        models = below or models
    return {info.alias or name for model in models for name, info in model.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation such as ``tuple[Rule, ...] | None`` speaks of."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for part in typing.get_args(annotation):
        yield from _models(part)


def sentences() -> frozenset[str]:
    """The keys of all kinds of problem, for the test that wants a bad file for each."""
    prefix = "datafile.problem."
    return frozenset(key.removeprefix(prefix) for key in area("datafile", "vi") if prefix in key)
