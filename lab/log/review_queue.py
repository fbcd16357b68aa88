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
FACETS = ("site", "class", "exercise", "outcome", "rule", "score", "stuck", "disputed")
_OUTCOMES = {
    "open": "passed = 0",
    "passed": "passed = 1",
    "blocked": "blocked > 0",
    "masked": "masked > 0",
    "failed": "failed > 0",
}
_BAND = (
    "CASE WHEN score IS NULL THEN 'none' WHEN score < 0.5 THEN 'low'"
    " WHEN score < 0.8 THEN 'middle' ELSE 'high' END"
)
_BASE = (
    "session, number, class_id, site, exercise, turns, blocked, masked, failed, score, passed,"
    " disputed, stuck"
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
        ruled = "session IN (SELECT session FROM review_rules WHERE rule = ?)"
        parts["rule"] = _Part(ruled, (wanted.rule,))
    if wanted.score:
        parts["score"] = _Part(f"{_BAND} = ?", (wanted.score,))
    if wanted.stuck:
        parts["stuck"] = _Part("stuck = 1")
    if wanted.disputed:
        parts["disputed"] = _Part("disputed > 0")
    return parts


def _found(db: Db, wanted: Wanted) -> list[_Part]:
    """The search: with accents as typed; where that finds nothing, without."""
    if not wanted.text:
        return []
    asked = search.phrases(wanted.text)
    if not asked:
        return [_Part("1 = 0")]
    query, values = search.numbers_of(db, asked)
    accented = any(each.accented for each in asked)
    if accented and db.execute(f"{query} LIMIT 1", values).fetchone() is None:
        query, values = search.numbers_of(db, search.phrases(wanted.text, fold=True))
    return [_Part(f"number IN ({query})", tuple(values))]


def page(
    db: Db,
    reach: Reach,
    wanted: Wanted,
    *,
    now: float,
    before: tuple[float, str] | None = None,
    limit: int = 40,
) -> list[Listed]:
    """Newest first, behind the key of the last line before."""
    parts = [*_view(reach, wanted), *_chosen(wanted).values(), *_found(db, wanted)]
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


def counts(db: Db, reach: Reach, wanted: Wanted) -> Mapping[str, Mapping[str, int]]:
    """For each filter what it offers, and how many sessions each choice would leave, the other
    filters being as they are. ``total`` is what all of them leave.
    """
    base = _all([*_view(reach, wanted), *_found(db, wanted)])
    chosen = _chosen(wanted)
    parts: list[_Part] = []

    def count(facet: str, key: str) -> None:
        where = _all([part for name, part in chosen.items() if name != facet])
        columns = f"SELECT '{facet}', {key}, count(*) FROM base"  # noqa: S608 - our words
        parts.append(_Part(f"{columns} WHERE {where.sql} GROUP BY {key}", where.values))

    def flagged(facet: str, name: str, term: str) -> None:
        where = _all([part for other, part in chosen.items() if other != facet] + [_Part(term)])
        sql = f"SELECT '{facet}', '{name}', count(*) FROM base WHERE {where.sql}"  # noqa: S608
        parts.append(_Part(sql, where.values))

    flagged("total", "", "1 = 1")
    count("site", "site")
    count("class", "class_id")
    count("exercise", "exercise")
    count("score", _BAND)
    for name, term in _OUTCOMES.items():
        flagged("outcome", name, term)
    flagged("stuck", "1", "stuck = 1")
    flagged("disputed", "1", "disputed > 0")
    others = _all([part for name, part in chosen.items() if name != "rule"])
    parts.append(
        _Part(
            "SELECT 'rule', r.rule, count(*) FROM review_rules r WHERE r.session IN"  # noqa: S608
            f" (SELECT session FROM base WHERE {others.sql}) GROUP BY r.rule",
            others.values,
        )
    )
    union = " UNION ALL ".join(part.sql for part in parts)
    values = tuple(value for part in parts for value in part.values)
    rows = db.execute(
        f"WITH base AS MATERIALIZED (SELECT {_BASE} FROM review_facts WHERE {base.sql}) {union}",  # noqa: S608
        (*base.values, *values),
    )
    found: dict[str, dict[str, int]] = {"total": {"": 0}} | {name: {} for name in FACETS}
    for facet, key, number in rows:
        if number and (key is not None or facet == "total"):
            found[facet][key] = number
    return found
