"""A third language is files only: sentences in a folder, glosses in an exercise; no code."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from websupport import Web, running, with_endpoint

from lab import words
from lab.assistant.testing import Endpoint
from lab.course import Course
from lab.course.canary import canaries, plant
from lab.errors import DataFileError
from lab.settings import ROOT

PAGE = """\
name: Bãi Tập Thử
language: Tiếng Thử
switch_long: "Tiếng Thử: nói bằng tiếng này"
"""
"""A few sentences of a language that is made up; all others are said in Vietnamese."""
TITLE = "Bài một, nói bằng tiếng thử"
SPEC = "01-cau-lenh-dau-tien/exercise.yaml"


def forget() -> None:
    """What was read of the words is read again."""
    words.languages.cache_clear()
    words.area.cache_clear()


@pytest.fixture(scope="module")
def third(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the words of ``thu`` and a course with one gloss in it."""
    place = tmp_path_factory.mktemp("data")
    (place / "words/thu").mkdir(parents=True)
    (place / "words/thu/page.yaml").write_text(PAGE, "utf-8")
    shutil.copytree(ROOT / "exercises", place / "exercises")
    spec = place / "exercises" / SPEC
    text = spec.read_text("utf-8")
    english = next(line for line in text.splitlines() if line.startswith("  en: "))
    spec.write_text(text.replace(english, f"{english}\n  thu: {TITLE}", 1), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "FOLDERS", [words.HERE, place / "words"])
        forget()
        yield place
    forget()


@pytest.fixture(scope="module")
def web(third: Path) -> Iterator[Web]:
    """A lab with that language."""
    with Endpoint() as endpoint:
        settings = with_endpoint(third / "home", endpoint, exercises=third / "exercises")
        with running(settings, endpoint) as running_web:
            yield running_web


def test_its_sentences_are_said_and_what_is_missing_in_vietnamese(third: Path) -> None:
    """A sentence of the language is said; one that it lacks, even a whole file, is Vietnamese."""
    assert third.is_dir()
    assert words.languages() == ("vi", "en", "thu")
    assert words.say("page.name", "thu") == "Bãi Tập Thử"
    assert words.say("page.percent", "thu", size=100) == words.say("page.percent", size=100)
    assert words.say("map.link", "thu") == words.say("map.link")
    assert words.number(3032.5, "thu", 1) == "3.032,5"


def test_it_is_chosen_on_a_page_and_spoken_there(web: Web) -> None:
    """Each page offers it by its own name; chosen, the page, the API and the room speak it."""
    trainee = web.trainee("Học Viên Nói Tiếng Thử")
    assert "Tiếng Thử" in trainee.http.get("/map/").text
    titles = [each["title"] for each in trainee.call("GET", "/api/exercises").json()]
    assert TITLE not in titles
    chosen = trainee.http.post(
        "/language",
        data={"language": "thu", "back": "/map/"},
        headers={"origin": "http://localhost"},
    )
    assert chosen.is_success
    assert '<html lang="thu"' in chosen.text
    assert "Bãi Tập Thử" in chosen.text
    assert TITLE in chosen.text
    shown = trainee.call("GET", "/api/exercises").json()
    assert shown[0]["title"] == TITLE
    assert shown[1]["title"] == web.app.state.lab.course.exercises[1].title.vi
    room = trainee.http.get("/practice/")
    assert room.is_success
    assert "Bãi Tập Thử" in room.text
    assert trainee.call("POST", "/api/language", {"language": "xx"}).status_code == 422


def test_a_gloss_keeps_to_the_session_and_to_known_languages(third: Path) -> None:
    """What an exercise says in it gets the session's own values; a language that nobody speaks is
    told as a mistake, with its line.
    """
    course = Course.load(third / "exercises")
    exercise = course.exercise("first-prompt")
    assert plant(exercise, canaries(exercise.own, lambda _, below: below - 1)).title.read("thu")
    spec = third / "exercises" / SPEC
    text = spec.read_text("utf-8")
    spec.write_text(text.replace("  thu: ", "  qqq: ", 1), "utf-8")
    with pytest.raises(DataFileError) as caught:
        Course.load(third / "exercises")
    spec.write_text(text, "utf-8")
    found = caught.value.problems
    assert [(Path(each.file).name, "qqq" in str(each)) for each in found] == [
        ("exercise.yaml", True)
    ]
