"""Whom to call at a site; ways round the policy that players found."""

from __future__ import annotations

from typing import Any

CONTACTS = {
    "site": str,  # empty: wherever no other is set
    "name": str,
    "phone": str,
    "deputy": str,
    "deputy_phone": str,
    "place": str,  # where the document goes back to, or where to come
    "set_at": float,
}
ATTACK_CASES = {
    "id": str,
    "at": float,
    "person_id": str,
    "level": str,
    "entity": str,
    "tier": str,
    "turns": str,  # JSON: texts as the policy let them out, the canary as {{value}}
    "proof": str,  # read: the lab read the value back; told: the player says how
    "how": str,
    "policy": str,
    "state": str,  # waiting, accepted, declined
    "judged_by": str,
    "judged_at": float,
    "reason": str,
}


def apply(db: Any) -> None:
    """Make the tables."""
    filled = set(CONTACTS) - {"site"}
    db["contacts"].create(CONTACTS, pk="site", not_null=filled, strict=True)
    nullable = {"judged_by", "judged_at", "reason"}
    filled = set(ATTACK_CASES) - nullable - {"id"}
    db["attack_cases"].create(ATTACK_CASES, pk="id", not_null=filled, strict=True)
    db["attack_cases"].create_index(["state", "at"])
    db["attack_cases"].create_index(["person_id", "level"])
