"""Who has a page open in which process, where several serve one lab."""

from __future__ import annotations

from typing import Any


def apply(db: Any) -> None:
    """Make the table."""
    db["presence"].create(
        {
            "owner": str,  # as in processes
            "person_id": str,
            "pages": int,  # 0: not connected there any more
            "turn": int,  # grows with each telling of this place, beyond restarts
        },
        pk=("owner", "person_id"),
        not_null={"pages", "turn"},
        strict=True,
    )
    db["presence"].create_index(["owner", "turn"])
