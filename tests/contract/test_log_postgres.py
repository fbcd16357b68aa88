"""What only a log on PostgreSQL must do: several processes on it, and a server that dies."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgressupport import shared
from support import environment, run_lab

from bench.postgres import Server
from lab.errors import LogError
from lab.keys import Keys
from lab.log import postgres_listener
from lab.log.base import SYSTEM, Write
from lab.log.dialect import translate
from lab.log.postgres import PostgresLog

WRITER = """
import asyncio, sys
from pathlib import Path
from lab.keys import Keys
from lab.log.postgres import PostgresLog

async def main(url, keys, name):
    log = PostgresLog(url, Keys.load(Path(keys)), place=name, commit_ms=0.2)
    await log.start()
    await log.append("turns", "turn.decided", {"turn": name, "action": "allow"})
    print("open", flush=True)
    for n in range(10**6):
        await asyncio.gather(*(log.append(s, "test.row", {"by": name, "n": n})
                               for s in ("system", "shared", name)))
        print(n, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def url() -> str:
    """An empty database."""
    return shared().database()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """The keys that all processes of a lab share."""
    return Keys.load(tmp_path / "keys")


@pytest.fixture
async def two(url: str, keys: Keys) -> AsyncIterator[tuple[PostgresLog, PostgresLog]]:
    """Two logs on one database, as two processes have."""
    one, other = (PostgresLog(url, keys, place=f"place-{n}", commit_ms=0.2) for n in (1, 2))
    await one.start()
    await other.start()
    yield one, other
    await one.close()
    await other.close()


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may kill."""
    server = Server.make()
    server.start()
    yield server
    server.stop()


def writer(url: str, tmp_path: Path, name: str) -> subprocess.Popen[str]:
    """A process that opens a turn and then writes as fast as it can."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(tmp_path / "keys"), name],
        stdout=subprocess.PIPE,
        text=True,
    )


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - any condition at all
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("sql", "theirs"),
    [
        ("SELECT ? WHERE a LIKE 'x%' AND b = ?", "SELECT %s WHERE a LIKE 'x%%' AND b = %s"),
        ("SELECT 'is it? it''s' || ?", "SELECT 'is it? it''s' || %s"),
        ("SELECT CAST(payload AS BLOB), a % 2", "SELECT convert_to(payload, 'UTF8'), a %% 2"),
    ],
)
def test_a_statement_is_translated_and_its_texts_are_left(sql: str, theirs: str) -> None:
    """Only signs for values and the bytes of a text change; what stands in quotes does not."""
    assert translate(sql).decode() == theirs


async def test_two_processes_make_one_chain(two: tuple[PostgresLog, PostgresLog]) -> None:
    """Rows of both follow each other in every stream, the system's too, without gap or fork."""
    logs = [two[n % 2] for n in range(400)]
    await asyncio.gather(
        *(log.append(("a", SYSTEM)[n % 4 > 1], "test.row", {"n": n}) for n, log in enumerate(logs))
    )
    for stream in ("a", SYSTEM):
        assert [event.seq for event in await two[0].events(stream)] == list(range(1, 201))
    await asyncio.gather(two[0].anchor(), two[1].anchor())
    found = await two[1].verify()
    assert (found.events, found.problems) == (400, ())


async def test_who_watches_hears_of_all_processes_in_the_order_of_the_log(
    two: tuple[PostgresLog, PostgresLog],
) -> None:
    """Each process is told of each row exactly once, its own and the other's, in one order."""
    told: tuple[list[str], list[str]] = ([], [])
    for log, into in zip(two, told, strict=True):
        log.watch(lambda events, into=into: into.extend(event.hash for event in events))
    await asyncio.gather(*(two[n % 2].append(f"s{n % 7}", "test.row", {}) for n in range(200)))
    await until(lambda: min(map(len, told)) >= 200)
    stored = [row.hash for _, row in await two[0].rows(limit=1000)]
    assert told[0] == told[1] == stored


async def test_a_server_that_is_killed_loses_no_row_and_no_process(
    own_server: Server, keys: Keys
) -> None:
    """While the server is killed and started again, each append is written exactly once or its
    caller hears that it was not; watching and reading go on by themselves.
    """
    url = own_server.database()
    async with AsyncExitStack() as stack:
        logs = [PostgresLog(url, keys, commit_ms=0.2) for _ in range(2)]
        for log in logs:
            await log.start()
            stack.push_async_callback(log.close)
        told: list[str] = []
        logs[0].watch(lambda events: told.extend(event.hash for event in events))
        written: list[str] = []
        refused: list[str] = []
        stop = asyncio.Event()

        async def write(number: int) -> None:
            while not stop.is_set():
                try:
                    event = await logs[number % 2].append(f"s{number % 3}", "test.row", {})
                except LogError as error:
                    refused.append(error.code)
                else:
                    written.append(event.hash)

        tasks = [asyncio.create_task(write(number)) for number in range(12)]
        for _ in range(3):
            await asyncio.sleep(0.4)
            await asyncio.to_thread(own_server.kill)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(own_server.start)
        await asyncio.sleep(0.5)
        stop.set()
        await asyncio.gather(*tasks)
        stored = [row.hash for log in logs[:1] for _, row in await log.rows(limit=10**6)]
        found = await logs[1].verify()
        assert refused == []  # short of LAB's ten seconds, nobody notices
        assert found.problems == ()
        assert sorted(stored) == sorted(written)
        await until(lambda: len(told) >= len(stored))
        assert told == stored


async def test_while_the_server_is_away_a_write_is_refused_in_time(
    own_server: Server, keys: Keys
) -> None:
    """Who writes or reads then is told so, within the set time; afterwards both work again."""
    log = PostgresLog(own_server.database(), keys, wait_seconds=1, busy_seconds=1)
    await log.start()
    await log.append("s", "test.row", {})
    await asyncio.to_thread(own_server.kill)
    for work in (log.append("s", "test.row", {}), log.events("s")):
        with pytest.raises(LogError) as caught:
            async with asyncio.timeout(6):
                await work
        assert caught.value.code in {"log_away", "log_unwritable"}
    await asyncio.to_thread(own_server.start)
    assert (await log.append("s", "test.row", {})).seq == 2
    assert len(await log.events("s")) == 2
    await log.close()


async def test_a_process_that_is_killed_leaves_whole_rows_and_no_open_turn(
    url: str, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After kill -9 amid writing, what it was told is written is there, the chain verifies, and its
    turn is ended: at once where a process takes its place, after its lease where none does.
    """
    monkeypatch.setattr(postgres_listener, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(postgres_listener, "LEASE_SECONDS", 1.0)
    names = ("back", "gone")
    running = {name: writer(url, tmp_path, name) for name in names}
    last = {}
    for name, process in running.items():
        assert process.stdout is not None
        while last.get(name, -1) < 20:
            line = process.stdout.readline()
            last[name] = -1 if line == "open\n" else int(line)
    for process in running.values():
        process.send_signal(signal.SIGKILL)
        process.wait()
    log = PostgresLog(url, keys, place="back", commit_ms=0.2)
    await log.start()
    ended = [e.payload for e in await log.events("turns") if e.kind == "turn.ended"]
    assert [(p["turn"], p["status"]) for p in ended if p] == [("back", "interrupted")]
    async with asyncio.timeout(20):
        while len(await log.events("turns")) < 4:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)
    for name in names:
        numbers = [e.payload["n"] for e in await log.events(name) if e.payload]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) > last[name]
    assert (await log.verify()).problems == ()
    await log.close()


async def test_a_process_that_hangs_with_the_lock_does_not_stop_the_others(
    url: str, keys: Keys, tmp_path: Path
) -> None:
    """The server ends the transaction of a stopped process; others write on, and so does it."""
    log = PostgresLog(url, keys, commit_ms=0.2)
    await log.start()
    hung = writer(url, tmp_path, "hung")
    assert hung.stdout is not None
    assert hung.stdout.readline() == "open\n"
    for _ in range(5):
        hung.send_signal(signal.SIGSTOP)
        await log.append("s", "test.row", {})  # at the latest once the other's time is over
        hung.send_signal(signal.SIGCONT)
        assert hung.stdout.readline()
    hung.kill()
    hung.wait()
    assert (await log.verify()).problems == ()
    await log.close()


async def test_no_error_of_the_database_tells_what_was_to_be_written(url: str, keys: Keys) -> None:
    """PostgreSQL quotes rows in its errors: neither the error nor its causes carry that on."""
    log = PostgresLog(url, keys, commit_ms=0.2)
    await log.start()
    secret = "CCCD 001099012345"

    def doubled(write: Write) -> None:
        for _ in range(2):
            write.db.execute("INSERT INTO sites (name, added_at) VALUES (?, ?)", (secret, 1.0))

    with pytest.raises(LogError) as caught:
        await log.write(doubled)
    error: BaseException | None = caught.value
    while error is not None:
        assert secret not in str(error)
        error = error.__cause__
    await log.close()


async def test_what_reads_cannot_write(url: str, keys: Keys) -> None:
    """A query that would change something is refused, as on a file opened for reading."""
    log = PostgresLog(url, keys)
    await log.start()
    with pytest.raises(LogError):
        await log.read(lambda db: db.execute("DELETE FROM people"))
    await log.close()


def test_a_database_of_a_newer_lab_is_left_alone(url: str, keys: Keys) -> None:
    """A migration that this version does not know stops the start."""
    asyncio.run(_started(url, keys))
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("INSERT INTO lab_migrations (name) VALUES ('m9999_future')")
    with pytest.raises(LogError) as caught:
        asyncio.run(_started(url, keys))
    assert caught.value.code == "log_newer"


async def _started(url: str, keys: Keys) -> None:
    log = PostgresLog(url, keys)
    try:
        await log.start()
    finally:
        await log.close()


async def test_keys_are_not_rotated_under_a_lab_that_serves(url: str, tmp_path: Path) -> None:
    """While any process serves, it would go on signing with the old keys: the command says so."""
    env = environment(tmp_path, LAB_DATABASE=url)
    log = PostgresLog(url, Keys.load(tmp_path / "data-keys"))
    await log.start()
    tried = await asyncio.to_thread(lambda: run_lab("keys", "rotate", env=env))
    await log.close()
    done = await asyncio.to_thread(lambda: run_lab("keys", "rotate", env=env))
    assert (tried.returncode, done.returncode) == (1, 0), tried.stderr + done.stderr


async def test_a_number_that_a_crash_gave_to_another_is_no_commit(
    own_server: Server, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that crashes before a commit is on its disk gives its number away: what somebody
    else commits under it is not our row, which is written again.
    """
    url = own_server.database()
    log = PostgresLog(url, keys, commit_ms=0.2)
    await log.start()
    writer, real = log._writer, psycopg.Connection.commit
    lost: list[str] = []

    def commit(connection: psycopg.Connection[Any]) -> None:
        if lost or connection is not writer._db:
            real(connection)
            return
        lost.append(writer._committing)
        own_server.kill()
        own_server.start()
        for _ in range(50):
            with psycopg.connect(url) as other:
                found = other.execute("SELECT pg_current_xact_id()::text").fetchone()
            assert found is not None
            if int(found[0]) >= int(lost[0]):
                break
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(psycopg.Connection, "commit", commit)
    event = await log.append("s1", "test.row", {})
    assert lost
    assert event.hash in [row.hash for _, row in await log.rows(limit=100)]
    assert (await log.verify()).problems == ()
    await log.close()
