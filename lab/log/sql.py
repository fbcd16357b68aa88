"""What is the same for every log that stands on an SQL database: the Protocol, in terms of a thread
that writes in groups and a few that read.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, TypeVar

from lab.errors import LogError
from lab.keys import Keys
from lab.log import chain, people, relay_audit, sessions
from lab.log.audit import Audit
from lab.log.base import (
    SYSTEM,
    Db,
    PersonSecrets,
    SessionFilter,
    SignIn,
    Tally,
    Verification,
    Write,
)
from lab.log.chain import Anchor, Row
from lab.log.watchers import Watchers
from lab.log.writer import Writer
from lab.model import Classroom, Event, Person, Role, SessionRow

T = TypeVar("T")
READERS = 3
"""Threads that read, each with a connection of its own."""


class SqlLog(ABC):
    """Everything of ``lab.log.base.Log`` but starting, closing, and how a connection is had."""

    def __init__(self, keys: Keys, writer: Writer, watchers: Watchers) -> None:
        self._keys = keys
        self._writer = writer
        self._watchers = watchers
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="log-reader")

    @abstractmethod
    def _reading(self, work: Callable[[Db], T]) -> T:
        """Do ``work`` with a connection that reads, on this thread. Raises ``LogError``."""

    @abstractmethod
    def _moment(self, db: Db) -> AbstractContextManager[None]:
        """While it is open, ``db`` sees the database as it was at one moment."""

    @abstractmethod
    async def _forget(self) -> None:
        """Leave no copy of what was erased where the database keeps its journals."""

    # --- people ----------------------------------------------------------------------------------

    async def add_person(
        self,
        name: str,
        role: Role,
        *,
        password: str | None = None,
        resume: str | None = None,
        class_id: str | None = None,
        site: str | None = None,
        by: str = "",
    ) -> Person:
        """See ``Log.add_person``."""
        person = Person(people.new_id(), name, role, class_id, site)
        return await self._writer.run(
            lambda db: people.add_person(db, self._keys, person, password, resume, by=by)
        )

    async def set_password(self, person_id: str, password: str, *, by: str = "") -> None:
        """See ``Log.set_password``."""
        await self._set_secret(person_id, "password", password, by)

    async def set_resume(self, person_id: str, resume: str, *, by: str = "") -> None:
        """See ``Log.set_resume``."""
        await self._set_secret(person_id, "resume", resume, by)

    async def _set_secret(self, person_id: str, column: str, value: str, by: str) -> None:
        await self._writer.run(lambda db: people.set_secret(db, person_id, column, value, by=by))

    async def person(self, person_id: str) -> Person | None:
        """By id."""
        return await self._look_up(lambda db: people.person_by_id(db, person_id))

    async def people(
        self, *, role: Role | None = None, class_id: str | None = None
    ) -> list[Person]:
        """All, in order of name."""
        return await self._read(lambda db: people.people(db, role, class_id))

    async def person_by_password_name(self, name: str) -> PersonSecrets | None:
        """The one with a password and this name."""
        return await self._read(lambda db: people.with_password(db, name))

    async def trainees_named(self, class_id: str, name: str) -> list[PersonSecrets]:
        """Trainees of a class with this name."""
        return await self._look_up(lambda db: people.trainees_named(db, class_id, name))

    # --- classes ---------------------------------------------------------------------------------

    async def add_class(self, name: str, code: str, *, site: str | None = None) -> Classroom:
        """See ``Log.add_class``."""
        return await self._writer.run(lambda db: people.add_class(db, name, code, site))

    async def classes(self) -> list[Classroom]:
        """All, in order of name."""
        return await self._read(people.classes)

    async def class_by_code(self, code: str) -> Classroom | None:
        """By code, whatever its case."""
        return await self._look_up(lambda db: people.class_by_code(db, code))

    # --- sign-ins --------------------------------------------------------------------------------

    async def sign_in(self, person_id: str, token_hash: str, csrf: str) -> SignIn:
        """A new row."""
        return await self._writer.run(lambda db: people.sign_in(db, person_id, token_hash, csrf))

    async def signed_in(self, token_hash: str) -> tuple[SignIn, Person] | None:
        """The row and its person."""
        return await self._look_up(lambda db: people.signed_in(db, token_hash))

    async def touch(self, signin_id: str) -> None:
        """Somebody is there (written at most once a minute)."""
        await self._writer.run(lambda db: people.touch(db, signin_id))

    async def sign_out(self, signin_id: str) -> None:
        """End one sign-in."""
        await self._writer.run(lambda db: people.sign_out(db, signin_id))

    # --- sessions and events ---------------------------------------------------------------------

    async def open_session(self, person: Person, exercise: str) -> SessionRow:
        """A new session, with its event ``session.opened``."""
        return await self._writer.run(lambda db: sessions.open_session(db, person, exercise))

    async def session(self, session_id: str) -> SessionRow | None:
        """By id."""
        return await self._look_up(lambda db: sessions.session(db, session_id))

    async def sessions(self, wanted: SessionFilter) -> list[SessionRow]:
        """Newest first, by key."""
        return await self._read(lambda db: sessions.sessions(db, wanted))

    async def append(
        self, stream: str, kind: str, payload: dict[str, Any], *, tally: Tally | None = None
    ) -> Event:
        """One more row in a stream. On disk when this returns."""
        content = chain.canonical(payload)  # here, so that a bad payload fails its caller only
        return await self._writer.run(
            lambda db: sessions.append(db, stream, kind, payload, content, tally)
        )

    async def events(self, stream: str, *, after: int = 0) -> list[Event]:
        """Rows of a stream in order, from seq ``after`` + 1."""
        read = self._read if stream == SYSTEM else self._look_up  # the system's may be very many
        return await read(lambda db: sessions.events(db, stream, after))

    async def events_of_kind(self, kinds: Sequence[str], *, since: float) -> list[Event]:
        """Rows of these kinds in all streams since a time, in order of time."""
        return await self._read(lambda db: sessions.events_of_kind(db, kinds, since))

    # --- what areas of their own keep ------------------------------------------------------------

    async def read(self, query: Callable[[Db], T], *, one_moment: bool = False) -> T:
        """See ``Log.read``."""

        def still(db: Db) -> T:
            with self._moment(db):
                return query(db)

        return await self._read(still if one_moment else query)

    async def write(self, work: Callable[[Write], T]) -> T:
        """See ``Log.write``."""
        return await self._writer.run(work)

    def watch(self, told: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """See ``Log.watch``."""
        return self._watchers.add(told)

    # --- the vault of placeholders ---------------------------------------------------------------

    async def save_vault(self, session_id: str, sealed: bytes) -> None:
        """Keep a session's sealed placeholder map (replaces the one before)."""
        await self._writer.run(lambda db: sessions.save_vault(db, session_id, sealed))

    async def vault(self, session_id: str) -> bytes | None:
        """The sealed map, if there is one."""
        return await self._look_up(lambda db: sessions.vault(db, session_id))

    # --- proof -----------------------------------------------------------------------------------

    async def rows(
        self, *, after: int = 0, stream: str | None = None, limit: int = 1000
    ) -> list[tuple[int, Row]]:
        """See ``Log.rows``."""
        return await self._read(lambda db: sessions.rows(db, after, stream, limit))

    async def erase(self, stream: str, seqs: Sequence[int], *, by: str, reason: str) -> None:
        """See ``Log.erase``."""
        await self._writer.run(lambda db: sessions.erase(db, stream, seqs, by=by, reason=reason))
        await self._forget()

    async def anchor(self) -> Anchor | None:
        """Sign the heads of all streams; the last anchor where nothing changed since."""
        before, upto, marks = await self._read(sessions.changed_heads)
        if not marks:
            return before
        made = chain.sign(self._keys.signing, before, time.time_ns() // 1000, marks)
        if await self._writer.run(partial(sessions.add_anchor, anchor=made, upto=upto)):
            return made
        return await self.anchor()  # another process anchored meanwhile: go on from there

    async def anchors(self) -> list[Anchor]:
        """All of them, in order."""
        return await self._read(sessions.anchors)

    async def verify(self, kept: Sequence[Anchor] = ()) -> Verification:
        """Derive everything again, from one moment's view of the database."""
        key, *older = self._keys.verifiers

        def audit(db: Db) -> Verification:
            with self._moment(db):
                found = Audit(key, sessions.erasures(db), older).run(
                    sessions.all_rows(db), sessions.anchors(db), kept, sessions.session_ids(db)
                )
                return relay_audit.joined(found, relay_audit.audit(db))

        return await self._read(audit)

    # --- how reads are done ----------------------------------------------------------------------

    async def _look_up(self, work: Callable[[Db], T]) -> T:
        """Do ``work``, which reads a few rows by their key."""
        return await self._read(work)

    async def _read(self, work: Callable[[Db], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._readers, self._reading, work)
        except RuntimeError:
            raise LogError("log_closed") from None
