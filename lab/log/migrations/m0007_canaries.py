"""Which sessions have planted values of their own, and from which version of the key."""

from __future__ import annotations

from typing import Any


def apply(db: Any) -> None:
    """Make the table."""
    db["canaries"].create(
        {"session": str, "version": int}, pk="session", not_null={"version"}, strict=True
    )
