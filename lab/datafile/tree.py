"""A small, surprise-free part of YAML 1.2: plain values, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from lab.errors import DataFileError, Problem
from lab.words import say

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_UNLIKE = re.compile(r"(?:^|[\s\[{,:\-?])[&*!?]|\t|[|>][^\S\n]*#", re.MULTILINE)
"""What may be an anchor, of which libyaml does not tell, or what it reads in another way."""
_TAGS = {"str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq"}
"""What the parser's own reading of a node may be; any other tag was typed."""
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


def problem(
    name: str, key: str, line: int = 0, column: int = 0, /, *, source: str = "", **gaps: object
) -> Problem:
    """A problem whose sentences are ``datafile.problem.<key>`` and ``datafile.help.<key>``."""
    return Problem(
        file=name,
        line=line,
        column=column,
        message=say(f"datafile.problem.{key}", "vi", **gaps),
        help=say(f"datafile.help.{key}", "vi", **gaps),
        source=source,
    )


@dataclass(frozen=True, slots=True)
class Source:
    """The text that problems point into."""

    name: str
    lines: Sequence[str]
    first: int

    def problem(self, key: str, line: int, column: int, /, **gaps: object) -> Problem:
        """``line`` and ``column`` count from 0, as the parser's marks do."""
        line = max(0, min(line, len(self.lines) - 1))
        text = self.lines[line] if self.lines else ""
        return problem(
            self.name, key, line + self.first, min(column, len(text)) + 1, source=text, **gaps
        )

    def at(self, key: str, node: Node, /, **gaps: object) -> Problem:
        """A problem at the start of a node."""
        return self.problem(key, node.start_mark.line, node.start_mark.column, **gaps)


def compose_fast(text: str) -> Node | None:
    """The nodes as libyaml reads them, a dozen times as quick; None leaves the text to the parser
    of YAML 1.2, whose word counts: where libyaml (1.1) objects, and where the two may differ.
    """
    if _UNLIKE.search(text):
        return None
    try:
        return cast("Node | None", YAML(typ="safe").compose(text))
    except (YAMLError, RecursionError):
        return None


def compose(text: str, source: Source) -> Node:
    """The parser's nodes of a text.

    Raises:
        DataFileError: it is no YAML, or no mapping.
    """
    try:
        root = compose_fast(text) or YAML(typ="safe", pure=True).compose(text)
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


def _syntax(error: MarkedYAMLError, source: Source) -> Problem:
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


Loc = tuple[str | int, ...]


@dataclass(slots=True)
class Tree:
    """Plain values built from the parser's nodes, and where each stands."""

    source: Source
    keys: dict[Loc, Node] = field(default_factory=dict)
    nodes: dict[Loc, Node] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def build(self, node: Node, path: Loc) -> Any:
        """The value of a node; what must not be is noted in ``problems``."""
        self.nodes[path] = node
        if node.anchor is not None:
            self.problems.append(self.source.at("anchor", node))
            return None
        if str(node.tag).removeprefix("tag:yaml.org,2002:") not in _TAGS:
            self.problems.append(self.source.at("tag", node))
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(each, (*path, nth)) for nth, each in enumerate(node.value)]
        return self._scalar(cast("ScalarNode", node))

    def _mapping(self, node: MappingNode, path: Loc) -> dict[str, Any]:
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
        text: str = node.value
        if node.style in {"'", '"', "|", ">"}:
            return text
        if text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def place(self, loc: Sequence[str | int]) -> tuple[Loc, Node]:
        """The deepest node on the way to ``loc``: its key where the key itself is asked for."""
        path: Loc = ()
        for step in loc:
            if (*path, step) in self.nodes:
                path = (*path, step)
        return path, self.nodes[path]
