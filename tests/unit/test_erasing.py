"""Erasing: nothing of a person is left in any file, the chain verifies, others lose nothing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from lab.errors import BadRequest, NotFound
from lab.keys import Keys
from lab.log import erasing
from lab.log.base import SYSTEM, Log
from lab.log.review import catch_up
from lab.log.search import numbers_of, phrases
from lab.log.sqlite import SqliteLog
from lab.model import Classroom, Person, Role
from lab.session.backup import back_up
from lab.session.drafts import Draft, Drafts
from lab.session.erasing import Erasing
from lab.session.restore import restore
from lab.settings import Settings

NAME = "Vừ Bá Cần Xóa"
WORDS = "Nhà bà Lô Thị Thử ở xóm ba"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Data of the test's own."""
    return Settings(home=tmp_path / "data")


@pytest.fixture
async def log(settings: Settings) -> AsyncIterator[Log]:
    """A log with nobody in it."""
    opened = SqliteLog(settings.database_file, Keys.load(settings.keys_dir))
    await opened.start()
    yield opened
    await opened.close()


async def somebody(log: Log, room: Classroom, name: str, words: str) -> tuple[Person, str]:
    """A trainee with a session, a reply, a vault, a draft and a sign-in; the session."""
    person = await log.add_person(name, Role.TRAINEE, resume="a$b", class_id=room.id)
    session = (await log.open_session(person, "01-cau-lenh-dau-tien")).id
    await log.append(session, "turn.decided", {"turn": "t", "action": "allow", "prompt": words})
    await log.append(session, "turn.ended", {"turn": "t", "reply": words})
    await log.append(SYSTEM, "opinion.told", {"of": [session], "text": words})
    await log.save_vault(f"{session}.0123456789abcdef", words.encode())
    keep = Drafts(log, Keys.load(Path(str(log.path)).parents[1] / "keys"))  # type: ignore[attr-defined]
    await keep.keep(session, "secret", Draft(five=False, fields=(words,)), on_disk=True)
    await log.sign_in(person.id, f"hash of {name}", "csrf")
    return person, session


def written(settings: Settings) -> bytes:
    """Every byte of the database and of what stands beside it."""
    return b"".join(path.read_bytes() for path in sorted(settings.home.glob("lab.sqlite*")))


async def test_a_person_is_gone_from_every_byte(log: Log, settings: Settings) -> None:
    """Name, words, map, draft and sign-in are in no file any more; the chain says who and why."""
    room = await log.add_class("Lớp 1", "LOP1")
    person, session = await somebody(log, room, NAME, WORDS)
    other, kept = await somebody(log, room, "Người Ở Lại", "Câu của người ở lại")
    await log.anchor()
    assert WORDS.encode() in written(settings)
    done = await Erasing(log).person(person.id, by="admin-1", reason="theo yêu cầu")
    left = written(settings)
    for gone in (NAME, WORDS, NAME.casefold(), f"hash of {NAME}"):
        assert gone.encode() not in left
    assert (done.people, done.sessions) == (1, 1)
    assert await log.person(person.id) is None
    assert await log.session(session) is None
    assert await log.vault(f"{session}.0123456789abcdef") is None
    assert all(event.payload is None for event in await log.events(session))
    found = await log.verify(await log.anchors())
    assert found.problems == ()
    assert found.erased == done.rows > 3
    told = [e.payload for e in await log.events(SYSTEM) if e.kind == "person.erased"]
    assert told == [{"person": person.id, "by": "admin-1", "reason": "theo yêu cầu"}]
    assert (await log.events(kept))[1].payload is not None
    assert await log.vault(f"{kept}.0123456789abcdef") is not None
    assert [p.id for p in await log.people()] == [other.id]


async def test_the_index_of_words_forgets_too(log: Log, settings: Settings) -> None:
    """What reviewers can search is derived from words: after an erasure no file holds them, and the
    words of others are still found.
    """
    room = await log.add_class("Lớp 1", "LOP1")
    sessions = {}
    for name, word in ((NAME, "quahutxoa"), ("Người Ở Lại", "quahutgiu")):
        person = await log.add_person(name, Role.TRAINEE, class_id=room.id)
        session = await log.open_session(person, "01-cau-lenh-dau-tien")
        decided = {"turn": "t", "action": "allow", "findings": [], "prompt": f"Con {word} bay"}
        await log.append(session.id, "turn.decided", decided)
        sessions[person.id] = session.id
    while await log.write(catch_up):
        pass
    assert b"quahutxoa" in written(settings)
    first = next(iter(sessions))
    await Erasing(log).person(first, by="cli", reason="theo yêu cầu")
    assert b"quahutxoa" not in written(settings)
    assert b"hutx" not in written(settings)  # the index keeps words without what they share
    while await log.write(catch_up):
        pass
    reading = await log.read(lambda db: db)
    query, values = numbers_of(reading, phrases("quahutgiu"))
    with closing(sqlite3.connect(settings.database_file)) as db:
        assert len(db.execute(query, values).fetchall()) == 1


async def test_a_class_is_gone_with_its_people(log: Log, settings: Settings) -> None:
    """All trainees of the class are erased and its code is free; another class loses nothing."""
    room, other = await log.add_class("Lớp 1", "LOP1"), await log.add_class("Lớp 2", "LOP2")
    for number in range(3):
        await somebody(log, room, f"{NAME} {number}", WORDS)
    await somebody(log, other, "Người Ở Lại", "Câu của người ở lại")
    trainer = await log.add_person("Giảng viên", Role.TRAINER, password="x", class_id=room.id)
    done = await Erasing(log).room(room.id, by="admin-1", reason="hết đợt")
    assert (done.people, done.sessions) == (3, 3)
    assert WORDS.encode() not in written(settings)
    assert [each.code for each in await log.classes()] == ["LOP2"]
    assert {each.name for each in await log.people()} == {"Người Ở Lại", trainer.name}
    assert (await log.verify()).problems == ()


async def test_an_account_goes_and_its_acts_stay(log: Log, settings: Settings) -> None:
    """Of a trainer the name and password go; what was done in office is still told by its id."""
    trainer = await log.add_person("Trần Thị Giảng", Role.TRAINER, password="$argon2id$bam")
    await log.append(SYSTEM, "class.retention", {"by": trainer.id, "after": 9})
    await Erasing(log).person(trainer.id, by="cli", reason="thôi việc")
    assert b"argon2id" not in written(settings)
    assert "Trần Thị Giảng".encode() not in written(settings)
    kept = [e.payload for e in await log.events(SYSTEM) if e.kind == "class.retention"]
    assert kept == [{"by": trainer.id, "after": 9}]
    assert (await log.verify()).problems == ()


async def test_what_a_late_turn_writes_is_swept(log: Log, settings: Settings) -> None:
    """A turn that ends after its session was erased leaves words; the next sweep erases them."""
    room = await log.add_class("Lớp 1", "LOP1")
    person, session = await somebody(log, room, NAME, "chữ")
    work = Erasing(log)
    await work.person(person.id, by="cli", reason="theo yêu cầu")
    await log.append(session, "turn.ended", {"turn": "t2", "reply": WORDS})
    await log.save_vault(f"{session}.99", WORDS.encode())
    assert await work.sweep() == 1
    assert await work.sweep() == 0
    await log.erase(SYSTEM, [], by="cli", reason="empties the journal")
    assert WORDS.encode() not in written(settings)
    assert (await log.verify()).problems == ()


async def test_an_interrupted_erasure_goes_on(log: Log, settings: Settings) -> None:
    """Stopped after the first step or between streams, doing it again finishes it."""
    room = await log.add_class("Lớp 1", "LOP1")
    person, session = await somebody(log, room, NAME, WORDS)
    await log.write(partial(erasing.lock_out, people=[person.id]))
    await log.erase(session, [1], by="cli", reason="theo yêu cầu")
    assert await log.trainees_named(room.id, NAME) == []
    await Erasing(log).person(person.id, by="cli", reason="theo yêu cầu")
    assert WORDS.encode() not in written(settings)
    assert await log.person(person.id) is None
    assert (await log.verify()).problems == ()


async def test_retention_counts_from_the_last_use(log: Log, settings: Settings) -> None:
    """Only trainees of a class with a retention, unused for longer than it, are erased."""
    kept, short = await log.add_class("Giữ", "GIU"), await log.add_class("Ngắn", "NGAN")
    old, _ = await somebody(log, short, NAME, WORDS)
    fresh, _ = await somebody(log, short, "Người Mới Dùng", "câu mới")
    forever, _ = await somebody(log, kept, "Người Giữ Mãi", "câu giữ")
    long_ago = time.time() - 31 * 86_400

    def age(write: object) -> None:
        db = write.db  # type: ignore[attr-defined]
        db.execute("UPDATE classes SET retention_days = 30 WHERE id = ?", (short.id,))
        for person in (old, forever):
            for sql in (
                "UPDATE people SET added_at = ? WHERE id = ?",
                "UPDATE sessions SET last_at = ? WHERE person_id = ?",
                "UPDATE signins SET seen_at = ? WHERE person_id = ?",
            ):
                db.execute(sql, (long_ago, person.id))

    await log.write(age)
    work = Erasing(log)
    assert [each.person for each in await work.due()] == [old.id]
    done = await work.expire("hết hạn")
    assert done.people == 1
    assert {p.id for p in await log.people()} == {fresh.id, forever.id}
    assert WORDS.encode() not in written(settings)
    assert (await work.expire("hết hạn")).people == 0


async def test_an_erasure_needs_a_reason_and_somebody(log: Log) -> None:
    """Without a reason, or for nobody, nothing is erased."""
    person = await log.add_person(NAME, Role.TRAINEE)
    for reason in ("", "  ", "x" * 301, "a\0b c"):
        with pytest.raises(BadRequest):
            await Erasing(log).person(person.id, by="cli", reason=reason)
    with pytest.raises(NotFound):
        await Erasing(log).person("nobody", by="cli", reason="theo yêu cầu")
    assert await log.person(person.id) is not None


async def test_a_restore_brings_nobody_back(settings: Settings, tmp_path: Path) -> None:
    """Who was erased after a backup was made is erased from what is restored too."""
    keys = Keys.load(settings.keys_dir)
    log = SqliteLog(settings.database_file, keys)
    await log.start()
    room = await log.add_class("Lớp 1", "LOP1")
    person, _ = await somebody(log, room, NAME, WORDS)
    await somebody(log, room, "Người Ở Lại", "câu")
    made = await back_up(settings, keys, tmp_path / "b.tar.gz", told=lambda _step: None)
    await Erasing(log).person(person.id, by="cli", reason="theo yêu cầu")
    await log.close()
    await restore(settings, made.path, told=lambda _step: None)
    assert WORDS.encode() not in written(settings)
    again = SqliteLog(settings.database_file, keys)
    assert [each.name for each in await again.people()] == ["Người Ở Lại"]
    assert (await again.verify()).problems == ()
    await again.close()


@pytest.mark.usefixtures("log")
def test_every_table_says_what_erasing_does_to_it(settings: Settings) -> None:
    """Every table of every area is named in lab/log/erasing.py, as holding people or not."""
    with closing(sqlite3.connect(settings.database_file)) as db:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
        tables = {name for (name,) in db.execute(query) if not name.startswith("review_words_")}
        columns = {
            table: {row[1] for row in db.execute(f"PRAGMA table_info({table})")} for table in tables
        }
    handled = {*erasing.BY_PERSON, *erasing.BY_SESSION, *erasing.DEPENDENT, *erasing.EMPTIED}
    assert tables - handled - set(erasing.WITHOUT_PEOPLE) == set()
    for table in erasing.WITHOUT_PEOPLE:
        assert "person_id" not in columns.get(table, set()), table
    for table, column in erasing.BY_SESSION.items():
        assert column in columns.get(table, {column})
