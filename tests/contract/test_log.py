"""What every log must do, whichever database it stands on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from postgressupport import shared

from lab.errors import Conflict, NotFound
from lab.keys import Keys
from lab.log.base import SYSTEM, Db, Log, SessionFilter, Tally, Write
from lab.log.postgres import PostgresLog
from lab.log.sqlite import SqliteLog
from lab.model import Person, Role

Maker = Callable[[], Log]


@pytest.fixture(params=["sqlite", "postgresql"])
def make_log(request: pytest.FixtureRequest, tmp_path: Path) -> Maker:
    """Makes a log on the same data each time; parametrised by the database."""
    keys = Keys.load(tmp_path / "keys")
    if request.param == "postgresql":
        url = shared().database()
        return lambda: PostgresLog(url, keys, commit_ms=0.2)
    return lambda: SqliteLog(tmp_path / "home" / "lab.sqlite", keys, commit_ms=0.2)


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - any condition at all
            await asyncio.sleep(0.005)


@pytest.fixture
async def log(make_log: Maker) -> AsyncIterator[Log]:
    """A started log."""
    made = make_log()
    await made.start()
    yield made
    await made.close()


async def trainee(log: Log, name: str = "Nguyễn Thị Thử", code: str = "A1") -> Person:
    """Somebody of the class with this code."""
    room = await log.class_by_code(code) or await log.add_class(f"Lớp {code}", code)
    return await log.add_person(name, Role.TRAINEE, resume="hash", class_id=room.id)


# --- people and classes --------------------------------------------------------------------------


async def test_a_person_with_a_password_is_found_by_any_spelling_of_the_name(log: Log) -> None:
    """Names are compared after NFC, case folding and single spaces."""
    person = await log.add_person("Trần Văn Mẫu", Role.TRAINER, password="hash", site="Xã A")
    found = await log.person_by_password_name("  TRẦN  VĂN mẫu ")
    assert found is not None
    assert (found.person, found.password, found.resume) == (person, "hash", None)
    assert await log.person(person.id) == person
    assert await log.person_by_password_name("Trần Văn Mẩu") is None


async def test_a_name_with_a_password_is_taken_once(log: Log) -> None:
    """A second account of one name is refused; trainees may share a name."""
    await log.add_person("Lê Thử", Role.TRAINER, password="hash")
    with pytest.raises(Conflict) as caught:
        await log.add_person("lê thử", Role.OFFICER, password="other")
    assert caught.value.code == "name_taken"
    one, two = await trainee(log, "Lê Thử"), await trainee(log, "Lê Thử")
    assert one.class_id is not None
    assert [s.person.id for s in await log.trainees_named(one.class_id, "LÊ THỬ")] == [
        one.id,
        two.id,
    ]


async def test_a_trainee_is_found_in_the_own_class_only(log: Log) -> None:
    """The same name in another class is another person."""
    one, two = await trainee(log, code="A1"), await trainee(log, code="B2")
    assert two.class_id is not None
    assert [s.person for s in await log.trainees_named(two.class_id, one.name)] == [two]


async def test_people_are_listed_by_role_and_class(log: Log) -> None:
    """Lists come in order of name, and hold only what was asked for."""
    officer = await log.add_person("B", Role.OFFICER, password="x")
    one = await trainee(log, "A")
    assert [p.name for p in await log.people()] == ["A", "B"]
    assert await log.people(role=Role.OFFICER) == [officer]
    assert await log.people(class_id=one.class_id) == [one]


async def test_a_class_is_found_by_its_code_whatever_the_case(log: Log) -> None:
    """Codes are compared upper-case, and each is used once."""
    room = await log.add_class("Lớp một", " đà-01 ", site="Xã A")
    assert room.code == "ĐÀ-01"
    assert await log.class_by_code("Đà-01") == room
    assert await log.classes() == [room]
    with pytest.raises(Conflict) as caught:
        await log.add_class("Lớp hai", "ĐÀ-01")
    assert caught.value.code == "code_taken"


# --- sign-ins ------------------------------------------------------------------------------------


async def test_a_sign_in_is_found_by_its_hash_until_it_ends(log: Log) -> None:
    """A row is there from sign-in to sign-out."""
    person = await trainee(log)
    row = await log.sign_in(person.id, "token-hash", "csrf")
    assert await log.signed_in("token-hash") == (row, person)
    assert await log.signed_in("another") is None
    await log.sign_out(row.id)
    await log.sign_out(row.id)
    assert await log.signed_in("token-hash") is None
    kinds = [event.kind for event in await log.events(SYSTEM)]
    assert kinds == ["class.added", "person.added", "signin.opened", "signin.closed"]


async def test_a_new_password_or_resume_code_ends_the_sign_ins(log: Log) -> None:
    """Who signed in with the old secret is signed out."""
    person = await trainee(log)
    await log.sign_in(person.id, "one", "csrf")
    await log.set_resume(person.id, "new")
    assert await log.signed_in("one") is None
    boss = await log.add_person("Chủ", Role.ADMIN, password="old")
    await log.sign_in(boss.id, "two", "csrf")
    await log.set_password(boss.id, "new")
    assert await log.signed_in("two") is None
    found = await log.person_by_password_name("chủ")
    assert found is not None
    assert found.password == "new"
    with pytest.raises(NotFound):
        await log.set_password("nobody", "x")


async def test_touch_is_written_at_most_once_a_minute(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request in the same minute leaves the row; one after it moves ``seen_at``."""
    person = await trainee(log)
    row = await log.sign_in(person.id, "t", "csrf")
    await log.touch(row.id)
    assert await log.signed_in("t") == (row, person)
    later = row.seen_at + 61
    monkeypatch.setattr("time.time", lambda: later)
    await log.touch(row.id)
    found = await log.signed_in("t")
    assert found is not None
    assert found[0].seen_at == later


# --- sessions ------------------------------------------------------------------------------------


async def test_a_session_adds_up_what_its_events_tell(log: Log) -> None:
    """Tallies are summed, the best score is kept, and passed stays passed."""
    row = await log.open_session(await trainee(log), "first-prompt")
    assert (await log.events(row.id))[0].kind == "session.opened"
    await log.append(
        row.id, "turn.decided", {"turn": "t1", "action": "mask"}, tally=Tally(turns=1, masked=1)
    )
    await log.append(
        row.id, "turn.decided", {"turn": "t2", "action": "block"}, tally=Tally(turns=1, blocked=1)
    )
    await log.append(row.id, "turn.ended", {"turn": "t1"}, tally=Tally(failed=1))
    await log.append(row.id, "check.scored", {}, tally=Tally(score=0.8, passed=True))
    await log.append(row.id, "check.scored", {}, tally=Tally(score=0.4, passed=False))
    await log.append(row.id, "answers.given", {"answers": {}})
    found = await log.session(row.id)
    assert found is not None
    assert (found.turns, found.masked, found.blocked, found.failed) == (2, 1, 1, 1)
    assert (found.score, found.passed) == (0.8, True)
    assert found.last_at >= row.last_at
    assert await log.session("nothing") is None


async def test_sessions_are_filtered_and_paged_by_key(log: Log) -> None:
    """Each filter narrows the list; pages follow each other without gap or overlap."""
    one, two = await trainee(log, code="A1"), await trainee(log, code="B2")
    rows = [await log.open_session(one if n % 2 else two, f"e{n % 3}") for n in range(9)]
    blocked = rows[4]
    await log.append(blocked.id, "turn.decided", {"turn": "t"}, tally=Tally(turns=1, blocked=1))
    await log.append(rows[5].id, "check.scored", {}, tally=Tally(score=1.0, passed=True))

    async def ids(wanted: SessionFilter) -> list[str]:
        return [row.id for row in await log.sessions(wanted)]

    assert await ids(SessionFilter(outcome="blocked")) == [blocked.id]
    assert await ids(SessionFilter(outcome="passed")) == [rows[5].id]
    assert len(await ids(SessionFilter(outcome="open"))) == 8
    assert await ids(SessionFilter(outcome="nonsense")) == []
    assert set(await ids(SessionFilter(person_id=one.id))) == {r.id for r in rows[1::2]}
    assert set(await ids(SessionFilter(class_id=two.class_id, exercise="e0"))) == {
        rows[0].id,
        rows[6].id,
    }
    everything = await ids(SessionFilter())
    assert everything[:2] == [rows[5].id, blocked.id]
    pages: list[str] = []
    before = None
    while page := await log.sessions(SessionFilter(before=before, limit=2)):
        pages += [row.id for row in page]
        before = (page[-1].last_at, page[-1].id)
    assert pages == everything


async def test_sessions_are_filtered_by_site(log: Log) -> None:
    """A session belongs to the site of its person."""
    here = await log.add_person("A", Role.TRAINEE, site="Xã A")
    away = await log.add_person("B", Role.TRAINEE, site="Xã B")
    row = await log.open_session(here, "e")
    await log.open_session(away, "e")
    assert [r.id for r in await log.sessions(SessionFilter(site="Xã A"))] == [row.id]


async def test_pseudonyms_are_stable_and_told_apart_within_a_class(log: Log) -> None:
    """A person has one pseudonym over all sessions; no two of a class share one."""
    people = [await trainee(log, f"Người {n}") for n in range(40)]
    rows = [await log.open_session(person, "e") for person in people]
    again = await log.open_session(people[0], "e")
    assert again.pseudonym == rows[0].pseudonym
    assert len({row.pseudonym for row in rows}) == 40
    assert all(row.pseudonym.startswith("HV-") and len(row.pseudonym) >= 7 for row in rows)


async def test_a_session_needs_a_known_person(log: Log) -> None:
    """Nobody opens a session for somebody who is not there."""
    with pytest.raises(NotFound):
        await log.open_session(Person("ghost", "Ma", Role.TRAINEE), "e")


# --- events --------------------------------------------------------------------------------------


async def test_events_come_back_as_they_were_written(log: Log) -> None:
    """Payloads survive: Vietnamese, emoji, NUL, lone surrogates, nesting."""
    payload = {"câu": "Thưa anh/chị 👍\0", "mảnh": "a\ud800", "n": [1, 2.5, None, True, {}]}
    written = await log.append("s", "answers.given", payload)
    (read,) = await log.events("s")
    assert (read.payload, read.hash, read.seq, read.kind) == (
        payload,
        written.hash,
        1,
        "answers.given",
    )
    assert read.at == written.at
    assert await log.events("s", after=1) == []


async def test_many_writers_make_one_chain(log: Log) -> None:
    """Concurrent appends to few streams are numbered without gap and verify."""
    await asyncio.gather(*(log.append(f"s{n % 3}", "turn.sent", {"n": n}) for n in range(300)))
    for stream in ("s0", "s1", "s2"):
        assert [event.seq for event in await log.events(stream)] == list(range(1, 101))
    found = await log.verify()
    assert (found.streams, found.events, found.problems) == (3, 300, ())


async def test_events_of_a_kind_are_found_over_all_streams(log: Log) -> None:
    """By kind and time, in order of time."""
    first = await log.append("a", "turn.decided", {"n": 1})
    await log.append("b", "turn.sent", {})
    last = await log.append("c", "turn.ended", {"n": 2})
    found = await log.events_of_kind(["turn.decided", "turn.ended"], since=first.at)
    assert found == [first, last]
    assert await log.events_of_kind(["turn.decided"], since=last.at + 1) == []
    assert await log.events_of_kind([], since=0) == []


async def test_a_payload_that_is_no_json_fails_its_caller_only(log: Log) -> None:
    """A bad payload raises at once; others in the same moment are written."""
    good = asyncio.create_task(log.append("s", "turn.sent", {}))
    with pytest.raises((TypeError, ValueError)):
        await log.append("s", "turn.sent", {"x": float("nan")})
    assert (await good).seq == 1


async def test_a_caller_who_leaves_does_not_take_the_row_back(log: Log) -> None:
    """A cancelled append is still written, and the next one follows it."""
    task = asyncio.create_task(log.append("s", "turn.ended", {"turn": "t"}))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await log.append("s", "turn.sent", {})).seq == 2


async def test_a_turn_left_open_by_a_crash_is_ended_at_the_next_start(make_log: Maker) -> None:
    """Only turns that were let out and not ended get an end; blocked and ended ones do not."""
    crashed = make_log()
    await crashed.start(recover=False)
    for turn, action in (("open", "allow"), ("ended", "mask"), ("blocked", "block")):
        await crashed.append("s", "turn.decided", {"turn": turn, "action": action})
    await crashed.append("s", "turn.ended", {"turn": "ended", "status": "answered"})
    await crashed.close()
    for _ in range(2):  # and once only
        log = make_log()
        await log.start()
        ended = [e.payload for e in await log.events("s") if e.kind == "turn.ended"]
        assert [(p["turn"], p["status"]) for p in ended if p] == [
            ("ended", "answered"),
            ("open", "interrupted"),
        ]
        assert ended[1] is not None
        assert ended[1]["error"] == "restart"
        await log.close()


async def test_a_command_beside_a_running_lab_does_not_end_its_turns(make_log: Maker) -> None:
    """While one log serves, another start on the same data marks nothing as interrupted."""
    serving, other = make_log(), make_log()
    await serving.start()
    await serving.append("s", "turn.decided", {"turn": "t", "action": "allow"})
    await other.start()
    await other.append("s", "turn.sent", {"turn": "t"})
    await serving.append("s", "turn.ended", {"turn": "t"})
    await other.append(SYSTEM, "system.started", {})
    kinds = [event.kind for event in await serving.events("s")]
    assert kinds == ["turn.decided", "turn.sent", "turn.ended"]
    assert (await serving.verify()).problems == ()
    await other.close()
    await serving.close()


async def test_vaults_are_kept_and_replaced(log: Log) -> None:
    """The last sealed map of a place is the one that is read."""
    assert await log.vault("s.1") is None
    await log.save_vault("s.1", b"one")
    await log.save_vault("s.1", b"two\0")
    assert await log.vault("s.1") == b"two\0"


# --- proof ---------------------------------------------------------------------------------------


async def test_anchors_cover_what_changed_and_chain(log: Log) -> None:
    """Each anchor holds the heads that changed; nothing new, no new anchor."""
    await log.append("a", "turn.sent", {})
    await log.append("b", "turn.sent", {})
    first = await log.anchor()
    assert first is not None
    assert [(mark.stream, mark.seq) for mark in first.marks] == [("a", 1), ("b", 1)]
    assert await log.anchor() == first
    await log.append("b", "turn.sent", {})
    second = await log.anchor()
    assert second is not None
    assert (second.number, second.previous) == (2, first.digest)
    assert [(mark.stream, mark.seq) for mark in second.marks] == [("b", 2)]
    assert await log.anchors() == [first, second]
    found = await log.verify(await log.anchors())
    assert (found.anchors, found.problems) == (2, ())


async def test_closing_anchors(make_log: Maker) -> None:
    """What was written before the lab stopped is covered by an anchor."""
    log = make_log()
    await log.start()
    await log.append("a", "turn.sent", {})
    await log.close()
    reader = make_log()
    assert [anchor.number for anchor in await reader.anchors()] == [1]
    await reader.close()


async def test_an_erasure_leaves_a_row_that_verifies(log: Log) -> None:
    """Content is gone for good, the chain stands, and the log says who did it and why."""
    await log.append("s", "turn.ended", {"reply": "bí mật"})
    await log.append("s", "turn.sent", {})
    await log.anchor()
    await log.erase("s", [1], by="officer-1", reason="yêu cầu của chủ thể")
    first, second = await log.events("s")
    assert (first.payload, second.payload) == (None, {})
    found = await log.verify()
    assert (found.problems, found.erased) == ((), 1)
    told = (await log.events(SYSTEM))[-1]
    assert told.kind == "rows.erased"
    assert told.payload == {
        "stream": "s",
        "seqs": [1],
        "by": "officer-1",
        "reason": "yêu cầu của chủ thể",
    }
    with pytest.raises(NotFound):
        await log.erase("s", [2, 3], by="officer-1", reason="x")
    assert (await log.events("s"))[1].payload == {}


async def test_stored_rows_are_read_in_pages(log: Log) -> None:
    """Rows come in the order of the log, from a place on, of all streams or of one."""
    for n in range(5):
        await log.append("ab"[n % 2], "turn.sent", {"n": n})
    page = await log.rows(limit=3)
    rest = await log.rows(after=page[-1][0])
    assert [row.seq for _, row in page + rest] == [1, 1, 2, 2, 3]
    assert [row.stream for _, row in await log.rows(stream="b")] == ["b", "b"]


# --- what areas of their own keep ----------------------------------------------------------------


async def test_who_watches_hears_of_an_event_once_it_is_on_disk(log: Log) -> None:
    """Events of any way of writing are told in order; none after the watch has ended."""
    heard: list[str] = []
    end = log.watch(lambda events: heard.extend(event.kind for event in events))
    await log.append("s1", "one", {"a": 1})
    assert heard == ["one"]  # whoever wrote it may rely on it
    await log.write(lambda write: write.append("s1", "two", b'{"b":2}'))
    await until(lambda: len(heard) > 1)
    assert heard == ["one", "two"]
    end()
    await log.append("s1", "three", {})
    await asyncio.sleep(0.05)
    assert heard == ["one", "two"]


async def test_an_area_reads_what_it_wrote(log: Log) -> None:
    """A write is whole when it returns; one that refuses changes nothing and tells nobody."""
    heard: list[str] = []
    log.watch(lambda events: heard.extend(event.kind for event in events))

    def refused(_write: Write) -> None:
        raise Conflict("name_taken")

    with pytest.raises(Conflict):
        await log.write(refused)
    await log.write(lambda write: write.append("s2", "kept", b"{}"))
    found = await log.read(
        lambda db: db.execute("SELECT kind FROM events WHERE stream = ?", ("s2",)).fetchall()
    )
    await until(lambda: bool(heard))
    assert [kind for (kind,) in found] == heard == ["kept"]


async def test_a_read_of_one_moment_sees_nothing_that_is_written_meanwhile(log: Log) -> None:
    """Two statements of such a read agree, though an event is on disk between them."""
    counted, written = threading.Event(), threading.Event()

    def twice(db: Db) -> tuple[int, int]:
        first = db.execute("SELECT count(*) FROM events").fetchone()[0]
        counted.set()
        assert written.wait(10)
        return first, db.execute("SELECT count(*) FROM events").fetchone()[0]

    reading = asyncio.create_task(log.read(twice, one_moment=True))
    assert await asyncio.to_thread(counted.wait, 10)
    await log.append(SYSTEM, "test.event", {})
    written.set()
    first, second = await reading
    assert first == second
    assert (
        await log.read(lambda db: db.execute("SELECT count(*) FROM events").fetchone()[0]) > first
    )
