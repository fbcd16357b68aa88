"""Reviewing: the queue, a reservation of a session, marks that a second marker does not see, and
what the trainee is told of it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lab.course import Text
from lab.errors import BadRequest, Conflict, Forbidden, LabError, NotFound
from lab.log import review, review_queue
from lab.log.base import Log, Write
from lab.log.chain import canonical
from lab.log.review import MARKED, UNDONE, Marked
from lab.log.review_queue import Listed, Reach, Wanted
from lab.model import Event, SessionRow, Who
from lab.session.kappa import MOST, Agreement, agreement
from lab.session.lab import REVIEWERS
from lab.session.places import here
from lab.session.transcript import Transcript, readable

if TYPE_CHECKING:
    from lab.session import Lab

LOGGER = logging.getLogger("lab.review")
PAGE = 40
HELD_SECONDS = 600
"""How long a reservation lasts after the last sign of its owner."""
MOST_COMMENT = 2000
LEAST_REASON = 10
BATCH = 500
GATHER_SECONDS = 0.5
"""Events of so long are indexed together."""
NAMED = "person.named"


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of the queue."""

    rows: Sequence[Listed]
    counts: Mapping[str, Mapping[str, int]]
    following: str
    """Key of the next page; empty at the end."""
    behind: int
    """Events that are not indexed yet."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Marks and comment of one reviewer, as they stand."""

    seq: int
    by: str
    by_name: str
    turn: str
    marks: Mapping[str, int]
    comment: str
    at: float


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of an exercise's rubric: what is marked 0, 1 or 2."""

    id: str
    title: Text


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as a reviewer reads it."""

    row: SessionRow
    transcript: Transcript
    remarks: tuple[Remark, ...]
    """Others' only once one's own whole mark is there."""
    hidden: int
    """Remarks of others that are not shown yet."""
    criteria: tuple[Criterion, ...]
    """Of the exercise: none where the course no longer has it."""
    name: str
    """Of the trainee, where this reviewer has asked for it with a reason."""


def key_of(row: Listed) -> str:
    """Where the next page begins."""
    return f"{row.last_at!r}~{row.session}"


def read_key(text: str) -> tuple[float, str] | None:
    """The key of an address. Raises ``BadRequest``."""
    if not text:
        return None
    at, _, session = text.partition("~")
    try:
        return float(at), session
    except ValueError:
        raise BadRequest(fields="before") from None


def reason_of(text: str) -> str:
    """A reason that says something. Raises ``BadRequest``."""
    if len(text.strip()) < LEAST_REASON:
        raise BadRequest("review_reason")
    return text.strip()


def in_order(marks: Mapping[str, int], criteria: Sequence[Criterion]) -> dict[str, int]:
    """Marks as the rubric has its lines; those that it no longer has come last."""
    known = [each.id for each in criteria if each.id in marks]
    return {name: marks[name] for name in (*known, *sorted(marks.keys() - set(known)))}


def remarks_of(events: Sequence[Event]) -> tuple[Remark, ...]:
    """The remarks of a session that stand: the last of each person on each thing."""
    kept: dict[int, Remark] = {}
    for event in events:
        row = event.payload
        if row is None:
            continue
        if event.kind == UNDONE:
            kept.pop(row["seq"], None)
        elif event.kind == MARKED:
            told = (row["by"], row["by_name"], row["turn"], row["marks"], row["comment"])
            kept[event.seq] = Remark(event.seq, *told, event.at)
    last = {(each.by, each.turn): each for each in kept.values()}
    return tuple(sorted(last.values(), key=lambda each: each.seq))


@dataclass(frozen=True, slots=True)
class Reviews:
    """What the page of reviewers asks."""

    lab: Lab
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def reach(self, who: Who) -> Reach:
        """Whose sessions this person sees. Raises ``Forbidden``."""
        person = who.person
        if person.role not in REVIEWERS:
            raise Forbidden
        return Reach(person.id, person.class_id, person.site)

    async def queue(
        self, who: Who, wanted: Wanted, *, before: str = "", limit: int = PAGE
    ) -> Queue:
        """One page of sessions, and what each filter would leave."""
        reach, key = self.reach(who), read_key(before)
        found = await self.lab.log.read(lambda db: review_queue.find(db, wanted.text))
        rows = await self.lab.log.read(
            lambda db: review_queue.page(
                db, reach, wanted, found, now=time.time(), before=key, limit=limit + 1
            )
        )
        counts = await self.lab.log.read(lambda db: review_queue.counts(db, reach, wanted, found))
        behind = await self.lab.log.read(review.behind)
        following = key_of(rows[limit - 1]) if len(rows) > limit else ""
        return Queue(rows[:limit], counts, following, behind)

    async def open(self, who: Who, session: str) -> Opened:
        """One session. Raises ``NotFound`` where this person may not see it."""
        row, transcript = await self.lab.review(who, session)
        events = await self.lab.log.events(row.id)
        remarks, me = remarks_of(events), who.person.id
        criteria = self.criteria(row.exercise)
        mine = [each for each in remarks if each.by == me and not each.turn]
        done = any(each.marks or not criteria for each in mine)
        shown = tuple(
            replace(each, marks=in_order(each.marks, criteria))
            for each in remarks
            if done or each.by == me
        )
        name = await self._named(events, row, me)
        return Opened(row, transcript, shown, len(remarks) - len(shown), criteria, name)

    def criteria(self, exercise: str) -> tuple[Criterion, ...]:
        """What an exercise is marked by: the lines of its rubric."""
        try:
            found = self.lab.courses.exercise(exercise)
        except NotFound:
            return ()
        return tuple(Criterion(line.id, line.title) for line in found.rubric)

    async def _named(self, events: Sequence[Event], row: SessionRow, me: str) -> str:
        told = [e.payload for e in events if e.kind == NAMED and e.payload is not None]
        if not any(each["by"] == me for each in told):
            return ""
        person = await self.lab.log.person(row.person_id)
        return person.name if person else ""

    async def claim(self, who: Who, session: str) -> bool:
        """Reserve a session for ten minutes; False where another reviewer has it."""
        row, _ = await self.lab.review(who, session)
        now = time.time()
        return await self.lab.log.write(
            lambda write: review.claim(write, row.id, who.person.id, now, now + HELD_SECONDS)
        )

    async def release(self, who: Who, session: str) -> None:
        """Give a reservation back."""
        row, _ = await self.lab.review(who, session)
        await self.lab.log.write(lambda write: review.release(write, row.id, who.person.id))

    async def mark(
        self, who: Who, session: str, *, turn: str, marks: Mapping[str, int], comment: str
    ) -> None:
        """Keep marks and a comment on a session, or on a turn of it, and tell the trainee.

        Raises:
            NotFound: no such session within reach, or no such turn.
            BadRequest: no mark and no comment, or a comment that the policy stops.
            Conflict: another reviewer has the session reserved.
        """
        row, transcript = await self.lab.review(who, session)
        if turn and all(each.id != turn for each in transcript.turns):
            raise NotFound("no_turn")
        known = {each.id for each in self.criteria(row.exercise)}
        if any(each not in known or not 0 <= marks[each] <= MOST for each in marks):
            raise BadRequest(fields="marks")
        comment = await self._checked(row, comment)
        if not marks and not comment:
            raise BadRequest("review_empty")
        events = await self.lab.log.events(row.id)
        others = {each.by for each in remarks_of(events) if not each.turn} - {who.person.id}
        payload = {
            "by": who.person.id,
            "by_name": who.person.name,
            "turn": turn,
            "marks": dict(marks),
            "comment": comment,
            "blind": bool(others),
        }
        await self.lab.log.write(partial(_mark, row=row, payload=payload))

    async def _checked(self, row: SessionRow, text: str) -> str:
        """A text of a reviewer as the policy lets it stand: masked. Raises ``BadRequest``."""
        text = readable(text).strip()[:MOST_COMMENT]
        if not text:
            return ""
        policy = await here(self.lab.log, self.lab.policy.current, row)
        _, outgoing = await policy.inspect(text)
        if outgoing is None:
            raise BadRequest("review_stopped")
        return outgoing

    async def undo(self, who: Who, session: str) -> bool:
        """Take one's last remark on a session back, marks and comment; False: there is none."""
        row, _ = await self.lab.review(who, session)
        return await self.lab.log.write(partial(_undo, row=row, person=who.person.id))

    async def name(self, who: Who, session: str, reason: str) -> str:
        """The trainee's name, for a reason that is logged and shown to them.

        Raises:
            BadRequest: the reason is too short, or the policy stops it.
        """
        row, _ = await self.lab.review(who, session)
        told = {
            "by": who.person.id,
            "by_name": who.person.name,
            "person": row.person_id,
            "reason": await self._checked(row, reason_of(reason)),
        }
        await self.lab.log.append(row.id, NAMED, told)
        person = await self.lab.log.person(row.person_id)
        if person is None:
            raise NotFound("no_person")
        return person.name

    async def name_person(self, who: Who, person: str, reason: str) -> str:
        """The name of somebody on the board, in the same way. Raises also ``NotFound``: nobody of
        this id within reach has begun a session.
        """
        last = await self.lab.log.read(partial(review.last_session, person=person))
        if last is None:
            raise NotFound("no_session")
        return await self.name(who, last, reason)

    async def known_as(self, who: Who) -> review.KnownAs:
        """How trainers see whoever asks."""
        return await self.lab.log.read(partial(review.known_as, person=who.person.id))

    async def agreement(self, who: Who) -> dict[str, Agreement]:
        """How far two markers agree, by exercise, and over all (an empty name)."""
        reach = self.reach(who)
        pairs = await self.lab.log.read(lambda db: review.pairs(db, (reach.class_id, reach.site)))
        both: dict[str, list[tuple[int, int]]] = {"": []}
        for exercise, one, two in pairs:
            known = {each.id for each in self.criteria(exercise)}
            for each in known & one.marks.keys() & two.marks.keys():
                both[""].append((one.marks[each], two.marks[each]))
                both.setdefault(exercise, []).append((one.marks[each], two.marks[each]))
        return {exercise: agreement(marks) for exercise, marks in both.items()}

    async def told(self, who: Who) -> list[tuple[SessionRow, list[Event]]]:
        """What was said to a trainee: their sessions with remarks, and with who asked for the
        name; newest first.
        """
        found = []
        mine = await self.lab.log.read(partial(review.told_of, person=who.person.id))
        for session in mine:
            row = await self.lab.log.session(session)
            if row is not None:
                found.append((row, await self.lab.log.events(session)))
        return found

    # --- the index --------------------------------------------------------------------------------

    async def catch_up(self) -> None:
        """Index all events that are there."""
        await catch_up(self.lab.log)

    async def follow(self) -> None:
        """Index events as they come, for ever."""
        end = self.lab.log.watch(lambda _events: self._news.set())
        try:
            while True:
                self._news.clear()
                try:
                    await self.catch_up()
                except LabError as error:
                    LOGGER.error("review index: %s", error.code)  # noqa: TRY400 - code is all
                    await asyncio.sleep(5)
                    continue
                await self._news.wait()
                await asyncio.sleep(GATHER_SECONDS)
        finally:
            end()


async def catch_up(log: Log) -> None:
    """Index all events that are there, for the queue of reviewers and for reports."""
    taken = BATCH
    while taken == BATCH:
        taken = await log.write(partial(review.catch_up, most=BATCH))
        await asyncio.sleep(0.01)  # trainees' writes go first


def _mark(write: Write, *, row: SessionRow, payload: dict[str, Any]) -> None:
    now = time.time()
    if not review.claim(write, row.id, payload["by"], now, now + HELD_SECONDS):
        raise Conflict("review_taken")
    made = write.append(row.id, MARKED, canonical(payload))
    marked = Marked(row.id, made.seq, payload["by"], payload["turn"], payload["marks"], now)
    review.add_mark(write.db, marked)
    if not payload["turn"]:
        review.release(write, row.id, payload["by"])


def _undo(write: Write, *, row: SessionRow, person: str) -> bool:
    last = review.last_mark(write.db, row.id, person)
    if last is None:
        return False
    write.append(row.id, UNDONE, canonical({"by": person, "seq": last.seq}))
    review.undo_mark(write.db, last)
    return True
