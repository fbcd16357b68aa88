"""People, classes, sign-ins, sessions, events, anchors."""

from __future__ import annotations

from typing import Any

PEOPLE = {
    "id": str,
    "name": str,
    "name_key": str,  # the name as it is compared
    "role": str,
    "password": str,  # argon2; NULL for trainees
    "resume": str,  # keyed hash; NULL for people with a password
    "class_id": str,
    "site": str,
    "pseudonym": str,
    "added_at": float,
}
CLASSES = {"id": str, "name": str, "code": str, "site": str, "added_at": float}
SIGNINS = {
    "id": str,
    "person_id": str,
    "token": str,  # a hash: the database cannot sign anybody in
    "csrf": str,
    "created_at": float,
    "seen_at": float,
}
SESSIONS = {
    "id": str,
    "person_id": str,
    "class_id": str,
    "site": str,
    "exercise": str,
    "opened_at": float,
    "last_at": float,
    "turns": int,
    "blocked": int,
    "masked": int,
    "failed": int,
    "score": float,
    "passed": int,
    "pseudonym": str,
}
EVENTS = {
    "id": int,  # place in the log; no part of the chain
    "stream": str,
    "seq": int,
    "at": int,  # microseconds
    "kind": str,
    "payload": str,  # canonical JSON; NULL once erased
    "salt": str,
    "digest": str,
    "hash": str,
}
ANCHORS = {
    "number": int,
    "at": int,
    "previous": str,
    "heads": str,  # JSON: [[stream, seq, hash], ...] that changed since the anchor before
    "digest": str,
    "signature": str,
    "key": str,
    "upto": int,  # events up to this id are covered
}


def apply(db: Any) -> None:
    """Make all tables."""
    nullable = {
        "people": {"password", "resume", "class_id", "site"},
        "classes": {"site"},
        "sessions": {"class_id", "site", "score"},
        "events": {"payload", "salt"},
    }
    for name, columns in (
        ("people", PEOPLE),
        ("classes", CLASSES),
        ("signins", SIGNINS),
        ("sessions", SESSIONS),
        ("events", EVENTS),
        ("anchors", ANCHORS),
        ("vaults", {"place": str, "sealed": bytes, "saved_at": float}),
    ):
        key = next(iter(columns))
        filled = set(columns) - nullable.get(name, set()) - {key}
        db[name].create(columns, pk=key, not_null=filled, strict=True)
    db["open_turns"].create(
        {"stream": str, "turn": str},
        pk=("stream", "turn"),
        not_null={"stream", "turn"},
        strict=True,
    )
    db["people"].create_index(["class_id", "name_key"])
    db.execute("CREATE UNIQUE INDEX one_login ON people (name_key) WHERE password IS NOT NULL")
    db["classes"].create_index(["code"], unique=True)
    db["signins"].create_index(["token"], unique=True)
    db["signins"].create_index(["person_id"])
    for covered in (
        ["last_at", "id"],
        ["class_id", "last_at", "id"],
        ["person_id", "last_at", "id"],
    ):
        db["sessions"].create_index(covered)
    db["events"].create_index(["stream", "seq"], unique=True)
    db["events"].create_index(["kind", "at"])
