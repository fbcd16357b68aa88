"""The live board: who does what now, folded from the events of the log. No text of anybody is here.

``stuck`` is the whole rule of who is stuck. ``Board`` is a state in memory and nothing else: who is
told of it, and when, is in ``board_feed``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lab.log.base import SYSTEM
from lab.log.board import Begun, Learner, Start
from lab.model import Event, Language
from lab.words import number, say

STOPS = 3
"""Stops one after the other from which somebody is stuck."""
STILL_SECONDS = 10 * 60.0
"""Seconds without progress, while connected, from which somebody is stuck."""
GRACE = 6.0
"""Seconds that a page may be away (it is loaded again) before its seat counts as not connected."""
ABSENT_SECONDS = 45 * 60.0
"""From then on who is not connected is not there any more: nobody need look for them."""
URGENT = "secret"
"""The severity of a hand that may be about a real secret."""

Step = Literal["begun", "waiting", "reading", "stopped", "working", "checked", "passed"]
KINDS = (
    "turn.decided",
    "turn.ended",
    "answers.given",
    "attachment.decided",
    "check.scored",
)
"""Events of a session that tell what its trainee does."""
_PEOPLE = frozenset({"person.added", "person.rostered", "person.joined"})


@dataclass(slots=True, eq=False)
class Work:
    """One session, as far as the board tells of it."""

    person: str
    exercise: str
    at: float
    """Of the last thing that was done."""
    progress_at: float
    """Of the last thing that brought the work on: an answer read, a file taken, a score."""
    step: Step = "begun"
    seq: int = 0
    turns: int = 0
    blocked: int = 0
    streak: int = 0
    """Stops one after the other, up to now."""
    score: float | None = None
    passed: bool = False


@dataclass(slots=True, eq=False)
class Seat:
    """One trainee."""

    who: Learner
    place: str
    work: Work | None = None
    lines: int = 0
    """Pages of theirs that are connected now."""
    away_at: float = 0.0
    """Since when none is."""
    hand: str | None = None
    """Severity of the raised hand."""
    shown: State = "new"
    """The state in which it was told of last."""


State = Literal["urgent", "hand", "stuck", "away", "stopped", "passed", "working", "new"]
NEEDS: tuple[State, ...] = ("urgent", "hand", "stuck", "away")
"""States in which somebody needs help, the most pressing first."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Why somebody is stuck: the sentence is ``board.js.stuck.<code>``."""

    code: Literal["stops", "still"]
    count: int

    def sentence(self, language: Language = "vi") -> str:
        """The reason in words."""
        return say(f"board.js.stuck.{self.code}", language, count=number(self.count, language))


def stuck(
    *, stops: int, still: float, connected: bool, passed: bool, working: bool = True
) -> Stuck | None:
    """The rule: three stops in a row; or ten minutes without progress while the page is open.

    Who has passed the exercise is not stuck, whatever else; who has not begun is neither.
    """
    if passed or not working:
        return None
    if stops >= STOPS:
        return Stuck("stops", stops)
    if connected and still >= STILL_SECONDS:
        return Stuck("still", int(still // 60))
    return None


def stuck_of(seat: Seat, now: float) -> Stuck | None:
    """The rule, for a seat."""
    work = seat.work
    if work is None:
        return None
    return stuck(
        stops=work.streak,
        still=now - work.progress_at,
        connected=seat.lines > 0,
        passed=work.passed,
    )


def state_of(seat: Seat, now: float) -> State:
    """The one state that a seat shows: the most pressing."""
    if seat.hand is not None:
        return "urgent" if seat.hand == URGENT else "hand"
    work = seat.work
    if work is None:
        return "working" if seat.lines else "new"
    if stuck_of(seat, now) is not None:
        return "stuck"
    if work.passed:
        return "passed"
    since = max(seat.away_at, work.at)
    if not seat.lines and now - since > GRACE:
        return "away" if now - since < ABSENT_SECONDS else "new"
    return "stopped" if work.step == "stopped" else "working"


@dataclass(frozen=True, slots=True)
class Tile:
    """One place on the map: how many are in which state."""

    place: str
    title: str
    people: int
    here: int
    """Connected now."""
    counts: dict[State, int]

    @property
    def state(self) -> State:
        """The most pressing state of its seats; else what most do."""
        pressing = next((each for each in NEEDS if self.counts.get(each)), None)
        if pressing is not None:
            return pressing
        rest: dict[State, int] = {
            each: count for each, count in self.counts.items() if each != "new"
        }
        return max(rest, key=lambda each: rest[each], default="new")


def place_of(site: str | None, class_id: str | None) -> str:
    """Where somebody sits: the site, or the class where it has none."""
    return f"site:{site}" if site else f"class:{class_id or ''}"


class Board:
    """Everybody's seat. Not for several threads: it lives on one event loop."""

    def __init__(self) -> None:
        self.seats: dict[str, Seat] = {}
        self.works: dict[str, Work] = {}
        """By session."""
        self.places: dict[str, dict[str, Seat]] = defaultdict(dict)
        self.titles: dict[str, str] = {}
        """Of places: every class has one, whether or not somebody has come."""
        self.stale = False
        """Whether there are classes that are not here yet."""
        self.changed: set[str] = set()
        """People whose seat has changed since it was last told of."""
        self.unknown: set[str] = set()
        """People of whom an event told, and who are not here yet."""
        self.lost: set[str] = set()
        """Sessions of whom an event told, and that are not here yet."""
        self._others: set[str] = set()
        """Who is no trainee: their practice is nobody's business."""
        self._lines: dict[str, int] = {}
        """Pages that are open, of people who are not here yet."""

    # --- what there is ------------------------------------------------------------------------

    def begin(self, start: Start, asked: Iterable[str] = ()) -> None:
        """Take over what the log says. ``asked``: people who were asked about; those who are not
        among the found are no trainees.
        """
        for room, name, site in start.rooms:
            self.titles.setdefault(place_of(site, room), site or name)
        for who in start.people:
            self._sit(who)
        self.unknown.difference_update(asked)
        self._others.update(person for person in asked if person not in self.seats)
        for begun in start.sessions:
            self._begin(begun)
        for work in self.works.values():
            self._turn_to(self.seats.get(work.person), work)
        for event in start.recent:
            found = self.works.get(event.stream)
            if found is not None and event.seq <= found.seq and event.payload is not None:
                _recall(found, event)
        for person, severity in start.hands:
            if person in self.seats:
                self.seats[person].hand = severity

    def _sit(self, who: Learner) -> None:
        seat, place = self.seats.get(who.id), place_of(who.site, who.class_id)
        if seat is None:
            seat = self.seats[who.id] = Seat(who, place, lines=self._lines.pop(who.id, 0))
        elif seat.place != place:
            self.places[seat.place].pop(who.id, None)
        seat.who, seat.place = who, place
        self.places[place][who.id] = seat
        self.changed.add(who.id)

    def _begin(self, begun: Begun) -> None:
        self.lost.discard(begun.id)
        step: Step = "passed" if begun.passed else "working" if begun.turns else "begun"
        self.works[begun.id] = Work(
            person=begun.person_id,
            exercise=begun.exercise,
            at=begun.last_at,
            progress_at=begun.last_at,
            step=step,
            seq=begun.seq,
            turns=begun.turns,
            blocked=begun.blocked,
            score=begun.score,
            passed=begun.passed,
        )

    def _turn_to(self, seat: Seat | None, work: Work) -> None:
        if seat is not None and (seat.work is None or seat.work.at <= work.at):
            seat.work = work
            self.changed.add(work.person)

    # --- what happens -------------------------------------------------------------------------

    def fold(self, events: Sequence[Event]) -> None:
        """Take in events, in their order; those that are known already are passed over."""
        for event in events:
            if event.stream == SYSTEM:
                if event.kind in _PEOPLE and event.payload is not None:
                    self._meet(event.payload["person"])
                self.stale = self.stale or event.kind == "class.added"
                if event.kind == "class.named" and event.payload is not None:
                    self._look_again(event.payload["class_id"])
                continue
            take = _TAKES.get(event.kind)
            if take is None or event.payload is None:
                continue
            work = self.works.get(event.stream) or self._met(event)
            if work is None or event.seq <= work.seq:
                continue
            work.seq = event.seq
            seat = self.seats.get(work.person)
            take(work, seat, event)
            if seat is not None:
                if event.kind in KINDS:
                    seat.work = work
                self.changed.add(work.person)

    def _met(self, event: Event) -> Work | None:
        """The work of a session that an event tells of first: new, or to be looked up."""
        if event.kind != "session.opened" or event.payload is None:
            self.lost.add(event.stream)
            return None
        person = str(event.payload["person"])
        work = Work(person, event.payload["exercise"], event.at, event.at)
        self.works[event.stream] = work
        seat = self.seats.get(person)
        self._turn_to(seat, work)
        if seat is None:
            self._meet(person)
        return work

    def _look_again(self, room: str) -> None:
        """A class is shown in another way from now on."""
        for seats in self.places.values():
            self.unknown.update(each.who.id for each in seats.values() if each.who.class_id == room)

    def _meet(self, person: str) -> None:
        if person not in self._others:
            self.unknown.add(person)

    def line(self, person: str, by: int, now: float) -> None:
        """A page of somebody was opened (``by`` 1) or is gone (-1); several at once where another
        process tells of them.
        """
        seat = self.seats.get(person)
        if seat is None:
            self._lines[person] = max(0, self._lines.get(person, 0) + by)
            self._meet(person)
            return
        seat.lines = max(0, seat.lines + by)
        if not seat.lines:
            seat.away_at = now
        elif seat.work is not None and seat.lines == by:
            seat.work.progress_at = max(seat.work.progress_at, now)  # who comes back begins anew
        self.changed.add(person)

    def sweep(self, now: float) -> None:
        """Find the seats whose state has changed because time has passed."""
        for person, seat in self.seats.items():
            if state_of(seat, now) != seat.shown:
                self.changed.add(person)

    def tile(self, place: str, now: float) -> Tile:
        """One place, counted."""
        seats = self.places.get(place, {})
        counts: dict[State, int] = {}
        here = 0
        for seat in seats.values():
            state = state_of(seat, now)
            counts[state] = counts.get(state, 0) + 1
            here += seat.lines > 0
        return Tile(place, self.titles.get(place, ""), len(seats), here, counts)


def _recall(work: Work, event: Event) -> None:
    """Something of before the start, whose sums are known: only what no sum tells."""
    row = event.payload or {}
    if event.kind == "turn.decided":
        work.streak = work.streak + 1 if row["action"] == "block" else 0
        work.step = "stopped" if row["action"] == "block" else "waiting"
    elif event.kind == "turn.ended":
        work.step = "reading"
    elif event.kind == "check.scored":
        work.step = "passed" if row["passed"] else "checked"


def _decided(work: Work, _seat: Seat | None, event: Event) -> None:
    row = event.payload or {}
    stopped = row["action"] == "block"
    work.at = event.at
    work.turns += 1
    work.blocked += stopped
    work.streak = work.streak + 1 if stopped else 0
    work.step = "stopped" if stopped else "waiting"


def _ended(work: Work, _seat: Seat | None, event: Event) -> None:
    work.at = event.at
    if (event.payload or {})["status"] == "answered":
        work.progress_at = event.at
    work.step = "reading"


def _worked(work: Work, _seat: Seat | None, event: Event) -> None:
    work.at = event.at
    if (event.payload or {}).get("action") != "block":
        work.progress_at = event.at
    work.step = "working"


def _scored(work: Work, _seat: Seat | None, event: Event) -> None:
    row = event.payload or {}
    work.at = work.progress_at = event.at
    work.passed = work.passed or bool(row["passed"])
    work.score = max(work.score or 0.0, float(row["share"]))
    work.step = "passed" if work.passed else "checked"


def _opened(_work: Work, _seat: Seat | None, _event: Event) -> None:
    """All of it was said when the work was made."""


def _raised(_work: Work, seat: Seat | None, event: Event) -> None:
    if seat is not None:
        seat.hand = (event.payload or {})["severity"]


def _closed(_work: Work, seat: Seat | None, _event: Event) -> None:
    if seat is not None:
        seat.hand = None


_TAKES: dict[str, Callable[[Work, Seat | None, Event], Any]] = {
    "session.opened": _opened,
    "turn.decided": _decided,
    "turn.ended": _ended,
    "answers.given": _worked,
    "attachment.decided": _worked,
    "check.scored": _scored,
    "help.raised": _raised,
    "help.closed": _closed,
}
