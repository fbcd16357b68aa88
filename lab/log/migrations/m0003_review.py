"""What reviewers search, filter and mark by: derived from events, but for reservations."""

from __future__ import annotations

from typing import Any

FACTS = {
    "session": str,
    "number": int,  # of the session in the index of words
    "class_id": str,
    "site": str,
    "exercise": str,
    "pseudonym": str,
    "last_at": float,
    "turns": int,
    "blocked": int,
    "masked": int,
    "failed": int,
    "score": float,
    "passed": int,
    "checks": int,
    "first_score": float,
    "disputed": int,
    "streak": int,  # stops one after the other, up to now
    "stuck": int,
    "eyes": int,  # 1: somebody should look
    "lot": int,  # drawn from the id, 0 to 999: the random sample
    "marked": int,  # people who marked it
}
MARKS = {
    "session": str,
    "seq": int,  # of its event
    "by_id": str,
    "turn": str,  # empty: the whole session
    "marks": str,  # JSON: criterion -> mark
    "at": float,
    "undone": int,
}


def apply(db: Any) -> None:
    """Make the tables. The index of words is the database's own kind."""
    nullable = {"class_id", "site", "score", "first_score"}
    db["review_facts"].create(
        FACTS, pk="session", not_null=set(FACTS) - nullable - {"session"}, strict=True
    )
    db["review_facts"].create_index(["number"], unique=True)
    for covered in (["last_at", "session"], ["class_id", "last_at", "session"]):
        db["review_facts"].create_index(covered)
    db["review_facts"].create_index(["site", "last_at", "session"])
    db["review_rules"].create(
        {"session": str, "rule": str, "count": int},
        pk=("session", "rule"),
        not_null={"session", "rule", "count"},
        strict=True,
    )
    db["review_rules"].create_index(["rule", "session"])
    db["review_claims"].create(
        {"session": str, "person_id": str, "until": float},
        pk="session",
        not_null={"person_id", "until"},
        strict=True,
    )
    db["review_marks"].create(MARKS, pk=("session", "seq"), not_null=set(MARKS), strict=True)
    db["review_marks"].create_index(["by_id", "at"])
    db["review_cursor"].create(
        {"name": str, "place": int}, pk="name", not_null={"place"}, strict=True
    )
    if getattr(db, "dialect", "sqlite") == "postgresql":
        db.execute(
            "CREATE TABLE review_words (place BIGINT PRIMARY KEY,"
            " folded TSVECTOR NOT NULL, said TSVECTOR NOT NULL)"
        )
        db.execute("CREATE INDEX review_words_folded ON review_words USING GIN (folded)")
        db.execute("CREATE INDEX review_words_said ON review_words USING GIN (said)")
    else:
        db.execute(
            "CREATE VIRTUAL TABLE review_words USING fts5"
            " (folded, said, tokenize = 'unicode61 remove_diacritics 0')"
        )
