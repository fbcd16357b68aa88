"""The help queue: a trainee raises a hand with a word, a helper takes it, answers, and closes it.

The word passes the policy as every text does: it is kept masked, and not at all where it was
stopped; the hand goes up either way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from lab.errors import BadRequest, LabError, NotFound
from lab.log import help as rows
from lab.log.base import Log
from lab.log.help import Hand, Watch
from lab.model import Action, Event, Person, Role, SessionRow, Tier, Who
from lab.session.board import URGENT
from lab.session.board_feed import SECOND, Page, event
from lab.session.holder import PolicyHolder
from lab.session.notices import MOST_CHARS, Control, passed
from lab.session.roster import scope_of
from lab.session.transcript import readable

if TYPE_CHECKING:
    from lab.model import Decision

SEVERITIES = ("technical", "task", "policy", URGENT)
"""What a hand may be about, the last one first in line."""
REASONS = ("solved", "on_site", "passed_on", "no_answer")
"""Why a helper closes one; ``withdrawn`` is the trainee's own."""
SHOWN_SECONDS = 30 * 60.0
"""How long a trainee still sees what was answered after the hand is down."""


class HelpDesk:
    """The help queue of a running lab, and the pages of those who help."""

    def __init__(self, log: Log, policy: PolicyHolder, control: Control) -> None:
        self.log = log
        self.policy = policy
        self.control = control
        self._pages: dict[Watch, set[Page]] = {}
        self._dirty = asyncio.Event()
        self._trainees: set[str] = set()
        self._classes: set[str | None] = set()
        """Whose places in line may have changed."""
        self._end: Callable[[], None] | None = None

    async def start(self) -> None:
        """Hear what the log tells."""
        self._end = self.log.watch(self._told)

    def close(self) -> None:
        """Hear no more, and let all pages go."""
        if self._end is not None:
            self._end()
        for pages in self._pages.values():
            for page in pages:
                page.end()

    # --- a trainee's hand ---------------------------------------------------------------------

    async def raise_hand(
        self, person: Person, row: SessionRow, severity: str, word: str
    ) -> Decision | None:
        """Raise a hand in a session; the decision on the word, where there was one.

        Raises:
            BadRequest: an unknown severity, or a word that is too long.
            Conflict: the hand is up already.
        """
        if severity not in SEVERITIES:
            raise BadRequest(fields="severity")
        decision, kept = await self._checked(word)
        action = Action.ALLOW if decision is None else decision.action
        if decision is not None and _may_be_secret(decision):
            severity = URGENT
        await self.log.write(
            partial(
                rows.raise_hand,
                row=row,
                site=person.site,
                severity=severity,
                word=kept,
                action=str(action),
            )
        )
        return decision

    async def _checked(self, word: str) -> tuple[Decision | None, str | None]:
        """The decision on a word and what is kept of it. Nothing where nothing was written; while
        there is no policy the hand goes up without its word.
        """
        word = readable(word).strip()
        if not word:
            return None, None
        if len(word) > MOST_CHARS:
            raise BadRequest("words_too_long", most=MOST_CHARS)
        try:
            return await self.policy.current.inspect(word)
        except LabError:
            return None, None

    async def lower(self, person: Person) -> None:
        """The trainee needs no help any more. Raises ``NotFound`` where no hand is up."""
        await self.log.write(partial(rows.lower, person_id=person.id))

    async def mine(self, person_id: str) -> dict[str, Any]:
        """A trainee's own hand as their page shows it; empty where there is none."""
        since = time.time() - SHOWN_SECONDS

        def look(db: Any) -> tuple[Hand, int] | None:
            found = rows.latest(db, person_id, since)
            return None if found is None else (found, rows.ahead(db, found))

        seen = await self.log.read(look)
        if seen is None or seen[0].reason == "withdrawn":
            return {"now": time.time(), "hand": None}
        found, ahead = seen
        row = {
            "id": found.id,
            "severity": found.severity,
            "at": found.raised_at,
            "ahead": ahead,
            "helper": found.helper,
            "claimed_at": found.claimed_at,
            "closed_at": found.closed_at,
            "reason": found.reason,
            "words": [word_row(each) for each in found.words],
        }
        return {"now": time.time(), "hand": row}

    # --- the queue ----------------------------------------------------------------------------

    async def queue(self, watch: Watch) -> list[Hand]:
        """Open hands that somebody sees: those about a possible secret first, then as they came."""
        found = await self.log.read(partial(rows.waiting, watch=watch))
        return sorted(found, key=lambda each: each.severity != URGENT)

    async def claim(self, watch: Watch, hand: str) -> None:
        """Take a hand. Raises ``NotFound``; ``Conflict`` where somebody was faster."""
        found = await self._hand(watch, hand)
        await self.log.write(partial(rows.claim, found=found, by=watch.by))

    async def hand_over(self, watch: Watch, hand: str, to: str | None) -> None:
        """Give a hand back to the queue, or to another helper.

        Raises:
            NotFound: no such hand, or nobody who may help there.
            Conflict: it is not this helper's.
        """
        found = await self._hand(watch, hand)
        if to is not None and to not in {each.id for each in await self._helpers_of(found)}:
            raise NotFound("no_helper")
        await self.log.write(partial(rows.hand_over, found=found, by=watch.by, to=to))

    async def answer(self, watch: Watch, hand: str, text: str) -> None:
        """Write beside the trainee's conversation; the text passes the policy.

        Raises:
            NotFound: no such hand.
            BadRequest: empty, too long, or stopped.
            Conflict: it is not this helper's, or it is down.
        """
        found = await self._hand(watch, hand)
        kept = await passed(self.policy, text)
        await self.log.write(partial(rows.answer, found=found, by=watch.by, text=kept))

    async def close_hand(self, watch: Watch, hand: str, reason: str) -> None:
        """The hand goes down for a reason. Raises ``NotFound``, ``BadRequest``, ``Conflict``."""
        if reason not in REASONS:
            raise BadRequest(fields="reason")
        found = await self._hand(watch, hand)
        await self.log.write(partial(rows.close, found=found, by=watch.by, reason=reason))

    async def helpers(self, watch: Watch) -> list[Person]:
        """Who may be given a hand, by name: helpers of this scope or of the whole course; officers
        too, a hand about a possible secret.
        """
        found = await self.log.people()
        return [
            each
            for each in found
            if each.role in {*_HELPERS, Role.OFFICER}
            and each.id != watch.by
            and (watch.class_id is None or each.class_id in {None, watch.class_id})
            and (watch.site is None or each.site in {None, watch.site})
        ]

    async def _helpers_of(self, found: Hand) -> list[Person]:
        roles = {*_HELPERS, Role.OFFICER} if found.severity == URGENT else _HELPERS
        return [
            each
            for each in await self.log.people()
            if each.role in roles
            and each.class_id in {None, found.class_id}
            and each.site in {None, found.site or None}
        ]

    async def _hand(self, watch: Watch, hand: str) -> Hand:
        return await self.log.read(partial(rows.hand, watch=watch, hand_id=hand))

    # --- pages --------------------------------------------------------------------------------

    async def join(self, watch: Watch, page: Page) -> None:
        """A helper's page hears of the queue from now on."""
        self._pages.setdefault(watch, set()).add(page)
        page.put(await self._said(watch))

    def leave(self, watch: Watch, page: Page) -> None:
        """It is gone."""
        pages = self._pages.get(watch, set())
        pages.discard(page)
        if not pages:
            self._pages.pop(watch, None)

    async def run(self) -> None:
        """Tell pages of changes, at most once a second; to be cancelled."""
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            trainees, self._trainees = self._trainees, set()
            classes, self._classes = self._classes, set()
            with suppress(LabError):  # the log cannot be read now: with the next change
                await self._tell(trainees, classes)
            await asyncio.sleep(SECOND)

    async def _tell(self, trainees: set[str], classes: set[str | None]) -> None:
        for watch in tuple(self._pages):
            message = await self._said(watch)
            for page in tuple(self._pages.get(watch, ())):
                page.put(message)
        open_ones = await self.log.read(partial(rows.waiting, watch=Watch("")))
        in_line = {each.person_id for each in open_ones if each.class_id in classes}
        for person in (trainees | in_line) & self.control.present:
            self.control.tell(person, event("hand", await self.mine(person)))

    async def _said(self, watch: Watch) -> bytes:
        hands = [hand_row(each, watch) for each in await self.queue(watch)]
        return event("help", {"now": time.time(), "hands": hands})

    def _told(self, events: Sequence[Event]) -> None:
        for each in events:
            if each.kind.startswith("help.") and each.payload is not None:
                self._trainees.add(each.payload["person"])
                self._classes.add(each.payload["class_id"])
                self._dirty.set()


_HELPERS = frozenset({Role.ASSISTANT, Role.TRAINER, Role.ADMIN})


def watch_of(who: Who) -> Watch:
    """Whose hands this person sees: an officer those about a possible secret, helpers all within
    their scope. Raises ``Forbidden`` for the others.
    """
    person = who.person
    if person.role is Role.OFFICER:
        return Watch(person.id, person.class_id, person.site, severity=URGENT)
    scope = scope_of(who)
    return Watch(scope.by, scope.class_id, scope.site)


def _may_be_secret(decision: Decision) -> bool:
    """Whether the word itself has signs of a state secret."""
    return decision.action is Action.BLOCK and any(
        found.tier is Tier.T1 and found.action is Action.BLOCK for found in decision.findings
    )


def word_row(said: rows.Said) -> dict[str, Any]:
    """One sentence as pages read it."""
    return {"at": round(said.at), "by": said.by, "staff": said.staff, "text": said.text}


def hand_row(hand: Hand, watch: Watch) -> dict[str, Any]:
    """A hand as helpers read it."""
    return {
        "id": hand.id,
        "name": hand.name,
        "class": hand.class_name,
        "site": hand.site,
        "exercise": hand.exercise,
        "severity": hand.severity,
        "at": hand.raised_at,
        "helper": hand.helper,
        "mine": hand.claimed_by == watch.by,
        "claimed_at": hand.claimed_at,
        "words": [word_row(each) for each in hand.words],
    }
