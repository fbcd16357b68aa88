"""Who has a page open in which process: told by each process, read by the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.log.base import Db, Write


@dataclass(frozen=True, slots=True)
class Told:
    """What another process has told of somebody."""

    owner: str
    person: str
    pages: int
    turn: int


def begin(write: Write, turn: int) -> tuple[str, int] | None:
    """Nobody is connected in this place any more, nor in places that are gone; the name of this
    process among those of its lab, and its first telling: ``turn``, or the one after the last that
    anybody told, for clocks are set back. None: it is the only one, and has nobody to tell.
    """
    if write.owner is None:
        return None
    last = write.db.execute("SELECT coalesce(max(turn), 0) FROM presence").fetchone()[0]
    turn = max(turn, last + 1)
    write.db.execute("DELETE FROM presence WHERE owner NOT IN (SELECT owner FROM processes)")
    write.db.execute(
        "UPDATE presence SET pages = 0, turn = ? WHERE owner = ? AND pages > 0",
        (turn, write.owner),
    )
    return write.owner, turn


def tell(write: Write, owner: str, pages: Mapping[str, int], turn: int) -> None:
    """How many pages these people have open in this process; ``turn``: which telling this is."""
    for person, count in pages.items():
        write.db.execute(
            "INSERT INTO presence (owner, person_id, pages, turn) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (owner, person_id) DO UPDATE"
            " SET pages = excluded.pages, turn = excluded.turn",
            (owner, person, count, turn),
        )


def beats(db: Db, owner: str) -> dict[str, float]:
    """The other processes of the lab, and when each showed itself last, by the server's clock."""
    rows = db.execute("SELECT owner, seen_at FROM processes WHERE owner <> ?", (owner,))
    return dict(rows)


def told_since(db: Db, owner: str, turn: int) -> list[Told]:
    """What a process has told after a telling, in order."""
    rows = db.execute(
        "SELECT owner, person_id, pages, turn FROM presence WHERE owner = ? AND turn > ?"
        " ORDER BY turn, person_id",
        (owner, turn),
    )
    return [Told(*row) for row in rows]
