"""People, classes and sign-ins in the database: one function a statement or two.

Functions that take a ``Transaction`` write, and add the event that tells of it; those that take a
connection read.
"""

from __future__ import annotations

import secrets
import time
import unicodedata
from dataclasses import astuple
from typing import Any

from lab.errors import Conflict, NotFound
from lab.keys import Keys
from lab.log.base import SYSTEM, Db, PersonSecrets, SignIn
from lab.log.chain import canonical
from lab.log.writer import Transaction
from lab.model import Classroom, Person, Role

_PERSON = "id, name, role, class_id, site"
_TOUCH_SECONDS = 60
_PSEUDONYM_DIGITS = 4


def new_id() -> str:
    """A name that nobody can guess: 20 hex digits."""
    return secrets.token_hex(10)


def name_key(name: str) -> str:
    """A name as it is compared: NFC, case folded, single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def code_key(code: str) -> str:
    """A class code as it is kept and compared."""
    return unicodedata.normalize("NFC", code).strip().upper()


def note(transaction: Transaction, kind: str, **payload: Any) -> None:
    """One more event of the system."""
    transaction.append(SYSTEM, kind, canonical(payload))


def add_person(
    transaction: Transaction,
    keys: Keys,
    person: Person,
    password: str | None,
    resume: str | None,
    *,
    by: str,
) -> Person:
    """Raises ``Conflict`` where the name has a password already."""
    key = name_key(person.name)
    query = "SELECT 1 FROM people WHERE name_key = ? AND password IS NOT NULL"
    if password is not None and transaction.db.execute(query, (key,)).fetchone():
        raise Conflict("name_taken")
    transaction.db.execute(
        f"INSERT INTO people ({_PERSON}, name_key, password, resume, pseudonym, added_at)"  # noqa: S608 - constant
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *astuple(person),
            key,
            password,
            resume,
            _pseudonym(transaction.db, keys, person),
            time.time(),
        ),
    )
    told = {"person": person.id, "role": person.role, "class_id": person.class_id}
    note(transaction, "person.added", **told, by=by)
    return person


def _pseudonym(db: Db, keys: Keys, person: Person) -> str:
    """``HV-7F3A``: from a keyed hash, as many digits as keep it apart from others of the class."""
    digits = keys.hash("pseudonym", f"{person.class_id}\0{person.id}").upper()
    query = "SELECT 1 FROM people WHERE coalesce(class_id, '') = ? AND pseudonym = ?"
    length = _PSEUDONYM_DIGITS
    while db.execute(query, (person.class_id or "", f"HV-{digits[:length]}")).fetchone():
        length += 1
    return f"HV-{digits[:length]}"


def set_secret(
    transaction: Transaction, person_id: str, column: str, value: str, *, by: str
) -> None:
    """Replace the password's or the resume code's hash, and end the person's sign-ins."""
    changed = transaction.db.execute(
        f"UPDATE people SET {column} = ? WHERE id = ?",  # noqa: S608 - the column is our own word
        (value, person_id),
    )
    if not changed.rowcount:
        raise NotFound("no_person")
    transaction.db.execute("DELETE FROM signins WHERE person_id = ?", (person_id,))
    note(transaction, f"person.{column}", person=person_id, by=by)


def person_by_id(db: Db, person_id: str) -> Person | None:
    """By id."""
    row = db.execute(f"SELECT {_PERSON} FROM people WHERE id = ?", (person_id,)).fetchone()  # noqa: S608
    return _person(*row) if row else None


def people(db: Db, role: Role | None, class_id: str | None) -> list[Person]:
    """All that fit, by name."""
    wanted = {"role": role, "class_id": class_id}
    terms = [f"{column} = ?" for column, value in wanted.items() if value is not None]
    rows = db.execute(
        f"SELECT {_PERSON} FROM people WHERE {' AND '.join(terms or ['1 = 1'])}"  # noqa: S608 - our words
        " ORDER BY name_key, id",
        [value for value in wanted.values() if value is not None],
    )
    return [_person(*row) for row in rows]


def with_password(db: Db, name: str) -> PersonSecrets | None:
    """The one with a password and this name."""
    row = db.execute(
        f"SELECT {_PERSON}, password, resume FROM people"  # noqa: S608 - constant
        " WHERE name_key = ? AND password IS NOT NULL",
        (name_key(name),),
    ).fetchone()
    return PersonSecrets(_person(*row[:5]), *row[5:]) if row else None


def trainees_named(db: Db, class_id: str, name: str) -> list[PersonSecrets]:
    """Trainees of a class with this name, the first to join first."""
    rows = db.execute(
        f"SELECT {_PERSON}, password, resume FROM people"  # noqa: S608 - constant
        " WHERE class_id = ? AND name_key = ? AND role = 'trainee' ORDER BY added_at, id",
        (class_id, name_key(name)),
    )
    return [PersonSecrets(_person(*row[:5]), *row[5:]) for row in rows]


def add_class(transaction: Transaction, name: str, code: str, site: str | None) -> Classroom:
    """Raises ``Conflict`` for a code in use."""
    room = Classroom(new_id(), name, code_key(code), site)
    if transaction.db.execute("SELECT 1 FROM classes WHERE code = ?", (room.code,)).fetchone():
        raise Conflict("code_taken")
    transaction.db.execute(
        "INSERT INTO classes (id, name, code, site, added_at) VALUES (?, ?, ?, ?, ?)",
        (*astuple(room), time.time()),
    )
    note(transaction, "class.added", class_id=room.id)
    return room


def classes(db: Db) -> list[Classroom]:
    """All, by name."""
    rows = db.execute("SELECT id, name, code, site FROM classes ORDER BY name, id")
    return [Classroom(*row) for row in rows]


def class_by_code(db: Db, code: str) -> Classroom | None:
    """By code, whatever its case."""
    query = "SELECT id, name, code, site FROM classes WHERE code = ?"
    row = db.execute(query, (code_key(code),)).fetchone()
    return Classroom(*row) if row else None


def sign_in(transaction: Transaction, person_id: str, token_hash: str, csrf: str) -> SignIn:
    """A new row."""
    now = time.time()
    row = SignIn(new_id(), person_id, csrf, now, now)
    transaction.db.execute(
        "INSERT INTO signins (id, person_id, csrf, created_at, seen_at, token)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (*astuple(row), token_hash),
    )
    note(transaction, "signin.opened", signin=row.id, person=person_id)
    return row


def signed_in(db: Db, token_hash: str) -> tuple[SignIn, Person] | None:
    """The row and its person."""
    row = db.execute(
        "SELECT s.id, s.person_id, s.csrf, s.created_at, s.seen_at,"
        " p.id, p.name, p.role, p.class_id, p.site"
        " FROM signins s JOIN people p ON p.id = s.person_id WHERE s.token = ?",
        (token_hash,),
    ).fetchone()
    return (SignIn(*row[:5]), _person(*row[5:])) if row else None


def touch(transaction: Transaction, signin_id: str) -> None:
    """Somebody is there."""
    now = time.time()
    transaction.db.execute(
        "UPDATE signins SET seen_at = ? WHERE id = ? AND seen_at < ?",
        (now, signin_id, now - _TOUCH_SECONDS),
    )


def sign_out(transaction: Transaction, signin_id: str) -> None:
    """End one sign-in; ending one that ended is nothing."""
    done = transaction.db.execute("DELETE FROM signins WHERE id = ?", (signin_id,))
    if done.rowcount:
        note(transaction, "signin.closed", signin=signin_id)


def _person(person_id: str, name: str, role: str, class_id: str | None, site: str | None) -> Person:
    return Person(person_id, name, Role(role), class_id, site)
