"""Incidents: stops of what may have been real, the gravest first, and what became of each.

A stop becomes one in the transaction that writes it. What it says is what the log says of the stop
anyway: rule, shape, keyed hash, offsets, policy; there is no text. Every act is an event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lab.errors import Conflict, NotFound, TooMany
from lab.log.base import SYSTEM, Db, Write
from lab.log.chain import MICRO, canonical

Severity = Literal["secret", "personal", "fault", "teaching"]
SEVERITIES: tuple[Severity, ...] = ("secret", "personal", "fault", "teaching")
"""Possibly a real secret, possibly somebody's real data, a check that failed, a planted value."""
HOURS: Mapping[Severity, float] = {"secret": 2, "personal": 72, "fault": 24}
"""Until when somebody should have looked, in hours after the stop. The rules on personal data give
72 for telling the authority of a breach; a possible secret cannot wait; what was planted may.
"""
State = Literal["new", "taken", "closed"]
STATES: tuple[State, ...] = ("new", "taken", "closed")
OUTCOMES = ("real", "not_real", "false_alarm", "exercise")
STOPS = frozenset({"turn.decided", "attachment.decided"})
TAKEN, NOTED, MATCHED, CLOSED, OPENED, EXPORTED = (
    *("incident.taken", "incident.noted", "incident.matched"),
    *("incident.closed", "incident.opened", "incident.exported"),
)
PAGE = 50
HOUR = 3600.0
_COLUMNS = (
    "i.id, i.session, i.seq, i.at, i.severity, i.rule, i.tier, i.entity, i.policy, i.reference,"
    " i.state, i.assignee, i.due, i.outcome, i.closed_at, s.site, s.class_id, s.exercise,"
    " s.pseudonym"
)
_FROM = "FROM incidents i JOIN sessions s ON s.id = i.session"


@dataclass(frozen=True, slots=True)
class Incident:
    """One stop, and how far it is."""

    id: str
    session: str
    seq: int
    at: float
    severity: Severity
    rule: str
    tier: str
    entity: str
    policy: str
    reference: str
    state: State
    assignee: str | None
    due: float | None
    outcome: str | None
    closed_at: float | None
    site: str | None
    class_id: str | None
    exercise: str
    pseudonym: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done about an incident."""

    at: float
    kind: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """How often values may be compared."""

    incident: int
    """With one incident, by all officers together."""
    hour: int
    """In an hour, by one officer with all incidents together."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which incidents to list; nothing given means any."""

    state: str = ""
    """A state, or ``open`` for those that are not closed."""
    severity: str = ""
    site: str | None = None
    reference: str = ""
    """What the card of the stop says; capitals or not."""


def note_stop(db: Db, stream: str, seq: int, at: float, row: Mapping[str, Any]) -> None:
    """A prompt or a file was stopped: one more incident. ``row`` is the event's payload."""
    own = [
        each
        for each in row.get("findings", ())
        if each["action"] == "block" and each["message"] == row.get("last", each["message"])
    ]
    unknown = [each for each in own if each.get("origin", "unknown") == "unknown"]
    severity = _severity(row, unknown)
    gravest: Mapping[str, Any] = min(unknown or own, key=lambda each: str(each["tier"]), default={})
    hours = HOURS.get(severity)
    db.execute(
        "INSERT INTO incidents (id, session, seq, at, severity, rule, tier, entity, policy,"
        " reference, state, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'new', ?)"
        " ON CONFLICT (id) DO NOTHING",
        (
            *(f"{stream}.{seq}", stream, seq, at, SEVERITIES.index(severity)),
            *(str(gravest.get(name, "")) for name in ("rule", "tier", "entity")),
            *(str(row.get("policy", "")), str(row.get("reference", ""))),
            None if hours is None else at + hours * 3600,
        ),
    )


def _severity(row: Mapping[str, Any], unknown: Sequence[Mapping[str, Any]]) -> Severity:
    """The gravest that it can be. A finding whose origin nobody noted counts as unknown."""
    if any(each["tier"] in {"T1", "T2"} for each in unknown):
        return "secret"
    if unknown:
        return "personal"
    return "fault" if row.get("fault") else "teaching"


def listed(
    db: Db, wanted: Wanted, after: tuple[int, float, str] | None = None, limit: int = PAGE
) -> list[Incident]:
    """The gravest first, then the newest; from after a key (severity, at, id) on."""
    terms, values = _terms(wanted)
    if after is not None:
        terms.append("(i.severity > ? OR (i.severity = ? AND (i.at, i.id) < (?, ?)))")
        values += [after[0], *after]
    rows = db.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE {' AND '.join(terms)}"
        " ORDER BY i.severity, i.at DESC, i.id DESC LIMIT ?",
        (*values, limit),
    )
    return [_incident(row) for row in rows]


def counts(db: Db, site: str | None) -> dict[tuple[str, str], int]:
    """(severity, state) -> how many."""
    terms, values = _terms(Wanted(site=site))
    rows = db.execute(
        f"SELECT i.severity, i.state, count(*) {_FROM} WHERE {' AND '.join(terms)}"
        " GROUP BY i.severity, i.state",
        values,
    )
    return {(SEVERITIES[severity], state): number for severity, state, number in rows}


def _terms(wanted: Wanted) -> tuple[list[str], list[Any]]:
    terms: list[str] = ["1 = 1"]
    values: list[Any] = []
    if wanted.state == "open":
        terms.append("i.state <> 'closed'")
    elif wanted.state:
        terms.append("i.state = ?")
        values.append(wanted.state)
    if wanted.severity in SEVERITIES:
        terms.append("i.severity = ?")
        values.append(SEVERITIES.index(wanted.severity))
    if wanted.site is not None:
        terms.append("s.site = ?")
        values.append(wanted.site)
    if wanted.reference:
        terms.append("lower(i.reference) = ?")
        values.append(wanted.reference.lower())
    return terms, values


def one(db: Db, name: str) -> Incident | None:
    """By id."""
    row = db.execute(f"SELECT {_COLUMNS} {_FROM} WHERE i.id = ?", (name,)).fetchone()
    return _incident(row) if row else None


def findings(db: Db, incident: Incident) -> list[dict[str, Any]]:
    """What was found in what was stopped, as the log holds it; nothing where it was erased."""
    query = "SELECT payload FROM events WHERE stream = ? AND seq = ?"
    row = db.execute(query, (incident.session, incident.seq)).fetchone()
    told = json.loads(row[0]) if row and row[0] else {}
    return [
        each
        for each in told.get("findings", ())
        if each["message"] == told.get("last", each["message"])
    ]


def acts(db: Db, name: str) -> list[Act]:
    """All that was done about one, in order."""
    rows = db.execute(
        "SELECT at, kind, payload FROM events WHERE stream = ? AND kind LIKE 'incident.%'"
        " AND payload LIKE ? ORDER BY seq",
        (SYSTEM, f'%"incident":"{name}"%'),
    )
    return [Act(at / MICRO, kind, json.loads(payload)) for at, kind, payload in rows]


def matches(db: Db, *, by: str = "", name: str = "", since: float = 0) -> int:
    """How often values were compared since a time: by somebody, with one incident."""
    terms, values = ["stream = ?", "kind = ?", "at >= ?"], [SYSTEM, MATCHED, round(since * MICRO)]
    for field, value in (("by", by), ("incident", name)):
        if value:
            terms.append("payload LIKE ?")
            values.append(f'%"{field}":"{value}"%')
    query = f"SELECT count(*) FROM events WHERE {' AND '.join(terms)}"  # noqa: S608 - our words
    return int(db.execute(query, values).fetchone()[0])


def compared(write: Write, name: str, by: str, limits: Limits, now: float, **told: bool) -> None:
    """A value was compared: counted and told in one transaction, so that no try is free.

    Raises:
        NotFound: there is none.
        TooMany: the incident, or this person's hour, had as many as it may have.
    """
    used = matches(write.db, name=name)
    lately = matches(write.db, by=by, since=now - HOUR)
    if used >= limits.incident or lately >= limits.hour:
        raise TooMany("incident_tries", most=limits.incident, hour=limits.hour)
    act(write, name, MATCHED, by, **told)


def elsewhere(db: Db, incident: Incident) -> bool:
    """Whether it came from a site's own machine, whose keys made its hashes."""
    query = "SELECT 1 FROM relay_streams WHERE stream = ?"
    return db.execute(query, (incident.session,)).fetchone() is not None


def act(write: Write, name: str, kind: str, by: str, **told: Any) -> None:
    """Tell of an act. Raises ``NotFound``."""
    found = one(write.db, name)
    if found is None:
        raise NotFound("no_incident")
    payload = {"incident": name, "by": by, **told}
    write.append(SYSTEM, kind, canonical(payload))


def take(write: Write, name: str, by: str, assignee: str) -> None:
    """Take an incident, or hand one's own on.

    Raises:
        NotFound: there is none.
        Conflict: it is closed, or somebody else has it.
    """
    found = one(write.db, name)
    if found is None:
        raise NotFound("no_incident")
    if found.state == "closed":
        raise Conflict("incident_closed")
    if found.assignee not in {None, by}:
        raise Conflict("incident_taken")
    told = {"incident": name, "by": by, "before": found.assignee, "after": assignee}
    write.append(SYSTEM, TAKEN, canonical(told))
    write.db.execute(
        "UPDATE incidents SET state = 'taken', assignee = ? WHERE id = ?", (assignee, name)
    )


def close(write: Write, name: str, by: str, outcome: str, reason: str, now: float) -> None:
    """End it. Raises ``NotFound``, and ``Conflict`` where it has ended."""
    found = one(write.db, name)
    if found is None:
        raise NotFound("no_incident")
    if found.state == "closed":
        raise Conflict("incident_closed")
    told = {"incident": name, "by": by, "before": found.state, "after": outcome, "reason": reason}
    write.append(SYSTEM, CLOSED, canonical(told))
    write.db.execute(
        "UPDATE incidents SET state = 'closed', outcome = ?, closed_at = ?,"
        " assignee = coalesce(assignee, ?) WHERE id = ?",
        (outcome, now, by, name),
    )


def open_again(write: Write, name: str, by: str, reason: str) -> None:
    """Take it up again. Raises ``NotFound``, and ``Conflict`` for one that is open."""
    found = one(write.db, name)
    if found is None:
        raise NotFound("no_incident")
    if found.state != "closed":
        raise Conflict("incident_open")
    told = {"incident": name, "by": by, "before": found.outcome, "after": "taken", "reason": reason}
    write.append(SYSTEM, OPENED, canonical(told))
    write.db.execute(
        "UPDATE incidents SET state = 'taken', outcome = NULL, closed_at = NULL WHERE id = ?",
        (name,),
    )


def _incident(row: Sequence[Any]) -> Incident:
    values = list(row)
    values[4] = SEVERITIES[values[4]]
    return Incident(*values)
