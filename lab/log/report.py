"""Figures of a class, a site or the whole course, out of what reviewers' facts hold."""

from __future__ import annotations

from dataclasses import dataclass

from lab.log.base import Db

PAGE = 500


@dataclass(frozen=True, slots=True)
class Span:
    """What a report is about; None means all."""

    class_id: str | None = None
    site: str | None = None

    def where(self, alias: str = "") -> tuple[str, list[str]]:
        """The condition of a statement, and its values."""
        terms: list[str] = ["1 = 1"]
        values: list[str] = []
        for column in ("class_id", "site"):
            value = getattr(self, column)
            if value is not None:
                terms.append(f"{alias}{column} = ?")
                values.append(value)
        return " AND ".join(terms), values


@dataclass(frozen=True, slots=True)
class Sums:
    """Of all sessions within a span."""

    sessions: int
    turns: int
    blocked: int
    masked: int
    failed: int
    passed: int
    stuck: int
    disputed: int
    listed: int
    """Trainees who are on the class lists."""
    came: int
    """Of them, those with a session."""


@dataclass(frozen=True, slots=True)
class OfExercise:
    """How an exercise went."""

    exercise: str
    sessions: int
    checked: int
    passed: int
    first: float | None
    """Mean of the first checks, 0 to 1."""
    best: float | None


@dataclass(frozen=True, slots=True)
class OfSite:
    """How many sessions of a site passed, of those that were checked."""

    site: str
    checked: int
    passed: int


@dataclass(frozen=True, slots=True)
class Line:
    """One session as an export has it: no text, no name."""

    session: str
    pseudonym: str
    class_name: str
    site: str
    exercise: str
    last_at: float
    turns: int
    blocked: int
    masked: int
    failed: int
    checks: int
    first_score: float | None
    score: float | None
    passed: int
    stuck: int
    disputed: int


def sums(db: Db, span: Span) -> Sums:
    """What a report begins with."""
    where, values = span.where()
    row = db.execute(
        "SELECT count(*), coalesce(sum(turns), 0), coalesce(sum(blocked), 0),"  # noqa: S608 - ours
        " coalesce(sum(masked), 0), coalesce(sum(failed), 0), coalesce(sum(passed), 0),"
        " coalesce(sum(stuck), 0), coalesce(sum(disputed), 0)"
        f" FROM review_facts WHERE {where}",
        values,
    ).fetchone()
    listed = db.execute(
        f"SELECT count(*) FROM people WHERE role = 'trainee' AND {where}",  # noqa: S608 - ours
        values,
    ).fetchone()[0]
    came = db.execute(
        f"SELECT count(DISTINCT person_id) FROM sessions WHERE turns > 0 AND {where}",  # noqa: S608
        values,
    ).fetchone()[0]
    return Sums(*(int(each) for each in (*row, listed, came)))


def by_exercise(db: Db, span: Span) -> list[OfExercise]:
    """Sessions, passes, first and best scores of each exercise."""
    where, values = span.where()
    rows = db.execute(
        "SELECT exercise, count(*), sum(CASE WHEN checks > 0 THEN 1 ELSE 0 END), sum(passed),"  # noqa: S608
        f" avg(first_score), avg(score) FROM review_facts WHERE {where} GROUP BY exercise",
        values,
    )
    return [OfExercise(*row) for row in rows]


def by_site(db: Db, span: Span) -> list[OfSite]:
    """Passes of each site."""
    where, values = span.where()
    rows = db.execute(
        "SELECT site, sum(CASE WHEN checks > 0 THEN 1 ELSE 0 END), sum(passed)"  # noqa: S608 - ours
        f" FROM review_facts WHERE site IS NOT NULL AND {where} GROUP BY site ORDER BY site",
        values,
    )
    return [OfSite(*row) for row in rows]


def by_rule(db: Db, span: Span) -> list[tuple[str, str, int]]:
    """Rule, exercise, and sessions in which the rule found something: no text."""
    where, values = span.where()
    within = f"WHERE number IN (SELECT number FROM review_facts WHERE {where})"  # noqa: S608 - ours
    rows = db.execute(
        "SELECT rule, exercise, count(*) FROM review_rules"  # noqa: S608 - our words
        f" {within if values else ''} GROUP BY rule, exercise",
        values,
    )
    return [(rule, exercise, count) for rule, exercise, count in rows]


def by_day(db: Db, span: Span, seconds: int = 86_400) -> list[tuple[int, int, int]]:
    """Day since 1970 (Việt Nam's), sessions last used on it, and those of them that passed. With
    other ``seconds``: the same by hours, or whatever so many seconds are.
    """
    where, values = span.where()
    rows = db.execute(
        f"SELECT (CAST(last_at AS BIGINT) + 25200) / {seconds:d} AS day, count(*), sum(passed)"  # noqa: S608
        f" FROM review_facts WHERE {where} GROUP BY 1 ORDER BY 1",
        values,
    )
    return [(day, count, passed) for day, count, passed in rows]


def minutes(db: Db, span: Span) -> list[tuple[str, float]]:
    """Exercise, and mean minutes from the beginning of a session to its last action, those of more
    than three hours left out: somebody came back on another day.
    """
    where, values = span.where()
    rows = db.execute(
        "SELECT exercise, avg(last_at - opened_at) / 60 FROM sessions"  # noqa: S608 - our words
        f" WHERE turns > 0 AND last_at - opened_at < 10800 AND {where} GROUP BY exercise",
        values,
    )
    return [(exercise, mean) for exercise, mean in rows]


def lines(db: Db, span: Span, after: str, limit: int = PAGE) -> list[Line]:
    """Sessions for an export, by key."""
    where, values = span.where("f.")
    rows = db.execute(
        "SELECT f.session, f.pseudonym, coalesce(c.name, ''), coalesce(f.site, ''), f.exercise,"  # noqa: S608
        " f.last_at, f.turns, f.blocked, f.masked, f.failed, f.checks, f.first_score, f.score,"
        " f.passed, f.stuck, f.disputed FROM review_facts f LEFT JOIN classes c"
        f" ON c.id = f.class_id WHERE f.session > ? AND {where} ORDER BY f.session LIMIT ?",
        (after, *values, limit),
    )
    return [Line(*row) for row in rows]
