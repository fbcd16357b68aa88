"""YAML files that people write by hand → checked objects, or problems that say how to mend them.

A trainer or a security officer is no programmer: every problem names the file, the line and the
column, shows the line with a caret, and says in Vietnamese what to do. All problems of a file are
told at once.

The YAML understood here is a small, surprise-free part of 1.2: UTF-8, one document, no tags, no
anchors. ``no`` and ``on`` are words, dates are words, and what has a leading zero (a phone number)
stays a word. A key that stands twice is refused.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from lab.datafile.explain import explain, telling
from lab.datafile.tree import Source, Tree, compose, problem
from lab.errors import DataFileError, Problem
from lab.words import say

__all__ = ["MAX_BYTES", "WIDTH", "decode", "load", "loads", "point", "read_text", "render"]

M = TypeVar("M", bound=BaseModel)

MAX_BYTES = 1 << 20
"""Longest file read: 1 MiB, far above any exercise or rule file."""
WIDTH = 100
"""Most characters of a line that a report shows, around the caret."""


def load(path: Path, shape: type[M]) -> M:
    """Read one file.

    Raises:
        DataFileError: it cannot be read, is no YAML, or does not have the shape.
    """
    return loads(read_text(path), str(path), shape)


def read_text(path: Path) -> str:
    """The text of a data file, as :func:`decode` reads it.

    Raises:
        DataFileError: it cannot be read, is too big or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataFileError((problem(str(path), "unreadable"),)) from error
    if len(raw) > MAX_BYTES:
        raise DataFileError((problem(str(path), "too_big", limit=MAX_BYTES // 1024),))
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
        raise DataFileError((problem(name, "not_utf8", line, column, source=shown),)) from None
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def loads(text: str, name: str, shape: type[M], *, first_line: int = 1) -> M:
    """Read a text; ``name`` is what problems call the file.

    ``first_line`` is the line of the file on which ``text`` begins (front matter of a Markdown
    file begins on its second line).

    Raises:
        DataFileError: with all problems found.
    """
    source = Source(name, text.splitlines(), first_line)
    root = compose(text, source)
    tree = Tree(source)
    values = tree.build(root, ())
    if tree.problems:
        raise DataFileError(tuple(dict.fromkeys(tree.problems)))
    try:
        # Strict: "no" is no truth value and "3" no number; JSON's lists and names are let in.
        return shape.model_validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        problems = dict.fromkeys(explain(each, tree, shape) for each in telling(error, shape))
    raise DataFileError(tuple(sorted(problems, key=lambda each: (each.line, each.column))))


def point(
    text: str, name: str, loc: Sequence[str | int], message: str, help_: str = "", *, line: int = 1
) -> Problem:
    """A problem that stands at an entry of a file which has the right shape.

    ``loc`` is the way to the entry, such as ``("rubric", 0, "check")``; ``line`` as ``first_line``.
    """
    source = Source(name, text.splitlines(), line)
    tree = Tree(source)
    tree.build(compose(text, source), ())
    mark = tree.place(loc)[1].start_mark
    row = source.lines[mark.line]
    return Problem(name, mark.line + line, mark.column + 1, message, help_, row)


def render(problems: Iterable[Problem]) -> str:
    """What commands print: ``file:line:column: message``, the line, a caret, and the help."""
    return "\n\n".join(_render(each) for each in problems) + "\n"


def _render(found: Problem) -> str:
    where = found.file
    if found.line:
        where += f":{found.line}:{found.column}"
    rows = [f"{where}: {found.message}"]
    if found.source and found.line:
        gutter = f"{found.line:>5} | "
        cut = max(0, found.column - WIDTH // 2) if len(found.source) > WIDTH else 0
        lead = found.source[cut : max(found.column - 1, 0)]
        gap = "".join(
            "\t" if char == "\t" else " " for char in lead if not unicodedata.combining(char)
        )
        shown = found.source[cut : cut + WIDTH]
        rows += [f"{gutter}{shown}", f"{' ' * (len(gutter) - 2)}| {gap}^"]
    if found.help:
        rows.append("      = " + say("datafile.help_label") + " " + found.help)
    return "\n".join(rows)
