"""Publishing an exercise: the running lab teaches it, and what was begun goes on as it was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from websupport import Visitor, Web, running, with_endpoint

from lab.assistant.testing import Endpoint
from lab.model import Role
from lab.session.courses import Courses

EXERCISE = "first-prompt"
NEW = "Câu lệnh đầu tiên, bản tháng mười hai"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A lab of its own: what is published there is taught nowhere else."""
    with Endpoint() as endpoint:
        settings = with_endpoint(tmp_path_factory.mktemp("home"), endpoint)
        with running(settings, endpoint) as web:
            yield web


def other_process(web: Web) -> Courses:
    """The course of another process over the same log and home, not started yet."""
    mine = web.app.state.lab.courses
    return Courses(mine.base, mine.home, mine.log)


async def followed(courses: Courses, digest_of: str, seconds: float = 10) -> str:
    """The title of an exercise once this process has taken up a new version by itself."""
    following = asyncio.create_task(courses.run())
    before = courses.exercise(digest_of).title.vi
    limit = time.monotonic() + seconds
    while courses.exercise(digest_of).title.vi == before and time.monotonic() < limit:  # noqa: ASYNC110 - it is told by the log
        await asyncio.sleep(0.02)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    return courses.exercise(digest_of).title.vi


def titles(visitor: Visitor) -> dict[str, str]:
    """Exercise -> its title, as the API lists the course."""
    listed = visitor.call("GET", "/api/exercises").json()
    return {each["id"]: each["title"] for each in listed}


def sheet(visitor: Visitor, session: str) -> str:
    """One's own work as a file, which names the exercise."""
    return str(visitor.call("GET", f"/api/sessions/{session}/transcript.txt").text)


def renamed(trainer: Visitor, title: str) -> None:
    """A draft of the exercise with another title."""
    path = f"/api/writing/{EXERCISE}/file"
    spec = trainer.call("GET", f"{path}?name=exercise.yaml").json()["text"]
    old = next(line for line in spec.splitlines() if line.startswith("  vi: "))
    body = {"file": "exercise.yaml", "text": spec.replace(old, f"  vi: {title}", 1)}
    assert trainer.call("PUT", path, body).status_code == 204


def test_a_published_exercise_is_taught_at_once(own: Web) -> None:
    """Without a restart new sessions get the published exercise, in every process and after a
    restart; sessions that were open keep theirs; a trainee cannot publish, and neither can anybody
    what does not pass the check.
    """
    trainer, trainee = own.staff(Role.TRAINER), own.trainee("Vi Thị Cũ Mới")
    old = titles(trainee)[EXERCISE]
    begun = trainee.call("POST", "/api/sessions", {"exercise": EXERCISE}).json()["session"]
    headers = {"origin": "http://localhost"}
    form = {"csrf": trainer.csrf, "exercise": EXERCISE}
    assert trainer.http.post("/writing/copy", data=form, headers=headers).is_success
    path = f"/api/writing/{EXERCISE}/publish"

    task = trainer.call("GET", f"/api/writing/{EXERCISE}/file?name=task.md").json()["text"]
    trainer.call("PUT", f"/api/writing/{EXERCISE}/file", {"file": "task.md", "text": ""})
    assert trainer.call("POST", path).status_code == 409
    trainer.call("PUT", f"/api/writing/{EXERCISE}/file", {"file": "task.md", "text": task})
    assert titles(trainee)[EXERCISE] == old

    renamed(trainer, NEW)
    assert trainee.call("POST", path).status_code == 403
    waiting = own.portal.start_task_soon(followed, other_process(own), EXERCISE)
    assert trainer.call("POST", path).status_code == 204
    assert waiting.result(timeout=15) == NEW

    assert titles(trainee)[EXERCISE] == NEW
    fresh = trainee.call("POST", "/api/sessions", {"exercise": EXERCISE}).json()["session"]
    assert old in sheet(trainee, begun)
    assert NEW in sheet(trainee, fresh)
    assert NEW not in sheet(trainee, begun)

    restarted = other_process(own)
    own.portal.call(restarted.look)
    assert restarted.exercise(EXERCISE).title.vi == NEW
    rows = own.portal.call(own.app.state.lab.log.session, begun)
    assert restarted.of(rows).title.vi == old


def test_what_cannot_be_read_is_passed_over(own: Web, tmp_path: Path) -> None:
    """A process that lacks the files of a published exercise teaches what it has."""
    courses = own.app.state.lab.courses
    elsewhere = Courses(courses.base, tmp_path, courses.log)
    own.portal.call(elsewhere.look)
    assert elsewhere.current.exercises == courses.base.exercises
