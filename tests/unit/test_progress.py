"""How far a person is: scores, time at work, and what comes next."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

from coursesupport import scored
from hypothesis import given
from hypothesis import strategies as st

from lab.course import Course
from lab.keys import Keys
from lab.log import make as make_log
from lab.model import Event, Role
from lab.pages.map import duration
from lab.session.progress import PAUSE, at_work, progress
from lab.settings import Settings

COURSE = Course.load(Path(__file__).parents[2] / "exercises")


def session(*gaps: float) -> list[Event]:
    """Events of a session with these seconds between them."""
    times = accumulate(gaps, initial=1000.0)
    kinds = ["session.opened", *["turn.decided"] * len(gaps)]
    return [
        Event("s", seq, at, kind, {}, "")
        for seq, (at, kind) in enumerate(zip(times, kinds, strict=True), 1)
    ]


def test_a_long_break_is_no_time_at_work() -> None:
    """A gap longer than a pause counts nothing; the others count in full."""
    assert at_work(session(60, PAUSE + 1, 30)) == 90
    assert at_work(session()) == 0


@given(st.lists(st.integers(0, 10_000), max_size=20))
def test_time_at_work_is_never_more_than_passed(gaps: list[int]) -> None:
    """Time at work is between nothing and the whole time, and no event adds more than a pause."""
    spent = at_work(session(*gaps))
    assert 0 <= spent <= min(sum(gaps), PAUSE * len(gaps))


def test_a_duration_is_said_as_people_say_it() -> None:
    """Minutes, and hours with minutes."""
    assert duration(0, "vi") == "chưa có"
    assert duration(20, "vi") == "dưới 1 phút"
    assert duration(12 * 60, "vi") == "12 phút"
    assert duration(65 * 60, "vi") == "1 giờ 5 phút"
    assert duration(3599, "vi") == "1 giờ 0 phút"


async def test_the_way_through_the_course(tmp_path: Path) -> None:
    """First and best over all sessions, and the next is the first of the half-day not passed."""
    settings = Settings(home=tmp_path / "data")
    log = make_log(settings, Keys.load(settings.keys_dir))
    await log.start()
    room = await log.add_class("Lớp", "L")
    one, other = [
        await log.add_person(name, Role.TRAINEE, resume="x", class_id=room.id) for name in "AB"
    ]
    first_half = [each.id for each in COURSE.exercises if each.group == next(iter(COURSE.groups))]
    await scored(log, one, {first_half[0]: [0.5, 0.9, 0.6], first_half[1]: [0.3]})
    await scored(log, one, {first_half[0]: [0.7]})
    await log.open_session(one, first_half[2])
    await scored(log, other, {each.id: [1.0] for each in COURSE.exercises})
    found = await progress(log, COURSE, one)
    ids = [step.exercise.id for step in found.steps]
    assert ids[: len(first_half)] == first_half
    assert sorted(ids) == sorted(each.id for each in COURSE.exercises)
    step = found.steps[0]
    assert (step.state, step.first, step.best, len(step.tries.every)) == ("passed", 0.5, 0.9, 4)
    assert [each.state for each in found.steps[1:3]] == ["scored", "new"]
    assert found.following is found.steps[1]
    assert step.tries.best is not None
    before = await progress(log, COURSE, one, until=step.tries.best.at - 0.000001)
    assert (before.steps[0].state, before.steps[0].best) == ("scored", 0.5)
    assert (await progress(log, COURSE, other)).following is None
    await log.close()
