"""Sharing experience: situations from one's own work, through the policy gate, shown once a trainer
approved them; others answer and vote.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from lab.errors import BadRequest, Forbidden, NotFound
from lab.log import sharing
from lab.log.base import Log
from lab.log.sharing import Answer, State, Story
from lab.model import Action, Cleared, Decision, Message, Person, Role, Who
from lab.session.holder import PolicyHolder
from lab.session.transcript import readable

if TYPE_CHECKING:
    from lab.policy.vault import Vault

KEEPERS = frozenset({Role.TRAINER, Role.ADMIN})
"""Who decides what is shown."""
TITLE, TEXT, ANSWER, REASON = 120, 4000, 2000, 300
"""Most characters of each."""
LEAST = 20
"""A situation has at least so many characters."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the policy says of a text, and the text as it would be kept."""

    decision: Decision
    outgoing: str | None
    """None where it was stopped, and nothing is kept."""

    @property
    def clean(self) -> bool:
        """Whether the text may be kept just as it was written."""
        return self.outgoing is not None and self.decision.action in {Action.ALLOW, Action.WARN}


@dataclass(frozen=True, slots=True)
class Sharing:
    """What the page of sharing asks."""

    log: Log
    policy: PolicyHolder

    async def listed(self, who: Who) -> list[Story]:
        """What this person may read: what is shown to all, one's own, and for trainers what waits
        in their classes.
        """
        found = await self.log.read(partial(sharing.stories, reader=who.person))
        return [each for each in found if _may_read(who.person, each)]

    async def one(self, who: Who, story_id: str) -> tuple[Story, list[Answer]]:
        """A situation and its answers. Raises ``NotFound``."""
        found = await self._story(who, story_id)
        answers = await self.log.read(
            partial(sharing.answers, reader=who.person, story_id=story_id)
        )
        keeps = may_decide(who.person, found)
        return found, [each for each in answers if keeps or not each.hidden]

    async def post(
        self, who: Who, title: str, text: str, *, named: bool
    ) -> tuple[Checked, str | None]:
        """Post a situation. What the policy would mask or stop is not kept: the writer gets it back
        to mend, and posts it again. The id where it is kept.

        Raises:
            BadRequest: it is too short or too long.
            Unavailable: the policy is not loaded.
        """
        title, text = readable(title).strip(), readable(text).strip()
        if not title or len(title) > TITLE or not LEAST <= len(text) <= TEXT:
            raise BadRequest("story_length", least=LEAST, most=TEXT, title=TITLE)
        checked = await self._check(f"{title}\n{text}")
        if not checked.clean:
            return checked, None
        work = partial(
            sharing.post,
            person=who.person,
            title=title,
            text=text,
            named=named,
            policy=checked.decision.policy,
        )
        return checked, await self.log.write(work)

    async def reply(
        self, who: Who, story_id: str, text: str, *, named: bool
    ) -> tuple[Checked, str | None]:
        """Answer a situation that is shown; as ``post``."""
        found = await self._story(who, story_id)
        if found.state != "shown":
            raise NotFound
        text = readable(text).strip()
        if not text or len(text) > ANSWER:
            raise BadRequest("story_answer_length", most=ANSWER)
        checked = await self._check(text)
        if not checked.clean:
            return checked, None
        work = partial(sharing.reply, person=who.person, story_id=story_id, text=text, named=named)
        return checked, await self.log.write(work)

    async def decide(self, who: Who, story_id: str, state: State, reason: str) -> None:
        """Show or refuse a situation (trainers, with a reason where it is refused), or take back
        one's own.

        Raises:
            NotFound, Forbidden: it is not theirs to decide.
            BadRequest: a refusal without a word to its writer.
            Conflict: somebody else decided first.
        """
        found = await self._story(who, story_id)
        reason = reason.strip()[:REASON]
        if state == "withdrawn":
            allowed = found.by == who.person.id
        else:
            allowed = state != "waiting" and may_decide(who.person, found)
        if not allowed:
            raise Forbidden
        if state == "refused" and not reason:
            raise BadRequest("story_reason")
        work = partial(sharing.decide, found=found, state=state, by=who.person, reason=reason)
        await self.log.write(work)

    async def hide(self, who: Who, story_id: str, answer_id: str, reason: str) -> None:
        """Take an answer out of sight (trainers)."""
        found = await self._story(who, story_id)
        if not may_decide(who.person, found):
            raise Forbidden
        reason = reason.strip()[:REASON]
        work = partial(
            sharing.hide, story_id=story_id, answer_id=answer_id, by=who.person, reason=reason
        )
        await self.log.write(work)

    async def vote(self, who: Who, story_id: str, target: str, *, up: bool) -> None:
        """Find a situation, or one of its answers, helpful. Not what one wrote oneself."""
        found, answers = await self.one(who, story_id)
        writers = {found.id: found.by} | {each.id: each.by for each in answers}
        if found.state != "shown" or target not in writers:
            raise NotFound
        if writers[target] == who.person.id:
            raise Forbidden
        await self.log.write(partial(sharing.vote, person=who.person, target=target, up=up))

    async def turned(self, who: Who, story_id: str, exercise: str) -> None:
        """Note that the draft of an exercise was made of a situation."""
        found = await self._story(who, story_id)
        work = partial(sharing.turned, story_id=found.id, exercise=exercise, by=who.person)
        await self.log.write(work)

    async def _story(self, who: Who, story_id: str) -> Story:
        found = await self.log.read(partial(sharing.story, reader=who.person, story_id=story_id))
        if not _may_read(who.person, found):
            raise NotFound
        return found

    async def _check(self, text: str) -> Checked:
        from lab.policy.vault import Vault  # noqa: PLC0415 - the policy is imported late

        vault: Vault = Vault()
        result = await self.policy.current.clear([Message("user", text)], vault=vault)
        outgoing = result.messages[-1].content if isinstance(result, Cleared) else None
        decision = result.decision
        here = tuple(each for each in decision.findings if each.message == 0)
        return Checked(replace(decision, findings=here), outgoing)


def may_decide(person: Person, found: Story) -> bool:
    """Whether a person decides about a situation: a trainer of its class or site."""
    if person.role not in KEEPERS:
        return False
    if person.class_id and found.class_id != person.class_id:
        return False
    return not person.site or found.site == person.site


def _may_read(person: Person, found: Story) -> bool:
    if found.state == "shown" or (found.by == person.id and found.state != "withdrawn"):
        return True
    return found.state in {"waiting", "refused"} and may_decide(person, found)
