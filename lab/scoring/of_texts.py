"""Checks of what a prompt or a text says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lab.course.rubric import (
    AbsentLine,
    DropLine,
    ItemsLine,
    KeepLine,
    LengthLine,
    MentionsLine,
    SentencesLine,
)
from lab.policy.text import Views
from lab.scoring.case import Case, Prompt, Subject
from lab.scoring.planted import worded
from lab.scoring.result import FULL, Result, cues, listed, stands
from lab.scoring.words import Reading, places

NEAR = 1.25
"""A quarter beyond a limit gives one point."""
ALIKE = 0.6
"""Two points that share more of their words than this are one."""
SHORT = 3
"""A sentence has so many words at least."""
_ITEM = re.compile(r"^[ \t]*(?:[-*•+–]|\(?\d{1,2}[.)]|\(?[a-zđ][.)])[ \t]+", re.MULTILINE)


def drop(case: Case, subject: Subject, line: DropLine) -> Result:
    """The planted values were taken out by the trainee, not by the lab."""
    values = {value.name for value in case.exercise.planted}
    wanted = set(line.planted) or values
    prompt = isinstance(subject, Prompt)
    later = [_of(each.leaked, wanted) for each in (case.after if prompt else (subject,))]
    whole = {name for leaked in later for name, full in leaked.items() if full}
    if whole:
        return Result(0, "leaked", critical=True, gaps={"count": len(whole)})
    if any(later):
        return Result(0, "partly", critical=True, gaps={"count": len(set().union(*later))})
    masked = {"count": len(subject.masked)}
    if len(subject.masked) * 2 > len(wanted):
        return Result(0, "lab_did_it", gaps=masked)
    if subject.masked:
        return Result(1, "lab_helped", gaps=masked)
    if prompt and any(_of(each.leaked, wanted) for each in case.before):
        return Result(1, "leaked_before")
    return Result(FULL, "good")


def _of(leaked: Mapping[str, bool], wanted: set[str]) -> dict[str, bool]:
    """The leaks that count."""
    return {name: full for name, full in leaked.items() if name in wanted}


def keep(case: Case, subject: Subject, line: KeepLine) -> Result:
    """The facts that the work needs are still there."""
    wanted = [fact for fact in case.exercise.facts if fact.name in line.facts]
    gone = [
        fact.title.read(case.language)
        for fact in wanted
        if not any(stands(way, subject.told) for way in fact.any_of)
    ]
    if not gone:
        return Result(FULL, "good", gaps={"count": len(wanted)})
    points = int(len(gone) * 2 <= len(wanted))
    return Result(points, "missing", gaps={"facts": ", ".join(gone)})


def length(case: Case, subject: Subject, line: LengthLine) -> Result:  # noqa: ARG001
    """Neither too short nor too long."""
    count = len(Reading(subject.text).tokens)
    gaps = {"count": count, "least": line.least, "most": line.most}
    if line.least <= count <= line.most:
        return Result(FULL, "good", gaps=gaps)
    near = line.least <= count * NEAR and count <= line.most * NEAR
    return Result(int(near), "short" if count < line.least else "long", gaps=gaps)


def mentions(case: Case, subject: Subject, line: MentionsLine) -> Result:
    """It says one of some things, in sentences that say more than that."""
    apart = places(subject.own.reading.text, tuple(cues(case, line)))
    named: set[str] = set()
    told: set[str] = set()
    for span, sentence in sentences_of(subject):
        ways = {way for way in line.any_of if stands(way, sentence)}
        if line.about and not any(stands(way, sentence) for way in line.about):
            continue
        named |= ways
        if len(subject.own.words(span, apart)) >= line.words:
            told |= ways
    gaps = {"count": len(told), "least": line.least, "example": line.any_of[0]}
    if len(told) >= line.least:
        return Result(FULL, "good", gaps=gaps)
    if told:
        return Result(1, "few", gaps=gaps)
    return Result(0, "listed" if named else "missing", gaps=gaps)


def sentences_of(subject: Subject) -> Iterator[tuple[tuple[int, int], str]]:
    """Each sentence of a text: where it stands in what is the trainee's own, and its words."""
    reading = subject.own.reading
    for start, end in reading.sentences:
        yield (start, end), reading.text[start:end]


def absent(case: Case, subject: Subject, line: AbsentLine) -> Result:  # noqa: ARG001
    """It holds none of some terms, in whatever spelling."""
    views = list(Views(subject.whole).everything())
    found = [term for term in line.terms if any(worded(view.text, term) for view in views)]
    if found:
        return Result(0, "found", critical=line.critical, gaps={"terms": listed(found)})
    return Result(FULL, "good")


def sentences(case: Case, subject: Subject, line: SentencesLine) -> Result:  # noqa: ARG001
    """Its sentences are short on average."""
    counts = [len(Reading(each).tokens) for _, each in sentences_of(subject)]
    counts = [count for count in counts if count >= SHORT]
    if len(counts) < line.least:
        return Result(0, "few", gaps={"count": len(counts), "least": line.least})
    average = sum(counts) / len(counts)
    gaps = {"count": round(average), "most": line.most}
    if average <= line.most:
        return Result(FULL, "good", gaps=gaps)
    return Result(int(average <= line.most * NEAR), "long", gaps=gaps)


def items(case: Case, subject: Subject, line: ItemsLine) -> Result:  # noqa: ARG001
    """So many different points, each of which says something."""
    different: list[frozenset[str]] = []
    for span in _points(subject):
        words = subject.own.words(span)
        if len(words) >= line.words and not any(_alike(words, each) for each in different):
            different.append(words)
    gaps = {"count": len(different), "least": line.least}
    if len(different) >= line.least:
        return Result(FULL, "good", gaps=gaps)
    return Result(int(len(different) * 2 > line.least), "few", gaps=gaps)


def _points(subject: Subject) -> list[tuple[int, int]]:
    """The lines of a list; the sentences where there is no list."""
    text = subject.own.reading.text
    found = [(m.end(), text.find("\n", m.end())) for m in _ITEM.finditer(text)]
    lines = [(start, stop if stop >= 0 else len(text)) for start, stop in found]
    return lines if len(lines) > 1 else [span for span, _ in sentences_of(subject)]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) > ALIKE * min(len(one), len(other))
