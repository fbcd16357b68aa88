"""What the log tells of the policy: versions, proposals, who may act, the masked history.

The events are the only record: a version that no event tells of was never in force. Every function
runs in a read or inside a write's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import MICRO, canonical
from lab.model import Role

PUBLISHED, PROPOSED, WITHDRAWN = "policy.published", "policy.proposed", "policy.withdrawn"


@dataclass(frozen=True, slots=True)
class Limit:
    """How many false alarms undo a version, agreed when it was published."""

    people: int
    """Different people who say so of rules that it changed."""
    hours: float


@dataclass(frozen=True, slots=True)
class Published:
    """A version as the log tells of it."""

    version: int
    manifest: str
    digest: str
    """sha256 over the names and contents of its files."""
    at: float = 0.0
    by: str = ""
    """Person; empty: the lab itself (the first version, an automatic roll-back)."""
    approved_by: str = ""
    reason: str = ""
    how: str = "publish"
    """``start``, ``adopt``, ``publish``, ``approve``, ``rollback`` or ``automatic``."""
    base: int = 0
    """The version that was in force before."""
    restores: int = 0
    """The version whose files it brings back; 0: none."""
    weakens: bool = False
    rules: tuple[str, ...] = ()
    """Rules that differ from ``base``."""
    changes: tuple[Mapping[str, Any], ...] = ()
    acknowledged: tuple[str, ...] = ()
    """Cases of T1 and T2 that it no longer stops, named by whoever published it."""
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A weakening that waits for a second officer."""

    id: str
    digest: str
    at: float
    by: str
    reason: str
    base: int
    restores: int = 0
    changes: tuple[Mapping[str, Any], ...] = ()
    acknowledged: tuple[str, ...] = ()
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One prompt of the history, masked; None where its text is gone."""

    session: str
    at: float
    site: str | None
    class_id: str | None
    exercise: str
    action: str
    prompt: str | None
    findings: tuple[Mapping[str, Any], ...] = field(default=())


def published(db: Db) -> list[Published]:
    """All versions, oldest first."""
    return [_published(at, row) for at, _, row in _told(db, [PUBLISHED])]


def newest(db: Db) -> int:
    """The number of the version in force; 0 where there is none."""
    row = db.execute(
        "SELECT payload FROM events WHERE kind = ? AND payload IS NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        (PUBLISHED,),
    ).fetchone()
    return int(json.loads(row[0])["version"]) if row else 0


def pending(db: Db) -> list[Proposal]:
    """Proposals that nobody approved or withdrew, and whose base is still in force."""
    open_: dict[str, Proposal] = {}
    newest = 0
    for at, kind, row in _told(db, [PUBLISHED, PROPOSED, WITHDRAWN]):
        if kind == PROPOSED:
            open_[row["proposal"]] = Proposal(
                id=row["proposal"],
                digest=row["digest"],
                at=at,
                by=row["by"],
                reason=row["reason"],
                base=row["base"],
                restores=row.get("restores", 0),
                changes=tuple(row["changes"]),
                acknowledged=tuple(row["acknowledged"]),
                limit=_limit(row.get("limit")),
            )
        else:
            open_.pop(row.get("proposal", ""), None)
            newest = row.get("version", newest)
    return [each for each in open_.values() if each.base == newest]


def tell(write: Write, kind: str, payload: Mapping[str, Any]) -> None:
    """One more event of the policy."""
    write.append(SYSTEM, kind, canonical(dict(payload)))


def barred(db: Db, since: float) -> frozenset[str]:
    """Who may not act as an officer: an account that another made or reset since then, and whoever
    made or reset one of an officer.
    """
    found: set[str] = set()
    for _, _, row in _told(db, ["person.added", "person.password"], since):
        person, by = row.get("person", ""), row.get("by") or ""
        if by == person:
            continue
        found.add(person)
        if by:
            role = db.execute("SELECT role FROM people WHERE id = ?", (person,)).fetchone()
            if role and role[0] == Role.OFFICER:
                found.add(by)
    return frozenset(found)


def disputes(db: Db, since: float) -> list[tuple[str, str, str]]:
    """Who held which rule of which version to be mistaken since then: (person, rule, version)."""
    rows = db.execute(
        "SELECT s.person_id, e.payload FROM events e JOIN sessions s ON s.id = e.stream"
        " WHERE e.kind = ? AND e.at >= ? AND e.payload IS NOT NULL ORDER BY e.id",
        ("finding.disputed", round(since * MICRO)),
    )
    found = []
    for person, payload in rows:
        row = json.loads(payload)
        found.append((str(person), str(row.get("rule", "")), str(row.get("policy", ""))))
    return found


def history(db: Db, since: float, most: int) -> list[Asked]:
    """The newest ``most`` prompts since a time, newest first."""
    rows = db.execute(
        "SELECT e.stream, e.at, s.site, s.class_id, s.exercise, e.payload"
        " FROM events e JOIN sessions s ON s.id = e.stream"
        " WHERE e.kind = ? AND e.at >= ? AND e.payload IS NOT NULL ORDER BY e.id DESC LIMIT ?",
        ("turn.decided", round(since * MICRO), most),
    )
    found = []
    for stream, at, site, class_id, exercise, payload in rows:
        row = json.loads(payload)
        found.append(
            Asked(
                session=stream,
                at=at / MICRO,
                site=site,
                class_id=class_id,
                exercise=exercise,
                action=row["action"],
                prompt=row.get("prompt"),
                findings=tuple(row.get("findings") or ()),
            )
        )
    return found


def row_of(version: Published) -> dict[str, Any]:
    """A version as its event tells of it."""
    return {
        "version": version.version,
        "manifest": version.manifest,
        "digest": version.digest,
        "by": version.by,
        "approved_by": version.approved_by,
        "reason": version.reason,
        "how": version.how,
        "base": version.base,
        "restores": version.restores,
        "weakens": version.weakens,
        "rules": list(version.rules),
        "changes": [dict(each) for each in version.changes],
        "acknowledged": list(version.acknowledged),
        "limit": limit_row(version.limit),
    }


def limit_row(limit: Limit | None) -> dict[str, Any] | None:
    """A limit as JSON."""
    return None if limit is None else {"people": limit.people, "hours": limit.hours}


def _limit(row: Mapping[str, Any] | None) -> Limit | None:
    return Limit(row["people"], row["hours"]) if row else None


def _published(at: float, row: Mapping[str, Any]) -> Published:
    return Published(
        version=row["version"],
        manifest=row["manifest"],
        digest=row["digest"],
        at=at,
        by=row["by"],
        approved_by=row["approved_by"],
        reason=row["reason"],
        how=row["how"],
        base=row["base"],
        restores=row["restores"],
        weakens=row["weakens"],
        rules=tuple(row["rules"]),
        changes=tuple(row["changes"]),
        acknowledged=tuple(row["acknowledged"]),
        limit=_limit(row["limit"]),
    )


def _told(
    db: Db, kinds: Sequence[str], since: float = 0.0
) -> Iterator[tuple[float, str, dict[str, Any]]]:
    gaps = ", ".join("?" * len(kinds))
    rows = db.execute(
        f"SELECT at, kind, payload FROM events WHERE kind IN ({gaps})"  # noqa: S608 - only gaps
        " AND at >= ? AND payload IS NOT NULL ORDER BY id",
        (*kinds, round(since * MICRO)),
    )
    for at, kind, payload in rows:
        yield at / MICRO, kind, json.loads(payload)
