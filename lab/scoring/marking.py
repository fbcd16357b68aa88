"""One line of a rubric applied to an attempt: first whether there is anything to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lab.course.rubric import FormLine, Line, PromptLine, TextLine
from lab.model import Language
from lab.scoring.case import Case, Draft, Prompt, Subject
from lab.scoring.checks import OF_PROMPT, OF_SESSION, OF_TEXT, OF_WIDGET
from lab.scoring.of_forms import form_cues
from lab.scoring.result import Result, cues, said, stands, words_of
from lab.words import say

SHARED = frozenset(
    {
        "nothing_sent",
        "copied",
        "says_nothing",
        "none_about",
        "not_written",
        "unchanged",
        "text_copied",
        "text_says_little",
    }
)
"""Outcomes of every check; their sentences are ``scoring.<outcome>``."""


MANY = 6
"""A list of cue words holds so many of them."""


def mark(case: Case, line: Any) -> Result:
    """One line of the rubric."""
    if line.check in OF_WIDGET:
        return OF_WIDGET[line.check](case, line)
    if isinstance(line, TextLine) and line.of is not None:
        return _of_draft(case, case.drafts.get(line.of), line)
    if line.check in OF_SESSION:
        worthless = _worthless(case, case.chosen, line) if line.check == "order" else None
        return worthless or OF_SESSION[line.check](case, line)
    if isinstance(line, PromptLine) and line.among:
        return _best_among(case, line)
    return _of_prompt(case, line)


def reason(line: Line, result: Result, language: Language) -> str:
    """The sentence that helps."""
    if result.outcome in SHARED:
        return say(f"scoring.{result.outcome}", language, **result.gaps)
    check = getattr(line, "check", "").replace("-", "_")
    return say(f"scoring.{check}.{result.outcome}", language, **result.gaps)


def of_prompt(line: Line) -> bool:
    """Whether a line is about the one prompt that does best."""
    if not isinstance(line, PromptLine) or line.among:
        return False
    return not (isinstance(line, TextLine) and line.of is not None)


def _of_draft(case: Case, draft: Draft | None, line: TextLine) -> Result:
    """A line about a text in a widget."""
    if draft is None:
        return Result(0, "not_written")
    if draft.unchanged:
        return Result(0, "unchanged")
    if draft.copy:
        return Result(0, "text_copied")
    if _says_little(case, draft, line):
        return Result(0, "text_says_little")
    return OF_TEXT[getattr(line, "check")](case, draft, line)  # noqa: B009 - a tag of subclasses


def _of_prompt(case: Case, line: PromptLine) -> Result:
    """A line about the chosen prompt."""
    prompt = case.chosen
    worthless = _worthless(case, prompt, line)
    if worthless is not None:
        return worthless
    if prompt is None:
        return Result(0, "nothing_sent")
    check: str = getattr(line, "check")  # noqa: B009 - a tag of subclasses
    return (OF_PROMPT.get(check) or OF_TEXT[check])(case, prompt, line)


def _worthless(case: Case, prompt: Prompt | None, line: Line) -> Result | None:
    """Why a prompt is not looked at any further."""
    if prompt is None:
        return None
    if prompt.copy:
        return Result(0, "copied")
    if prompt.own.total < prompt.least or _says_little(case, prompt, line):
        return Result(0, "says_nothing")
    return None


def _says_little(case: Case, subject: Subject, line: Line) -> bool:
    """Whether a text is but a list of what the line, or the whole rubric, looks for in it."""
    lexicon, label = case.exercise.lexicon, case.exercise.ai_label
    empty = [label.vi, label.en, *lexicon.data, *lexicon.missing]
    words = said(subject, cues(case, line) + empty)
    if isinstance(line, FormLine):
        words -= words_of(form_cues(case, line))
    if len(words) < subject.least:
        return True
    peers = [peer for peer in case.exercise.rubric if _same(peer, line)]
    every = [cue for peer in peers for cue in cues(case, peer)] + empty
    held = sum(stands(cue, subject.text) for cue in set(every))
    return held >= MANY and len(said(subject, every)) < subject.least


def _same(one: Line, other: Line) -> bool:
    """Whether two lines look at the same text."""
    return all(getattr(one, name, None) == getattr(other, name, None) for name in ("of", "among"))


def _best_among(case: Case, line: PromptLine) -> Result:
    """The best that any prompt about something does."""
    results = list(_among(case, line))
    if not results:
        return Result(0, "none_about", gaps={"topic": line.among[0]})
    return max(results, key=lambda result: (not result.critical, result.points))


def _among(case: Case, line: PromptLine) -> Iterator[Result]:
    for prompt in case.sent:
        if any(stands(way, prompt.whole) for way in line.among):
            yield _of_prompt(replace(case, chosen=prompt), line)
