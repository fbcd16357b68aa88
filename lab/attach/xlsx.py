"""Workbooks: the cells as people see them, and sheets, rows and columns that nobody sees."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
from collections.abc import Iterator
from typing import Any

import openpyxl
from openpyxl.utils import column_index_from_string

from lab.attach.limits import Limits
from lab.attach.packages import Package, local
from lab.attach.parts import Kind, Part, Unit
from lab.attach.refused import RefusedFile, broken_unless_told

_PADDED = re.compile(r"[0 .\-\\]*0{2,}[0 .\-\\]*")
"""A format of zeros only: a number that is a code (``000000000000`` for a CCCD)."""
_SHEETS, _STRINGS = "xl/worksheets/", "xl/sharedStrings.xml"
_FORMULAS = frozenset({"f", "formula", "formula1", "formula2", "oddHeader", "oddFooter"})
_COMMENTS = re.compile(r"xl/comments[^/]*\.xml|xl/comments/comment[^/]*\.xml")


class Workbook:
    """Reads one workbook."""

    def __init__(self, data: bytes, package: Package, limits: Limits) -> None:
        """Raises ``RefusedFile``. The archive was checked before: no DTD, no bomb, no macro."""
        self._package = package
        self._limits = limits
        self._shown: set[str] = set()
        self.read = [
            name
            for name in package.names
            if name in {_STRINGS, "xl/workbook.xml", "xl/styles.xml"}
            or name.startswith(_SHEETS)
            or _COMMENTS.fullmatch(name)
        ]
        for name in self.read:
            package.tree(name)  # a part that our parser refuses is not for another one
        with broken_unless_told(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)

    def parts(self) -> Iterator[Part]:
        """What the workbook says. Raises ``RefusedFile``."""
        with broken_unless_told():
            for number, sheet in enumerate(self._book.worksheets, 1):
                yield from self._sheet(sheet, number)
        names = [f"{name}: {each.attr_text}" for name, each in self._book.defined_names.items()]
        if names:
            yield Part(Kind.LINK, "\n".join(names))
        yield from self._formulas()
        yield from self._leftovers()

    def _sheet(self, sheet: Any, number: int) -> Iterator[Part]:
        rows = self._rows(sheet)
        out = {n for n, each in sheet.row_dimensions.items() if each.hidden}
        gone = _hidden_columns(sheet)
        unseen = sheet.sheet_state != "visible"
        shown: list[str] = []
        hidden: list[str] = []
        heading = next(iter(rows.values()), {})
        for row, cells in rows.items():
            kept = {} if row in out else {c: v for c, (v, seen) in cells.items() if seen}
            visible = [value for column, value in kept.items() if column not in gone]
            if visible:
                shown.append(" | ".join(visible))
            if len(visible) < len(cells):
                hidden.append(" | ".join(value for value, _ in cells.values()))
        if unseen:
            shown, hidden = [], [*shown, *hidden]
        seen = Kind.HIDDEN if unseen else Kind.BODY
        yield Part(seen, "\n".join([str(sheet.title), *shown]), Unit.SHEET, number)
        if hidden:
            first = " | ".join(value for value, _ in heading.values())
            text = "\n".join(dict.fromkeys([first, *hidden]))
            yield Part(Kind.HIDDEN, text, Unit.SHEET, number)
        yield from self._comments(sheet, number)
        for kind, margin in ((Kind.HEADER, sheet.oddHeader), (Kind.FOOTER, sheet.oddFooter)):
            texts = [each.text for each in (margin.left, margin.center, margin.right) if each.text]
            if texts:
                yield Part(kind, " ".join(texts), Unit.SHEET, number)

    def _rows(self, sheet: Any) -> dict[int, dict[int, tuple[str, bool]]]:
        """Row -> column -> the value in words, and whether its format shows it."""
        # The cells there are: the sheet's own iterators walk every empty cell up to the last one.
        cells = sheet._cells  # noqa: SLF001
        if len(cells) > self._limits.cells:
            raise RefusedFile("too_long")
        rows: dict[int, dict[int, tuple[str, bool]]] = {}
        for (row, column), cell in sorted(cells.items()):
            value = _shown(cell.value, cell.number_format)
            if value:
                self._shown.add(str(cell.value))
                rows.setdefault(row, {})[column] = (value, cell.number_format != ";;;")
        return rows

    def _comments(self, sheet: Any, number: int) -> Iterator[Part]:
        found = [
            f"{cell.comment.author or ''}: {cell.comment.text}".removeprefix(": ")
            for _, cell in sorted(sheet._cells.items())  # noqa: SLF001 - as above
            if cell.comment is not None
        ]
        if found:
            yield Part(Kind.COMMENT, "\n".join(found), Unit.SHEET, number)

    def _formulas(self) -> Iterator[Part]:
        """Formulas, and lists that a cell is chosen from: they may hold values of their own."""
        found: list[str] = []
        for name in self.read:
            if name.startswith(_SHEETS) and name.endswith(".xml"):
                tree = self._package.tree(name)
                found += [each.text or "" for each in tree.iter() if local(each) in _FORMULAS]
        unique = [each for each in dict.fromkeys(found) if each.strip()]
        if unique:
            yield Part(Kind.REST, "\n".join(unique))

    def _leftovers(self) -> Iterator[Part]:
        """Texts that the file still holds though no cell shows them."""
        if _STRINGS not in self._package.names:
            return
        texts = ("".join(each.itertext()) for each in self._package.tree(_STRINGS))
        left = [text for text in texts if text.strip() and text not in self._shown]
        if left:
            yield Part(Kind.REST, "\n".join(dict.fromkeys(left)))


def _hidden_columns(sheet: Any) -> set[int]:
    """Numbers of hidden columns; one dimension may stand for a run of them."""
    gone: set[int] = set()
    for letter, each in sheet.column_dimensions.items():
        if each.hidden:
            first = each.min or column_index_from_string(letter)
            gone.update(range(first, (each.max or first) + 1))
    return gone


def _shown(value: Any, look: str) -> str:
    """A value as a reader of the sheet sees it."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        clock = "" if value.time() == dt.time() else f" {value:%H:%M}"
        return f"{value:%d/%m/%Y}{clock}"
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and _PADDED.fullmatch(look):
        return str(value).zfill(look.count("0"))
    return str(value).strip()
