"""Hostile text in every box that a page shows: a real browser runs and loads none of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsersupport import Visitor, lab_with_pages
from hostilesupport import ALL, ELSEWHERE, LAST, PIECES, SHORT, Watched
from playwright.sync_api import expect
from support import Client, LabProcess

from lab.assistant.testing import Endpoint
from lab.course import Course

pytestmark = pytest.mark.browser
Visit = Callable[..., Visitor]
COURSE = Course.load(Path(__file__).parents[2] / "exercises")
WITH_PAPER, WITH_QUESTIONS = "redact-first", "first-prompt"
TITLE = 'Bài <img src="x" onerror="window.hit=27182"> [bấm](javascript:window.hit=27182)'
NAME = "<img src=x onerror=window.hit=27182> [x](javascript:x) Mẫu"
HARMLESS = {"template-words"}
"""Only a program that fills in templates would do something with it."""


@pytest.fixture(scope="module")
def lab(model: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """A lab in which a trainer published hostile exercises, and whose glossary is hostile too."""
    home = tmp_path_factory.mktemp("hostile")
    course = home / "exercises"
    shutil.copytree(COURSE.folder, course)
    books = course / "glossary.yaml"
    meaning = "Lời anh/chị viết để nhờ"
    text = books.read_text("utf-8").replace(meaning, quoted(f"{TITLE} {meaning}")[1:-1], 1)
    books.write_text(text, "utf-8")
    with lab_with_pages(home, model, LAB_EXERCISES=str(course)) as running:
        trainer = running.staff("trainer")
        publish(trainer, WITH_PAPER, ("task.md", "hints.md", "material/ghi-chu.md"))
        publish(trainer, WITH_QUESTIONS, ("task.md", "hints.md"))
        yield running


def publish(trainer: Client, exercise: str, files: tuple[str, ...]) -> None:
    """Write all pieces into the files of an exercise, a hostile title and goal; publish it."""
    form = {"csrf": trainer.csrf, "exercise": exercise}
    headers = {"origin": trainer.base_url}
    assert trainer.http.post("/writing/copy", data=form, headers=headers).status_code == 303
    path = f"/api/writing/{exercise}/file"
    for name in (*files, "exercise.yaml"):
        text = trainer.call("GET", f"{path}?name={name}").json()["text"]
        text = retitled(text) if name == "exercise.yaml" else f"{text}\n\n{ALL}\n"
        answer = trainer.call("PUT", path, {"file": name, "text": text})
        assert answer.status_code == 204, answer.text
    answer = trainer.call("POST", f"/api/writing/{exercise}/publish")
    assert answer.status_code == 204, answer.text


def retitled(text: str) -> str:
    """The front of an exercise whose titles and options begin with a hostile piece."""
    rows = []
    for row in text.splitlines():
        head, found, said = row.partition("  vi: ")
        rows.append(f"  vi: {quoted(f'{TITLE} {said}')}" if found and not head else row)
    answer = "Máy viết, có thể sai, nên phải kiểm tra lại"
    return "\n".join(rows).replace(answer, quoted(f"{TITLE} {answer}")) + "\n"


def quoted(text: str) -> str:
    """A text as YAML holds it between quotes."""
    return json.dumps(text, ensure_ascii=False)


def test_the_walk_sees_each_piece_where_nothing_holds_it(visit: Visit) -> None:
    """On a page that writes them as they are, without any policy: a clean page is no sham."""
    watched = Watched(visit())
    watched.visitor.context.route(f"**//{ELSEWHERE}/**", lambda route: route.abort())
    unseen = set()
    for name, piece in PIECES.items():
        watched.page.goto("about:blank")
        watched.page.set_content(piece, wait_until="commit")
        if not watched.dangers(20):
            unseen.add(name)
        watched.asked.clear()
    watched.visitor.noticed.clear()
    watched.visitor.hosts.clear()
    assert {name for name in unseen if not name.startswith("md-")} == HARMLESS


@pytest.mark.parametrize("exercise", [WITH_PAPER, WITH_QUESTIONS])
def test_a_published_exercise_runs_nothing_in_a_trainee_s_browser(
    visit: Visit, exercise: str
) -> None:
    """Task, papers, hints, titles, questions and glosses are text, whoever wrote them."""
    watched = Watched(visit())
    page = watched.page
    watched.visitor.join("Nguyễn Văn Mẫu Đọc")
    watched.visitor.go(f"/practice/?exercise={exercise}")
    watched.visitor.room()
    expect(page.locator("#task")).to_contain_text(LAST)
    assert watched.dangers() == []
    for tab in page.locator("#papers [role=tab]").all():
        if tab.is_visible():
            tab.click()
            assert watched.dangers() == []
    if exercise == WITH_PAPER:
        expect(page.locator(".paper").first).to_contain_text(LAST)
    page.get_by_role("button", name="Giải nghĩa từ").click()
    expect(page.locator(".shelf")).to_contain_text("onerror")
    assert watched.dangers() == []
    for path in ("/map/", "/feedback/"):
        watched.visitor.go(path)
        assert watched.dangers() == []


def test_a_hostile_reply_is_text_in_the_room_and_at_the_desk(
    visit: Visit, lab: LabProcess, model: Endpoint
) -> None:
    """What the model says, a trainee's name and prompt, a trainer's comment: text on all pages of
    the trainee, and of the trainer who reviews, replays and edits.
    """
    someone, trainer = Watched(visit()), Watched(visit())
    page = someone.page
    someone.visitor.join(NAME)
    model.behave(reply=ALL)
    someone.visitor.pane("chat")
    someone.visitor.send(f"Sửa lỗi chính tả trong mẩu này: {PIECES['img']} {PIECES['md-link']}")
    expect(page.locator(".prose-reply").last).to_contain_text(LAST)
    assert someone.dangers() == []
    page.reload()
    someone.visitor.room()
    expect(page.locator(".prose-reply").last).to_contain_text(LAST)
    assert someone.dangers() == []

    desk = lab.staff("trainer")
    (session,) = [
        row["session"]
        for row in desk.call("GET", "/api/review/sessions").json()["sessions"]
        if row["exercise"] == WITH_QUESTIONS
    ]
    form = {"csrf": desk.csrf, "session": session, "comment": ALL[:1900]}
    headers = {"origin": lab.url}
    marked = desk.http.post("/review/mark", data=form, headers=headers)
    assert marked.status_code in {200, 303}, marked.text
    trainer.visitor.sign_in("trainer")
    places = {
        f"/review/?view=all&session={session}": ".transcript",
        f"/review/replay/{session}": "main",
        f"/writing/{WITH_PAPER}": ".page",
        f"/writing/{WITH_QUESTIONS}": ".page",
        "/board/": "main",
        "/classes/": "main",
    }
    for path, place in places.items():
        trainer.visitor.go(path)
        trainer.page.locator(place).first.wait_for()
        if place != "main":
            expect(trainer.page.locator(place).first).to_contain_text("Mẩu 2:")
        assert trainer.dangers() == [], path
    someone.visitor.go("/feedback/")
    expect(page.locator(".verbatim").first).to_contain_text("Mẩu 2:")
    assert someone.dangers() == []


def test_hostile_words_between_people_are_text(visit: Visit, lab: LabProcess) -> None:
    """A hand's word, a helper's answer, a notice to all: text for the trainee and at the desks."""
    someone, helper = Watched(visit()), Watched(visit())
    pupil, desk = lab.trainee(f"{NAME} Tay"), lab.staff("trainer")
    session = pupil.open(WITH_QUESTIONS)
    word = {"session": session, "severity": "task", "word": SHORT}
    assert pupil.call("POST", "/api/room/hand", word).is_success
    told = desk.call("POST", "/api/board/notices", {"text": SHORT[:280]})
    assert told.is_success, told.text
    (hand,) = [row["id"] for row in desk.call("GET", "/api/help").json()]
    assert desk.call("POST", f"/api/help/{hand}/claim").is_success
    assert desk.call("POST", f"/api/help/{hand}/answers", {"text": SHORT}).is_success
    helper.visitor.sign_in("trainer")
    for path in ("/help/", "/board/"):
        helper.visitor.go(path)
        expect(helper.page.locator("main")).to_contain_text("onerror")
        assert helper.dangers() == [], path
    someone.visitor.join(f"{NAME} Tay", pupil.resume_code or "")
    expect(someone.page.locator("body")).to_contain_text(SHORT[:40])
    assert someone.dangers() == []
