"""A list of people as CSV or XLSX: its rows, and every problem with its line and column.

Vietnamese lists are headed by titles, have their column names in some later row, and may split a
name in two columns. Columns that are not asked for (dates of birth, numbers of papers, phones) are
not read, and nothing of them is kept.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.errors import BadRequest
from lab.log.roster_lists import Entry, RosterProblem

MOST_ROWS = 20_000
MOST_BYTES = 10_000_000
MOST_UNPACKED = 200_000_000
"""Bytes that an XLSX file may unpack to."""
HEAD_ROWS = 20
"""Rows among which the names of the columns must stand."""
LONGEST = {"name": 80, "unit": 120, "ref": 40, "site": 80, "room": 80, "code": 40}
COLUMNS: Mapping[str, frozenset[str]] = {
    "name": frozenset({"ho va ten", "ho ten", "hoc vien", "full name", "name", "ten hoc vien"}),
    "family": frozenset({"ho va ten dem", "ho dem", "ho va dem", "ho", "family name"}),
    "given": frozenset({"ten", "given name"}),
    "unit": frozenset(
        {"don vi", "don vi cong tac", "co quan", "phong ban", "noi cong tac", "unit", "agency"}
    ),
    "ref": frozenset({"ma hoc vien", "ma hv", "ma so", "so bao danh", "sbd", "id", "ref"}),
    "site": frozenset({"diem cau", "dia diem", "xa phuong", "site"}),
    "room": frozenset({"lop", "ten lop", "class"}),
    "code": frozenset({"ma lop", "class code"}),
    "order": frozenset({"stt", "tt", "so tt", "so thu tu", "no"}),
}
"""Field -> the names that its column may have, without accents."""
_SIGNS = re.compile(r"[^a-z ]+")
_BOM = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list as it was read."""

    file: str
    entries: tuple[Entry, ...]
    problems: tuple[RosterProblem, ...]
    columns: Mapping[str, int]
    """Field -> number of its column, from 1."""
    passed_over: tuple[str, ...]
    """Names of columns that were not read."""

    def placed(self, problem: RosterProblem) -> RosterProblem:
        """A problem with the column of its field."""
        column = problem.column or self.columns.get(problem.field, 0)
        return RosterProblem(problem.line, column, problem.field, problem.code, problem.values)


def read(file: str, data: bytes) -> Sheet:
    """The rows of a file; XLSX is known by its content.

    Raises:
        BadRequest: it is no such file, too large, or has no column of names; the code says which.
    """
    if len(data) > MOST_BYTES:
        raise BadRequest("roster_large", limit=MOST_BYTES // 1_000_000)
    rows = list(_workbook(data) if data[:4] == b"PK\x03\x04" else _table(data))
    if len(rows) > MOST_ROWS:
        raise BadRequest("roster_long", limit=MOST_ROWS)
    place, columns, passed_over = _head(rows)
    entries: list[Entry] = []
    problems: list[RosterProblem] = []
    for line, cells in rows[place + 1 :]:
        entry, wrong = _entry(line, cells, columns)
        problems.extend(wrong)
        if entry is not None and not wrong:
            entries.append(entry)
    return Sheet(file, tuple(entries), tuple(problems), columns, passed_over)


Line = tuple[int, list[str]]
"""Number of a line, from 1, and its cells."""


def _table(data: bytes) -> Iterator[Line]:
    """Rows of a CSV file: UTF-8 or UTF-16, with commas, semicolons or tabs."""
    coding = next((name for mark, name in _BOM.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(coding)
    except UnicodeDecodeError:
        raise BadRequest("roster_coding") from None
    if "\0" in text:
        raise BadRequest("roster_kind")
    first = "\n".join(text.splitlines()[:HEAD_ROWS])
    reader = csv.reader(io.StringIO(text), delimiter=max(_DELIMITERS, key=first.count))
    before = 0
    try:
        for cells in reader:
            yield before + 1, [_clean(cell) for cell in cells]
            before = reader.line_num
    except csv.Error:
        raise BadRequest("roster_row", line=before + 1) from None


def _workbook(data: bytes) -> Iterator[Line]:
    """Rows of the first sheet that holds anything. Formulas are read as what they last gave."""
    from openpyxl import load_workbook  # noqa: PLC0415 - slow, and only for such files

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise BadRequest("roster_kind") from None
    if unpacked > MOST_UNPACKED:
        raise BadRequest("roster_large", limit=MOST_BYTES // 1_000_000)
    limits = {"max_row": MOST_ROWS + HEAD_ROWS, "max_col": 64, "values_only": True}
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows = [
                (line, [_clean(_shown(value)) for value in cells])
                for line, cells in enumerate(sheet.iter_rows(**limits), 1)
            ]
            if any(any(cells) for _, cells in rows):
                yield from rows
                return
    except Exception:  # noqa: BLE001 - openpyxl raises all kinds for a broken file
        raise BadRequest("roster_kind") from None


def _shown(value: object) -> str:
    """A cell as people see it: a number of people has no ``.0``."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _clean(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _folded(text: str) -> str:
    """A column's name without accents, signs and case."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(_SIGNS.sub(" ", letters).split())


def _head(rows: Sequence[Line]) -> tuple[int, dict[str, int], tuple[str, ...]]:
    """Where the names of the columns stand, the columns, and those that are not read."""
    for place, (_, cells) in enumerate(rows[:HEAD_ROWS]):
        columns: dict[str, int] = {}
        passed: list[str] = []
        for number, cell in enumerate(cells, 1):
            folded = _folded(cell)
            named = next((name for name, words in COLUMNS.items() if folded in words), None)
            if named is not None and named not in columns:
                columns[named] = number
            elif cell:
                passed.append(cell[:40])
        if "name" in columns or {"family", "given"} <= set(columns):
            return place, columns, tuple(passed)
    raise BadRequest("roster_no_head")


def _entry(
    line: int, cells: Sequence[str], columns: Mapping[str, int]
) -> tuple[Entry | None, list[RosterProblem]]:
    """One row, and what is wrong with it; None for an empty one."""

    def cell(named: str) -> str:
        number = columns.get(named, 0)
        return cells[number - 1] if 0 < number <= len(cells) else ""

    name = cell("name") or " ".join(filter(None, (cell("family"), cell("given"))))
    values = {named: cell(named) for named in ("unit", "ref", "site", "room", "code")}
    if not name and not any(values.values()):
        return None, []
    if "order" in columns and not cell("order"):  # a date or a signature below the table
        return None, [RosterProblem(line, columns["order"], "order", "no_order")]
    named_by = "name" if "name" in columns else "family"
    problems = []
    for named, value in {"name": name, **values}.items():
        wrong = _wrong(named, value)
        if wrong:
            field = named_by if named == "name" else named
            gaps = (("limit", LONGEST[named]),) if wrong == "long" else ()
            problems.append(RosterProblem(line, columns.get(field, 0), named, wrong, gaps))
    return Entry(line, name, **values), problems


def _wrong(named: str, value: str) -> str:
    """The code of what is wrong with a value; empty where nothing is."""
    if len(value) > LONGEST[named]:
        return "long"
    if any(unicodedata.category(sign)[0] == "C" for sign in value):
        return "signs"
    if value.startswith(("=", "+", "@", "-")):
        return "formula"
    if named == "name" and not value:
        return "no_name"
    if named == "name" and (
        any(sign.isdigit() for sign in value) or not any(map(str.isalpha, value))
    ):
        return "not_a_name"
    return ""
