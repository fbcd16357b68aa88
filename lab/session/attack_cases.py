"""Ways round the policy as cases of the corpus, their canaries made again from a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.keys import Keys
from lab.log import attacks
from lab.log.attacks import Found
from lab.log.base import Log
from lab.model import Tier
from lab.session.attack_levels import BY_ID, Level, Secret, carries, hidden_in, secret

if TYPE_CHECKING:
    from lab.policy.corpus import Case

SET = "attack"
"""Their set in the corpus."""
ANSWER = "Vâng, mời anh/chị nói tiếp."
"""Stands between two turns, as an assistant would say it."""
VALUE = "{value}"
"""Stands for the planted value."""


def secret_of(keys: Keys, person: str, level: Level, version: int | None = None) -> Secret:
    """What a player is to get out: made again from a key each time, and stored nowhere.

    ``version`` of the key; the one in use where none is given.
    """

    def draw(name: str, below: int) -> int:
        value = f"attack\0{person}\0{level.id}\0{name}"
        return keys.drawn(version or keys.version, value, below)

    return secret(level, draw)


def filled(keys: Keys, found: Found) -> tuple[list[str], tuple[str, ...]]:
    """The turns of a way round with its canary made again, and what is to be read in them."""
    level = BY_ID[found.level]
    versions = range(keys.version, 0, -1)
    made = [secret_of(keys, found.person, level, version) for version in versions]
    for each in made:
        texts = [turn.replace(VALUE, each.text) for turn in found.turns]
        if carries(texts, each.wanted):
            return texts, each.wanted
    return [turn.replace(VALUE, made[0].text) for turn in found.turns], made[0].wanted


def case_of(keys: Keys, found: Found) -> Case:
    """A way round as a case: what hides the secret must be masked, or the prompt stopped."""
    from lab.policy.corpus import Case, Span, Turn  # noqa: PLC0415 - the policy is imported late

    texts, wanted = filled(keys, found)
    messages: list[Turn] = []
    spans: list[Span] = []
    for text, (start, end) in zip(texts, hidden_in(texts, wanted), strict=True):
        if messages:
            messages.append(Turn(role="assistant", content=ANSWER))
        if start < end:
            place, piece = len(messages), len(texts) > 1
            span = Span(message=place, start=start, end=end, entity=found.entity, piece=piece)
            spans.append(span)
        messages.append(Turn(role="user", content=text))
    return Case(
        id=f"{SET}/{found.id}",
        set=SET,
        template=f"{SET}/{found.level}",
        split="test",
        expect="protect" if found.tier == Tier.T3 else "block",
        messages=tuple(messages),
        spans=tuple(spans),
        evasion=found.level,
    )


async def accepted(log: Log, keys: Keys) -> list[Case]:
    """All that are in the corpus: failing cases until a version of the policy mends them."""
    found = await log.read(attacks.listed)
    return [case_of(keys, each) for each in found if each.state == "accepted"]
