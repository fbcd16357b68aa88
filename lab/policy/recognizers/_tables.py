"""Tables in a text: which cells stand below which heads.

A table is a row of heads and the rows right below it, parted by bars, tabs, semicolons or commas.
It counts as one of people where a head says that names stand below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_DELIMITERS = "|\t;,"
_NAMES = re.compile(
    r"(?:ho (?:va |, )?)?(?:ten|chu dem ten)(?: .*)?|hoten|ho ten.*|chu ho|nguoi .*|name|full ?name"
    r"|hoc sinh|can bo|khach hang|dai bieu|benh nhan|cong dan|thanh vien|hoi vien|dang vien"
    r"|chong|vo|cha|me"
)
_NOT_NAMES = re.compile(
    r"ten (?:xa|thon|xom|ban|don vi|chi tieu|co quan|hang|cay|du an|tep|file).*"
)
_BREAKS = re.compile(r"[_\s*\"']+")

Cell = tuple[int, int]


def _cells(line: str, at: int, delimiter: str) -> list[Cell]:
    """Where the cells of a line stand, without the white space and quotes around them."""
    found = []
    for piece in line.split(delimiter):
        inner = piece.strip(" \t\r\"'*")
        start = at + piece.find(inner) if inner else at
        found.append((start, start + len(inner)))
        at += len(piece) + 1
    return found


def _holds_names(head: str) -> bool:
    return _NAMES.fullmatch(head) is not None and _NOT_NAMES.fullmatch(head) is None


def below(folded: str, head: re.Pattern[str]) -> Iterator[Cell]:
    """The cells below a head that matches, in tables of people."""
    if "\n" not in folded:
        return
    at, nth, delimiter = 0, -1, ""
    for line in folded.split("\n"):
        if delimiter and delimiter in line:
            cells = _cells(line, at, delimiter)
            if nth < len(cells) and cells[nth][0] < cells[nth][1]:
                yield cells[nth]
        else:
            delimiter = next((char for char in _DELIMITERS if char in line), "")
            heads = [
                _BREAKS.sub(" ", folded[start:end]).strip()
                for start, end in (_cells(line, at, delimiter) if delimiter else [])
            ]
            columns = [index for index, said in enumerate(heads) if head.fullmatch(said)]
            people = any(
                _NAMES.fullmatch(said) and not _NOT_NAMES.fullmatch(said) for said in heads
            )
            if columns and people:
                nth = columns[0]
            else:
                delimiter = ""
        at += len(line) + 1
