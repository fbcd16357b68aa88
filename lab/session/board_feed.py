"""Telling pages of what changes: one stream a page, at most one message a second, nothing polled.

Each view is put into words once, however many pages look at it. A page that does not keep up is let
go; it comes back by itself and begins with the whole.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lab.errors import LabError
from lab.log import board as queries
from lab.log.base import Log
from lab.log.roster import Scope
from lab.model import Event
from lab.session.board import KINDS, Board, Seat, Tile, state_of, stuck_of
from lab.session.presence import Presence

SECOND = 1.0
"""Shortest time between two messages to a page."""
SWEEP_SECONDS = 5.0
"""How often states are looked for that change because time has passed."""
SINCE_SECONDS = 14 * 24 * 3600.0
LATELY_SECONDS = 30 * 60.0
QUEUE = 30
"""Messages that may wait for a page before it is let go."""


@dataclass(frozen=True, slots=True)
class View:
    """What one page shows: the map of all places, or the seats of one."""

    place: str | None
    class_id: str | None = None
    """Only this class of the place."""
    named: bool = False
    """With the names of classes that are shown by name: for those who are in the room with them."""


@dataclass(slots=True, eq=False)
class Page:
    """One page that is connected, and what waits to be sent to it."""

    messages: asyncio.Queue[bytes | None] = field(
        default_factory=lambda: asyncio.Queue(maxsize=QUEUE)
    )

    def put(self, message: bytes) -> None:
        """Send this next; a page that is too far behind is let go."""
        try:
            self.messages.put_nowait(message)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Say no more: what waits is dropped, and the stream ends."""
        with suppress(asyncio.QueueEmpty):
            while True:
                self.messages.get_nowait()
        self.messages.put_nowait(None)

    async def stream(
        self, heartbeat: float, alive: Callable[[], Any], checks: int
    ) -> AsyncIterator[bytes]:
        """The messages as they come; a sign of life where nothing is to be said. In the time of
        ``checks`` signs of life ``alive`` is asked whether there is anybody signed in, however much
        there is to say.
        """
        look = time.monotonic() + heartbeat * checks
        while True:
            message: bytes | None = b":\n\n"
            with suppress(TimeoutError):
                async with asyncio.timeout(heartbeat):
                    message = await self.messages.get()
            if message is None:
                return
            if time.monotonic() >= look:
                look = time.monotonic() + heartbeat * checks
                if not await alive():
                    yield event("gone", {})
                    return
            yield message


def event(name: str, data: Any) -> bytes:
    """One server-sent event."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()


class BoardFeed:
    """The board of a running lab, and the pages that look at it."""

    def __init__(self, log: Log, *, clock: Callable[[], float] = time.time) -> None:
        self.log = log
        self.board = Board()
        self.presence = Presence(log, self._line)
        self._clock = clock
        self._views: dict[View, set[Page]] = {}
        self._dirty = asyncio.Event()
        self._early: list[Event] | None = []
        self._end: Callable[[], None] | None = None

    async def start(self) -> None:
        """Begin with what the log says; events that come meanwhile are folded after it."""
        self._end = self.log.watch(self._told)
        now = self._clock()
        load = partial(
            queries.start, kinds=KINDS, since=now - SINCE_SECONDS, lately=now - LATELY_SECONDS
        )
        self.board.begin(await self.log.read(load))
        early, self._early = self._early or [], None
        self.board.fold(early)
        self._dirty.set()
        await self.presence.start()

    def close(self) -> None:
        """Hear no more, and let all pages go."""
        if self._end is not None:
            self._end()
        for pages in self._views.values():
            for page in pages:
                page.end()

    async def run(self) -> None:
        """Tell the pages, at most once a second; to be cancelled."""
        swept = 0.0
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._dirty.wait()
            self._dirty.clear()
            await self.look_up()
            now = self._clock()
            if now - swept >= SWEEP_SECONDS:
                self.board.sweep(now)
                swept = now
            self.tell(now)
            await asyncio.sleep(SECOND)

    def line(self, person: str, by: int) -> None:
        """A page of a trainee was opened in this process, or is gone."""
        self.presence.line(person, by)
        self._line(person, by)

    def _line(self, person: str, by: int) -> None:
        self.board.line(person, by, self._clock())
        self._dirty.set()

    # --- pages --------------------------------------------------------------------------------

    def join(self, view: View, page: Page) -> None:
        """A page looks at a view from now on; it begins with the whole."""
        self._views.setdefault(view, set()).add(page)
        page.put(event("board", self.whole(view)))

    def leave(self, view: View, page: Page) -> None:
        """It is gone."""
        pages = self._views.get(view, set())
        pages.discard(page)
        if not pages:
            self._views.pop(view, None)

    def whole(self, view: View) -> dict[str, Any]:
        """Everything that a view shows."""
        now = self._clock()
        if view.place is None:
            tiles = [tile_row(self.board.tile(place, now)) for place in self.board.titles]
            return {"full": True, "now": now, "tiles": tiles}
        seats = self.board.places.get(view.place, {}).values()
        rows = [seat_row(seat, now, named=view.named) for seat in _within(seats, view.class_id)]
        return {"full": True, "now": now, "seats": rows}

    def tell(self, now: float) -> None:
        """Tell all pages what has changed since they were told last."""
        board = self.board
        changed = [board.seats[person] for person in board.changed if person in board.seats]
        board.changed.clear()
        by_place: dict[str, list[Seat]] = {}
        for seat in changed:
            seat.shown = state_of(seat, now)
            by_place.setdefault(seat.place, []).append(seat)
        if not by_place:
            return
        for view, pages in self._views.items():
            data = self._delta(view, by_place, now)
            if data is not None:
                message = event("board", data)
                for page in tuple(pages):
                    page.put(message)

    def _delta(
        self, view: View, by_place: dict[str, list[Seat]], now: float
    ) -> dict[str, Any] | None:
        if view.place is None:
            tiles = [tile_row(self.board.tile(place, now)) for place in by_place]
            return {"now": now, "tiles": tiles}
        seats = _within(by_place.get(view.place, ()), view.class_id)
        rows = [seat_row(seat, now, named=view.named) for seat in seats]
        return {"now": now, "seats": rows} if rows else None

    # --- what the log tells -------------------------------------------------------------------

    def _told(self, events: Sequence[Event]) -> None:
        if self._early is not None:
            self._early.extend(events)
            return
        self.board.fold(events)
        board = self.board
        if board.changed or board.unknown or board.lost or board.stale:
            self._dirty.set()

    async def look_up(self) -> None:
        """People and sessions of whom the board has only heard."""
        people, sessions = sorted(self.board.unknown), sorted(self.board.lost)
        if not (people or sessions or self.board.stale):
            return
        with suppress(LabError):  # the log cannot be read now: next time
            found = await self.log.read(partial(queries.more, people=people, sessions=sessions))
            self.board.begin(found, asked=people)
            self.board.lost.difference_update(sessions)
            self.board.stale = False


def view_of(scope: Scope, place: str | None, own: str) -> View:
    """The view of a place, or of the whole map, for somebody of this scope. Who has but one place
    (``own``) sees that one, classes that are shown by name with names; so does nobody else.
    """
    if scope.class_id is None and scope.site is None:
        return View(place)
    return View(own, scope.class_id, named=True)


def _within(seats: Iterable[Seat], class_id: str | None) -> list[Seat]:
    return [seat for seat in seats if class_id is None or seat.who.class_id == class_id]


def tile_row(tile: Tile) -> dict[str, Any]:
    """A tile as pages read it."""
    return {
        "place": tile.place,
        "title": tile.title,
        "people": tile.people,
        "here": tile.here,
        "state": tile.state,
        "counts": tile.counts,
    }


def seat_row(seat: Seat, now: float, *, named: bool) -> dict[str, Any]:
    """A seat as pages read it."""
    work, why = seat.work, stuck_of(seat, now)
    named = named and bool(seat.who.named)
    row: dict[str, Any] = {
        "person": seat.who.id,
        "name": seat.who.name if named else seat.who.pseudonym,
        "named": named,
        "class": seat.who.class_name,
        "state": state_of(seat, now),
        "here": seat.lines > 0,
        "hand": seat.hand,
        "stuck": None if why is None else [why.code, why.count],
    }
    if work is not None:
        row |= {
            "exercise": work.exercise,
            "step": work.step,
            "at": round(work.at),
            "turns": work.turns,
            "blocked": work.blocked,
            "score": work.score,
            "passed": work.passed,
        }
    return row
