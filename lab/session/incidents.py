"""What officers do about stops that may have been of something real.

Nobody sees a text: an incident says which rule stopped, where, of what shape, under which policy.
Whether a value is the one that was stopped is answered by its keyed hash, for personal data only,
a few times.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from lab.errors import BadRequest, Conflict, Forbidden, NotFound, Unavailable
from lab.keys import Keys, Rotation
from lab.log import incidents, receipts, sessions
from lab.log.base import Db, Log
from lab.log.chain import MICRO
from lab.log.incidents import OUTCOMES, PAGE, SEVERITIES, STATES, Act, Incident, Limits, Wanted
from lab.model import Person, Role, Tier
from lab.policy.vault import canonical, digits_of
from lab.session.holder import PolicyHolder
from lab.session.notices import passed

READERS = frozenset({Role.OFFICER, Role.ADMIN})
LIMITS = Limits(incident=5, hour=20)
LONGEST_VALUE, LEAST_REASON, LONGEST_REASON = 80, 3, 300
LEFT_OUT = ("text of the prompt or file", "values found", "name of the trainee")
"""What no export of an incident has."""
_SECRET = frozenset({str(Tier.T1), str(Tier.T2)})


@dataclass(frozen=True, slots=True)
class Opened:
    """One incident as its page shows it."""

    incident: Incident
    findings: list[dict[str, Any]]
    acts: list[Act]
    left: int
    """Values that may still be compared with it, by all together."""
    personal: bool
    """Whether personal data were among what was stopped: only those can be compared."""
    overdue: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """One page of the queue."""

    rows: list[Incident]
    counts: Mapping[tuple[str, str], int]
    following: str
    """Key of the next page; empty at the end."""
    overdue: frozenset[str]
    """Ids of those whose time is over."""


@dataclass(frozen=True, slots=True)
class Incidents:
    """The queue, for the people who may see it."""

    log: Log
    keys: Keys
    policy: PolicyHolder

    async def queue(
        self,
        person: Person,
        *,
        state: str = "open",
        severity: str = "",
        reference: str = "",
        after: str = "",
    ) -> Desk:
        """A page of what this person may see, the gravest first; by the reference on the card of a
        stop that one alone, whatever its state.

        Raises:
            Forbidden: no officer, no administrator.
            BadRequest: there is no such state, severity or page.
        """
        site = _site(person)
        if state not in {"", "open", *STATES} or severity not in {"", *SEVERITIES}:
            raise BadRequest("incident_filter")
        wanted = Wanted(state, severity, site)
        if reference := reference.strip():
            wanted = Wanted(site=site, reference=reference)
        read = partial(incidents.listed, wanted=wanted, after=_key(after), limit=PAGE + 1)
        found = await self.log.read(read)
        counts = await self.log.read(partial(incidents.counts, site=site))
        rows, now = found[:PAGE], time.time()
        following = ""
        if len(found) > PAGE:
            last = rows[-1]
            following = f"{SEVERITIES.index(last.severity)}|{last.at!r}|{last.id}"
        late = frozenset(each.id for each in rows if _overdue(each, now))
        return Desk(rows, counts, following, late)

    async def one(self, person: Person, name: str) -> Opened:
        """One incident. Raises ``NotFound``, also for one of a site that is not theirs."""
        found = await self._mine(person, name)
        findings, acts, used = await self.log.read(
            lambda db: (
                incidents.findings(db, found),
                incidents.acts(db, name),
                incidents.matches(db, name=name),
            )
        )
        left = max(0, LIMITS.incident - used)
        personal = any(each.get("trace") for each in findings)
        return Opened(found, findings, acts, left, personal, _overdue(found, time.time()))

    async def take(self, person: Person, name: str, assignee: str = "") -> None:
        """Take it, or hand it on to another officer, by id.

        Raises:
            Forbidden, NotFound: this person may not, or does not see it.
            Conflict: it is closed, or somebody else has it.
        """
        _may_act(person)
        await self._mine(person, name)
        if assignee and all(
            each.id != assignee for each in await self.log.people(role=Role.OFFICER)
        ):
            raise NotFound("no_person")
        give = partial(incidents.take, name=name, by=person.id, assignee=assignee or person.id)
        await self.log.write(give)

    async def note(self, person: Person, name: str, text: str) -> None:
        """Add a note; the policy reads it first, so that no real value comes in this way."""
        _may_act(person)
        await self._mine(person, name)
        text = await self._clean(text)
        tell = partial(incidents.act, name=name, kind=incidents.NOTED, by=person.id)
        await self.log.write(lambda write: tell(write, note=text))

    async def close(self, person: Person, name: str, outcome: str, reason: str) -> None:
        """End it. Raises as ``take`` does, and ``BadRequest`` without an outcome or a reason."""
        _may_act(person)
        await self._mine(person, name)
        if outcome not in OUTCOMES:
            raise BadRequest("incident_outcome")
        reason = await self._clean(reason)
        end = partial(incidents.close, name=name, by=person.id, outcome=outcome, reason=reason)
        await self.log.write(partial(end, now=time.time()))

    async def open_again(self, person: Person, name: str, reason: str) -> None:
        """Take a closed one up again, with a reason."""
        _may_act(person)
        await self._mine(person, name)
        reason = await self._clean(reason)
        again = partial(incidents.open_again, name=name, by=person.id, reason=reason)
        await self.log.write(again)

    async def match(self, person: Person, name: str, value: str) -> bool:
        """Whether a value is one of those that were stopped. The value is neither kept nor told.

        Raises:
            Forbidden: ``incident_secret``: no personal data were among what was stopped, or the
                value is a secret itself: typing it would be the forbidden act.
            BadRequest: no value, or a long text.
            Conflict: ``incident_elsewhere``: it came from a site, whose own machine holds the key.
            TooMany: this incident, or this officer's hour, had as many tries as it may have.
            Unavailable: the value could not be checked.
        """
        _may_act(person)
        found = await self._mine(person, name)
        held, elsewhere = await self.log.read(
            lambda db: (incidents.findings(db, found), incidents.elsewhere(db, found))
        )
        traces = {each["trace"] for each in held if each.get("trace")}
        if not traces:
            raise Forbidden("incident_secret")
        if elsewhere:
            raise Conflict("incident_elsewhere")
        tell = partial(incidents.compared, name=name, by=person.id, limits=LIMITS, now=time.time())
        value = " ".join(value.split())
        if not 0 < len(value) <= LONGEST_VALUE:
            raise BadRequest("incident_value", most=LONGEST_VALUE)
        decision, _ = await self.policy.current.inspect(value)
        if decision.fault is not None:
            raise Unavailable("words_unchecked")
        if any(str(each.tier) in _SECRET for each in decision.findings):
            await self.log.write(partial(tell, same=False, refused=True))
            raise Forbidden("incident_secret")
        hashes = self.keys.hashes("trace", digits_of(value) or canonical(value))
        same = not traces.isdisjoint(hashes)
        await self.log.write(partial(tell, same=same))
        return same

    async def export(self, person: Person, name: str) -> dict[str, Any]:
        """One incident for the authorities: what is known of it, what was done, and its proof."""
        opened = await self.one(person, name)
        tell = partial(incidents.act, name=name, kind=incidents.EXPORTED, by=person.id)
        await self.log.write(tell)
        await self.log.anchor()
        proof = await self.log.read(
            partial(_proof, incident=opened.incident, rotations=self.keys.rotations)
        )
        return {
            "format": "lab.incident.1",
            "exported_at": round(time.time()),
            "left_out": list(LEFT_OUT),
            "incident": asdict(opened.incident),
            "findings": opened.findings,
            "acts": [asdict(each) for each in opened.acts],
            "proof": proof,
        }

    async def _mine(self, person: Person, name: str) -> Incident:
        site = _site(person)
        found = await self.log.read(partial(incidents.one, name=name))
        if found is None or (site is not None and found.site != site):
            raise NotFound("no_incident")
        return found

    async def _clean(self, text: str) -> str:
        text = " ".join(text.split())
        if not LEAST_REASON <= len(text) <= LONGEST_REASON:
            raise BadRequest("incident_reason", least=LEAST_REASON, most=LONGEST_REASON)
        return await passed(self.policy, text)


def _site(person: Person) -> str | None:
    if person.role not in READERS:
        raise Forbidden
    return person.site


def _may_act(person: Person) -> None:
    if person.role is not Role.OFFICER:
        raise Forbidden


def _overdue(found: Incident, now: float) -> bool:
    return found.due is not None and found.state != "closed" and found.due < now


def _key(after: str) -> tuple[int, float, str] | None:
    if not after:
        return None
    try:
        severity, at, name = after.split("|")
        return int(severity), float(at), name
    except ValueError:
        raise BadRequest("incident_filter") from None


def _proof(db: Db, incident: Incident, rotations: Sequence[Rotation]) -> dict[str, Any]:
    """The row of the stop in the chain, the receipt of its prompt, the last anchor there is."""
    row = db.execute(
        "SELECT at, kind, digest, hash, payload FROM events WHERE stream = ? AND seq = ?",
        (incident.session, incident.seq),
    ).fetchone()
    turn = str(json.loads(row[4] or "{}").get("turn", ""))
    receipt = receipts.made(db, incident.session, turn, rotations) if turn else None
    last = sessions.anchors(db, last_only=True)
    return {
        "stream": incident.session,
        "seq": incident.seq,
        "at": row[0] / MICRO,
        "kind": row[1],
        "digest": row[2],
        "hash": row[3],
        "anchor": json.loads(last[0].line()) if last else None,
        "receipt": receipt,
    }
