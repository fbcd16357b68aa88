"""The security report: what the policy did, what left, who published what, does the log hold."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from lab.errors import BadRequest
from lab.log import acts, heads, officers, security
from lab.log.base import SYSTEM, Log, Verification
from lab.log.chain import MICRO
from lab.log.heads import Head, Left
from lab.log.officers import Published
from lab.log.security import Counts
from lab.model import Who
from lab.session.heads import Heads
from lab.session.holder import PolicyHolder
from lab.session.jobs import Job, Jobs

if TYPE_CHECKING:
    from lab.policy.groups import Exemption

REPORTED = "security.reported"
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Security:
    """All that the report says."""

    since: str
    """First day."""
    until: str
    """Last day."""
    at: float
    policy: str
    counts: Counts
    left: Sequence[Left]
    versions: Sequence[Published]
    """In force at some time of the period, oldest first."""
    exceptions: Sequence[Exemption]
    """In force today."""
    verified: Verification
    head: Head
    names: Mapping[str, str]
    """Of staff, by id."""


Draw = Callable[[Security, Callable[[float], None]], bytes]


@dataclass(frozen=True, slots=True)
class SecurityReports:
    """Makes security reports, in the background."""

    log: Log
    heads: Heads
    policy: PolicyHolder
    jobs: Jobs = field(default_factory=Jobs)

    async def begin(self, who: Who, since: str, until: str, draw: Draw) -> Job:
        """Begin to make the report of some days; that it was asked for is on record.

        Raises:
            BadRequest: these are no days, or too many.
        """
        try:
            first, last = dt.date.fromisoformat(since), dt.date.fromisoformat(until)
        except ValueError:
            raise BadRequest("security_days", most=MOST_DAYS) from None
        if not 0 <= (last - first).days < MOST_DAYS:
            raise BadRequest("security_days", most=MOST_DAYS)
        told = {"by": who.person.id, "since": since, "until": until}
        await self.log.append(SYSTEM, REPORTED, told)

        async def make(heard: Callable[[float], None]) -> bytes:
            found = await self.figures(who, since, until, heard)
            return await asyncio.to_thread(draw, found, heard)

        return self.jobs.begin(who.person.id, make)

    async def figures(
        self, who: Who, since: str, until: str, heard: Callable[[float], None] = lambda _: None
    ) -> Security:
        """Everything, with the log verified now and today's head signed."""
        begin, end = heads.day_begin(since), heads.day_end(until)
        counted = await self.log.read(partial(security.counts, since=begin, until=end))
        heard(0.2)
        left = await self.log.read(partial(heads.left, since=begin, until=end))
        versions = await self.log.read(officers.published)
        people = await self.log.read(acts.actors)
        head = await self.heads.sign(who.person.id)
        heard(0.3)
        verified = await self.log.verify()
        heard(0.8)
        policy, today = self.policy.current, dt.datetime.now().astimezone().date()
        return Security(
            since=since,
            until=until,
            at=time.time(),
            policy=policy.version,
            counts=counted,
            left=left,
            versions=in_force(versions, begin / MICRO, end / MICRO),
            exceptions=[
                each for each in policy.overlays.exceptions if each.since <= today <= each.until
            ],
            verified=verified,
            head=head,
            names={person: name for person, name, _ in people},
        )


def in_force(versions: Sequence[Published], since: float, until: float) -> list[Published]:
    """Versions that were in force at some time of a period: the last before it, and those of it."""
    before = [each for each in versions if each.at < since]
    return [*before[-1:], *(each for each in versions if since <= each.at < until)]
