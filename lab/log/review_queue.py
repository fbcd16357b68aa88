"""The queue of sessions to read: filters with counts, pages by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.log import search
from lab.log.base import Db
from lab.log.review import SAMPLE

VIEWS = ("queue", "sample", "second", "done", "all")
OUTCOMES = ("open", "passed", "blocked", "masked", "failed")
BANDS = ("none", "low", "middle", "high")
FEW = 2000
"""Texts up to which a search lists what it found."""
FACETS = ("site", "class", "exercise", "outcome", "rule", "score", "stuck", "disputed")
_OUTCOMES = {
    "open": "passed = 0",
    "passed": "passed = 1",
    "blocked": "blocked > 0",
    "masked": "masked > 0",
    "failed": "failed > 0",
}
_COLUMNS = {"site": "site", "class": "class_id", "exercise": "exercise", "score": "band"}
"""Filters whose choices are the values of a column."""
_FLAGS = {
    "outcome": tuple(_OUTCOMES.items()),
    "stuck": (("1", "stuck = 1"),),
    "disputed": (("1", "disputed > 0"),),
}
"""Filters whose choices are terms."""
_BAND = (
    "CASE WHEN score IS NULL THEN 'none' WHEN score < 0.5 THEN 'low'"
    " WHEN score < 0.8 THEN 'middle' ELSE 'high' END"
)
_LISTED = (
    "f.session, f.class_id, f.site, f.exercise, f.pseudonym, f.last_at, f.turns, f.blocked,"
    " f.masked, f.failed, f.score, f.passed, f.disputed, f.stuck, f.eyes, f.marked, c.person_id"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions, and in which of the views. Empty means any."""

    view: str = "queue"
    site: str = ""
    class_id: str = ""
    exercise: str = ""
    outcome: str = ""
    rule: str = ""
    score: str = ""
    stuck: str = ""
    disputed: str = ""
    text: str = ""
    """What is looked for in the texts."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose sessions a reviewer sees, and who it is."""

    person: str
    class_id: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the queue."""

    session: str
    class_id: str | None
    site: str | None
    exercise: str
    pseudonym: str
    last_at: float
    turns: int
    blocked: int
    masked: int
    failed: int
    score: float | None
    passed: int
    disputed: int
    stuck: int
    eyes: int
    marked: int
    held_by: str | None
    """Who has it reserved."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a statement with its values."""

    sql: str
    values: tuple[Any, ...] = ()


def _all(parts: list[_Part]) -> _Part:
    sql = " AND ".join(part.sql for part in parts) or "1 = 1"
    return _Part(sql, tuple(value for part in parts for value in part.values))


def _view(reach: Reach, wanted: Wanted) -> list[_Part]:
    parts = [_Part("turns > 0")]
    if reach.class_id is not None:
        parts.append(_Part("class_id = ?", (reach.class_id,)))
    if reach.site is not None:
        parts.append(_Part("site = ?", (reach.site,)))
    if wanted.view == "queue":
        parts.append(_Part(f"marked = 0 AND (eyes = 1 OR lot < {SAMPLE})"))
    elif wanted.view == "sample":
        parts.append(_Part(f"lot < {SAMPLE}"))
    elif wanted.view == "done":
        parts.append(_Part("marked > 0"))
    elif wanted.view == "second":
        mine = "SELECT session FROM review_marks WHERE by_id = ? AND undone = 0"
        parts.append(_Part(f"marked = 1 AND session NOT IN ({mine})", (reach.person,)))
    return parts


def _chosen(wanted: Wanted) -> dict[str, _Part]:
    """The filters that are set, by name."""
    parts: dict[str, _Part] = {}
    for name, column in (("site", "site"), ("class", "class_id"), ("exercise", "exercise")):
        value = wanted.class_id if name == "class" else getattr(wanted, name)
        if value:
            parts[name] = _Part(f"{column} = ?", (value,))
    if wanted.outcome:
        parts["outcome"] = _Part(_OUTCOMES.get(wanted.outcome, "1 = 0"))
    if wanted.rule:
        ruled = (
            "EXISTS (SELECT 1 FROM review_rules r"
            " WHERE r.number = review_facts.number AND r.rule = ?)"
        )
        parts["rule"] = _Part(ruled, (wanted.rule,))
    if wanted.score:
        parts["score"] = _Part(f"{_BAND} = ?", (wanted.score,))
    if wanted.stuck:
        parts["stuck"] = _Part("stuck = 1")
    if wanted.disputed:
        parts["disputed"] = _Part("disputed > 0")
    return parts


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, once for the list and its counts."""

    each: _Part
    """Whether one session is among them: for going through sessions from the newest on."""
    all: _Part
    """The same for counting: all of them are looked up at once."""


def find(db: Db, text: str) -> Found | None:
    """Look for words: with accents as typed; where that finds nothing, without. None: no words.

    Where few texts have them, those sessions are named one by one; else the index is asked again.
    """
    if not text:
        return None
    asked = search.phrases(text)
    few = search.some(db, asked, FEW) if asked else ()
    if not few and any(each.accented for each in asked):
        asked = search.phrases(text, fold=True)
        few = search.some(db, asked, FEW)
    if len(few) < FEW:
        numbers = ", ".join(str(each) for each in sorted(set(few)))
        part = _Part(f"number IN ({numbers})" if numbers else "1 = 0")
        return Found(part, part)
    query, values = search.numbers_of(db, asked)
    there, same = search.in_one(db, asked)
    return Found(_Part(there, tuple(same)), _Part(f"number IN ({query})", tuple(values)))


def page(
    db: Db,
    reach: Reach,
    wanted: Wanted,
    found: Found | None = None,
    *,
    now: float,
    before: tuple[float, str] | None = None,
    limit: int = 40,
) -> list[Listed]:
    """Newest first, behind the key of the last line before."""
    parts = [*_view(reach, wanted), *_chosen(wanted).values()]
    if found is not None:
        parts.append(found.each)
    if before is not None:
        parts.append(_Part("(last_at, session) < (?, ?)", before))
    where = _all(parts)
    inner = (
        f"SELECT * FROM review_facts WHERE {where.sql}"  # noqa: S608 - our words
        " ORDER BY last_at DESC, session DESC LIMIT ?"
    )
    rows = db.execute(
        f"SELECT {_LISTED} FROM ({inner}) f LEFT JOIN review_claims c"  # noqa: S608 - our words
        " ON c.session = f.session AND c.until > ? ORDER BY f.last_at DESC, f.session DESC",
        (*where.values, limit, now),
    )
    return [Listed(*row) for row in rows]


def counts(
    db: Db, reach: Reach, wanted: Wanted, found: Found | None = None
) -> Mapping[str, Mapping[str, int]]:
    """For each filter what it offers, and how many sessions each choice would leave, the other
    filters being as they are. ``total`` is what all of them leave.
    """
    base = _all([*_view(reach, wanted), *([found.all] if found else [])])
    chosen = _chosen(wanted)
    terms = "".join(f", ({part.sql}) AS is_{name}" for name, part in chosen.items())
    flags = "".join(
        f", ({term}) AS {facet}_{key}" for facet, each in _FLAGS.items() for key, term in each
    )

    def others(facet: str) -> str:
        return " AND ".join(f"is_{name}" for name in chosen if name != facet) or "1 = 1"

    selects = [f"SELECT 'total', '', count(*) FROM base WHERE {others('')}"]  # noqa: S608 - ours
    for facet, key in _COLUMNS.items():
        of = f"SELECT '{facet}', {key}, count(*) FROM base WHERE {others(facet)}"  # noqa: S608
        selects.append(f"{of} GROUP BY {key}")
    for facet, each in _FLAGS.items():
        for key, _ in each:
            term = f"{facet}_{key} AND {others(facet)}"
            selects.append(f"SELECT '{facet}', '{key}', count(*) FROM base WHERE {term}")  # noqa: S608
    selects.append(
        # CROSS: SQLite goes through the sessions first, whatever it guesses of their number
        "SELECT 'rule', r.rule, count(*) FROM base b CROSS JOIN review_rules r"  # noqa: S608 - ours
        f" WHERE r.number = b.number AND {others('rule')} GROUP BY r.rule"
    )
    rows = db.execute(
        f"WITH base AS MATERIALIZED (SELECT number, class_id, site, exercise, {_BAND} AS band"  # noqa: S608
        f"{flags}{terms} FROM review_facts WHERE {base.sql}) {' UNION ALL '.join(selects)}",
        (*(value for part in chosen.values() for value in part.values), *base.values),
    )
    told: dict[str, dict[str, int]] = {"total": {"": 0}} | {name: {} for name in FACETS}
    for facet, key, number in rows:
        if number and (key is not None or facet == "total"):
            told[facet][key] = number
    return told
