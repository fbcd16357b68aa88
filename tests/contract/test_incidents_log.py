"""Incidents on both databases: made with the stop, sorted, for one officer at a time, erased."""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial
from typing import Any

import pytest

from lab.errors import Conflict, TooMany
from lab.log import incidents
from lab.log.base import SYSTEM, Log
from lab.log.incidents import Incident, Limits, Wanted
from lab.model import Role, SessionRow
from lab.session.erasing import Erasing


def finding(rule: str, tier: str, origin: str | None, **more: Any) -> dict[str, Any]:
    """What the log says of one stop."""
    told = {"rule": rule, "entity": rule.upper(), "tier": tier, "action": "block", "message": 2}
    return told | ({} if origin is None else {"origin": origin}) | more


async def stop(log: Log, session: SessionRow, *found: dict[str, Any], **more: Any) -> None:
    """A prompt is stopped for these."""
    row = {"turn": "t", "action": "block", "findings": list(found), "last": 2, "policy": "v1"}
    await log.append(session.id, "turn.decided", row | {"reference": "AB-12"} | more)


async def begun(log: Log, site: str = "Xã A") -> SessionRow:
    """A session of a trainee of this site."""
    person = await log.add_person(f"Lô Thử {site}", Role.TRAINEE, site=site)
    return await log.open_session(person, "bai-mot")


async def listed(log: Log, **wanted: Any) -> list[Incident]:
    """The queue."""
    return await log.read(partial(incidents.listed, wanted=Wanted(**wanted)))


async def test_what_may_be_real_stands_before_what_was_planted(log: Log) -> None:
    """Unknown secrets, then unknown data, then faults, then the exercise's own; a file's findings
    that nobody explained count as unknown; what an earlier message held, and what was only masked,
    make nothing grave; the queue goes on after a page.
    """
    session = await begun(log)
    await stop(log, session, finding("mark", "T1", "canary"))
    await stop(log, session, fault="policy_timeout")
    await stop(log, session, finding("cccd", "T3", "unknown"), finding("mark", "T1", "material"))
    await stop(log, session, finding("mark", "T1", "unknown", message=0))
    await stop(log, session, finding("cccd", "T3", "unknown", action="mask"))
    file = {"number": 1, "action": "block", "findings": [finding("mark", "T2", None)]}
    await log.append(session.id, "attachment.decided", file | {"policy": "v1", "reference": "CD"})
    await log.append(session.id, "turn.decided", {"turn": "u", "action": "mask", "findings": []})

    rows = await listed(log)
    told = [each.severity for each in rows]
    assert told == ["secret", "personal", "fault", "teaching", "teaching", "teaching"]
    assert [each.due is None for each in rows] == [False, False, False, True, True, True]
    assert (rows[0].rule, rows[1].rule, rows[1].tier) == ("mark", "cccd", "T3")
    first = await log.read(partial(incidents.listed, wanted=Wanted(), limit=4))
    last = first[-1]
    key = (incidents.SEVERITIES.index(last.severity), last.at, last.id)
    rest = await log.read(partial(incidents.listed, wanted=Wanted(), after=key))
    assert [each.id for each in (*first, *rest)] == [each.id for each in rows]
    assert await listed(log, site="Xã B") == []
    counts = await log.read(partial(incidents.counts, site="Xã A"))
    assert counts == {
        **{(each, "new"): 1 for each in ("secret", "personal", "fault")},
        ("teaching", "new"): 3,
    }


async def test_two_who_take_it_at_once_do_not_both_have_it(log: Log) -> None:
    """One has it, the other hears so; acts are told in order, and a closed one is done with."""
    await stop(log, await begun(log), finding("mark", "T1", "unknown"))
    name = (await listed(log))[0].id
    take = [partial(incidents.take, name=name, by=who, assignee=who) for who in ("a1", "b2")]
    ended = await asyncio.gather(*(log.write(each) for each in take), return_exceptions=True)
    assert sorted(type(each).__name__ for each in ended) == ["Conflict", "NoneType"]
    end = partial(incidents.close, name=name, by="a1", outcome="real", reason="rõ", now=9.0)
    await log.write(end)
    with pytest.raises(Conflict):
        await log.write(end)
    acts = await log.read(partial(incidents.acts, name=name))
    assert [each.kind for each in acts] == ["incident.taken", "incident.closed"]
    assert await listed(log, state="open") == []
    assert [each.outcome for each in await listed(log, state="closed")] == ["real"]
    assert not (await log.verify()).problems


async def test_no_try_is_free_however_many_come_at_once(log: Log) -> None:
    """An incident has its tries whoever asks, a person has theirs in an hour whatever they ask of;
    tries at the same moment are counted one by one.
    """
    session = await begun(log)
    for _ in range(3):
        await stop(log, session, finding("cccd", "T3", "unknown"))
    one, two, three = [each.id for each in await listed(log)]
    limits = Limits(incident=3, hour=5)

    async def attempt(name: str, who: str, now: float) -> bool:
        tell = partial(incidents.compared, name=name, by=who, limits=limits, now=now)
        try:
            await log.write(partial(tell, same=False))
        except TooMany:
            return False
        return True

    now = time.time()
    asked = [attempt(one, who, now) for who in ("a1", "b2", "a1", "b2", "c3")]
    assert sum(await asyncio.gather(*asked)) == 3
    assert not await attempt(one, "d4", now + 2 * incidents.HOUR)
    assert [await attempt(two, "e5", now) for _ in range(4)] == [True, True, True, False]
    assert [await attempt(three, "e5", now) for _ in range(3)] == [True, True, False]
    assert await attempt(three, "e5", now + 2 * incidents.HOUR)
    tally = await log.read(partial(incidents.matches, by="e5"))
    assert (tally, await log.read(partial(incidents.matches, name=one))) == (6, 3)


async def test_an_incident_goes_with_the_person_and_what_was_done_stays(log: Log) -> None:
    """Erasing the trainee takes the incident out of the queue; the officers' acts stay."""
    boss = await log.add_person("Quản trị", Role.ADMIN, password="x", by="cli:ai")
    session = await begun(log)
    await stop(log, session, finding("mark", "T1", "unknown"))
    name = (await listed(log))[0].id
    await log.write(partial(incidents.take, name=name, by="a1", assignee="a1"))
    await Erasing(log).person(session.person_id, by=boss.id, reason="theo yêu cầu")
    assert await listed(log) == []
    kept = json.dumps([each.payload for each in await log.events(SYSTEM)])
    assert f'"incident": "{name}"' in kept
    assert not (await log.verify()).problems
