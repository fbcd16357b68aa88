"""A log on PostgreSQL as one file, and back: the form that backups have, whatever the database.

The file is a SQLite database of the same form. It is read at one moment while the lab goes on, and
compared row by row; it does not depend on the version of the server, and proves itself like any log
of ours (why not ``pg_dump``: ``docs/decisions/backup.md``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from lab.errors import Conflict, LogError
from lab.keys import Keys
from lab.log import postgres_schema, schema, sessions
from lab.log.audit import Audit
from lab.log.base import Verification
from lab.log.dialect import PostgresDb
from lab.log.files import as_log_error
from lab.log.move import OWN, Table, audited, copy_in, digest, rows_of, tables_of
from lab.log.postgres_listener import serving

KEPT = "lab_before_"
"""Beginning of the name of a schema that holds the tables of before a restore."""
_WORDS = frozenset({"review_words", "review_facts", "review_rules", "review_marks"})
_PAGE = 2000


@contextmanager
def _connected(url: str, name: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose errors, and those of the file, are the log's."""
    try:
        with postgres_schema.connect(url, name) as db:
            yield db
    except (sqlite3.Error, OSError) as error:
        raise as_log_error(error, "log_unreadable") from error
    except psycopg.Error as error:
        raise postgres_schema.as_log_error(error, "log_unwritable") from None


def size_of(url: str) -> int:
    """Bytes of the database."""
    with _connected(url, "backup") as db:
        found = db.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(found[0]) if found else 0


def fetch(url: str, target: Path) -> None:
    """Write the log as it is at one moment to a new file, and compare it.

    Raises:
        LogError: ``backup_form``: the database has another form than this version's;
            ``move_differs``: what was read back is not the same; or it cannot be read or written.
    """
    schema.prepare(target)
    with (
        _connected(url, "backup") as there,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        there.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if set(applied(there)) != set(schema.known()):
            raise LogError("backup_form")
        copy.execute("PRAGMA synchronous = OFF")  # on disk as a whole, at the end
        copy.execute("BEGIN")
        for table in tables_of(copy, PostgresDb(there)):
            _copy_out(there, copy, table)
            if digest(copy.execute(table.query)) != digest(rows_of(there, table)):
                raise LogError("move_differs", table=table.name)
        copy.execute("COMMIT")
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()


def _copy_out(there: psycopg.Connection[Any], copy: sqlite3.Connection, table: Table) -> None:
    listed = ", ".join(f'"{name}"' for name in table.columns)
    signs = ", ".join("?" * len(table.columns))
    into = f'INSERT INTO "{table.name}" ({listed}) VALUES ({signs})'  # noqa: S608 - names of ours
    page: list[Sequence[Any]] = []
    for row in rows_of(there, table):
        page.append(row)
        if len(page) == _PAGE:
            copy.executemany(into, page)
            page.clear()
    copy.executemany(into, page)


def applied(db: psycopg.Connection[Any]) -> list[str]:
    """Names of the migrations that a database has had, in order; none where there is no log."""
    there = db.execute("SELECT to_regclass('lab_migrations')").fetchone()
    if there is None or there[0] is None:
        return []
    return [name for (name,) in db.execute("SELECT name FROM lab_migrations ORDER BY name")]


def erased(url: str) -> list[str]:
    """Ids of the people whom the log says were erased. Raises ``LogError``."""
    with _connected(url, "restore") as db:
        return sessions.erased_people(PostgresDb(db)) if applied(db) else []


def alone(db: psycopg.Connection[Any]) -> None:
    """Raise ``Conflict`` where a lab serves this database."""
    if applied(db) and serving(PostgresDb(db)):
        raise Conflict("lab_running", home="PostgreSQL")


def put_back(source: Path, url: str, keys: Keys, *, stamp: str, dry_run: bool = False) -> str:
    """Let the database hold what a file holds: in one transaction, compared and verified.

    The tables of before stay, in a schema of their own; its name, empty where there were none.

    Raises:
        Conflict: a lab serves this database.
        LogError: what was read back is not the same, or does not verify.
    """
    with (
        _connected(url, "restore") as db,
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as before,
        db.transaction(force_rollback=dry_run),
    ):
        alone(db)
        kept = _set_aside(db, before, f"{KEPT}{stamp}")
        postgres_schema.migrate(db)
        told = PostgresDb(db)
        for table in tables_of(before, told):
            copy_in(before, db, table)
            if digest(before.execute(table.query)) != digest(rows_of(db, table)):
                raise LogError("move_differs", table=table.name)
        audited(told, keys, before)
        return kept


def _set_aside(db: psycopg.Connection[Any], before: sqlite3.Connection, name: str) -> str:
    ours = {row[0] for row in before.execute("SELECT name FROM sqlite_master")} | OWN | _WORDS
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
    there = sorted({table for (table,) in db.execute(query)} & ours)
    if not there:
        return ""
    db.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    for table in there:
        moved = sql.SQL("ALTER TABLE {} SET SCHEMA {}")
        db.execute(moved.format(sql.Identifier(table), sql.Identifier(name)))
    return name


def bring_up(url: str, keys: Keys, *, dry_run: bool = False) -> tuple[str, ...]:
    """Bring a database to the present form, all steps or none, verified before and after; which.

    Raises:
        Conflict: a lab serves this database.
        LogError: ``log_newer``, or the chain does not verify afterwards (``upgrade_log``).
    """
    with _connected(url, "upgrade") as db, db.transaction(force_rollback=dry_run):
        alone(db)
        done = applied(db)
        if set(done) - set(schema.known()):
            raise LogError("log_newer")
        steps = tuple(name for name in schema.known() if name not in done)
        if not steps:
            return ()
        before = _verified(db, keys)
        postgres_schema.migrate(db)
        after = _verified(db, keys)
        if len(after.problems) > len(before.problems) or after.events != before.events:
            raise LogError("upgrade_log")
        return steps


def _verified(db: psycopg.Connection[Any], keys: Keys) -> Verification:
    told = PostgresDb(db)
    key, *older = keys.verifiers
    return Audit(key, sessions.erasures(told), older).run(
        sessions.all_rows(told), sessions.anchors(told), (), sessions.session_ids(told)
    )
