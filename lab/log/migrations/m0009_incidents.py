"""Stops that may have been of something real: who looks after each, and how it ended."""

from __future__ import annotations

from typing import Any

INCIDENTS = {
    "id": str,
    "session": str,
    "seq": int,  # of the event that tells of the stop
    "at": float,
    "severity": int,  # place in lab.log.incidents.SEVERITIES: 0 is the gravest
    "rule": str,  # of its gravest finding
    "tier": str,
    "entity": str,
    "policy": str,
    "reference": str,
    "state": str,  # new, taken, closed
    "assignee": str,
    "due": float,
    "outcome": str,
    "closed_at": float,
}


def apply(db: Any) -> None:
    """Make the table."""
    nullable = {"assignee", "due", "outcome", "closed_at"}
    filled = set(INCIDENTS) - nullable - {"id"}
    db["incidents"].create(INCIDENTS, pk="id", not_null=filled, strict=True)
    db["incidents"].create_index(["state", "severity", "at"])
    db["incidents"].create_index(["session"])
