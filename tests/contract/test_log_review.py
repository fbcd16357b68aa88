"""The index of reviewers, its search, marks and reports: the same on both databases."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from datasette.app import Datasette
from postgressupport import shared

from lab.cli.log_datasette import metadata
from lab.keys import Keys
from lab.log import report, review, review_queue, tables
from lab.log.base import Db, Log, Tally, Write
from lab.log.postgres import PostgresLog
from lab.log.report import Span
from lab.log.review import Marked
from lab.log.review_queue import Reach, Wanted
from lab.log.sqlite import SqliteLog
from lab.model import Role, SessionRow
from lab.words import say

NOW = 1_700_000_000.0


@pytest.fixture(params=["sqlite", "postgresql"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Log]:
    """An empty log."""
    keys = Keys.load(tmp_path / "keys")
    made: Log = (
        SqliteLog(tmp_path / "data" / "log.db", keys)
        if request.param == "sqlite"
        else PostgresLog(shared().database(), keys, place="one", commit_ms=0.2)
    )
    await made.start()
    yield made
    await made.close()


async def worked(log: Log, code: str, prompt: str, share: float) -> SessionRow:
    """A session with a prompt that was masked and one that was stopped, and a check."""
    room = await log.add_class(f"Lớp {code}", code, site=f"Xã {code}")
    person = await log.add_person(
        f"Lô Thị {code}", Role.TRAINEE, class_id=room.id, site=f"Xã {code}"
    )
    row = await log.open_session(person, "01")
    found = [{"rule": "phone", "action": "mask"}, {"rule": "place", "action": "allow"}]
    decided = {"turn": "a", "parent": None, "action": "mask", "findings": found, "prompt": prompt}
    await log.append(row.id, "turn.decided", decided, tally=Tally(turns=1, masked=1))
    ended = {"turn": "a", "status": "answered", "reply": "Kính gửi quý vị", "findings": []}
    await log.append(row.id, "turn.ended", ended)
    stopped = {"turn": "b", "parent": "a", "action": "block", "findings": [], "prompt": None}
    await log.append(row.id, "turn.decided", stopped, tally=Tally(turns=1, blocked=1))
    checked = {"share": share, "passed": share > 0.7}
    await log.append(row.id, "check.scored", checked, tally=Tally(score=share, passed=share > 0.7))
    return row


async def test_what_is_indexed_is_found_filtered_and_forgotten(log: Log) -> None:
    """Filters agree with their counts; words are found with and without accents, until erased."""
    one = await worked(log, "MOT", "Soạn giấy mời hoà giải [HỌ TÊN 1]", 0.4)
    two = await worked(log, "HAI", "Đường lối tuyên truyền", 0.9)
    while await log.write(lambda write: review.catch_up(write, most=3)) == 3:
        pass
    assert await log.read(review.behind) == 0

    async def listed(**wanted: str) -> set[str]:
        asked = Wanted(**{"view": "all", **wanted})
        found = await log.read(lambda db: review_queue.find(db, asked.text))
        rows = await log.read(
            lambda db: review_queue.page(db, Reach("p"), asked, found, now=NOW, limit=10)
        )
        counts = await log.read(lambda db: review_queue.counts(db, Reach("p"), asked, found))
        assert counts["total"][""] == len(rows)
        return {row.session for row in rows}

    assert await listed() == {one.id, two.id}
    for text in ("hoa giai", "hòa", "HOÀ GIẢI", '"giay moi hoa giai"', "moi giay"):
        assert await listed(text=text) == {one.id}, text
    for text in ("đường", "duong loi", "Tuyên"):
        assert await listed(text=text) == {two.id}, text
    assert await listed(text="kinh gui") == {one.id, two.id}
    for text in ('"moi giay"', "lô thị", "' OR 1=1 --", 'a"b:*', "hoà đường"):
        assert await listed(text=text) == set(), text
    assert await listed(score="low") == await listed(outcome="open") == {one.id}
    assert await listed(rule="phone", score="high", outcome="blocked") == {two.id}
    assert await listed(rule="place") == await listed(stuck="1") == set()
    assert one.id in await listed(view="queue")

    await log.erase(two.id, [2, 3], by="x", reason="thử")
    await log.write(review.catch_up)
    assert await listed(text="duong") == set()


async def test_one_holds_two_mark_all_are_counted(log: Log) -> None:
    """A reservation is one person's until it ends; marks are replaced and undone; figures fit."""
    one = await worked(log, "MOT", "Soạn giấy mời", 0.4)
    two = await worked(log, "HAI", "Đường lối", 0.9)
    await log.write(review.catch_up)

    def claims(write: Write) -> list[bool]:
        return [
            review.claim(write, one.id, "a", NOW, NOW + 600),
            review.claim(write, one.id, "b", NOW + 1, NOW + 601),
            review.claim(write, one.id, "a", NOW + 2, NOW + 602),
            review.claim(write, one.id, "b", NOW + 603, NOW + 1203),
        ]

    assert await log.write(claims) == [True, False, True, True]
    await log.write(lambda write: review.release(write, one.id, "a"))
    await log.write(lambda write: review.release(write, one.id, "b"))
    told = [e for e in await log.events(one.id) if e.kind in {review.CLAIMED, review.RELEASED}]
    assert [(e.kind, (e.payload or {})["by"]) for e in told] == [
        (review.CLAIMED, "a"),
        (review.CLAIMED, "b"),
        (review.RELEASED, "b"),
    ]

    def marks(db: Db) -> None:
        for seq, (person, mark) in enumerate((("a", 0), ("b", 1), ("a", 2)), 100):
            review.add_mark(db, Marked(one.id, seq, person, "", {"safe": mark}, NOW))

    await log.write(lambda write: marks(write.db))
    pairs = await log.read(lambda db: review.pairs(db, (None, None)))
    assert [(name, a.marks, b.marks) for name, a, b in pairs] == [("01", {"safe": 1}, {"safe": 2})]
    word = Marked(one.id, 200, "a", "b", {}, NOW)
    await log.write(lambda write: review.add_mark(write.db, word))
    said = await log.read(lambda db: review.last_mark(db, one.id, "a"))
    assert said == word
    await log.write(lambda write: review.undo_mark(write.db, word))
    last = await log.read(lambda db: review.last_mark(db, one.id, "a"))
    assert last is not None
    await log.write(lambda write: review.undo_mark(write.db, last))
    again = await log.read(lambda db: review.last_mark(db, one.id, "a"))
    assert again is not None
    assert again.marks == {"safe": 0}
    done = Wanted(view="done")
    rows = await log.read(lambda db: review_queue.page(db, Reach("p"), done, now=NOW))
    assert [row.session for row in rows] == [one.id]
    await figures(log, {one.id, two.id})


async def test_the_log_opens_in_datasette_without_names(log: Log, tmp_path: Path) -> None:
    """The copy holds every row, masked, under pseudonyms; each ready question is answered."""
    row = await worked(log, "MOT", "Soạn giấy mời [HỌ TÊN 1]", 0.4)
    named = {"by": "x", "by_name": "Cô Giáo", "person": row.person_id, "reason": "cần gặp"}
    await log.append(row.id, "person.named", named)
    path = tmp_path / f"{tables.NAME}.db"
    count = await tables.write_tables(log, path)
    held = path.read_bytes()
    assert "Lô Thị MOT".encode() not in held
    assert "Soạn giấy mời".encode() in held
    served = Datasette([], immutables=[str(path)], metadata=metadata())
    await served.invoke_startup()
    home = (await served.client.get(f"/{tables.NAME}")).text
    for name in tables.QUERIES:
        asked = f"/{tables.NAME}/{name}.json?_shape=array&session={row.id}"
        answer = await served.client.get(asked)
        assert answer.status_code == 200, (name, answer.text)
        assert say(f"log.tables.query.{name}") in home
        rows = answer.json()
        if name == "rules":
            assert [(each["rule"], each["sessions"]) for each in rows] == [("phone", 1)]
        if name == "named":
            assert [(each["by_name"], each["reason"]) for each in rows] == [("Cô Giáo", "cần gặp")]
    everything = await served.client.get(f"/{tables.NAME}/events.json?_size=0")
    assert everything.json()["filtered_table_rows_count"] == count


async def figures(log: Log, wanted: set[str]) -> None:
    """The figures of a report over both sessions."""
    sums = await log.read(lambda db: report.sums(db, Span()))
    assert (sums.sessions, sums.passed, sums.listed, sums.came) == (2, 1, 2, 2)
    sites = await log.read(lambda db: report.by_site(db, Span()))
    assert {(each.site, each.passed) for each in sites} == {("Xã MOT", 0), ("Xã HAI", 1)}
    assert await log.read(lambda db: report.by_rule(db, Span(site="Xã MOT"))) == [
        ("phone", "01", 1)
    ]
    days = await log.read(lambda db: report.by_day(db, Span()))
    assert [(day, count, passed) for day, count, passed in days] == [
        (int((time.time() + 25200) // 86400), 2, 1)
    ]
    hours = await log.read(lambda db: report.by_day(db, Span(), 3600))
    assert sum(count for _, count, _ in hours) == 2
    assert {hour // 24 for hour, _, _ in hours} == {days[0][0]}
    for hour in (1, 7, 13, 23):  # in Việt Nam
        at = 20_000 * 86400.0 + (hour - 7) * 3600

        def moved(db: Db, at: float = at) -> None:
            db.execute("UPDATE review_facts SET last_at = ?", (at,))

        await log.write(lambda write, moved=moved: moved(write.db))
        assert [day for day, _, _ in await log.read(lambda db: report.by_day(db, Span()))] == [
            20_000
        ]
    assert [mean < 1 for _, mean in await log.read(lambda db: report.minutes(db, Span()))] == [True]
    first = await log.read(lambda db: report.lines(db, Span(), "", limit=1))
    rest = await log.read(lambda db: report.lines(db, Span(), first[0].session))
    assert {first[0].session, rest[0].session} == wanted
