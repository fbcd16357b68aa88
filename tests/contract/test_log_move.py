"""A lab on SQLite moves to PostgreSQL whole, or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from postgressupport import shared
from support import environment, run_lab

from lab.errors import Conflict, LogError
from lab.keys import Keys
from lab.log import review, search
from lab.log.base import SYSTEM, Db, Log, SessionFilter, Tally
from lab.log.chain import Anchor
from lab.log.move import move
from lab.log.postgres import PostgresLog
from lab.log.sqlite import SqliteLog
from lab.model import Role
from lab.settings import Settings


async def filled(log: SqliteLog) -> list[Anchor]:
    """A log with something in every table that the log itself has; its anchors."""
    await log.start()
    room = await log.add_class("Lớp thử", "THU", site="Xã A")
    person = await log.add_person("Vừ Thị Ví Dụ 👍", Role.TRAINEE, resume="x", class_id=room.id)
    await log.sign_in(person.id, "hash", "csrf")
    row = await log.open_session(person, "e1")
    for number in range(50):
        payload = {"turn": f"t{number}", "action": "mask", "text": "a\0b\ud800 [HỌ TÊN 1]\n"}
        await log.append(row.id, "turn.decided", payload, tally=Tally(turns=1, masked=1))
        await log.append(row.id, "turn.ended", {"turn": f"t{number}"})
    await log.append(row.id, "check.scored", {}, tally=Tally(score=0.3, passed=True))
    await log.save_vault(row.id, bytes(range(256)))
    await log.anchor()
    await log.erase(row.id, [2], by="officer", reason="thử")
    await log.close()
    return await log_anchors(log.path, log._keys)


async def log_anchors(path: Path, keys: Keys) -> list[Anchor]:
    """The anchors of a file."""
    reader = SqliteLog(path, keys)
    try:
        return await reader.anchors()
    finally:
        await reader.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a lab on SQLite."""
    return Settings(home=tmp_path / "data")


@pytest.fixture
def keys(settings: Settings) -> Keys:
    """Its keys."""
    return Keys.load(settings.keys_dir)


async def test_a_lab_goes_on_where_it_was_moved_to(settings: Settings, keys: Keys) -> None:
    """After a move all is there, the anchors of before still fit, and new rows follow the old."""
    anchors = await filled(SqliteLog(settings.database_file, keys))
    url = shared().database()
    steps: list[str] = []
    moved = await asyncio.to_thread(
        lambda: move(settings.database_file, url, keys, told=steps.append)
    )
    assert steps == ["verify", "copy", "compare", "verify_new"]
    assert (moved.found.events, moved.found.erased) == (moved.tables["events"], 1)
    log = PostgresLog(url, keys)
    await log.start()
    (session,) = await log.sessions(SessionFilter())
    assert (session.turns, session.score, session.passed) == (50, 0.3, True)
    assert await log.vault(session.id) == bytes(range(256))
    assert [
        s.person.name for s in await log.trainees_named(session.class_id or "", "vừ thị ví dụ 👍")
    ]
    last = (await log.events(SYSTEM))[-1].seq
    assert (await log.append(SYSTEM, "system.started", {})).seq == last + 1
    assert await log.anchor() is not None
    found = await log.verify(anchors)
    assert found.problems == ()
    assert found.anchors == len(anchors) + 1
    await log.close()


async def test_what_reviewers_look_for_is_found_where_the_lab_was_moved_to(
    settings: Settings, keys: Keys
) -> None:
    """Words, rules and marks that were indexed before the move are found after it."""
    before = SqliteLog(settings.database_file, keys)
    await before.start()
    person = await before.add_person("Vừ Thị Ví Dụ", Role.TRAINEE)
    session = (await before.open_session(person, "e1")).id
    row = {"turn": "t", "action": "allow", "prompt": "thư mời họp đập nước", "findings": []}
    await before.append(session, "turn.decided", row)
    told = {"by": "gv", "turn": "", "marks": {"ro": 2}, "comment": ""}
    await before.append(session, "review.marked", told)
    await before.write(review.catch_up)
    assert await looked_up(before) == (1, 1)
    await before.close()
    url = shared().database()
    await asyncio.to_thread(lambda: move(settings.database_file, url, keys, told=lambda _: None))
    log = PostgresLog(url, keys)
    await log.start()
    await log.write(review.catch_up)
    assert await looked_up(log) == (1, 1)
    await log.close()


async def looked_up(log: Log) -> tuple[int, int]:
    """How many texts speak of the dam, and how many people marked the session."""

    def look(db: Db) -> tuple[int, int]:
        found = search.some(db, search.phrases("đập nước"), 9)
        return len(found), db.execute("SELECT marked FROM review_facts").fetchone()[0]

    return await log.read(look)


async def test_a_dry_run_keeps_nothing(settings: Settings, keys: Keys) -> None:
    """All steps are done, and the database is as empty as before."""
    await filled(SqliteLog(settings.database_file, keys))
    url = shared().database()
    for _ in range(2):
        await asyncio.to_thread(
            lambda: move(settings.database_file, url, keys, told=lambda _: None, dry_run=True)
        )
    with psycopg.connect(url) as db:
        assert db.execute("SELECT count(*) FROM events").fetchone() == (0,)


async def test_a_log_that_does_not_verify_is_not_moved(settings: Settings, keys: Keys) -> None:
    """A row that somebody changed stops the move, and nothing is kept."""
    await filled(SqliteLog(settings.database_file, keys))
    with closing(sqlite3.connect(settings.database_file, isolation_level=None)) as db:
        db.execute("UPDATE events SET kind = 'turn.other' WHERE id = 9")
    url = shared().database()
    with pytest.raises(LogError) as caught:
        move(settings.database_file, url, keys, told=lambda _: None)
    assert caught.value.code == "log_broken"
    with psycopg.connect(url) as there:
        assert there.execute("SELECT count(*) FROM people").fetchone() == (0,)


async def test_a_database_that_holds_something_is_left_alone(
    settings: Settings, keys: Keys
) -> None:
    """Two labs never become one."""
    await filled(SqliteLog(settings.database_file, keys))
    url = shared().database()
    log = PostgresLog(url, keys)
    await log.start()
    await log.add_class("Khác", "KHAC")
    await log.close()
    with pytest.raises(Conflict) as caught:
        move(settings.database_file, url, keys, told=lambda _: None)
    assert caught.value.code == "move_not_empty"


async def test_the_command_moves_and_the_log_tells_of_it(settings: Settings, keys: Keys) -> None:
    """``lab log migrate`` moves, ``lab log verify`` on the new place says that all is well."""
    await filled(SqliteLog(settings.database_file, keys))
    url = shared().database()
    env = environment(settings.home.parent)
    tried = await asyncio.to_thread(
        lambda: run_lab("log", "migrate", "--to", url, "--dry-run", env=env)
    )
    assert tried.returncode == 0, tried.stderr
    done = await asyncio.to_thread(lambda: run_lab("log", "migrate", "--to", url, env=env))
    assert done.returncode == 0, done.stderr
    log = PostgresLog(url, keys)
    told = (await log.events(SYSTEM))[-1]
    assert told.kind == "log.moved"
    assert told.payload is not None
    assert told.payload["tables"]["people"] == 1
    assert url not in str(told.payload)
    assert (await log.verify()).problems == ()
    await log.close()
    again = await asyncio.to_thread(lambda: run_lab("log", "migrate", "--to", url, env=env))
    assert again.returncode == 1
