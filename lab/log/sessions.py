"""Sessions, events and anchors in the database: one function a statement or two."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from typing import Any

from lab import fastjson
from lab.errors import NotFound
from lab.log import incidents
from lab.log.audit import Place
from lab.log.base import SYSTEM, Db, SessionFilter, Tally, Write
from lab.log.chain import MICRO, Anchor, Mark, Row, canonical, marks_of
from lab.log.people import new_id, note
from lab.log.writer import Transaction
from lab.model import Event, Person, SessionRow

_SESSION = (
    "id, person_id, class_id, exercise, opened_at, last_at, turns, blocked, masked, failed,"
    " score, passed, pseudonym"
)
_EVENT = "stream, seq, at, kind, payload, hash"
_ROW = "id, stream, seq, at, kind, CAST(payload AS BLOB), salt, digest, hash"
ANCHOR_COLUMNS = "number, at, previous, heads, digest, signature, key"
"""What :func:`anchor_of` reads."""
_OUTCOMES = {
    "blocked": "blocked > 0",
    "masked": "masked > 0",
    "failed": "failed > 0",
    "passed": "passed = 1",
    "open": "passed = 0",
}
_PAGE = 2000


def open_session(transaction: Transaction, person: Person, exercise: str) -> SessionRow:
    """A new row and its first event."""
    db, now = transaction.db, time.time()
    query = "SELECT pseudonym FROM people WHERE id = ?"
    found = db.execute(query, (person.id,)).fetchone()
    if found is None:
        raise NotFound("no_person")
    row = SessionRow(
        id=new_id(),
        person_id=person.id,
        class_id=person.class_id,
        exercise=exercise,
        opened_at=now,
        last_at=now,
        pseudonym=found[0],
    )
    db.execute(
        f"INSERT INTO sessions ({_SESSION}, site) VALUES (?{', ?' * 13})",  # noqa: S608 - constant
        (*astuple(row), person.site),
    )
    opened = {"exercise": exercise, "person": person.id, "class_id": person.class_id}
    transaction.append(row.id, "session.opened", canonical(opened))
    return row


def session(db: Db, session_id: str) -> SessionRow | None:
    """By id."""
    query = f"SELECT {_SESSION} FROM sessions WHERE id = ?"  # noqa: S608 - constant
    row = db.execute(query, (session_id,)).fetchone()
    return _session(row) if row else None


def sessions(db: Db, wanted: SessionFilter) -> list[SessionRow]:
    """Newest first, by key."""
    terms: list[str] = []
    values: list[str | float] = []
    for column in ("class_id", "person_id", "site", "exercise"):
        value = getattr(wanted, column)
        if value is not None:
            terms.append(f"{column} = ?")
            values.append(value)
    if wanted.outcome is not None:
        terms.append(_OUTCOMES.get(wanted.outcome, "1 = 0"))
    if wanted.before is not None:
        terms.append("(last_at, id) < (?, ?)")
        values.extend(wanted.before)
    rows = db.execute(
        f"SELECT {_SESSION} FROM sessions WHERE {' AND '.join(terms or ['1 = 1'])}"  # noqa: S608 - our words
        " ORDER BY last_at DESC, id DESC LIMIT ?",
        (*values, wanted.limit),
    )
    return [_session(row) for row in rows]


def append(
    transaction: Write,
    stream: str,
    kind: str,
    payload: dict[str, Any],
    content: bytes,
    tally: Tally | None,
) -> Event:
    """One row, with what hangs on it: the session's sums and the list of turns under way."""
    row = transaction.append(stream, kind, content)
    if kind == "turn.decided" and payload.get("action") != "block":
        query = (
            "INSERT INTO open_turns (stream, turn, owner) VALUES (?, ?, ?)"
            " ON CONFLICT (stream, turn) DO NOTHING"
        )
        values = (stream, str(payload.get("turn")), transaction.owner)
        transaction.db.execute(query, values)
    elif kind == "turn.ended":
        query = "DELETE FROM open_turns WHERE stream = ? AND turn = ?"
        transaction.db.execute(query, (stream, str(payload.get("turn"))))
    if kind in incidents.STOPS and payload.get("action") == "block":
        incidents.note_stop(transaction.db, stream, row.seq, row.at / MICRO, payload)
    if tally is not None:
        _add(transaction.db, stream, row.at / MICRO, tally)
    return Event(stream, row.seq, row.at / MICRO, kind, payload, row.hash)


def is_open(db: Db, stream: str, turn: str) -> bool:
    """Whether a turn was decided, may leave, and has no end yet."""
    query = "SELECT 1 FROM open_turns WHERE stream = ? AND turn = ?"
    return db.execute(query, (stream, turn)).fetchone() is not None


def _add(db: Db, session_id: str, at: float, tally: Tally) -> None:
    db.execute(
        "UPDATE sessions SET last_at = CASE WHEN last_at < ? THEN ? ELSE last_at END,"
        " turns = turns + ?, blocked = blocked + ?, masked = masked + ?, failed = failed + ?"
        " WHERE id = ?",
        (at, at, tally.turns, tally.blocked, tally.masked, tally.failed, session_id),
    )
    if tally.score is not None:
        db.execute(
            "UPDATE sessions SET score = ? WHERE id = ? AND (score IS NULL OR score < ?)",
            (tally.score, session_id, tally.score),
        )
    if tally.passed:
        db.execute("UPDATE sessions SET passed = 1 WHERE id = ?", (session_id,))


def events(db: Db, stream: str, after: int) -> list[Event]:
    """Rows of a stream in order."""
    query = f"SELECT {_EVENT} FROM events WHERE stream = ? AND seq > ? ORDER BY seq"  # noqa: S608
    return [event_of(*row) for row in db.execute(query, (stream, after))]


def events_of_kind(db: Db, kinds: Sequence[str], since: float) -> list[Event]:
    """Rows of these kinds since a time."""
    if not kinds:
        return []
    rows = db.execute(
        f"SELECT {_EVENT} FROM events WHERE kind IN ({_places(kinds)})"  # noqa: S608 - constants
        " AND at >= ? ORDER BY at, id",
        (*kinds, round(since * MICRO)),
    )
    return [event_of(*row) for row in rows]


def _places(values: Sequence[object]) -> str:
    """A ``?`` for each value."""
    return ", ".join("?" * len(values))


def interrupt_open_turns(transaction: Transaction) -> int:
    """End the turns that a crash left open, those of no process that is there; how many."""
    left = transaction.db.execute(
        "SELECT stream, turn FROM open_turns"
        " WHERE owner IS NULL OR owner NOT IN (SELECT owner FROM processes)"
    ).fetchall()
    for stream, turn in left:
        ended = {
            "turn": turn,
            "status": "interrupted",
            "reply": "",
            "error": "restart",
            "seconds": None,
            "usage": {"prompt_tokens": None, "completion_tokens": None},
            "findings": [],
        }
        append(transaction, stream, "turn.ended", ended, canonical(ended), None)
    return len(left)


# --- the vault of placeholders -------------------------------------------------------------------


def save_vault(transaction: Transaction, place: str, sealed: bytes) -> None:
    """Replace the sealed map."""
    query = (
        "INSERT INTO vaults (place, sealed, saved_at) VALUES (?, ?, ?) ON CONFLICT (place)"
        " DO UPDATE SET sealed = excluded.sealed, saved_at = excluded.saved_at"
    )
    transaction.db.execute(query, (place, sealed, time.time()))


def vault(db: Db, place: str) -> bytes | None:
    """The sealed map."""
    row = db.execute("SELECT sealed FROM vaults WHERE place = ?", (place,)).fetchone()
    return bytes(row[0]) if row else None


# --- proof ---------------------------------------------------------------------------------------


def rows(db: Db, after: int, stream: str | None, limit: int) -> list[tuple[int, Row]]:
    """Rows as they are stored, in order of place."""
    found = db.execute(
        f"SELECT {_ROW} FROM events WHERE id > ? {'AND stream = ?' if stream else ''}"  # noqa: S608
        " ORDER BY id LIMIT ?",
        (after, stream, limit) if stream else (after, limit),
    )
    return [(row[0], Row(*row[1:])) for row in found]


def all_rows(db: Db) -> Iterator[Row]:
    """Every row, by stream and seq; page by page, for a log may be larger than memory."""
    last: tuple[str, int] = ("", -(2**63))
    while True:
        page = db.execute(
            f"SELECT {_ROW} FROM events WHERE (stream, seq) > (?, ?)"  # noqa: S608 - constants
            " ORDER BY stream, seq LIMIT ?",
            (*last, _PAGE),
        ).fetchall()
        for row in page:
            yield Row(*row[1:])
        if len(page) < _PAGE:
            return
        last = page[-1][1], page[-1][2]


def erase(
    transaction: Transaction, stream: str, seqs: Sequence[int], *, by: str, reason: str
) -> None:
    """Remove content for good, and say so in the system's stream. Raises ``NotFound``."""
    wanted, db = set(seqs), transaction.db
    rows = db.execute("SELECT seq FROM events WHERE stream = ?", (stream,))
    if not wanted <= {seq for (seq,) in rows}:
        raise NotFound
    for seq in sorted(wanted):
        emptied = "UPDATE events SET payload = NULL, salt = NULL WHERE stream = ? AND seq = ?"
        db.execute(emptied, (stream, seq))
    note(transaction, "rows.erased", stream=stream, seqs=list(seqs), by=by, reason=reason)


def erasures(db: Db) -> set[Place]:
    """Rows that the system's stream says were erased."""
    query = "SELECT payload FROM events WHERE kind = 'rows.erased' AND stream = ?"
    places: set[Place] = set()
    for (text,) in db.execute(query, (SYSTEM,)):
        try:
            told = json.loads(text)
            places.update((told["stream"], seq) for seq in told["seqs"])
        except (TypeError, KeyError, ValueError):
            continue  # the audit names this row: its content does not fit its digest
    return places


def erased_people(db: Db) -> list[str]:
    """Ids of all people whom the log says were erased."""
    rows = db.execute(
        "SELECT payload FROM events WHERE stream = ? AND kind = ? AND payload IS NOT NULL",
        (SYSTEM, "person.erased"),
    )
    return [json.loads(payload)["person"] for (payload,) in rows]


def changed_heads(db: Db) -> tuple[Anchor | None, int, list[Mark]]:
    """The last anchor; the last place in the log; heads that changed since that anchor."""
    last = anchors(db, last_only=True)
    upto = db.execute("SELECT upto FROM anchors ORDER BY number DESC LIMIT 1").fetchone()
    end: int = db.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
    heads = db.execute(
        "SELECT e.stream, e.seq, e.hash FROM events e JOIN (SELECT stream, max(seq) AS seq"
        " FROM events WHERE id > ? AND id <= ? GROUP BY stream) last"
        " ON last.stream = e.stream AND last.seq = e.seq ORDER BY e.stream",
        (upto[0] if upto else 0, end),
    )
    return (last[0] if last else None), end, [Mark(*head) for head in heads]


def add_anchor(transaction: Transaction, anchor: Anchor, upto: int) -> bool:
    """Keep an anchor; False where another process was first."""
    heads = canonical([[mark.stream, mark.seq, mark.hash] for mark in anchor.marks]).decode()
    signed = (anchor.digest, anchor.signature, anchor.key, upto)
    done = transaction.db.execute(
        f"INSERT INTO anchors ({ANCHOR_COLUMNS}, upto) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        " ON CONFLICT (number) DO NOTHING",
        (anchor.number, anchor.at, anchor.previous, heads, *signed),
    )
    return done.rowcount == 1


def anchors(db: Db, *, last_only: bool = False) -> list[Anchor]:
    """Anchors in order."""
    order = "DESC LIMIT 1" if last_only else "ASC"
    found = db.execute(f"SELECT {ANCHOR_COLUMNS} FROM anchors ORDER BY number {order}").fetchall()  # noqa: S608
    return [anchor_of(*row) for row in found]


def tables(db: Db) -> set[str]:
    """Names of the tables of this database: one of an earlier form has fewer."""
    query = "SELECT name FROM sqlite_master"
    if getattr(db, "dialect", "sqlite") == "postgresql":
        query = "SELECT table_name FROM information_schema.tables"
    return {name for (name,) in db.execute(query)}


def session_ids(db: Db) -> list[str]:
    """Streams that must hold at least one row."""
    return [found for (found,) in db.execute("SELECT id FROM sessions")]


def anchor_of(number: int, at: int, previous: str, heads: str, *words: str) -> Anchor:
    """An anchor from its row. One whose heads cannot be read has none, and fails its digest."""
    try:
        marks = marks_of(json.loads(heads))
    except (TypeError, ValueError):
        marks = ()
    digest, signature, key = words
    return Anchor(number, at, previous, marks, digest, signature, key)


def event_of(
    stream: str, seq: int, at: int, kind: str, payload: str | bytes | None, hashed: str
) -> Event:
    """A row as the lab reads it."""
    content = None if payload is None else fastjson.loads(payload)
    return Event(stream, seq, at / MICRO, kind, content, hashed)


def _session(row: Sequence[Any]) -> SessionRow:
    found = SessionRow(*row)
    return replace(found, passed=bool(found.passed))
