"""Checks of how a text is laid out: tables, headings, the label, the form of a document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from lab.course.forms import Element, Form, fill
from lab.course.rubric import Column, FormLine, HeadingsLine, LabelLine, TableLine
from lab.model import Language
from lab.policy.text import fold
from lab.scoring.case import Case, Subject
from lab.scoring.result import FULL, Result, listed, stands
from lab.scoring.words import Reading, bare

EDGE = 4
"""The label stands within so many lines of the top or the end."""
TOP = 16
"""So many lines at most are the head of a document."""
HEADING = 16
"""A heading has no more words."""
CELL = 2
"""The first cell of a row says so many words."""
TOLERATED = 0.25
"""Share of the elements of a form that may be wrong for one point."""
_DRESS = re.compile(r"^[\s>#*_|`~-]+|[\s*_|`~]+$")
_RULE = re.compile(r"^[\s|:\-–—+]+$")
_MOVED = str.maketrans(
    dict(zip("àáảãạèéẻẽẹỳýỷỹỵ", "aaaaaeeeeeyyyyy", strict=True))
    | dict(zip("ÀÁẢÃẠÈÉẺẼẸỲÝỶỸỴ", "AAAAAEEEEEYYYYY", strict=True))
)
_LATE_TONE = re.compile(r"(?<![qQ])([oOuU])([àáảãạèéẻẽẹỳýỷỹỵÀÁẢÃẠÈÉẺẼẸỲÝỶỸỴ])")


def toned(text: str) -> str:
    """With the tone mark where both ways of writing agree (``Uỷ``, ``Ủy``), case kept."""

    def moved(match: re.Match[str]) -> str:
        vowel, toned_one = match.groups()
        if (vowel in "uU") != (fold(toned_one) == "y"):
            return match.group()
        mark = unicodedata.normalize("NFD", toned_one)[1]
        return unicodedata.normalize("NFC", vowel + mark) + toned_one.translate(_MOVED)

    return _LATE_TONE.sub(moved, unicodedata.normalize("NFC", text))


def lines_of(text: str) -> list[str]:
    """The lines that say something; cells of a layout table are lines of their own."""
    found: list[str] = []
    for line in toned(text).replace("\u00a0", " ").split("\n"):
        for cell in re.split(r"\||\t|<br\s*/?>", line):
            bared = _DRESS.sub("", cell)
            if bared:
                found.append(bared)
    return found


# --- tables ---------------------------------------------------------------------------------------


def table(case: Case, subject: Subject, line: TableLine) -> Result:
    """A table with the wanted columns and enough filled rows."""
    best = -1
    for block in _tables(subject.whole):
        for nth, head in enumerate(block):
            places = _columns(head, line.columns)
            if places is not None:
                best = max(best, _filled(case, block[nth + 1 :], places, line))
                break
    names = listed(column.title.read(case.language) for column in line.columns)
    gaps = {"columns": names, "count": max(best, 0), "least": line.least}
    if best < 0:
        return Result(0, "none", gaps=gaps)
    if best >= line.least:
        return Result(FULL, "good", gaps=gaps)
    return Result(int(best * 2 >= line.least), "few", gaps=gaps)


def _tables(text: str) -> list[list[list[str]]]:
    """Tables as rows of cells: Markdown, or columns set apart by tabs."""
    blocks: list[list[list[str]]] = [[]]
    for line in text.split("\n"):
        mark = "|" if "|" in line else "\t"
        cells = [cell.strip(" *_`") for cell in line.strip().strip(mark).split(mark)]
        if mark not in line or len(cells) < 2:  # noqa: PLR2004 - one column is no table
            blocks.append([])
        elif not _RULE.match(line):
            blocks[-1].append(cells)
    return [block for block in blocks if block]


def _columns(head: Sequence[str], wanted: Sequence[Column]) -> list[int] | None:
    """Where the wanted columns stand; None where one is missing."""
    places: list[int] = []
    for column in wanted:
        ways = column.any_of
        at = [
            nth
            for nth, cell in enumerate(head)
            if nth not in places and any(stands(way, cell) for way in ways)
        ]
        if not at:
            return None
        places.append(at[0])
    return places


def _filled(
    case: Case, rows: Sequence[Sequence[str]], places: Sequence[int], line: TableLine
) -> int:
    """How many different rows say something in each wanted column."""
    seen: set[str] = set()
    for row in rows:
        cells = [row[place] if place < len(row) else "" for place in places]
        if not all(_says(case, cell, gaps=line.gaps) for cell in cells):
            continue
        first = bare(cells[0])
        if len(first.split()) >= CELL and _says(case, cells[0], gaps=False):
            seen.add(first)
    return len(seen)


def _says(case: Case, cell: str, *, gaps: bool) -> bool:
    """Whether a cell says something; ``gaps``: that something is missing counts."""
    missing = any(stands(way, cell) for way in case.exercise.lexicon.missing)
    return gaps if missing else bool(bare(cell))


# --- headings and label ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a text, and which of the wanted headings it is."""

    text: str
    wanted: frozenset[int]


def headings(case: Case, subject: Subject, line: HeadingsLine) -> Result:
    """Headings on the wanted things, each with something under it."""
    rows = [_Row(text, _which(text, line.headings)) for text in subject.whole.split("\n")]
    under = [0] * len(line.headings)
    current: frozenset[int] = frozenset()
    for row in rows:
        current = row.wanted or current
        extra = row.text.partition(":")[2] if row.wanted else row.text
        for nth in current:
            under[nth] += len(Reading(extra).tokens)
    gone = [
        heading.title.read(case.language)
        for heading, count in zip(line.headings, under, strict=True)
        if count < line.words
    ]
    gaps = {"count": len(line.headings), "headings": listed(gone)}
    if not gone:
        return Result(FULL, "good", gaps=gaps)
    return Result(int(len(gone) * 2 <= len(under) and len(under) > 1), "missing", gaps=gaps)


def _which(text: str, wanted: Sequence[Column]) -> frozenset[int]:
    """The wanted headings that a line is; none where it is no heading."""
    title = text.partition(":")[0] if ":" in text else text
    stripped = _DRESS.sub("", title)
    marked = bool(
        re.match(r"^\s*(?:#|\*\*|[IVX]{1,4}\s*[-–.)]|\d{1,2}[.)]|[-*•+]\s+\*\*)", text)
        or ":" in text
        or (stripped.isupper() and stripped)
    )
    if not marked or len(stripped.split()) > HEADING:
        return frozenset()
    found = (
        nth
        for nth, heading in enumerate(wanted)
        if any(stands(way, stripped) for way in heading.any_of)
    )
    return frozenset(found)


def label(case: Case, subject: Subject, line: LabelLine) -> Result:  # noqa: ARG001
    """The label "drafted with the help of AI" stands at the top or the end."""
    rows = lines_of(subject.whole)
    words = (case.exercise.ai_label.vi, case.exercise.ai_label.en)
    at = [nth for nth, row in enumerate(rows) if any(stands(each, row) for each in words)]
    gaps = {"label": case.exercise.ai_label.vi}
    if not at:
        return Result(0, "missing", gaps=gaps)
    if min(at) < EDGE or max(at) >= len(rows) - EDGE:
        return Result(FULL, "good", gaps=gaps)
    return Result(1, "hidden", gaps=gaps)


# --- the form of a document -----------------------------------------------------------------------


def form(case: Case, subject: Subject, line: FormLine) -> Result:
    """The form of a Party or a State document, by the profile in force."""
    found = case.exercise.forms[line.family]
    wanted = [
        element
        for element in found.elements
        if element.applies(line.type) and (not line.elements or element.id in line.elements)
    ]
    parts = _parts(subject.whole, found)
    wrong = [each for each in wanted if not _fulfilled(each, parts, found, line)]
    sure = [each for each in wrong if each.sure]
    shown = _told(sure or wrong, case.language)
    gaps = {"elements": shown, "count": len(wanted), "source": found.title.read(case.language)}
    if sure:
        near = len(sure) <= TOLERATED * len(wanted)
        return Result(int(near), "wrong", gaps=gaps)
    return Result(FULL, "unsure" if wrong else "good", gaps=gaps)


def form_cues(case: Case, line: FormLine) -> list[str]:
    """The words of a form by themselves: they say nothing."""
    found = case.exercise.forms[line.family]
    texts = [element.wanted.vi for element in found.elements]
    return [*texts, *found.types.values(), *found.end_marks, *found.types]


def _told(elements: Sequence[Element], language: Language) -> str:
    return listed(element.wanted.read(language) for element in elements)


def _parts(text: str, found: Form) -> dict[str, list[str]]:
    """The lines of each place of a document."""
    rows = lines_of(text)
    marks = tuple(toned(mark) for mark in found.end_marks)
    ends = [nth for nth, row in enumerate(rows) if row.startswith(marks)]
    late = [nth for nth in ends if nth > len(rows) // 3]
    stop = late[0] if late else len(rows)
    body = rows[:stop]
    return {
        "any": rows,
        "top": body[:TOP],
        "body": body,
        "last": body[-1:],
        "end": rows[stop:],
    }


def _fulfilled(element: Element, parts: dict[str, list[str]], found: Form, line: FormLine) -> bool:
    """Whether a document has what an element asks for, or lacks what it forbids."""
    name = found.types.get(line.type, "")
    shape = re.compile(toned(fill(element.pattern, line.type, line.organ, name)))
    there = any(shape.search(row) for row in parts[element.where])
    return there != element.forbidden
