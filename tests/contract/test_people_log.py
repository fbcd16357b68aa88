"""Classes, lists of people, erasing and the administrator's figures on both databases."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from lab.keys import Keys
from lab.log import administration
from lab.log.base import SYSTEM, Log
from lab.model import Role
from lab.session.erasing import Erasing
from lab.session.readiness import Readiness
from lab.session.roster import WHOLE, Rosters
from lab.session.roster_file import read

LIST = "Họ và tên,Đơn vị,Lớp,Điểm cầu\nLô Thị Thử,VP,Lớp 1,Xã A\nVừ Bá Ví Dụ,VP,Lớp 2,Xã B\n"


async def test_people_come_by_a_list_work_and_are_erased(log: Log, tmp_path: Path) -> None:
    """A list twice, a session, the figures, the sheet of a site, retention, erasing: the same on
    each database, and the chain verifies at the end.
    """
    rosters = Rosters(log, Keys.load(tmp_path / "keys"))
    sheet = read("ds.csv", LIST.encode())
    assert (await rosters.bring_in(WHOLE, sheet, run="Đợt 1")).count("new") == 2
    assert (await rosters.bring_in(WHOLE, sheet)).count("known") == 2
    rooms = await rosters.rooms(WHOLE)
    assert [(r.run, r.site, r.people, r.came) for r in rooms] == [
        ("Đợt 1", "Xã A", 1, 0),
        ("Đợt 1", "Xã B", 1, 0),
    ]
    await rosters.keep_for(WHOLE, rooms[0].id, 30)
    member = (await rosters.members(WHOLE, rooms[0].id))[0]
    person = await log.person(member.id)
    assert person is not None
    session = await log.open_session(person, "01-cau-lenh-dau-tien")
    await log.append(session.id, "turn.decided", {"turn": "t", "action": "allow", "prompt": "x"})
    await log.save_vault(f"{session.id}.0", b"sealed")
    await log.sign_in(person.id, "hash", "csrf")
    await log.append(SYSTEM, "backup.made", {"file": "b", "size": 1, "faults": 0})

    seen = await log.read(partial(administration.counts, lately=0.0))
    assert (seen.people, seen.classes, seen.sites, seen.sessions, seen.signed_in) == (2, 2, 2, 1, 1)
    backup = await log.read(administration.last_backup)
    assert backup is not None
    assert backup[1]
    points = {point.name: point.ok for point in await Readiness(log, tmp_path).of("Xã A", None)}
    assert points["classes"]
    assert points["people"]
    assert points["backup"]
    assert not points["helpers"]

    work = Erasing(log)
    assert await work.due() == []
    done = await work.person(person.id, by="cli", reason="theo yêu cầu")
    assert (done.people, done.sessions) == (1, 1)
    assert await log.vault(f"{session.id}.0") is None
    assert all(event.payload is None for event in await log.events(session.id))
    assert (await work.room(rooms[1].id, by="cli", reason="hết đợt")).people == 1
    assert await log.people(role=Role.TRAINEE) == []
    assert await work.sweep() == 0
    assert (await log.verify()).problems == ()
