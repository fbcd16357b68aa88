"""Checks of a text against its sources: numbers, citations, and what was copied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from lab.course.rubric import CiteLine, NumbersLine, OverlapLine
from lab.course.widgets import TextWidget
from lab.policy.text import fold
from lab.scoring.case import Case, Subject
from lab.scoring.of_texts import sentences_of
from lab.scoring.result import FULL, Result, cues, listed, stands
from lab.scoring.words import Reading, bare, places, runs, taken_from

ROW = 6
"""So many words in a row that also stand in another text were taken from it."""
SAYS = 3
"""Different words that a sentence with a citation must say besides."""
_SCALE = {
    "ty": 10**9,
    "ti": 10**9,
    "trieu": 10**6,
    "nghin": 1000,
    "ngan": 1000,
    "tram": 100,
}
_WORDS = ["một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"]
_UNIT = r"(?:\s*(?P<unit>tỷ|tỉ|triệu|nghìn|ngàn|%|phần trăm|trăm)(?!\w))"
_NUMBER = re.compile(
    r"(?:(?<![\w.,])(?P<digits>\d{1,3}(?:[., ]\d{3})+(?!\d)|\d+(?:[.,]\d{1,2}(?!\d))?)"
    rf"|(?<!\w)(?P<word>{'|'.join(_WORDS)})(?!\w)){_UNIT}?",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\[[^\]\n]*\]")
_ENUMERATED = re.compile(r"^[ \t]*\(?\d{1,2}[.)/][ \t]+", re.MULTILINE)
_REFERENCE = re.compile(
    r"\[(?:[^\W\d_]{1,6}\s*)?\d{1,3}\]"
    r"|(?<!\w)\d{1,5}/(?:\d{4}/)?[A-ZĐ][\wĐ]*(?:-[A-ZĐ][\wĐ]*)*"
    r"|(?<!\w)\d{1,5}-[A-ZĐ][\wĐ]*/[A-ZĐƯ]\w*"
)
"""``[3]``, ``[dòng 3]``, ``30/2020/NĐ-CP``, ``45/QĐ-UBND``, ``57-NQ/TW``."""


def numbers_in(text: str) -> Iterator[tuple[str, str]]:
    """Each number of a text: as it stands there, and in one spelling. ``5 tỷ`` is not ``5``.

    Placeholders and the numbers of a list are none.
    """
    plain = _ENUMERATED.sub("", _BRACKETED.sub(" ", unicodedata.normalize("NFC", text)))
    for found in _NUMBER.finditer(plain):
        unit = fold(found["unit"] or "")
        if found["word"] and not unit:
            continue
        if found["digits"]:
            digits = re.sub(r"[., ](?=\d{3}(?!\d))", "", found["digits"]).replace(",", ".")
        else:
            digits = str(_WORDS.index(found["word"].lower()) + 1)
        value = Decimal(digits) * _SCALE.get(unit, 1)
        percent = "%" if unit in {"%", "phan tram"} else ""
        yield found.group().strip(), f"{value.normalize():f}{percent}"


def numbers(case: Case, subject: Subject, line: NumbersLine) -> Result:
    """No number that the material lacks."""
    known = set(line.allow)
    for text in (case.exercise.task_md, *(each.text for each in case.exercise.material_shown)):
        known |= {value for _, value in numbers_in(text)}
    for text in line.allow:
        known |= {value for _, value in numbers_in(text)}
    found = list(numbers_in(subject.whole))
    extra = [shown for shown, value in found if value not in known]
    if extra:
        points = int(len(set(extra)) == 1 and not line.critical)
        return Result(points, "extra", critical=line.critical, gaps={"numbers": listed(extra)})
    return Result(FULL, "good", gaps={"count": len(found)})


def cite(case: Case, subject: Subject, line: CiteLine) -> Result:
    """It cites enough sources of a given set, and none besides."""
    apart = places(subject.own.reading.text, tuple(cues(case, line)))
    ways = [way for source in line.sources for way in source.any_of]
    strange = [
        found.group()
        for found in _REFERENCE.finditer(subject.whole)
        if not any(stands(found.group(), way) or stands(way, found.group()) for way in ways)
    ]
    if strange:
        return Result(0, "strange", gaps={"references": listed(strange)})
    cited: set[str] = set()
    for span, sentence in sentences_of(subject):
        if len(subject.own.words(span, apart)) >= SAYS:
            cited |= {
                source.id
                for source in line.sources
                if any(stands(way, sentence) for way in source.any_of)
            }
    gaps = {"count": len(cited), "least": line.least}
    if len(cited) >= line.least:
        return Result(FULL, "good", gaps=gaps)
    return Result(int(bool(cited)), "few" if cited else "none", gaps=gaps)


def overlap(case: Case, subject: Subject, line: OverlapLine) -> Result:
    """It is not merely copied from the model, the material or the text it began with."""
    reading = Reading(subject.whole)
    shares = [_share(reading, text) for text in _others(case, subject, line)]
    share = max(shares, default=0.0)
    gaps = {"share": round(share * 100), "most": round(line.most * 100)}
    if share <= line.most:
        return Result(FULL, "good", gaps=gaps)
    near = share <= (1 + line.most) / 2
    return Result(int(near), line.against, gaps=gaps)


def _share(reading: Reading, text: str) -> float:
    """The share of words that stand in rows of another text."""
    taken = taken_from(reading, runs([text], ROW))
    return sum(taken) / len(taken) if taken else 0.0


def _others(case: Case, subject: Subject, line: OverlapLine) -> list[str]:
    """The texts that a text may have been copied from."""
    if line.against == "reply":
        return [turn.reply for turn in case.turns if bare(turn.reply)]
    if line.against == "material":
        return [each.text for each in case.exercise.material_shown]
    widget = getattr(subject, "widget", None)
    return [widget.start or ""] if isinstance(widget, TextWidget) else []
