"""The log on PostgreSQL: one lab for several processes, on one machine or on many."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar, cast

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from lab.errors import LabError, where
from lab.keys import Keys
from lab.log import postgres_schema as schema
from lab.log.base import Db
from lab.log.dialect import PostgresDb
from lab.log.people import new_id
from lab.log.postgres_listener import Listener, end_orphans, take_over
from lab.log.postgres_writer import PostgresWriter
from lab.log.sql import READERS, SqlLog
from lab.log.watchers import Watchers
from lab.model import Event

T = TypeVar("T")
LOGGER = logging.getLogger(__name__)


class PostgresLog(SqlLog):
    """``lab.log.base.Log`` on a PostgreSQL database that other processes may share.

    ``place`` names this process among them, the same after each restart (a machine and its port):
    what it left open when it was killed is ended as soon as it is back.
    """

    def __init__(
        self,
        url: str,
        keys: Keys,
        *,
        place: str = "",
        commit_ms: float = 3,
        wait_seconds: float = 10,
        busy_seconds: float = 3,
    ) -> None:
        watchers = Watchers()
        self._writer: PostgresWriter = PostgresWriter(
            url, commit_seconds=commit_ms / 1000, wait_seconds=wait_seconds
        )
        super().__init__(keys, self._writer, watchers)
        self._url = url
        self._place = place
        self._wait_seconds = wait_seconds
        self._busy_seconds = busy_seconds
        self._listener = Listener(url, watchers, self._orphaned)
        self._writer.told = self._listener.own
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = False
        self._pool = ConnectionPool(
            schema.target(url, "reader"),
            kwargs={"autocommit": True},
            configure=_reads,
            min_size=1,
            max_size=READERS,
            open=False,
            timeout=busy_seconds,
            reconnect_timeout=busy_seconds,
            name="log-readers",
        )

    async def start(self, *, recover: bool = True) -> None:
        """See ``Log.start``."""
        await asyncio.to_thread(schema.prepare, self._url, self._wait_seconds)
        self._started = True
        self._loop = asyncio.get_running_loop()
        if recover:
            try:
                owner = await asyncio.to_thread(self._listener.take, self._place or new_id())
            except psycopg.Error as error:
                raise schema.as_log_error(error, "log_unwritable") from None
            self._writer.owner = owner
            await self._writer.run(partial(take_over, owner=owner))
            await asyncio.to_thread(self._listener.start)

    async def close(self) -> None:
        """See ``Log.close``. Never raises: the lab stops whatever the database does."""
        if self._started:
            with suppress(LabError):
                await self.anchor()
        await self._writer.close()
        await asyncio.to_thread(self._listener.close)
        self._readers.shutdown()
        self._pool.close()

    def watch(self, told: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """See ``Log.watch``."""
        end = super().watch(told)
        self._listener.start()
        return end

    def _orphaned(self) -> None:
        """From the listener's thread: turns are open that no process runs."""
        if self._loop is not None and not self._loop.is_closed():
            done = asyncio.run_coroutine_threadsafe(self._writer.run(end_orphans), self._loop)
            done.add_done_callback(_told)

    async def _forget(self) -> None:
        """Free the pages of rows that were emptied. The server's own write-ahead log keeps what it
        has until it is recycled (see ``docs/decisions/postgresql.md``).
        """

        def vacuum() -> None:
            try:
                with schema.connect(self._url, "erasing") as db:
                    db.execute("VACUUM events")
            except psycopg.Error as error:
                raise schema.as_log_error(error, "log_unwritable") from None

        await asyncio.to_thread(vacuum)

    def _reading(self, work: Callable[[Db], T]) -> T:
        try:
            try:
                return self._read_once(work)
            except psycopg.OperationalError as error:
                if isinstance(error, PoolTimeout) or not schema.away(error):
                    raise
            self._pool.check()  # the server was restarted: every connection of before is dead
            return self._read_once(work)
        except psycopg.Error as error:
            raise schema.as_log_error(error, "log_unreadable") from None

    def _read_once(self, work: Callable[[Db], T]) -> T:
        if self._pool.closed:
            self._pool.open()
        with self._pool.connection() as connection:
            return work(PostgresDb(connection))

    @contextmanager
    def _moment(self, db: Db) -> Iterator[None]:
        held = cast("PostgresDb", db).connection
        held.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            held.execute("ROLLBACK")


def _reads(connection: psycopg.Connection[Any]) -> None:
    """A connection that reads only, as the file of SQLite is opened for reading only."""
    schema.ours(connection, default_transaction_read_only="on")


def _told(done: Any) -> None:
    error = done.exception()
    if error is not None:
        LOGGER.error("turns of a lost process are still open: %s", where(error))
    elif done.result():
        LOGGER.warning("%s turns of a lost process were ended", done.result())
