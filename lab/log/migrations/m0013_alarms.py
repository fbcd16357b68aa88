"""Findings that trainees held to be mistakes, each as a case for the officers to judge."""

from __future__ import annotations

from typing import Any

ALARMS = {
    "id": str,
    "at": float,
    "session": str,
    "turn": str,
    "rule": str,
    "entity": str,
    "tier": str,
    "view": str,  # reading of the text in which it was found
    "pattern": str,
    "planted": int,  # 1: the value was the exercise's own
    "policy": str,
    "digest": str,  # of the rule as it was then: tells whether it has changed
    "text": str,  # as it left, the disputed value as {value}; empty for T1 and T2
    "state": str,  # waiting, accepted, declined
    "case_text": str,  # as the officer completed it
    "judged_by": str,
    "judged_at": float,
    "reason": str,
}


def apply(db: Any) -> None:
    """Make the table."""
    nullable = {"case_text", "judged_by", "judged_at", "reason"}
    db["alarms"].create(ALARMS, pk="id", not_null=set(ALARMS) - nullable - {"id"}, strict=True)
    db["alarms"].create_index(["state", "at"])
    db["alarms"].create_index(["session"])
