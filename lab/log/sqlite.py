"""The log in one SQLite file: one thread writes in groups, a few read."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar, cast

from lab.errors import LabError, LogError
from lab.keys import Keys
from lab.log import schema, sessions
from lab.log.base import Db
from lab.log.files import Handle, as_log_error
from lab.log.sql import SqlLog
from lab.log.sqlite_writer import SqliteWriter
from lab.log.watchers import Watchers

T = TypeVar("T")


class SqliteLog(SqlLog):
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
        watchers = Watchers()
        self._writer: SqliteWriter = SqliteWriter(
            path, commit_ms / 1000, wait_seconds, busy_seconds, watchers.tell
        )
        super().__init__(keys, self._writer, watchers)
        self.path = path
        self._busy_seconds = busy_seconds
        self._local = threading.local()
        self._handles: list[Handle] = []
        self._claim: int | None = None
        self._started = self._closed = False

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
        self._closed = True
        self._readers.shutdown()
        for handle in self._handles:
            handle.drop()
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None

    async def _forget(self) -> None:
        await self._writer.empty_journal()

    async def _look_up(self, work: Callable[[Db], T]) -> T:
        """On the loop's own thread: a row by its key comes in 30 µs, and going to another thread
        and back costs several times that. Where somebody holds the file, others wait for it.
        """
        if self._closed:
            raise LogError("log_closed")
        try:
            return self._with(self._handle("near", 0), work)
        except LogError as error:
            if error.code != "log_busy":
                raise
        return await self._read(work)

    def _reading(self, work: Callable[[Db], T]) -> T:
        return self._with(self._handle("far", self._busy_seconds), work)

    def _handle(self, name: str, busy_seconds: float) -> Handle:
        """The connection of that name which this thread has."""
        handle: Handle | None = getattr(self._local, name, None)
        if handle is None:
            handle = Handle(self.path, write=False, busy_seconds=busy_seconds)
            setattr(self._local, name, handle)
            self._handles.append(handle)
        return handle

    def _with(self, handle: Handle, work: Callable[[Db], T]) -> T:
        try:
            return work(handle.get())
        except (sqlite3.Error, OSError) as error:
            handle.drop()
            raise as_log_error(error, "log_unreadable") from error

    @contextmanager
    def _moment(self, db: Db) -> Iterator[None]:
        held = cast("sqlite3.Connection", db)
        held.text_factory = lambda raw: raw.decode("utf-8", "replace")  # damaged text is a fault
        held.execute("BEGIN")
        try:
            yield
        finally:
            held.execute("ROLLBACK")
            held.text_factory = str
