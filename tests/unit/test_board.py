"""The live board as a state: the rule of who is stuck, and the fold of the log's events."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.keys import Keys
from lab.log.base import Tally
from lab.log.board import Learner
from lab.log.sqlite import SqliteLog
from lab.model import Role
from lab.session.board import GRACE, STILL_SECONDS, STOPS, Board, Seat, Work, state_of, stuck
from lab.session.board_feed import BoardFeed, Page, View, seat_row


@given(
    stops=st.integers(0, 9),
    still=st.floats(0, 7200),
    connected=st.booleans(),
    passed=st.booleans(),
)
def test_who_is_stuck_is_one_rule_with_its_sentence(
    stops: int, still: float, connected: bool, passed: bool
) -> None:
    """Three stops in a row, or ten minutes without progress while connected; never after passing.
    What is said names the number that decided.
    """
    why = stuck(stops=stops, still=still, connected=connected, passed=passed)
    by_stops, by_time = stops >= STOPS, connected and still >= STILL_SECONDS
    assert (why is not None) == (not passed and (by_stops or by_time))
    if why is not None:
        assert why.code == ("stops" if by_stops else "still")
        for language in ("vi", "en"):
            assert str(why.count) in why.sentence(language)


def test_a_seat_shows_the_most_pressing_state() -> None:
    """A hand goes before being stuck, that before a lost line; who has passed needs nobody."""
    now = time.time()
    work = Work("a", "bai-01", now, now, streak=STOPS)
    seat = Seat(Learner("a", "Học viên", "HV-0001", None, "X", ""), "site:X", work)
    assert state_of(seat, now) == "stuck"
    seat.hand = "task"
    assert state_of(seat, now) == "hand"
    seat.hand = "secret"
    assert state_of(seat, now) == "urgent"
    seat.hand, work.streak = None, 0
    assert state_of(seat, now) == "working"
    assert state_of(seat, now + GRACE + 1) == "away"
    assert state_of(seat, now + 5 * 3600) == "new"
    seat.lines = 1
    assert state_of(seat, now + GRACE + 1) == "working"
    work.passed = True
    assert state_of(seat, now + STILL_SECONDS + 1) == "passed"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Keys of a new lab."""
    return Keys.load(tmp_path / "keys")


async def test_a_board_that_starts_later_shows_the_same(tmp_path: Path, keys: Keys) -> None:
    """Whatever happened, the board folded as it happened and the one begun from the log agree."""
    log = SqliteLog(tmp_path / "log.db", keys)
    await log.start()
    room = await log.add_class("Lớp Sao", "SAO", site="Xã Sao")
    live = BoardFeed(log)
    await live.start()
    people = [
        await log.add_person(f"Học viên {n}", Role.TRAINEE, class_id=room.id, site="Xã Sao")
        for n in range(6)
    ]
    await log.add_person("Giảng viên Sao", Role.TRAINER, password="x")
    dice = random.Random(5)  # noqa: S311 - any order will do
    sessions = [await log.open_session(person, f"bai-{n}") for n, person in enumerate(people)]
    for nth in range(60):
        row = dice.choice(sessions)
        kind = dice.choice(["decided", "decided", "ended", "scored"])
        if kind == "decided":
            block = dice.random() < 0.5
            told = {"turn": f"t{nth}", "action": "block" if block else "allow"}
            tally = Tally(turns=1, blocked=int(block))
            await log.append(row.id, "turn.decided", told, tally=tally)
        elif kind == "ended":
            await log.append(row.id, "turn.ended", {"turn": f"t{nth}", "status": "answered"})
        else:
            scored = {"share": 0.5, "passed": False}
            await log.append(row.id, "check.scored", scored, tally=Tally(score=0.5))
    await live.look_up()
    later = BoardFeed(log)
    await later.start()
    now = time.time()

    def shown(board: Board) -> dict[str, dict[str, object]]:
        rows = {p: seat_row(seat, now, named=True) for p, seat in board.seats.items()}
        return {p: {k: v for k, v in row.items() if k != "at"} for p, row in rows.items()}

    assert len(shown(live.board)) == len(people)
    assert shown(live.board) == shown(later.board)
    live.close()
    later.close()
    await log.close()


async def test_a_page_that_does_not_read_is_let_go(tmp_path: Path, keys: Keys) -> None:
    """It costs no memory: its queue is emptied and its stream ends; others go on."""
    log = SqliteLog(tmp_path / "log.db", keys)
    await log.start()
    room = await log.add_class("Lớp Chậm", "CHAM", site="Xã Chậm")
    person = await log.add_person("Học viên", Role.TRAINEE, class_id=room.id, site="Xã Chậm")
    feed = BoardFeed(log)
    await feed.start()
    slow, quick = Page(), Page()
    for page in (slow, quick):
        feed.join(View(None), page)
    for nth in range(100):
        feed.board.line(person.id, 1 if nth % 2 else -1, time.time())
        feed.tell(time.time())
        assert quick.messages.get_nowait() is not None
    waiting = [slow.messages.get_nowait() for _ in range(slow.messages.qsize())]
    assert waiting[0] is None
    assert len(waiting) < 100
    feed.close()
    await log.close()
