"""What trainers do with a whole class: a notice, a hint, a countdown, an exercise on hold.

What is on hold is kept in memory too, folded from the log's events, so that a prompt need not wait
for a query; every page of a trainee hears of a change over its one stream.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lab.errors import BadRequest, Conflict, Forbidden, NotFound, Unavailable
from lab.log import notices as rows
from lab.log import roster
from lab.log.base import SYSTEM, Log
from lab.log.notices import Hold, Notice, Reach
from lab.log.roster import Scope
from lab.model import Event, Person
from lab.session.board_feed import Page, event
from lab.session.holder import PolicyHolder
from lab.session.transcript import readable

if TYPE_CHECKING:
    from lab.course import Course

KEPT_SECONDS = 4 * 3600.0
"""How long a notice is shown to those who come later."""
MOST_CHARS = 600
MOST_MINUTES = 240
KINDS = ("notice", "hint")
_TOLD = frozenset({"notice.sent", "notice.over", "exercise.held", "exercise.released"})


class Control:
    """The class control of a running lab, and the pages of those who practise."""

    def __init__(self, log: Log, policy: PolicyHolder, course: Callable[[], Course]) -> None:
        self.log = log
        self.policy = policy
        self.course = course
        self.notices: dict[str, Notice] = {}
        self.holds: dict[Hold, None] = {}
        self._pages: dict[str, tuple[Person, set[Page]]] = {}
        self._desks: dict[Scope, set[Page]] = {}
        self._early: list[Event] | None = []
        self._end: Callable[[], None] | None = None

    async def start(self) -> None:
        """Begin with what the log says."""
        self._end = self.log.watch(self._told)
        held = await self.log.read(rows.holds)
        kept = await self.log.read(partial(rows.notices, since=time.time() - KEPT_SECONDS))
        self.holds = dict.fromkeys(held)
        self.notices = {each.id: each for each in kept}
        early, self._early = self._early or [], None
        self._told(early)

    def close(self) -> None:
        """Hear no more, and let all pages go."""
        if self._end is not None:
            self._end()
        for pages in (*(pages for _person, pages in self._pages.values()), *self._desks.values()):
            for page in pages:
                page.end()

    # --- what trainees meet -------------------------------------------------------------------

    def admit(self, person: Person, exercise: str) -> None:
        """Raise ``Conflict`` where the exercise is on hold for this person: nothing is lost."""
        if any(hold.exercise in {"", exercise} for hold in self.held(person)):
            raise Conflict("exercise_held")

    def held(self, person: Person) -> list[Hold]:
        """What is on hold for somebody."""
        return [hold for hold in self.holds if hold.reach.meets(person)]

    def room(self, person: Person) -> dict[str, Any]:
        """Everything that a page of this person shows of the trainers' words."""
        since = time.time() - KEPT_SECONDS
        mine = [each for each in self.notices.values() if each.reach.meets(person)]
        return {
            "now": time.time(),
            "held": [hold.exercise for hold in self.held(person)],
            "notices": [notice_row(each) for each in mine if each.at > since],
        }

    def join(self, person: Person, page: Page) -> None:
        """A page of somebody's practice room hears of changes from now on."""
        self._pages.setdefault(person.id, (person, set()))[1].add(page)
        page.put(event("room", self.room(person)))

    def leave(self, person: Person, page: Page) -> None:
        """It is gone."""
        _person, pages = self._pages.get(person.id, (person, set()))
        pages.discard(page)
        if not pages:
            self._pages.pop(person.id, None)

    def tell(self, person_id: str, message: bytes) -> None:
        """Send something to all pages of one person."""
        for page in tuple(self._pages.get(person_id, (None, ()))[1]):
            page.put(message)

    @property
    def present(self) -> frozenset[str]:
        """Who has a page open."""
        return frozenset(self._pages)

    # --- what trainers do ---------------------------------------------------------------------

    async def reach(self, scope: Scope, class_id: str | None, site: str | None) -> Reach:
        """Whom a trainer means. Nothing said is everybody whom they may reach.

        Raises:
            NotFound: a class or a site that is not theirs.
        """
        if class_id is None and site is not None and not _holds(scope, site):
            raise Forbidden
        room = class_id or scope.class_id
        if room is not None:
            found = await self.log.read(partial(roster.rooms, scope=scope, only=room))
            if not found:
                raise NotFound("no_class")
            return Reach(room, found[0].site)
        return Reach(None, scope.site if site is None else site)

    async def send(self, scope: Scope, to: Reach, kind: str, text: str) -> str:
        """A notice or a hint; its id. It passes the policy as every text does.

        Raises:
            BadRequest: it is empty, too long, or the policy stopped it.
        """
        if kind not in KINDS:
            raise BadRequest(fields="kind")
        kept = await passed(self.policy, text)
        return await self.log.write(
            partial(rows.send, by=scope.by, to=to, kind=kind, text=kept, ends_at=None)
        )

    async def count_down(self, scope: Scope, to: Reach, minutes: int, text: str) -> str:
        """A countdown of whole minutes; the one of before ends. Raises ``BadRequest``."""
        if not 1 <= minutes <= MOST_MINUTES:
            raise BadRequest("countdown_minutes", most=MOST_MINUTES)
        kept = await passed(self.policy, text) if text.strip() else ""
        ends_at = time.time() + minutes * 60
        return await self.log.write(
            partial(rows.send, by=scope.by, to=to, kind="countdown", text=kept, ends_at=ends_at)
        )

    async def take_back(self, scope: Scope, notice: str) -> None:
        """A notice or a countdown ends. Raises ``NotFound``."""
        await self.log.write(partial(rows.take_back, scope=scope, notice=notice))

    async def hold(self, scope: Scope, what: Hold) -> None:
        """An exercise (or, with an empty name, every one) waits. Raises ``NotFound``."""
        self._known(what)
        await self.log.write(partial(rows.hold, by=scope.by, what=what))

    async def release(self, scope: Scope, what: Hold) -> None:
        """It goes on. Raises ``NotFound``."""
        self._known(what)
        await self.log.write(partial(rows.release, by=scope.by, what=what))

    def _known(self, what: Hold) -> None:
        if what.exercise and what.exercise not in {each.id for each in self.course().exercises}:
            raise NotFound("no_exercise")

    def seen_by(self, scope: Scope) -> dict[str, Any]:
        """What is in force now, as far as a trainer sees it: what reaches people of theirs."""
        since = time.time() - KEPT_SECONDS
        return {
            "held": [
                {"exercise": hold.exercise, **reach_row(hold.reach, scope)}
                for hold in self.holds
                if concerns(hold.reach, scope)
            ],
            "notices": [
                notice_row(each) | reach_row(each.reach, scope)
                for each in self.notices.values()
                if each.at > since and concerns(each.reach, scope)
            ],
        }

    def oversee(self, scope: Scope, page: Page) -> None:
        """A trainer's page hears of changes from now on."""
        self._desks.setdefault(scope, set()).add(page)
        page.put(event("control", self.seen_by(scope)))

    def overlook(self, scope: Scope, page: Page) -> None:
        """It is gone."""
        pages = self._desks.get(scope, set())
        pages.discard(page)
        if not pages:
            self._desks.pop(scope, None)

    # --- what the log tells -------------------------------------------------------------------

    def _told(self, events: Sequence[Event]) -> None:
        if self._early is not None:
            self._early.extend(events)
            return
        for each in events:
            if each.stream != SYSTEM or each.kind not in _TOLD or each.payload is None:
                continue
            reach = Reach(each.payload["class_id"], each.payload["site"])
            self._fold(each, each.payload, reach)
            self._pass_on(reach)

    def _fold(self, told: Event, row: dict[str, Any], reach: Reach) -> None:
        if told.kind == "notice.sent":
            made = Notice(row["notice"], row["kind"], reach, row["text"], told.at, row["ends_at"])
            if made.kind == "countdown":
                self._drop(
                    each.id
                    for each in tuple(self.notices.values())
                    if each.kind == "countdown" and each.reach == reach
                )
            self._drop(
                each.id for each in tuple(self.notices.values()) if each.at < told.at - KEPT_SECONDS
            )
            self.notices[made.id] = made
        elif told.kind == "notice.over":
            self._drop([row["notice"]])
        elif told.kind == "exercise.held":
            self.holds[Hold(reach, row["exercise"])] = None
        else:
            self.holds.pop(Hold(reach, row["exercise"]), None)

    def _drop(self, notices: Iterable[str]) -> None:
        for each in tuple(notices):
            self.notices.pop(each, None)

    def _pass_on(self, reach: Reach) -> None:
        said: dict[tuple[str | None, str | None], bytes] = {}
        for person, pages in tuple(self._pages.values()):
            if not reach.meets(person):
                continue
            key = (person.class_id, person.site)
            message = said.get(key)
            if message is None:
                message = said[key] = event("room", self.room(person))
            for page in tuple(pages):
                page.put(message)
        for scope, desks in self._desks.items():
            if concerns(reach, scope):
                message = event("control", self.seen_by(scope))
                for page in tuple(desks):
                    page.put(message)


async def passed(policy: PolicyHolder, text: str) -> str:
    """A text as it may be shown and kept: masked where the policy masks.

    Raises:
        BadRequest: it is empty, too long, or the policy stopped it.
        Unavailable: the policy is not loaded.
    """
    text = readable(text).strip()
    if not text:
        raise BadRequest("words_empty")
    if len(text) > MOST_CHARS:
        raise BadRequest("words_too_long", most=MOST_CHARS)
    decision, outgoing = await policy.current.inspect(text)
    if decision.fault is not None:
        raise Unavailable("words_unchecked")
    if outgoing is None:
        raise BadRequest("words_stopped")
    return outgoing


def _holds(scope: Scope, site: str) -> bool:
    """Whether the whole of a site is within a scope."""
    return scope.class_id is None and scope.site in {None, site}


def concerns(reach: Reach, scope: Scope) -> bool:
    """Whether something may reach people of this scope. The scope of a class names its site too."""
    if scope.class_id is not None and reach.class_id is not None:
        return reach.class_id == scope.class_id
    everybody = reach == Reach() or (scope.class_id is None and scope.site is None)
    return everybody or reach.site == scope.site


def notice_row(notice: Notice) -> dict[str, Any]:
    """A notice as pages read it."""
    return {
        "id": notice.id,
        "kind": notice.kind,
        "text": notice.text,
        "at": round(notice.at),
        "ends_at": notice.ends_at,
    }


def reach_row(reach: Reach, scope: Scope) -> dict[str, Any]:
    """Whom something reaches; whether this trainer may end it."""
    mine = scope.class_id in {None, reach.class_id} and scope.site in {None, reach.site}
    return {"class_id": reach.class_id, "site": reach.site, "mine": mine}
