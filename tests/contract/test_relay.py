"""A site's log comes to the province whole: whatever is cut, nothing is lost or doubled."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.errors import BadRequest, Conflict, Forbidden, LabError, NotFound
from lab.keys import Keys, rotate
from lab.log import relay
from lab.log.base import SYSTEM, Log, SessionFilter
from lab.log.chain import public_hex
from lab.log.relay import Batch, read_batch, rotations_text, signature
from lab.log.relay_audit import audit
from lab.log.sqlite import SqliteLog
from lab.model import Role
from lab.session.erasing import Erasing
from lab.session.relay import Relays

SITE = "Xã Bến Mới"
NAME = "Vừ Bá Điểm Cầu"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Of the site's machine."""
    return Keys.load(tmp_path / "site-keys")


@pytest.fixture
async def site(tmp_path: Path, keys: Keys) -> AsyncIterator[SqliteLog]:
    """The log of a site's machine."""
    opened = SqliteLog(tmp_path / "site" / "lab.sqlite", keys, commit_ms=0.2)
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
async def province(log: Log, keys: Keys) -> Relays:
    """The province's side, on each database, with the site's key known."""
    relays = Relays(log, Erasing(log))
    await relays.admit(SITE, public_hex(keys.signing.public_key()), by="cli:thu")
    return relays


async def work(site: Log, *, turns: int = 2) -> str:
    """A trainee of the site works; the session."""
    known = await site.classes()
    room = known[0] if known else await site.add_class("Lớp Bến Mới", "THU")
    person = await site.add_person(NAME, Role.TRAINEE, resume="a$b", class_id=room.id)
    session = (await site.open_session(person, "01-cau-lenh-dau-tien")).id
    for turn in range(turns):
        told = {"turn": str(turn), "action": "allow", "prompt": f"câu {turn}"}
        await site.append(session, "turn.decided", told)
        await site.append(session, "turn.ended", {"turn": str(turn), "reply": "trả lời"})
    return session


async def batch_of(site: Log, province: Relays) -> Batch:
    """What the site would send next."""
    held = (await province.listed())[0].relay
    return await site.read(lambda db: read_batch(db, held.upto, held.anchor), one_moment=True)


async def push(site: Log, province: Relays, keys: Keys) -> None:
    """Send until nothing is left."""
    await site.anchor()
    while (batch := await batch_of(site, province)).rows or batch.anchors:
        data = batch.packed()
        told = rotations_text(keys.rotations)
        await province.take(SITE, data, signature(keys, SITE, data), told)


async def same(site: Log, province: Relays) -> bool:
    """Whether the province has every row of the site as it is, and no other."""
    mine = {(row.stream, row.seq): row for _, row in await site.rows(limit=100_000)}
    theirs = {
        (row.stream, row.seq): row
        for _, row in await province.log.rows(limit=100_000)
        if row.stream != SYSTEM
    }
    stored = await province.log.read(
        lambda db: {
            (SYSTEM, seq): (kind, hashed)
            for seq, kind, hashed in db.execute("SELECT seq, kind, hash FROM relay_rows").fetchall()
        }
    )
    own = {place: row for place, row in mine.items() if place[0] != SYSTEM}
    system = {place: (row.kind, row.hash) for place, row in mine.items() if place[0] == SYSTEM}
    return theirs == own and stored == system


async def test_a_log_comes_whole_with_its_people_and_proof(
    site: SqliteLog, province: Relays, keys: Keys
) -> None:
    """Rows, names, sums and anchors are there as they were made, no password is, and all verify."""
    session = await work(site)
    await site.add_person("Test trainer", Role.TRAINER, password="argon")
    await push(site, province, keys)
    assert await same(site, province)
    assert (await province.log.session(session)) == await site.session(session)
    people = await province.log.people()
    assert {(each.name, each.site) for each in people} == {(NAME, SITE), ("Test trainer", SITE)}
    assert await province.log.person_by_password_name("Test trainer") is None
    shown = await province.log.sessions(SessionFilter(site=SITE))
    assert [row.id for row in shown] == [session]
    found = await province.log.verify()
    assert found.problems == ()
    assert found.anchors >= 1
    before = (await province.listed())[0]
    await push(site, province, keys)
    assert (await province.listed())[0].rows == before.rows


async def test_whatever_is_cut_nothing_is_lost_or_doubled(
    site: SqliteLog, province: Relays, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches that never arrive, answers that are lost, batches that come twice or late, work that
    goes on meanwhile: in the end every row is there once.
    """
    monkeypatch.setattr(relay, "MOST_ROWS", 4)
    fate = random.Random(7)  # noqa: S311 - which line breaks when
    for step in range(60):
        if step < 20:
            await work(site, turns=fate.randint(0, 3))
        if step % 7 == 0:
            await site.anchor()
        batch = await batch_of(site, province)
        data = batch.packed()
        if fate.random() < 0.3:
            continue  # the line was cut before it arrived
        await province.take(SITE, data, signature(keys, SITE, data))
        if batch.rows and fate.random() < 0.5:  # its answer was lost, and it is sent again
            with pytest.raises(Conflict, match="relay_place"):
                await province.take(SITE, data, signature(keys, SITE, data))
    await push(site, province, keys)
    assert await same(site, province)
    assert (await province.log.verify()).problems == ()


async def test_a_batch_that_does_not_fit_changes_nothing(
    site: SqliteLog, province: Relays, keys: Keys, tmp_path: Path
) -> None:
    """A changed row, a gap, another's signature, no batch at all, no such site: each is refused by
    name, and nothing of it is kept.
    """
    await work(site)
    batch = await batch_of(site, province)
    forged = replace(batch.rows[2], payload=b'{"by":"ai"}')
    cases: list[tuple[Batch, type[LabError], str]] = [
        (replace(batch, rows=(*batch.rows[:2], forged)), BadRequest, "relay_broken"),
        (replace(batch, rows=batch.rows[1:]), BadRequest, "relay_broken"),
        (replace(batch, after=9), Conflict, "relay_place"),
        (replace(batch, sessions=(("x",),)), BadRequest, "relay_shape"),
    ]
    for bad, kind, code in cases:
        data = bad.packed()
        with pytest.raises(kind, match=code):
            await province.take(SITE, data, signature(keys, SITE, data))
    data = batch.packed()
    stranger = Keys.load(tmp_path / "stranger")
    with pytest.raises(Forbidden, match="relay_signature"):
        await province.take(SITE, data, signature(stranger, SITE, data))
    with pytest.raises(Forbidden, match="relay_signature"):
        await province.take(SITE, data, signature(keys, "Xã Khác", data))
    with pytest.raises(BadRequest, match="relay_shape"):
        await province.take(SITE, data[:40], signature(keys, SITE, data[:40]))
    with pytest.raises(Forbidden, match="relay_signature"):  # what is not signed is not unpacked
        await province.take(SITE, data[:40], signature(stranger, SITE, data[:40]))
    with pytest.raises(BadRequest, match="relay_shape"):
        await province.take(SITE, data, signature(keys, SITE, data), '{"version":2}')
    with pytest.raises(NotFound, match="no_relay"):
        await province.take("Xã Khác", data, signature(keys, "Xã Khác", data))
    listed = (await province.listed())[0]
    assert (listed.rows, listed.relay.upto) == (0, 0)
    await push(site, province, keys)
    assert await same(site, province)


async def test_a_site_reaches_nothing_of_another(
    site: SqliteLog, province: Relays, keys: Keys
) -> None:
    """Sessions, people and classes of the province or of another site cannot be written by it."""
    own = await work(province.log)
    await work(site)
    batch = await batch_of(site, province)
    mine = (await province.log.session(own)) or pytest.fail("no session")
    room = (await province.log.classes())[0]
    stolen = replace(batch.rows[-1], stream=own)
    person = (mine.person_id, "Tên Khác", *batch.people[0][2:])
    classes = ((room.id, "Lớp Khác", *batch.classes[0][2:]),)
    for bad in (
        replace(batch, rows=(*batch.rows[:-1], stolen)),
        replace(batch, people=(person,)),
        replace(batch, classes=classes),
    ):
        data = bad.packed()
        with pytest.raises(Forbidden, match="relay_not_yours"):
            await province.take(SITE, data, signature(keys, SITE, data))
    assert (await province.log.person(mine.person_id)).name == NAME  # type: ignore[union-attr]


async def test_a_session_of_a_site_is_written_there_only(
    site: SqliteLog, province: Relays, keys: Keys
) -> None:
    """The province reads it; adding to it is refused with a sentence, and later rows still fit."""
    session = await work(site)
    await push(site, province, keys)
    with pytest.raises(Conflict, match="relay_home"):
        await province.log.append(session, "review.marked", {"by": "t"})
    await site.append(session, "review.marked", {"by": "t"})
    await push(site, province, keys)
    assert await same(site, province)


async def test_what_is_erased_at_the_site_is_erased_here(
    site: SqliteLog, province: Relays, keys: Keys
) -> None:
    """Before or after it was sent: no name and no text is left, and both chains verify."""
    session = await work(site)
    await push(site, province, keys)
    for_later = await work(site)
    person = (await site.session(session)) or pytest.fail("no session")
    later = (await site.session(for_later)) or pytest.fail("no session")
    for each in (person.person_id, later.person_id):
        await Erasing(site).person(each, by="cli:thu", reason="theo yêu cầu")
    await push(site, province, keys)
    assert await province.log.people() == []
    for _, row in await province.log.rows(limit=100_000):
        if row.stream in {session, for_later}:
            assert row.payload is None
    assert (await site.verify()).problems == ()
    assert (await province.log.verify()).problems == ()


async def test_what_the_province_erases_stays_erased(
    site: SqliteLog, province: Relays, keys: Keys
) -> None:
    """A person erased here does not come back with the next push, and what comes verifies."""
    session = await work(site)
    await push(site, province, keys)
    person = (await province.log.session(session)) or pytest.fail("no session")
    await province.erasing.person(person.person_id, by="cli:thu", reason="theo yêu cầu")
    await site.append(session, "answers.given", {"fields": ["thêm"]})
    await push(site, province, keys)
    assert await province.log.people() == []
    texts = [row.payload for _, row in await province.log.rows(stream=session, limit=99)]
    assert set(texts) == {None}
    assert (await province.log.verify()).problems == ()


async def test_a_new_key_of_the_site_is_known_by_its_old_one(
    site: SqliteLog, province: Relays, keys: Keys, tmp_path: Path
) -> None:
    """After a rotation the site goes on sending, and anchors of both keys verify."""
    await work(site)
    await push(site, province, keys)
    rotate(tmp_path / "site-keys")
    newer = Keys.load(tmp_path / "site-keys")
    site._keys = newer
    await work(site)
    await push(site, province, newer)
    assert await same(site, province)
    found = await province.log.read(lambda db: list(audit(db)))
    assert found[0].problems == ()
    assert found[0].anchors >= 2


async def test_a_changed_row_of_a_site_is_named_with_the_site(
    site: SqliteLog, province: Relays, keys: Keys
) -> None:
    """Who changes at the province what came from a site is found by ``lab log verify``."""
    await work(site)
    await push(site, province, keys)
    await province.log.write(
        lambda write: write.db.execute("UPDATE relay_rows SET kind = 'x' WHERE seq = 1")
    )
    found = await province.log.verify()
    assert [(fault.code, fault.stream, fault.seq) for fault in found.problems] == [
        ("link", f"{SITE}: system", 1)
    ]


@pytest.mark.parametrize("keys_now", ["[]", "{", '["00"]', '["xyz"]', "7"])
async def test_spoiled_keys_of_a_site_are_named_with_the_site(
    site: SqliteLog, province: Relays, keys: Keys, keys_now: str
) -> None:
    """Who takes away the keys by which a site's rows are proved is found, not a fault of ours."""
    await work(site)
    await push(site, province, keys)
    await province.log.write(
        lambda write: write.db.execute("UPDATE relays SET keys = ?", (keys_now,))
    )
    found = await province.log.verify()
    assert [(fault.code, fault.stream) for fault in found.problems] == [("site_keys", SITE)]
