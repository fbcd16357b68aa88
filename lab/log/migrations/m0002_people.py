"""Course runs and sites, what a roster says of a person, how long a class is kept."""

from __future__ import annotations

from typing import Any

RUNS = {"id": str, "name": str, "added_at": float}
SITES = {"name": str, "added_at": float}
ERASED = {"stream": str, "at": float}


def apply(db: Any) -> None:
    """Make the tables; sites that classes and people name already are taken over."""
    for name, columns in (("runs", RUNS), ("sites", SITES), ("erased", ERASED)):
        key, *others = columns
        db[name].create(columns, pk=key, not_null=set(others), strict=True)
    db["classes"].add_column("run_id", str)
    db["classes"].add_column("retention_days", int)  # NULL: kept until somebody erases it
    db["people"].add_column("unit", str)  # agency or section, to tell two of one name apart
    db["people"].add_column("ref", str)  # what the organisers' list calls this person
    db["people"].add_column("rostered_at", float)  # NULL: a walk-in
    db["people"].create_index(["class_id", "ref"])
    db.execute(
        "INSERT INTO sites (name, added_at)"
        " SELECT site, min(added_at) FROM classes WHERE site IS NOT NULL GROUP BY site"
    )
    db.execute(
        "INSERT INTO sites (name, added_at)"
        " SELECT site, min(added_at) FROM people"
        " WHERE site IS NOT NULL AND site NOT IN (SELECT name FROM sites) GROUP BY site"
    )
