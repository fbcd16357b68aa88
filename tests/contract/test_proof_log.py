"""What left, heads of days, the audit, contacts and ways round the policy on both databases."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from lab.keys import Keys
from lab.log import acts, attacks, contacts, heads, security
from lab.log.acts import Wanted
from lab.log.attacks import Found
from lab.log.base import SYSTEM, Log
from lab.log.contacts import Contact
from lab.model import Role
from lab.session.erasing import Erasing
from lab.session.heads import Heads

FAR = 4_000_000_000_000_000
FINDING = {"rule": "phone", "tier": "T3", "action": "mask", "message": 2, "origin": "unknown"}


async def test_what_left_is_counted_signed_and_stays_true_after_an_erasure(
    log: Log, tmp_path: Path
) -> None:
    """Sendings by day, address and exercise; the head of today holds; once the trainee is erased
    the sending is still counted, without its address, and the head still fits the log.
    """
    boss = await log.add_person("Quản trị", Role.ADMIN, password="x", by="cli:ai")
    room = await log.add_class("Lớp", "MA", site="Xã A")
    person = await log.add_person("Lô Thử", Role.TRAINEE, class_id=room.id, site="Xã A")
    session = (await log.open_session(person, "bai-mot")).id
    decided = {"turn": "t", "action": "mask", "findings": [FINDING], "last": 2, "prompt": "x"}
    await log.append(session, "turn.decided", decided)
    await log.append(session, "turn.sent", {"turn": "t", "host": "may:8000", "size": 12})
    desk = Heads(log, Keys.load(tmp_path / "keys"))
    head = await desk.sign(boss.id)
    assert head.left == (("may:8000", "bai-mot", 1, 12),)
    found = await log.read(partial(heads.left, since=0, until=FAR, site="Xã A"))
    assert [(each.host, each.sendings) for each in found] == [("may:8000", 1)]
    assert await log.read(partial(heads.left, since=0, until=FAR, site="Xã B")) == []
    counts = await log.read(partial(security.counts, since=0, until=FAR))
    assert (dict(counts.prompts), counts.rules[0].total, counts.real) == ({"mask": 1}, 1, 0)

    await Erasing(log).person(person.id, by=boss.id, reason="theo yêu cầu")
    left = await log.read(partial(heads.left, since=0, until=FAR))
    assert [(each.host, each.sendings) for each in left] == [(heads.GONE, 1)]
    assert await log.read(partial(heads.against, head=head)) is None
    assert not (await log.verify()).problems


async def test_acts_contacts_and_ways_round_are_kept_alike(log: Log) -> None:
    """Acts by person and kind, a page at a time, without trainees who came by themselves; a contact
    with what stood before; the same way round once, and judged once.
    """
    boss = await log.add_person("Quản trị", Role.ADMIN, password="x", by="cli:ai")
    trainee = await log.add_person("Lô Thử", Role.TRAINEE)
    for name in ("Một", "Hai"):
        contact = Contact("Xã A", name, "113")
        await log.write(partial(contacts.put, contact=contact, by=boss.id))
    assert (await log.read(contacts.contacts))["Xã A"].name == "Hai"
    mine = await log.read(partial(acts.acts, wanted=Wanted(person=boss.id)))
    assert [(each.payload or {})["before"] for each in mine][1] is None
    assert ((mine[0].payload or {})["before"] or {})["name"] == "Một"
    page = await log.read(partial(acts.acts, wanted=Wanted(), limit=2))
    rest = await log.read(partial(acts.acts, wanted=Wanted(), before=page[-1].place))
    assert [each.kind for each in rest] == ["person.added"]
    assert await log.read(partial(acts.acts, wanted=Wanted(group="review"))) == []

    turns = ("gọi {value}",)
    found = Found(
        *("c1", time.time(), trainee.id, "plain", "VN_PHONE", "T3", turns),
        *("read", "", "v1", "accepted"),
    )
    assert await log.write(partial(attacks.add, found=found))
    assert not await log.write(partial(attacks.add, found=found))
    judge = partial(attacks.judge, case="c1", state="declined", by=boss.id, reason="không phải")
    await log.write(judge)
    (kept,) = await log.read(partial(attacks.listed, person=trainee.id))
    assert (kept.state, kept.judged_by, kept.turns) == ("declined", boss.id, turns)
    assert len(await log.events(SYSTEM)) > len(mine)
    await Erasing(log).person(trainee.id, by=boss.id, reason="theo yêu cầu")
    assert await log.read(attacks.listed) == []
