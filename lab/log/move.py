"""Moving a lab's whole database from SQLite to PostgreSQL: all or nothing, compared and verified.

Every table is copied in one transaction and read back in it: rows must be equal, the chain must
verify, and so must the anchors of before. Only then is it committed.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from lab.errors import Conflict, LogError
from lab.keys import Keys
from lab.log import postgres_schema, sessions
from lab.log.audit import Audit
from lab.log.base import Db, Verification
from lab.log.chain import canonical
from lab.log.dialect import PostgresDb
from lab.log.files import as_log_error

DERIVED = frozenset({"review_facts", "review_rules", "review_marks", "review_cursor"})
"""Tables that the lab makes from the events, beside the index of words, which is another kind on
each database: it makes them anew in the new place."""
OWN = frozenset(
    {"lab_migrations", "_sqlite_migrations", "presence", "processes", "sqlite_sequence"}
)
"""Tables that belong to a database, not to its lab."""
WAIT_SECONDS = 10.0
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved."""

    tables: dict[str, int]
    """Rows of each table."""
    found: Verification
    """Of the log in its new place."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table to copy."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def query(self) -> str:
        """All of it, in the order of its key."""
        listed, order = (
            ", ".join(f'"{name}"' for name in some) for some in (self.columns, self.key)
        )
        return f'SELECT {listed} FROM "{self.name}" ORDER BY {order}'  # noqa: S608 - names of ours


def move(source: Path, url: str, keys: Keys, *, told: Told, dry_run: bool = False) -> Moved:
    """Copy the file ``source`` into the empty database at ``url``. ``told`` hears of each step.

    With ``dry_run`` all is done but the commit.

    Raises:
        Conflict: the database holds rows already.
        LogError: a database cannot be read or written, or what was read back is not the same.
    """
    try:
        postgres_schema.prepare(url, WAIT_SECONDS)
        uri = f"file:{quote(str(source))}?mode=ro"
        with (
            closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as before,
            postgres_schema.connect(url, "moving") as after,
            after.transaction(force_rollback=dry_run),
        ):
            before.execute("BEGIN")  # one moment's view
            return _move(before, after, keys, told)
    except (sqlite3.Error, OSError) as error:
        raise as_log_error(error, "log_unreadable") from error
    except psycopg.Error as error:
        raise postgres_schema.as_log_error(error, "log_unwritable") from None


def _move(
    before: sqlite3.Connection, after: psycopg.Connection[Any], keys: Keys, told: Told
) -> Moved:
    db = PostgresDb(after)
    tables = tables_of(before, db)
    for table in tables:
        if db.execute(f'SELECT 1 FROM "{table.name}" LIMIT 1').fetchone():  # noqa: S608 - names of ours
            raise Conflict("move_not_empty")
    told("verify")
    audited(before, keys, before)
    told("copy")
    for table in tables:
        copy_in(before, after, table)
    told("compare")
    counts = {}
    for table in tables:
        counts[table.name], made = digest(before.execute(table.query))
        if (counts[table.name], made) != digest(rows_of(after, table)):
            raise LogError("move_differs", table=table.name)
    told("verify_new")
    return Moved(counts, audited(db, keys, before))


def tables_of(before: sqlite3.Connection, after: Db) -> list[Table]:
    """What there is to move. Search indexes are not: PostgreSQL has its own."""
    there = {
        name
        for (name,) in after.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        )
    }
    found = []
    listed = before.execute("PRAGMA main.table_list").fetchall()
    for _, name, kind, *_ in sorted(listed, key=lambda row: str(row[1])):
        if kind != "table" or name in OWN | DERIVED or name.startswith("sqlite_"):
            continue
        if name not in there:
            raise LogError("move_unknown", table=name)
        columns = before.execute(f'PRAGMA table_info("{name}")').fetchall()
        key = [(place, column) for _, column, _, _, _, place in columns if place]
        named = tuple(column for _, column, *_ in columns)
        found.append(Table(name, named, tuple(column for _, column in sorted(key))))
    return found


def copy_in(before: sqlite3.Connection, after: psycopg.Connection[Any], table: Table) -> None:
    """All rows of a table, from the file to the server."""
    names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
    with after.cursor() as cursor:
        with cursor.copy(into) as copy:
            for row in before.execute(table.query):
                copy.write_row(row)
        for column in table.key:  # numbers that the database gives out go on after the last one
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", (table.name, column))
            given = cursor.fetchone()
            if given and given[0]:
                cursor.execute(
                    sql.SQL("SELECT setval(%s, max({})) FROM {} HAVING max({}) IS NOT NULL").format(
                        sql.Identifier(column), sql.Identifier(table.name), sql.Identifier(column)
                    ),
                    (given[0],),
                )


def rows_of(after: psycopg.Connection[Any], table: Table) -> Iterable[Sequence[Any]]:
    """Read back by a cursor on the server: a log may be larger than memory."""
    with after.cursor(name="moving") as cursor:
        cursor.execute(table.query.encode())
        yield from cursor


def digest(rows: Iterable[Sequence[Any]]) -> tuple[int, str]:
    """How many rows, and a hash over all of them."""
    count, made = 0, hashlib.sha256()
    for row in rows:
        count += 1
        shown = [value.hex() if isinstance(value, bytes) else value for value in row]
        made.update(canonical(shown) + b"\n")
    return count, made.hexdigest()


def audited(db: Db, keys: Keys, before: sqlite3.Connection) -> Verification:
    """The log verifies, with the anchors of before. Raises ``LogError`` with the first fault."""
    key, *older = keys.verifiers
    found = Audit(key, sessions.erasures(db), older).run(
        sessions.all_rows(db),
        sessions.anchors(db),
        sessions.anchors(before),
        sessions.session_ids(db),
    )
    if found.problems:
        raise LogError("log_broken", problem=found.problems[0].sentence())
    return found
