"""Raised hands and what was said about them; notices to a room, countdowns, exercises on hold."""

from __future__ import annotations

from typing import Any

HANDS = {
    "id": str,
    "person_id": str,
    "class_id": str,
    "site": str,
    "session_id": str,
    "exercise": str,
    "severity": str,
    "raised_at": float,
    "claimed_by": str,
    "claimed_at": float,
    "closed_at": float,
    "closed_by": str,
    "reason": str,
}
WORDS = {
    "id": str,
    "hand_id": str,
    "person_id": str,
    "staff": int,  # 1: written by an assistant or a trainer
    "at": float,
    "text": str,  # as the policy let it through, masked; NULL where it was stopped
}
NOTICES = {
    "id": str,
    "kind": str,  # notice, hint or countdown
    "class_id": str,
    "site": str,
    "text": str,
    "by_id": str,
    "at": float,
    "ends_at": float,  # of a countdown
    "over_at": float,  # taken back
}
HOLDS = {
    "id": str,  # whom it is for, and which exercise
    "class_id": str,
    "site": str,
    "exercise": str,  # empty: every exercise
    "by_id": str,
    "at": float,
}
NULLABLE = {
    "hands": {
        "class_id",
        "site",
        "claimed_by",
        "claimed_at",
        "closed_at",
        "closed_by",
        "reason",
    },
    "hand_words": {"text"},
    "notices": {"class_id", "site", "ends_at", "over_at"},
    "holds": {"class_id", "site"},
}


def apply(db: Any) -> None:
    """Make the tables."""
    tables = {"hands": HANDS, "hand_words": WORDS, "notices": NOTICES, "holds": HOLDS}
    for name, columns in tables.items():
        filled = set(columns) - NULLABLE[name] - {"id"}
        db[name].create(columns, pk="id", not_null=filled, strict=True)
    db["hands"].create_index(["closed_at", "raised_at"])
    db.execute("CREATE UNIQUE INDEX one_hand ON hands (person_id) WHERE closed_at IS NULL")
    db["hands"].create_index(["person_id", "raised_at"])
    db["hand_words"].create_index(["hand_id", "at"])
    db["notices"].create_index(["at"])
