"""Attack our own policy: a game of levels, played against the policy in force and no model.

What a player types is judged here and forgotten, but for what the policy let out with the planted
secret still in it: that becomes a failing case of the corpus by itself.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from lab.errors import BadRequest, Forbidden, NotFound
from lab.keys import Keys
from lab.log import attacks
from lab.log.attacks import Found, State
from lab.log.base import Log
from lab.model import Decision, Message, Role, Who
from lab.session.attack_cases import ANSWER, VALUE, filled, secret_of
from lab.session.attack_levels import BY_ID, LEVELS, Level, Secret, carries
from lab.session.holder import PolicyHolder
from lab.session.pace import Pace
from lab.session.transcript import readable

JUDGES = frozenset({Role.OFFICER, Role.ADMIN})
LONGEST, LEAST_HOW, LONGEST_HOW = 1000, 10, 300
MOST = 20
"""Ways round that are kept of one player for one level."""
SECONDS = 1.0
"""Between two tries of a player."""
_STATES: dict[str, State] = {"accept": "accepted", "decline": "declined"}


@dataclass(frozen=True, slots=True)
class Tried:
    """What the policy said of a try."""

    decisions: tuple[Decision, ...]
    """One a turn; the last is that of the turn that was stopped."""
    left: tuple[str, ...]
    """What would leave; empty where a turn was stopped."""
    proof: str = ""
    """``read``: the secret is still to be read in it; ``told``: the player says so; else empty."""

    @property
    def stopped(self) -> bool:
        """Whether the policy stopped a turn."""
        return not self.left


@dataclass(frozen=True, slots=True)
class Standing:
    """A level as one player sees it."""

    level: Level
    secret: Secret
    passed: bool
    """By a way that the lab read itself, or that an officer accepted."""
    waiting: int


@dataclass(frozen=True, slots=True)
class Attack:
    """What the page of the game asks."""

    log: Log
    keys: Keys
    policy: PolicyHolder
    _pace: Pace = field(default_factory=Pace)

    async def standings(self, who: Who) -> list[Standing]:
        """All levels, and how far one is."""
        found = await self.log.read(partial(attacks.listed, person=who.person.id))
        return [
            Standing(
                level,
                secret_of(self.keys, who.person.id, level),
                any(each.level == level.id and each.state == "accepted" for each in found),
                sum(each.level == level.id and each.state == "waiting" for each in found),
            )
            for level in LEVELS
        ]

    def level(self, name: str) -> Level:
        """A level. Raises ``NotFound``."""
        if name not in BY_ID:
            raise NotFound
        return BY_ID[name]

    async def attempt(self, who: Who, name: str, turns: Sequence[str], how: str = "") -> Tried:
        """Try to get a level's secret out. ``how`` tells a person how to read it in what left,
        where the lab cannot. Nothing is sent to any model.

        Raises:
            BadRequest: nothing, or too much, was typed.
            TooMany: a try a second.
            Unavailable: there is no policy now.
        """
        level = self.level(name)
        texts = [text for text in (readable(turn).strip() for turn in turns) if text]
        how = " ".join(readable(how).split())
        if not 1 <= len(texts) <= level.turns or any(len(text) > LONGEST for text in texts):
            raise BadRequest("attack_length", most=LONGEST, turns=level.turns)
        if len(how) > LONGEST_HOW:
            raise BadRequest("attack_how", least=LEAST_HOW, most=LONGEST_HOW)
        self._pace.take(f"attack {who.person.id}", SECONDS)
        tried = await self._judged(texts)
        if tried.stopped:
            return tried
        mine = secret_of(self.keys, who.person.id, level)
        if carries(tried.left, mine.wanted):
            return await self._kept(who, level, mine, tried, "read", "")
        if len(how) >= LEAST_HOW and await self._clean(how):
            return await self._kept(who, level, mine, tried, "told", how)
        return tried

    async def _judged(self, texts: Sequence[str]) -> Tried:
        history: list[Message] = []
        decisions: list[Decision] = []
        left: list[str] = []
        for text in texts:
            decision, outgoing = await self.policy.current.inspect(text, history=history)
            decisions.append(decision)
            if outgoing is None:
                return Tried(tuple(decisions), ())
            left.append(outgoing)
            history += [Message("user", outgoing), Message("assistant", ANSWER)]
        return Tried(tuple(decisions), tuple(left))

    async def _clean(self, text: str) -> bool:
        """Whether the policy lets a remark stand as it is."""
        _, outgoing = await self.policy.current.inspect(text)
        return outgoing == text

    async def _kept(
        self, who: Who, level: Level, mine: Secret, tried: Tried, proof: str, how: str
    ) -> Tried:
        known = await self.log.read(partial(attacks.listed, person=who.person.id))
        if sum(each.level == level.id for each in known) < MOST:
            found = Found(
                id=secrets.token_hex(4),
                at=time.time(),
                person=who.person.id,
                level=level.id,
                entity=level.entity,
                tier=level.tier,
                turns=tuple(_templated(text, mine) for text in tried.left),
                proof=proof,
                how=how,
                policy=self.policy.current.version,
                state="accepted" if proof == "read" else "waiting",
            )
            await self.log.write(partial(attacks.add, found=found))
        return Tried(tried.decisions, tried.left, proof)

    # --- for officers ---------------------------------------------------------------------------

    async def found(self, who: Who) -> list[Found]:
        """Every way round that was found. Raises ``Forbidden``."""
        if who.person.role not in JUDGES:
            raise Forbidden
        return await self.log.read(attacks.listed)

    async def stands(self, found: Found) -> bool:
        """Whether a way round still works under the policy in force."""
        texts, wanted = filled(self.keys, found)
        tried = await self._judged(texts)
        if tried.stopped:
            return False
        return carries(tried.left, wanted) if found.proof == "read" else list(tried.left) == texts

    async def judge(self, who: Who, case: str, act: str, reason: str) -> None:
        """Take a way round into the corpus, or out of it, with a reason.

        Raises:
            Forbidden: this is no officer.
            NotFound, Conflict: there is no such case, or it is so already.
            BadRequest: no reason.
        """
        reason = " ".join(reason.split())[:LONGEST_HOW]
        if who.person.role not in JUDGES:
            raise Forbidden
        if act not in _STATES or not reason:
            raise BadRequest("attack_reason")
        by = who.person.id
        await self.log.write(
            partial(attacks.judge, case=case, state=_STATES[act], by=by, reason=reason)
        )


def _templated(text: str, mine: Secret) -> str:
    """A text with the planted value, where it stands as it is, as a gap."""
    return re.sub(re.escape(mine.text), VALUE, text, flags=re.IGNORECASE)
