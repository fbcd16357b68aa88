"""Who is connected, where one process serves a lab and where several do."""

from __future__ import annotations

from pathlib import Path

import pytest
from postgressupport import shared

from lab.errors import LogError
from lab.keys import Keys
from lab.log import postgres_listener
from lab.log.base import Log
from lab.log.postgres import PostgresLog
from lab.log.sqlite import SqliteLog
from lab.model import Role
from lab.session import presence
from lab.session.board_feed import BoardFeed


class Lab:
    """The processes of one lab, as far as their boards are concerned."""

    def __init__(self, database: str, home: Path) -> None:
        self.keys = Keys.load(home / "keys")
        self.home = home
        self.url = shared().database() if database == "postgresql" else ""
        self.logs: list[Log] = []
        self.now = 0.0
        """The clock by which a process is silent."""

    async def process(self, place: str) -> BoardFeed:
        """A process that serves, and its board."""
        log: Log
        if self.url:
            log = PostgresLog(self.url, self.keys, place=place, commit_ms=0.2)
        else:
            log = SqliteLog(self.home / "lab.sqlite", self.keys, commit_ms=0.2)
        await log.start()
        self.logs.append(log)
        feed = BoardFeed(log)
        feed.presence._clock = lambda: self.now
        await feed.start()
        return feed

    async def person(self) -> str:
        """A trainee of a site."""
        log = self.logs[0]
        room = await log.add_class("Lớp", "LOP", site="Xã Có Mặt")
        made = await log.add_person("Học viên", Role.TRAINEE, class_id=room.id, site="Xã Có Mặt")
        return made.id

    async def close(self) -> None:
        """End all that still run."""
        for log in self.logs:
            await log.close()


async def of_two(home: Path) -> tuple[Lab, BoardFeed, BoardFeed, str]:
    """A lab, the boards of its two processes, and a trainee."""
    lab = Lab("postgresql", home)
    return lab, await lab.process("a"), await lab.process("b"), await lab.person()


async def exchange(*feeds: BoardFeed) -> None:
    """As each process does every second; twice, so that whoever came first hears of the last."""
    for feed in feeds * 2:
        await feed.presence.exchange()
        await feed.look_up()


def here(feed: BoardFeed, person: str) -> int:
    """Pages that a board counts for somebody."""
    return feed.board.seats[person].lines


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_every_process_counts_everybody_who_is_connected(
    database: str, tmp_path: Path
) -> None:
    """A page that opens or closes in one process is seen on the boards of all; on SQLite there is
    one process, and its board counts its own.
    """
    lab = Lab(database, tmp_path)
    feeds = [await lab.process("a")]
    if database == "postgresql":
        feeds.append(await lab.process("b"))
    person = await lab.person()
    feeds[0].line(person, 1)
    feeds[-1].line(person, 1)
    await exchange(*feeds)
    assert [here(feed, person) for feed in feeds] == [2] * len(feeds)
    feeds[0].line(person, -1)
    await exchange(*feeds)
    assert [here(feed, person) for feed in feeds] == [1] * len(feeds)
    late = [await lab.process("c")] if database == "postgresql" else []
    await exchange(*feeds, *late)
    assert [here(feed, person) for feed in late] == [1] * len(late)
    feeds[-1].line(person, -1)
    await exchange(*feeds, *late)
    assert {here(feed, person) for feed in (*feeds, *late)} == {0}
    await lab.close()


async def test_nobody_is_connected_to_a_process_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it ends, is started anew in its place, or only falls silent; and once a silent one is
    back, its people are.
    """
    monkeypatch.setattr(postgres_listener, "BEAT_SECONDS", 60.0)
    lab, one, two, person = await of_two(tmp_path)
    two.line(person, 1)
    await exchange(two, one)
    assert here(one, person) == 1
    lab.now += presence.LEASE_SECONDS + 1
    await exchange(one)
    assert here(one, person) == 0
    await lab.logs[0].write(
        lambda write: write.db.execute("UPDATE processes SET seen_at = seen_at + 1")
    )
    await exchange(one)
    assert here(one, person) == 1
    await lab.logs.pop().close()
    await exchange(one)
    assert here(one, person) == 0
    again = await lab.process("b")
    again.line(person, 1)
    await exchange(again, one)
    assert here(one, person) == 1
    await BoardFeed(again.log).start()  # as after a kill: in its place, with nobody connected
    await exchange(one)
    assert here(one, person) == 0
    await lab.close()


async def test_a_process_whose_clock_was_set_back_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told is in order of telling, whatever the wall clock says when a process starts."""
    lab, one, two, person = await of_two(tmp_path)
    two.line(person, 1)
    await exchange(two, one)
    monkeypatch.setattr("lab.session.presence.time.time", lambda: 1_000_000_000.0)
    again = BoardFeed(two.log)  # as after a kill
    await again.start()
    await exchange(one)
    assert here(one, person) == 0
    again.line(person, 1)
    await exchange(again, one)
    assert here(one, person) == 1
    await lab.close()


async def test_whoever_could_not_be_told_is_told_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody who came while the database was away is forgotten."""
    lab, one, two, person = await of_two(tmp_path)
    one.line(person, 1)

    async def away(_work: object) -> None:
        raise LogError("log_unwritable")

    with monkeypatch.context() as broken:
        broken.setattr(one.log, "write", away)
        with pytest.raises(LogError):
            await one.presence.exchange()
    await exchange(one, two)
    assert here(two, person) == 1
    await lab.close()
