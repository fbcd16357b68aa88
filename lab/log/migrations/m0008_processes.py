"""Which process a turn runs in, where several serve one lab."""

from __future__ import annotations

from typing import Any


def apply(db: Any) -> None:
    """A table of the processes that are there, and whose each open turn is."""
    db["processes"].create(
        {"owner": str, "seen_at": float}, pk="owner", not_null={"seen_at"}, strict=True
    )
    db["open_turns"].add_column("owner", str)  # NULL: the one process of a lab on SQLite
