"""The SQLite log under bad luck: full and broken disks, lost files, other programs."""

from __future__ import annotations

import asyncio
import re
import resource
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from lab.errors import LogError
from lab.keys import Keys
from lab.log import schema
from lab.log.base import SYSTEM
from lab.log.sqlite import SqliteLog

WAIT = 2.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database stands."""
    return tmp_path / "home" / "lab.sqlite"


@pytest.fixture
async def log(path: Path, tmp_path: Path) -> AsyncIterator[SqliteLog]:
    """A started log that gives up soon."""
    made = SqliteLog(
        path, Keys.load(tmp_path / "keys"), commit_ms=0.2, wait_seconds=WAIT, busy_seconds=0.3
    )
    await made.start()
    yield made
    await made.close()


@contextmanager
def changed(path: Path) -> Iterator[sqlite3.Connection]:
    """The database in the hands of somebody who may write the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        yield db


async def refused(log: SqliteLog) -> str:
    """The code with which an append is refused."""
    with pytest.raises(LogError) as caught:
        await log.append("s", "turn.decided", {"turn": "t"})
    return caught.value.code


def move(source: Path, target: Path) -> None:
    """What a careless hand does with the file; it must not have been replaced meanwhile."""
    assert not target.exists()
    source.rename(target)


def damage(path: Path) -> None:
    """A file that is no database."""
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)


def open_files() -> list[str]:
    """Names of the files that this process holds open."""
    links = (link for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return [str(link.readlink()) for link in links]


async def test_files_are_for_their_owner_only(log: SqliteLog, path: Path) -> None:
    """Folder 0700, every file in it 0600, the write-ahead log too."""
    await log.append("s", "turn.sent", {})
    assert path.parent.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert "lab.sqlite-wal" in modes
    assert set(modes.values()) == {0o600}


async def test_every_commit_is_synced(log: SqliteLog, path: Path) -> None:
    """The write-ahead mode is in the file, and the writer's connection has synchronous=FULL."""
    mode = await log._writer.run(lambda tx: tx.db.execute("PRAGMA synchronous").fetchone()[0])
    assert mode == 2
    with changed(path) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_an_append_is_in_the_file_when_it_returns(log: SqliteLog, path: Path) -> None:
    """Another process reads the row at once."""
    await log.append("s", "turn.decided", {"turn": "t", "action": "allow"})
    with changed(path) as db:
        assert db.execute("SELECT kind FROM events WHERE stream = 's'").fetchall() == [
            ("turn.decided",)
        ]


async def test_a_full_disk_refuses_and_mends_itself(log: SqliteLog) -> None:
    """No space: LogError, nothing half written, and the next append works when there is space."""
    await log.append("s", "turn.sent", {})
    page = await log._writer.run(lambda tx: tx.db.execute("PRAGMA page_count").fetchone()[0])

    def fill(tx: object) -> None:
        tx.db.execute(f"PRAGMA max_page_count = {page}")  # type: ignore[attr-defined]

    await log._writer.run(fill)
    codes = set()
    for _ in range(60):
        try:
            await log.append("s", "turn.sent", {"x": "y" * 3000})
        except LogError as error:
            codes.add(error.code)
            break
    assert codes == {"log_full"}
    await log.append("s", "turn.sent", {"x": "y" * 3000})  # a new connection: no such limit
    seqs = [event.seq for event in await log.events("s")]
    assert seqs == list(range(1, len(seqs) + 1))
    assert (await log.verify()).problems == ()


async def test_a_file_that_may_not_grow_refuses_and_mends_itself(log: SqliteLog) -> None:
    """A real write error of the system is a LogError within bounds, and passes with its cause."""
    await log.append("s", "turn.sent", {})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        assert await refused(log) in {"log_unwritable", "log_full"}
        assert await refused(log) in {"log_unwritable", "log_full"}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (await log.append("s", "turn.sent", {})).seq == 2
    assert (await log.verify()).problems == ()


async def test_a_lost_file_refuses_until_it_is_back(log: SqliteLog, path: Path) -> None:
    """A database that was moved away is not silently begun anew, nor written without a name."""
    await log.append("s", "turn.sent", {})
    await log._writer.empty_journal()
    away = path.with_name("away")
    move(path, away)
    assert await refused(log) == "log_missing"
    with pytest.raises(LogError):
        await log.events("s")
    move(away, path)
    assert (await log.append("s", "turn.sent", {})).seq == 2
    assert len(await log.events("s")) == 2


async def test_a_damaged_file_is_said_to_be_damaged(path: Path, tmp_path: Path) -> None:
    """A file that is no database refuses to start, with its own sentence."""
    damage(path)
    log = SqliteLog(path, Keys.load(tmp_path / "keys"))
    with pytest.raises(LogError) as caught:
        await log.start()
    assert caught.value.code == "log_corrupt"
    await log.close()


async def test_another_program_s_lock_is_waited_for_and_then_refused(
    log: SqliteLog, path: Path
) -> None:
    """Short locks pass unnoticed; long ones give LogError within the wait, and never hang."""
    with changed(path) as db:
        db.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(log.append("s", "turn.sent", {}))
        await asyncio.sleep(0.1)
        db.execute("ROLLBACK")
        assert (await waiting).seq == 1
        db.execute("BEGIN IMMEDIATE")
        before = time.monotonic()
        assert await refused(log) == "log_busy"
        assert time.monotonic() - before < WAIT
        db.execute("ROLLBACK")
    assert (await log.append("s", "turn.sent", {})).seq == 2


async def test_a_write_that_hangs_is_given_up(log: SqliteLog) -> None:
    """Whatever the disk does, a caller hears within the wait; a late write is skipped."""
    loop = asyncio.get_running_loop()
    slow = loop.create_task(log._writer.run(lambda _: time.sleep(WAIT + 0.4)))
    await asyncio.sleep(0.05)
    before = time.monotonic()
    assert await refused(log) == "log_unwritable"
    assert time.monotonic() - before < WAIT + 0.3
    with pytest.raises(LogError):
        await slow
    await log.append("s", "turn.sent", {})
    assert [event.kind for event in await log.events("s")] == ["turn.sent"]


async def test_a_writer_that_breaks_is_followed_by_another(
    log: SqliteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw in the thread that writes refuses that write; the next one is written."""
    broken = [True]

    def once() -> None:
        if broken.pop() if broken else False:
            raise OSError("the clock has no such time")

    await log.append(SYSTEM, "system.started", {})
    monkeypatch.setattr(log._writer, "_prepare", once)
    with pytest.raises(LogError, match="log_unwritable"):
        await log.append(SYSTEM, "system.started", {})
    await log.append(SYSTEM, "system.started", {})
    assert (await log.verify()).problems == ()


async def test_one_bad_write_does_not_take_others_along(log: SqliteLog) -> None:
    """A write with an error of its own fails alone; those of the same commit are written."""

    def broken(_: object) -> None:
        raise ZeroDivisionError

    writes = [log.append("s", "turn.sent", {"n": n}) for n in range(5)]
    found = await asyncio.gather(*writes, log._writer.run(broken), return_exceptions=True)
    assert isinstance(found[-1], ZeroDivisionError)
    assert [getattr(event, "seq", None) for event in found[:-1]] == [1, 2, 3, 4, 5]
    assert (await log.verify()).problems == ()


async def test_rows_of_another_process_are_followed(log: SqliteLog, path: Path) -> None:
    """A head that another process moved on is read anew, so the chain has no fork."""
    await log.append(SYSTEM, "system.started", {})
    code = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom lab.keys import Keys\n"
        "from lab.log.sqlite import SqliteLog\n"
        "async def main():\n"
        "    log = SqliteLog(Path(sys.argv[1]), Keys.load(Path(sys.argv[2])))\n"
        "    await log.start(recover=False)\n"
        "    await log.append('system', 'class.added', {})\n"
        "    await log.close()\n"
        "asyncio.run(main())\n"
    )
    keys = str(path.parents[1] / "keys")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(path), keys)
    assert await process.wait() == 0
    assert (await log.append(SYSTEM, "system.stopped", {})).seq == 3
    assert (await log.verify()).problems == ()


async def test_heads_beyond_the_remembered_ones_are_looked_up(
    log: SqliteLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With memory for two streams, many streams still make right chains."""
    monkeypatch.setattr("lab.log.writer.HEADS", 2)
    for n in range(30):
        await log.append(f"s{n % 5}", "turn.sent", {"n": n})
    assert len(log._writer._heads) == 2
    assert (await log.verify()).problems == ()


async def test_a_closed_log_refuses(path: Path, tmp_path: Path) -> None:
    """After close, writing and reading are refused at once, and closing again is nothing."""
    log = SqliteLog(path, Keys.load(tmp_path / "keys"))
    await log.start()
    await log.close()
    await log.close()
    assert await refused(log) == "log_closed"
    with pytest.raises(LogError):
        await log.events("s")


async def test_reading_needs_no_start(log: SqliteLog, path: Path, tmp_path: Path) -> None:
    """A command reads beside a running lab; without a database it says that there is none."""
    await log.append("s", "turn.sent", {})
    reader = SqliteLog(path, Keys.load(tmp_path / "keys"))
    assert len(await reader.events("s")) == 1
    await reader.close()
    nowhere = SqliteLog(tmp_path / "none.sqlite", Keys.load(tmp_path / "keys"))
    with pytest.raises(LogError) as caught:
        await nowhere.verify()
    assert caught.value.code == "log_missing"
    await nowhere.close()
    assert not (tmp_path / "none.sqlite").exists()


def test_a_database_of_a_newer_lab_is_left_alone(path: Path) -> None:
    """An unknown migration in the file refuses the start."""
    schema.prepare(path)
    with changed(path) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('log', 'm9999_future', '')"
        )
    with pytest.raises(LogError) as caught:
        schema.prepare(path)
    assert caught.value.code == "log_newer"


def test_migrations_are_recorded_and_run_once(path: Path) -> None:
    """Each migration is in the table, in order, and a second start changes nothing."""
    schema.prepare(path)
    with changed(path) as db:
        before = db.execute("SELECT * FROM _sqlite_migrations").fetchall()
        assert schema.applied(db)[0] == "m0001_first"
    schema.prepare(path)
    with changed(path) as db:
        assert db.execute("SELECT * FROM _sqlite_migrations").fetchall() == before


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ("UPDATE events SET payload = '{}' WHERE stream = 's' AND seq = 2", 2),
        ("UPDATE events SET kind = 'turn.ended' WHERE stream = 's' AND seq = 2", 2),
        ("UPDATE events SET at = at + 1 WHERE stream = 's' AND seq = 2", 2),
        ("UPDATE events SET payload = NULL, salt = NULL WHERE stream = 's' AND seq = 2", 2),
        ("UPDATE events SET payload = CAST(x'22ff22' AS TEXT) WHERE stream = 's' AND seq = 2", 2),
        ("DELETE FROM events WHERE stream = 's' AND seq = 2", 2),
        ("DELETE FROM events WHERE stream = 's' AND seq = 4", 4),
        ("DELETE FROM events WHERE stream = 's'", 1),
        ("UPDATE anchors SET heads = 'x'", 1),
        ("DELETE FROM anchors WHERE number = 1", 1),
    ],
)
async def test_a_change_in_the_file_is_named(
    log: SqliteLog, path: Path, change: str, row: int
) -> None:
    """Whatever is done to the rows in the database itself, verification names the row."""
    for n in range(4):
        await log.append("s", "turn.sent", {"n": n})
    await log.anchor()
    await log.append("t", "turn.sent", {})
    await log.anchor()
    with changed(path) as db:
        db.execute(change)
    found = (await log.verify()).problems
    assert row in {fault.seq for fault in found}
    assert all(
        re.search(r"\d", fault.sentence(language)) for fault in found for language in ("vi", "en")
    )


async def test_what_was_erased_is_in_no_file(log: SqliteLog, path: Path) -> None:
    """After an erasure the words are neither in the database nor in its write-ahead log."""
    await log.append("s", "turn.ended", {"reply": "canary-" + "x" * 40})
    await log.erase("s", [1], by="o", reason="r")
    for file in path.parent.iterdir():
        assert b"canary-" not in file.read_bytes(), file.name


async def test_no_text_of_a_payload_is_in_an_error(
    log: SqliteLog, caplog: pytest.LogCaptureFixture
) -> None:
    """An append that fails names no content, neither in the error nor in the log lines."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        with pytest.raises(LogError) as caught:
            await log.append("s", "turn.decided", {"prompt": "canary"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "cannot be written" in caplog.text
    told = f"{caught.value!r} {caught.value.__cause__!r} {caplog.text}"
    assert "canary" not in told


async def test_nothing_but_the_writer_is_left_running(path: Path, tmp_path: Path) -> None:
    """Closing ends every thread and lets go of every file."""
    log = SqliteLog(path, Keys.load(tmp_path / "keys"))
    await log.start()
    await asyncio.gather(*(log.events("s") for _ in range(8)))
    await log.close()
    assert [name for name in open_files() if str(path) in name] == []
