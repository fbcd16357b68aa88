"""Situations from people's own work, what others answer, and votes. Their words are in the chain:
rows hold only the place of the event, so that what is erased there is gone here as well.
"""

from __future__ import annotations

from typing import Any

STORIES = {
    "id": str,
    "seq": int,  # its event in the system's stream
    "person_id": str,
    "class_id": str,
    "site": str,
    "shown_as": str,  # a name where the writer chose so, else the pseudonym
    "state": str,  # waiting, shown, refused, withdrawn
    "added_at": float,
    "decided_by": str,
    "reason": str,
    "exercise": str,  # id of the draft that a trainer made of it
}
ANSWERS = {
    "id": str,
    "story_id": str,
    "seq": int,
    "person_id": str,
    "shown_as": str,
    "hidden": int,
    "added_at": float,
}


def apply(db: Any) -> None:
    """Make the tables."""
    free = {"class_id", "site", "decided_by", "reason", "exercise"}
    db["stories"].create(STORIES, pk="id", not_null=set(STORIES) - free - {"id"}, strict=True)
    db["stories"].create_index(["state", "added_at"])
    db["story_answers"].create(ANSWERS, pk="id", not_null=set(ANSWERS) - {"id"}, strict=True)
    db["story_answers"].create_index(["story_id", "added_at"])
    db["story_votes"].create(
        {"target": str, "person_id": str},
        pk=("target", "person_id"),
        not_null={"target", "person_id"},
        strict=True,
    )
