"""What trainees held to be mistakes of the policy, judged by officers, told of to the trainee.

For T3 and T4 a case is made of what left: masked, the disputed value as a gap that the officer
fills with one that they make up. For T1 and T2 there is no text at all: rule, reading and whether
the value was planted. Nothing is weakened by itself, however many complain: a case only shows
officers, in each run of the corpus, what a rule stops that it should not.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from lab.errors import BadRequest, Forbidden, NotFound
from lab.keys import Keys
from lab.log import alarms
from lab.log.alarms import Alarm, State
from lab.log.base import Log
from lab.model import Action, Finding, Person, Role, Tier, Turn
from lab.session import attack_cases
from lab.session.holder import PolicyHolder
from lab.session.transcript import readable

if TYPE_CHECKING:
    from lab.policy.corpus import Case

SET = "alarm"
"""Their set in the corpus."""
VALUE = "{value}"
READERS = frozenset({Role.OFFICER, Role.ADMIN})
LEAST_REASON, LONGEST_REASON, LONGEST_CASE = 3, 300, 2000
_STATES: Mapping[str, State] = {"accept": "accepted", "decline": "declined"}
_SECRET = frozenset({Tier.T1, Tier.T2})


def digest_of(policy: PolicyHolder, rule: str) -> str:
    """SHA-256 (hex) of a rule's definition in the policy in force; empty where it has none."""
    rules = policy.current.rules if policy.loaded else ()
    found = next((each for each in rules if each.id == rule), None)
    return hashlib.sha256(found.model_dump_json().encode()).hexdigest() if found else ""


def alarm_of(
    session: str, turn: Turn, rule: str, row: Mapping[str, Any], policy: PolicyHolder
) -> Alarm:
    """A dispute as a case. ``row`` is the payload of the turn's decision."""
    found = [finding for finding in turn.findings if finding.rule == rule]
    worst = min(found, key=lambda each: str(each.tier))
    origins = {each.get("origin") for each in row.get("findings", ()) if each["rule"] == rule}
    return Alarm(
        id=secrets.token_hex(4),
        at=time.time(),
        session=session,
        turn=turn.id,
        rule=rule,
        entity=worst.entity,
        tier=str(worst.tier),
        view=worst.view,
        pattern=worst.pattern,
        planted=int(bool(origins & {"canary", "material"})),
        policy=turn.policy,
        digest=digest_of(policy, rule),
        text="" if worst.tier in _SECRET else _gapped(turn, found),
    )


def _gapped(turn: Turn, found: list[Finding]) -> str:
    """What left, with a gap for what is disputed; nothing where the value itself left."""
    text = turn.prompt or ""
    for finding in found:
        if finding.action is not Action.MASK or not finding.placeholder:
            return ""
        text = text.replace(finding.placeholder, VALUE)
    return text if VALUE in text else ""


@dataclass(frozen=True, slots=True)
class Told:
    """How far a trainee's complaint is."""

    alarm: Alarm
    mended: bool
    """Whether the policy in force lets a text like it pass."""
    changed: bool
    """Whether the rule is another one than it was then."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """The complaints, for the people who may see them."""

    log: Log
    policy: PolicyHolder

    async def listed(self, person: Person, state: str = "waiting") -> list[Alarm]:
        """What officers and administrators see, of their site. Raises ``Forbidden``."""
        if state not in {"", "waiting", "accepted", "declined"}:
            raise BadRequest("alarm_state")
        read = partial(alarms.listed, state=state, site=_site(person))
        return await self.log.read(read)

    async def judge(self, person: Person, name: str, act: str, reason: str, case: str = "") -> None:
        """``accept`` or ``decline`` one, with a reason; a text is accepted with its gap filled.

        Raises:
            Forbidden: this is no officer.
            NotFound, Conflict: there is no such one, or it is so already.
            BadRequest: no reason; a gap that is left; a text that the policy takes for secret.
        """
        if person.role is not Role.OFFICER:
            raise Forbidden
        reason, case = " ".join(reason.split()), readable(case).strip()
        found = await self.log.read(partial(alarms.one, name=name, site=_site(person)))
        if found is None:
            raise NotFound("no_alarm")
        if act not in _STATES or not LEAST_REASON <= len(reason) <= LONGEST_REASON:
            raise BadRequest("alarm_reason", least=LEAST_REASON, most=LONGEST_REASON)
        if act == "accept" and found.text:
            await self._check(case)
        else:
            case = ""
        write = partial(alarms.judge, name=name, state=_STATES[act], by=person.id)
        await self.log.write(partial(write, reason=reason, case=case))

    async def _check(self, case: str) -> None:
        if not case or len(case) > LONGEST_CASE or VALUE in case:
            raise BadRequest("alarm_gap", most=LONGEST_CASE)
        decision, _ = await self.policy.current.inspect(case)
        if any(each.tier in _SECRET for each in decision.findings):
            raise BadRequest("alarm_secret")

    async def told(self, person: Person) -> list[Told]:
        """What became of one's own complaints."""
        found = await self.log.read(partial(alarms.of_person, person=person.id))
        return [
            Told(each, await self._mended(each), digest_of(self.policy, each.rule) != each.digest)
            for each in found
        ]

    async def _mended(self, alarm: Alarm) -> bool:
        if alarm.state != "accepted" or not alarm.case_text or not self.policy.loaded:
            return False
        _, outgoing = await self.policy.current.inspect(alarm.case_text)
        return outgoing == alarm.case_text


def _site(person: Person) -> str | None:
    if person.role not in READERS:
        raise Forbidden
    return person.site


def case_of(alarm: Alarm) -> Case:
    """A complaint as a case: its text must leave unchanged."""
    from lab.policy.corpus import Case, Turn  # noqa: PLC0415 - the policy is imported late

    return Case(
        id=f"{SET}/{alarm.id}",
        set=SET,
        template=f"{SET}/{alarm.rule}",
        split="test",
        expect="unchanged",
        messages=(Turn(role="user", content=alarm.case_text or ""),),
    )


async def found_here(log: Log, keys: Keys) -> list[Case]:
    """Cases that this lab itself has found: ways round the policy, and false alarms."""
    found = await log.read(alarms.accepted)
    return [*await attack_cases.accepted(log, keys), *map(case_of, found)]
