"""Machines of sites that send their log here, and what came with it."""

from __future__ import annotations

from typing import Any

ROWS = {
    "site": str,
    "seq": int,
    "at": int,
    "kind": str,
    "payload": str,  # NULL once erased, as in the events of this lab
    "salt": str,
    "digest": str,
    "hash": str,
}
ANCHORS = {
    "site": str,
    "number": int,
    "at": int,
    "previous": str,
    "heads": str,
    "digest": str,
    "signature": str,
    "key": str,
}


def apply(db: Any) -> None:
    """Make the tables."""
    db["relays"].create(
        {
            "site": str,
            "keys": str,  # JSON: public keys in hex, the oldest first
            "upto": int,  # place in the site's log up to which everything is here
            "added_at": float,
            "seen_at": float,
        },
        pk="site",
        not_null={"keys", "upto", "added_at"},
        strict=True,
    )
    db["relay_streams"].create(
        {"stream": str, "site": str}, pk="stream", not_null={"site"}, strict=True
    )
    db["relay_streams"].create_index(["site"])
    db["relay_rows"].create(
        ROWS, pk=("site", "seq"), not_null=set(ROWS) - {"payload", "salt"}, strict=True
    )
    db["relay_anchors"].create(ANCHORS, pk=("site", "number"), not_null=set(ANCHORS), strict=True)
