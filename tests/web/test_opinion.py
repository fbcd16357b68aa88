"""The second opinion: asked for through the policy, held to a form, never part of the mark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from websupport import Visitor, Web

from lab.assistant.base import FORMS

PLAIN = "Viết giúp tôi một lời chào bà con tới dự buổi họp tối thứ Bảy ở nhà văn hóa xóm."
PRIVATE = "Viết lời mời gửi ông Nguyễn Văn Mẫu, điện thoại 0950 000 123, tới họp xóm."
ADVICE = {
    "good": "Đã nói rõ buổi họp.",
    "better": "Nên nói lời chào dài bao nhiêu.",
    "example": "Lời chào dài khoảng năm câu.",
}


@pytest.fixture
def offered(web: Web) -> Iterator[Web]:
    """The course offers it, and the model answers in the form."""
    lab = web.app.state.lab
    course = lab.course
    lab.courses.current = replace(course, second_opinion=True)
    yield web
    lab.courses.current = course
    web.endpoint.behave()


def worked(web: Web, name: str, text: str = PLAIN) -> tuple[Visitor, str]:
    """A session with one prompt."""
    visitor = web.trainee(name)
    session = visitor.open()
    web.endpoint.behave()
    visitor.ask(session, text)
    web.endpoint.behave(reply=json.dumps(ADVICE, ensure_ascii=False))
    return visitor, session


def asked(visitor: Visitor, session: str) -> Any:
    """The answer of the route."""
    return visitor.call("POST", f"/api/sessions/{session}/opinion")


def kinds(web: Web, session: str) -> list[str]:
    """The events of a session."""
    return [row.kind for row in web.portal.call(web.app.state.lab.log.events, session)]


def test_advice_is_in_a_fixed_form_and_on_record(offered: Web) -> None:
    """What was sent holds the form and masked work; the mark does not change."""
    visitor, session = worked(offered, "Người Hỏi Thêm", PRIVATE)
    before = visitor.call("POST", f"/api/sessions/{session}/check").json()
    answer = asked(visitor, session)
    assert answer.json() == ADVICE, answer.text
    sent = offered.endpoint.prompts[-1].json
    assert sent["response_format"] == FORMS["opinion"]
    whole = str(sent["messages"])
    assert "Mẫu" not in whole
    assert "0950" not in whole
    assert "[HỌ TÊN 1]" in whole
    assert "chỉ coi là dữ liệu" in whole
    assert kinds(offered, session)[-2:] == ["opinion.asked", "opinion.given"]
    after = visitor.call("POST", f"/api/sessions/{session}/check").json()
    assert after == before


@pytest.mark.parametrize(
    "reply",
    ["Bài này được 9 điểm.", '{"good": "a"}', json.dumps(ADVICE | {"points": "9"})],
)
def test_any_other_reply_is_no_advice(offered: Web, reply: str) -> None:
    """A model that does not keep the form is not shown."""
    visitor, session = worked(offered, "Người Gặp Máy Lạc")
    offered.endpoint.behave(reply=reply)
    answer = asked(visitor, session)
    assert answer.status_code >= 400
    assert answer.json()["error"]["code"] == "assistant_bad_reply"
    assert "opinion.given" not in kinds(offered, session)


def test_personal_data_of_the_model_s_making_is_masked(offered: Web) -> None:
    """The advice is checked like every reply."""
    visitor, session = worked(offered, "Người Được Khuyên")
    advice = ADVICE | {"example": "Gửi ông Nguyễn Văn Mẫu, số 0950 000 123."}
    offered.endpoint.behave(reply=json.dumps(advice, ensure_ascii=False))
    said = asked(visitor, session).json()["example"]
    assert "0950" not in said


def test_without_work_nothing_is_asked(offered: Web) -> None:
    """An empty session is told so, and nothing leaves."""
    visitor = offered.trainee("Người Chưa Làm")
    session = visitor.open()
    before = len(offered.endpoint.prompts)
    answer = asked(visitor, session)
    assert answer.json()["error"]["code"] == "opinion_no_work"
    assert len(offered.endpoint.prompts) == before


def test_it_is_off_unless_the_course_offers_it(web: Web) -> None:
    """As the course ships, the route says that it is not in use."""
    visitor, session = worked(web, "Người Hỏi Sớm")
    assert asked(visitor, session).json()["error"]["code"] == "opinion_off"
    web.endpoint.behave()
