"""Answers and attempts over the API: a text passes the policy before anything keeps it."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from websupport import Visitor, Web

from lab.course import Exercise
from lab.course.widgets import SortWidget, TextWidget

SECRET = "Độ mật: Tối mật\nKế hoạch này chưa ai được biết."
PRIVATE = "Mời ông Nguyễn Văn Mẫu, điện thoại 0950 000 123, tới nhà văn hóa."
PLAIN = "Sáng mai cả xóm dọn vườn hoa trước nhà văn hóa, nhà nào cũng có phần."
names = (f"Người Viết {letter}" for letter in itertools.cycle("ABCDEGHKLM"))


def exercise_with(web: Web, kind: type) -> Exercise:
    """The first exercise that asks a question of a kind."""
    found: Exercise = next(
        each
        for each in web.app.state.lab.course.exercises
        if any(isinstance(widget, kind) for widget in each.widgets)
    )
    return found


def begun(visitor: Visitor, exercise: str) -> str:
    """A new session."""
    row = visitor.call("POST", "/api/sessions", {"exercise": exercise}).json()
    return str(row["session"])


def given(visitor: Visitor, session: str, **answers: Any) -> Any:
    """What became of some answers."""
    answer = visitor.call("POST", f"/api/sessions/{session}/answers", {"answers": answers})
    assert answer.status_code == 200, answer.text
    return answer.json()


def kept(visitor: Visitor, session: str) -> Any:
    """The answers as a page that is loaded again gets them."""
    return visitor.call("GET", f"/api/sessions/{session}").json()["answers"]


def logged(web: Web, session: str) -> list[dict[str, Any]]:
    """What the log holds of the answers."""
    rows = web.portal.call(web.app.state.lab.log.events, session)
    return [row.payload for row in rows if row.kind == "answers.given"]


@pytest.fixture
def desk(web: Web) -> tuple[Visitor, str, str]:
    """A trainee, a session, and the id of a text widget in it."""
    exercise = exercise_with(web, TextWidget)
    visitor = web.trainee(next(names))
    return visitor, begun(visitor, exercise.id), min(exercise.texts)


def test_a_clean_text_is_kept_and_comes_back(web: Web, desk: tuple[Visitor, str, str]) -> None:
    """What was written is there after a reload; the same again writes nothing."""
    visitor, session, widget = desk
    answer = given(visitor, session, **{widget: PLAIN})
    assert answer["saved"] == [widget]
    assert answer["texts"][widget]["kept"] is True
    assert kept(visitor, session)[widget] == PLAIN
    given(visitor, session, **{widget: PLAIN})
    assert len(logged(web, session)) == 1


def test_personal_data_in_a_text_is_masked_before_it_is_kept(
    web: Web, desk: tuple[Visitor, str, str]
) -> None:
    """The log has placeholders and kinds; the owner's browser alone gets the words back."""
    visitor, session, widget = desk
    told = given(visitor, session, **{widget: PRIVATE})["texts"][widget]
    assert told["kept"] is True
    assert "Mẫu" not in told["outgoing"]
    assert sum(told["masked"].values()) == 2
    assert all(title and "_" not in title for title in told["masked"])
    row = str(logged(web, session))
    assert "Mẫu" not in row
    assert "0950" not in row
    assert logged(web, session)[0]["masked"] == {widget: ["PERSON", "VN_PHONE"]}
    assert kept(visitor, session)[widget] == PRIVATE
    other = web.trainee("Người Ngoài")
    assert other.call("GET", f"/api/sessions/{session}").status_code == 404


def test_a_secret_in_a_text_is_kept_nowhere(web: Web, desk: tuple[Visitor, str, str]) -> None:
    """A text that is stopped comes back with why; what was kept before stays."""
    visitor, session, widget = desk
    given(visitor, session, **{widget: PLAIN})
    answer = given(visitor, session, **{widget: SECRET})
    told = answer["texts"][widget]
    assert answer["saved"] == []
    assert (told["kept"], told["action"], told["outgoing"]) == (False, "block", None)
    assert told["findings"][0]["why"]
    assert told["findings"][0]["advice"]
    assert kept(visitor, session)[widget] == PLAIN
    assert "chưa ai được biết" not in str(web.portal.call(web.app.state.lab.log.events, session))


def test_a_half_done_sort_is_kept(web: Web) -> None:
    """Each answer is kept as it is given; an empty one takes it back."""
    exercise = exercise_with(web, SortWidget)
    widget = next(each for each in exercise.widgets if isinstance(each, SortWidget))
    visitor = web.trainee(next(names))
    session = begun(visitor, exercise.id)
    card, group = widget.options[0].id, widget.groups[0].id
    assert given(visitor, session, **{widget.id: {card: group}})["saved"] == [widget.id]
    assert kept(visitor, session)[widget.id] == {card: group}
    given(visitor, session, **{widget.id: {}})
    assert kept(visitor, session)[widget.id] == {}


@pytest.mark.parametrize("value", [7, None, {"a": 1}, ["x"], "y" * 20_001])
def test_what_is_no_text_is_refused(desk: tuple[Visitor, str, str], value: Any) -> None:
    """Neither another shape nor an endless text is taken, and none of it is repeated."""
    visitor, session, widget = desk
    body = {"answers": {widget: value}}
    answer = visitor.call("POST", f"/api/sessions/{session}/answers", body)
    assert answer.status_code == 422
    assert "yyy" not in answer.text


def test_half_a_character_is_kept_as_one_that_can_be(desk: tuple[Visitor, str, str]) -> None:
    """JSON may carry half an emoji; no log and no stream can."""
    visitor, session, widget = desk
    body = json.dumps({"answers": {widget: PLAIN + " \ud83d"}})
    headers = {"X-CSRF-Token": visitor.csrf, "Content-Type": "application/json"}
    path = f"/api/sessions/{session}/answers"
    assert visitor.http.request("POST", path, content=body, headers=headers).is_success
    assert kept(visitor, session)[widget] == PLAIN + " \ufffd"


def planted(web: Web) -> Exercise:
    """The exercise that is passed by prompts alone and has planted values."""
    exercise: Exercise = web.app.state.lab.course.exercise("redact-first")
    return exercise


def worked(visitor: Visitor, exercise: Exercise, *prompts: str) -> Any:
    """A session with these prompts, checked."""
    session = begun(visitor, exercise.id)
    for prompt in prompts:
        visitor.ask(session, prompt, assistant="recorded")
    return visitor.call("POST", f"/api/sessions/{session}/check").json()


WEAK = "Viết thư về chính sách hỗ trợ cho người dân thật hay, gửi một gia đình ở xóm"


def test_first_and_best_attempts_are_kept(web: Web) -> None:
    """A worse attempt after a better one takes nothing away; the first is the first for good."""
    exercise = planted(web)
    visitor = web.trainee(next(names))
    path = f"/api/exercises/{exercise.id}/attempts"
    assert visitor.call("GET", path).json()["count"] == 0
    weak = worked(visitor, exercise, WEAK)
    good = worked(visitor, exercise, *exercise.model_answer.prompts)
    worked(visitor, exercise, WEAK)
    found = visitor.call("GET", path).json()
    assert found["count"] == 3
    assert found["first"]["score"]["share"] == weak["share"]
    assert found["best"]["score"]["share"] == good["share"] == 1
    assert found["latest"]["score"]["passed"] is False
    assert (good["privacy"], good["usefulness"]) == (1, 1)
    assert weak["usefulness"] < weak["privacy"] == 1


def test_the_class_is_shown_from_three_others_on(web: Web) -> None:
    """Of fewer one could tell whose points they are; no name stands anywhere."""
    exercise = planted(web)
    path = f"/api/exercises/{exercise.id}/standing"
    me = web.trainee("Người Nhìn Lớp")
    worked(me, exercise, WEAK)
    before = me.call("GET", path).json()
    assert before["first"]["privacy"] == 1
    for letter in "XYZ":
        worked(web.trainee(f"Bạn Cùng {letter}"), exercise, *exercise.model_answer.prompts)
    after = me.call("GET", path).json()
    assert len(after["others"]) >= 3
    assert set(after["others"][0]) == {"privacy", "usefulness"}
    assert {"privacy": 1.0, "usefulness": 1.0} in after["others"]
    assert me.call("GET", "/api/exercises/khong-co/standing").status_code == 404


def test_the_clock_counts_work_only(web: Web) -> None:
    """Reading the page is no work: without any there are no minutes."""
    visitor = web.trainee(next(names))
    session = visitor.open()
    assert visitor.call("POST", f"/api/sessions/{session}/check").json()["passed"] is False
    rows = web.portal.call(web.app.state.lab.log.events, session)
    assert [row.kind for row in rows] == ["session.opened", "check.scored"]
