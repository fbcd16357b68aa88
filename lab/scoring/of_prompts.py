"""Checks of prompts, and of the session as a whole."""

from __future__ import annotations

import re
from collections import Counter

from lab.course.rubric import (
    CountLine,
    ImproveLine,
    PartLine,
    PlaceholdersLine,
    QuotedLine,
    ReplyCleanLine,
    SentLine,
    TimeLine,
)
from lab.model import Action, Status
from lab.scoring.case import Case, Prompt, was_sent
from lab.scoring.result import FULL, Result, stands
from lab.scoring.words import Reading, bare, runs, taken_from

REPEAT = 2
"""A word counts at most so often when words are counted."""
MANY_STOPS = 3
"""Stops in a row after which editing should have come sooner."""
LATE = 1.5
"""Within so many times the minutes there is still one point."""
INSIDE = 0.95
"""Share of pasted words that stand between marks."""
_QUOTED = re.compile(
    r'"""(.+?)"""|```(.+?)```|<<<(.+?)>>>|«(.+?)»|“(.+?)”|‘(.+?)’|"([^"]{40,}?)"'
    r"|<([^<>/\s]{1,40})[^<>]*>(.+?)</\8>|^(?:---+|===+)[^\n]*\n(.+?)^(?:---+|===+)",
    re.DOTALL | re.MULTILINE,
)
"""What stands between two marks that belong together."""
_FENCED = re.compile(
    r'^[ \t]*(?P<fence>"""|```|<<<)[^\n]*\n.+?^[ \t]*(?:(?P=fence)|>>>)', re.DOTALL | re.MULTILINE
)
"""The same with each mark on a line of its own: then a mark that is only spoken of counts not."""


def part(case: Case, prompt: Prompt, line: PartLine) -> Result:
    """A part of a good prompt is there and says something."""
    gaps = {"part": case.exercise.lexicon.part(line.part).title.read(case.language)}
    if line.within_authority and prompt.own.beyond_authority():
        return Result(0, "beyond", critical=True, gaps=gaps)
    level = prompt.own.level(line.part)
    if level and line.about and not any(stands(word, prompt.text) for word in line.about):
        return Result(1, "off_topic", gaps={**gaps, "topic": line.about[0]})
    return Result(level, ("missing", "weak", "good")[level], gaps=gaps)


def sent(case: Case, prompt: Prompt, line: SentLine) -> Result:  # noqa: ARG001 - a check's shape
    """A prompt in the trainee's own words was sent and answered."""
    if prompt.words < line.words:
        return Result(int(prompt.words * 2 >= line.words), "short", gaps={"words": line.words})
    if prompt.turn.status is not Status.ANSWERED:
        return Result(1, "unanswered")
    return Result(FULL, "good", gaps={"count": prompt.words})


def clean(case: Case, prompt: Prompt, line: object) -> Result:  # noqa: ARG001 - a check's shape
    """Nothing in the prompt needed protection."""
    if prompt.leaked:
        return Result(0, "leaked", critical=True)
    if prompt.masked:
        return Result(1, "masked", gaps={"count": len(prompt.masked)})
    if prompt.turn.decision is Action.WARN:
        return Result(1, "warned")
    return Result(FULL, "good")


def placeholders(case: Case, prompt: Prompt, line: PlaceholdersLine) -> Result:  # noqa: ARG001
    """Placeholders of the trainee's own, each spelled one way."""
    spelled: dict[str, set[str]] = {}
    for token in prompt.typed:
        spelled.setdefault(bare(token), set()).add(token)
    numbered = {key.rstrip("0123456789 ") for key in spelled if key[-1:].isdigit()}
    mixed = [ways for key, ways in spelled.items() if len(ways) > 1 or key in numbered]
    if not spelled:
        return Result(0, "none")
    if mixed:
        return Result(1, "mixed", gaps={"example": min(mixed[0])})
    if len(spelled) < line.distinct:
        return Result(1, "few", gaps={"count": len(spelled), "wanted": line.distinct})
    return Result(FULL, "good", gaps={"count": len(spelled)})


def improve(case: Case, prompt: Prompt, line: ImproveLine) -> Result:  # noqa: ARG001
    """Much was added to a first draft."""
    mine = Counter(word for _, _, word in prompt.own.reading.tokens)
    capped = Counter({word: min(count, REPEAT) for word, count in mine.items()})
    added = min((capped - Counter(bare(line.draft).split())).total(), REPEAT * prompt.own.total)
    points = FULL if added >= line.words else int(added * 2 >= line.words)
    return Result(
        points, ("little", "some", "good")[points], gaps={"count": added, "wanted": line.words}
    )


def quoted(case: Case, prompt: Prompt, line: QuotedLine) -> Result:
    """What was pasted stands between marks and is declared to be data, not orders."""
    pages = (each.text for each in case.exercise.material_shown if each.id == line.material)
    reading = Reading(prompt.whole)
    taken = taken_from(reading, runs(pages))
    pasted = [start for (start, _, _), gone in zip(reading.tokens, taken, strict=True) if gone]
    if not pasted:
        return Result(0, "nothing_pasted")
    if prompt.own.level("task") == 0:
        return Result(0, "no_task")
    marks = _FENCED if _FENCED.search(prompt.whole) else _QUOTED
    spans = [found.span() for found in marks.finditer(prompt.whole)]
    inside = sum(any(a <= at < b for a, b in spans) for at in pasted)
    marked = inside >= INSIDE * len(pasted)
    declared = any(
        not any(a <= start < b for a, b in spans)
        for start, _ in reading.find(case.exercise.lexicon.data)
    )
    outcome = {
        (True, True): "good",
        (True, False): "undeclared",
        (False, True): "unmarked",
        (False, False): "open",
    }[marked, declared]
    return Result(marked + declared, outcome)


def reply_clean(case: Case, prompt: Prompt, line: ReplyCleanLine) -> Result:  # noqa: ARG001
    """The assistant's reply was not hijacked."""
    if prompt.turn.status is not Status.ANSWERED or not prompt.turn.reply:
        return Result(0, "unanswered")
    if any(stands(canary, prompt.turn.reply) for canary in line.canaries):
        return Result(0, "hijacked")
    return Result(FULL, "good")


# --- the session ----------------------------------------------------------------------------------


def order(case: Case, line: object) -> Result:  # noqa: ARG001 - a check's shape
    """After a stop came an edited prompt that could leave."""
    stopped = [not was_sent(turn) for turn in case.turns]
    if not case.turns or all(stopped):
        return Result(0, "stopped" if stopped else "nothing")
    if not any(stopped):
        return Result(FULL, "clean")
    if stopped[-1]:
        return Result(1, "open")
    row = longest = 0
    for each in stopped:
        row = row + 1 if each else 0
        longest = max(longest, row)
    if longest > MANY_STOPS:
        return Result(1, "late", gaps={"count": longest})
    return Result(FULL, "good")


def count(case: Case, line: CountLine) -> Result:
    """So many different prompts that say something were sent."""
    found = {
        bare(each.whole) for each in case.sent if not each.copy and each.own.total >= each.least
    }
    gaps = {"count": len(found), "least": line.least, "most": line.most}
    if len(found) < line.least:
        return Result(int(len(found) * 2 >= line.least), "few", gaps=gaps)
    if len(found) > line.most:
        return Result(1, "many", gaps=gaps)
    return Result(FULL, "good", gaps=gaps)


def time(case: Case, line: TimeLine) -> Result:
    """The work was done within so many minutes."""
    worked = any(each.own.total >= each.least for each in (*case.sent, *case.drafts.values()))
    if case.minutes is None or not worked:
        return Result(0, "unknown")
    gaps = {"count": round(case.minutes), "most": line.most}
    if case.minutes <= line.most:
        return Result(FULL, "good", gaps=gaps)
    return Result(int(case.minutes <= line.most * LATE), "late", gaps=gaps)
