"""The log in one SQLite file: one thread writes in groups, a few read."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from lab.errors import LabError, LogError
from lab.keys import Keys
from lab.log import chain, people, schema, sessions
from lab.log.audit import Audit
from lab.log.base import Db, PersonSecrets, SessionFilter, SignIn, Tally, Verification, Write
from lab.log.chain import Anchor, Row
from lab.log.files import Handle, as_log_error
from lab.log.watchers import Watchers
from lab.log.writer import Writer
from lab.model import Classroom, Event, Person, Role, SessionRow

T = TypeVar("T")
READERS = 3
"""Threads that read, each with a connection of its own."""


class SqliteLog:
    """``lab.log.base.Log`` on SQLite in write-ahead mode."""

    def __init__(
        self,
        path: Path,
        keys: Keys,
        *,
        commit_ms: float = 3,
        wait_seconds: float = 10,
        busy_seconds: float = 3,
    ) -> None:
        self.path = path
        self._keys = keys
        self._watchers = Watchers()
        self._writer = Writer(
            path, commit_ms / 1000, wait_seconds, busy_seconds, self._watchers.tell
        )
        self._busy_seconds = busy_seconds
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="log-reader")
        self._local = threading.local()
        self._handles: list[Handle] = []
        self._claim: int | None = None
        self._started = False

    async def start(self, *, recover: bool = True) -> None:
        """See ``Log.start``."""
        try:
            await asyncio.to_thread(schema.prepare, self.path)
        except (sqlite3.Error, OSError) as error:
            raise as_log_error(error, "log_unwritable") from error
        self._started = True
        if recover:
            self._claim = schema.claim(self.path.with_suffix(".serving"))
            if self._claim is not None:
                await self._writer.run(sessions.interrupt_open_turns)

    async def close(self) -> None:
        """See ``Log.close``. Never raises: the lab stops whatever the disk does."""
        if self._started:
            with suppress(LabError):
                await self.anchor()
        await self._writer.close()
        self._readers.shutdown()
        for handle in self._handles:
            handle.drop()
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None

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
    ) -> Person:
        """See ``Log.add_person``."""
        person = Person(people.new_id(), name, role, class_id, site)
        return await self._writer.run(
            lambda db: people.add_person(db, self._keys, person, password, resume)
        )

    async def set_password(self, person_id: str, password: str) -> None:
        """See ``Log.set_password``."""
        await self._writer.run(lambda db: people.set_secret(db, person_id, "password", password))

    async def set_resume(self, person_id: str, resume: str) -> None:
        """See ``Log.set_resume``."""
        await self._writer.run(lambda db: people.set_secret(db, person_id, "resume", resume))

    async def person(self, person_id: str) -> Person | None:
        """By id."""
        return await self._read(lambda db: people.person_by_id(db, person_id))

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
        return await self._read(lambda db: people.trainees_named(db, class_id, name))

    # --- classes ---------------------------------------------------------------------------------

    async def add_class(self, name: str, code: str, *, site: str | None = None) -> Classroom:
        """See ``Log.add_class``."""
        return await self._writer.run(lambda db: people.add_class(db, name, code, site))

    async def classes(self) -> list[Classroom]:
        """All, in order of name."""
        return await self._read(people.classes)

    async def class_by_code(self, code: str) -> Classroom | None:
        """By code, whatever its case."""
        return await self._read(lambda db: people.class_by_code(db, code))

    # --- sign-ins --------------------------------------------------------------------------------

    async def sign_in(self, person_id: str, token_hash: str, csrf: str) -> SignIn:
        """A new row."""
        return await self._writer.run(lambda db: people.sign_in(db, person_id, token_hash, csrf))

    async def signed_in(self, token_hash: str) -> tuple[SignIn, Person] | None:
        """The row and its person."""
        return await self._read(lambda db: people.signed_in(db, token_hash))

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
        return await self._read(lambda db: sessions.session(db, session_id))

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
        return await self._read(lambda db: sessions.events(db, stream, after))

    async def events_of_kind(self, kinds: Sequence[str], *, since: float) -> list[Event]:
        """Rows of these kinds in all streams since a time, in order of time."""
        return await self._read(lambda db: sessions.events_of_kind(db, kinds, since))

    # --- what areas of their own keep ------------------------------------------------------------

    async def read(self, query: Callable[[Db], T]) -> T:
        """See ``Log.read``."""
        return await self._read(query)

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
        return await self._read(lambda db: sessions.vault(db, session_id))

    # --- proof -----------------------------------------------------------------------------------

    async def rows(
        self, *, after: int = 0, stream: str | None = None, limit: int = 1000
    ) -> list[tuple[int, Row]]:
        """See ``Log.rows``."""
        return await self._read(lambda db: sessions.rows(db, after, stream, limit))

    async def erase(self, stream: str, seqs: Sequence[int], *, by: str, reason: str) -> None:
        """See ``Log.erase``. The write-ahead log is emptied too, so that no copy stays there."""
        await self._writer.run(lambda db: sessions.erase(db, stream, seqs, by=by, reason=reason))
        await self._writer.empty_journal()

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

        def audit(db: sqlite3.Connection) -> Verification:
            db.text_factory = lambda raw: raw.decode("utf-8", "replace")
            db.execute("BEGIN")
            try:
                return Audit(key, sessions.erasures(db), older).run(
                    sessions.all_rows(db), sessions.anchors(db), kept, sessions.session_ids(db)
                )
            finally:
                db.execute("ROLLBACK")
                db.text_factory = str

        return await self._read(audit)

    # --- how reads are done ----------------------------------------------------------------------

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._readers, self._reading, work)
        except RuntimeError:
            raise LogError("log_closed") from None

    def _reading(self, work: Callable[[sqlite3.Connection], T]) -> T:
        handle: Handle | None = getattr(self._local, "handle", None)
        if handle is None:
            handle = Handle(self.path, write=False, busy_seconds=self._busy_seconds)
            self._local.handle = handle
            self._handles.append(handle)
        try:
            return work(handle.get())
        except (sqlite3.Error, OSError) as error:
            handle.drop()
            raise as_log_error(error, "log_unreadable") from error
