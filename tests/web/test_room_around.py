"""What stands around the conversation, over the API: pairs, disputes, books, files to take home."""

from __future__ import annotations

import io
import json

import docx
import pytest
from support import spellings
from websupport import Visitor, Web

SECRET = "TỐI MẬT. Phương án Sao Khuê tại xã Hòa Lam"
PERSONAL = "Mời ông Nguyễn Văn Mẫu, điện thoại 0950 000 123, tới họp."
CLEAN = "Hãy nêu ba việc cần làm để chuẩn bị một cuộc họp thôn."
LABEL = "Dự thảo có hỗ trợ của AI"


def blocked(visitor: Visitor, session: str) -> tuple[str, str]:
    """A stopped turn, and a rule that stopped it."""
    decision = visitor.ask(session, SECRET)[0][1]
    return decision["turn"], decision["findings"][0]["rule"]


def dispute(visitor: Visitor, session: str, turn: str, rule: str) -> int:
    """The status of one dispute."""
    path = f"/api/sessions/{session}/turns/{turn}/disputes"
    return visitor.call("POST", path, {"rule": rule}).status_code


def test_a_dispute_is_an_event_without_text(web: Web) -> None:
    """Rule, entity and kind are in the log, once however often it is pressed; no words of it."""
    visitor = web.trainee("Người Thấy Nhầm")
    session = visitor.open()
    turn, rule = blocked(visitor, session)
    assert [dispute(visitor, session, turn, rule) for _ in range(2)] == [204, 204]
    rows = web.portal.call(web.app.state.lab.log.events, session)
    events = [row.payload for row in rows if row.kind == "finding.disputed"]
    assert len(events) == 1
    assert (events[0]["turn"], events[0]["rule"]) == (turn, rule)
    kept = {"entity", "tier", "action", "shape", "pattern", "view", "score"}
    assert all(set(found) <= kept for found in events[0]["findings"])
    written = json.dumps(events, ensure_ascii=False).encode()
    assert not any(form in written for form in spellings("Sao Khuê"))
    shown = visitor.call("GET", f"/api/sessions/{session}").json()
    assert shown["disputed"] == [[turn, rule]]


def test_only_what_was_found_can_be_disputed_and_only_by_its_owner(web: Web) -> None:
    """Another rule, another turn, another person: 404, and no event."""
    visitor, other = web.trainee("Người Có Lượt"), web.trainee("Người Bên Cạnh")
    session = visitor.open()
    turn, rule = blocked(visitor, session)
    assert dispute(visitor, session, turn, "khong-co") == 404
    assert dispute(visitor, session, "khong-co", rule) == 404
    assert dispute(other, session, turn, rule) == 404
    rows = web.portal.call(web.app.state.lab.log.events, session)
    assert all(row.kind != "finding.disputed" for row in rows)


def test_usage_comes_with_each_turn(web: Web) -> None:
    """The transcript tells the model's own counts, as the stream did."""
    visitor = web.trainee("Người Đếm Token")
    session = visitor.open()
    told = visitor.ask(session, CLEAN)[-1][1]["usage"]
    turn = visitor.call("GET", f"/api/sessions/{session}").json()["turns"][0]
    assert turn["usage"] == told
    assert told["completion_tokens"] > 0


@pytest.mark.parametrize("kind", ["docx", "txt"])
def test_work_is_taken_home_with_its_label_and_in_full_for_its_owner(web: Web, kind: str) -> None:
    """The owner's file has the real values; elsewhere the placeholders stay; others get nothing."""
    web.endpoint.behave(kind="answer", echo=True)
    visitor, elsewhere = web.trainee(f"Người Mang Về {kind}"), web.visitor()
    session = visitor.open()
    turn = visitor.ask(session, PERSONAL)[0][1]["turn"]
    visitor.ask(session, SECRET)
    web.endpoint.behave(kind="answer", echo=False)
    whole, reply = (
        f"/api/sessions/{session}/{name}.{kind}" for name in ("transcript", f"turns/{turn}/reply")
    )
    for path in (whole, reply):
        answer = visitor.call("GET", path)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].endswith(f'.{kind}"')
        assert answer.headers["cache-control"] == "no-store"
        text = words(answer.content, kind)
        assert LABEL.casefold() in text.casefold()
        assert "Nguyễn Văn Mẫu" in text
        assert "Sao Khuê" not in text
        assert web.trainee("Người Dòm").call("GET", path).status_code == 404
    code = visitor.resume_code or ""
    name = f"Người Mang Về {kind}"
    assert elsewhere.login(class_code="THU", name=name, resume_code=code).is_success
    text = words(elsewhere.call("GET", whole).content, kind)
    assert "Nguyễn Văn Mẫu" not in text
    assert "[" in text
    assert visitor.call("GET", f"/api/sessions/{session}/transcript.exe").status_code == 422


def words(content: bytes, kind: str) -> str:
    """The words of a file."""
    if kind == "txt":
        return content.decode("utf-8-sig")
    paper = docx.Document(io.BytesIO(content))
    foot = paper.sections[0].footer.paragraphs[0].text
    assert foot == LABEL
    return "\n".join(paragraph.text for paragraph in paper.paragraphs)


def test_the_books_speak_the_language_of_the_page(web: Web) -> None:
    """Patterns have all five parts, terms their meaning, in Vietnamese and in English."""
    visitor = web.trainee("Người Đọc Sách")
    for language, term in (("vi", "câu lệnh"), ("en", "prompt")):
        visitor.http.cookies.set("lab_lang", language)
        patterns = visitor.call("GET", "/api/library").json()
        assert all(len(each["parts"]) == 5 and all(each["parts"].values()) for each in patterns)
        terms = {each["term"]: each for each in visitor.call("GET", "/api/glossary").json()}
        assert terms[term]["meaning"]
        assert all(name in terms for each in terms.values() for name in each["see"])


def test_two_prompts_of_a_pair_follow_the_same_turn(web: Web) -> None:
    """Both are turns after the same one, as the transcript tells them."""
    visitor = web.trainee("Người So Sánh")
    session = visitor.open()
    first = visitor.ask(session, CLEAN, parent="")[-1][1]["turn"]
    for text in (CLEAN + " Viết ngắn.", CLEAN + " Viết dài."):
        body = {"text": text, "parent": first, "beside": True}
        path = f"/api/sessions/{session}/prompts"
        assert visitor.call("POST", path, body).status_code == 200
    turns = visitor.call("GET", f"/api/sessions/{session}").json()["turns"]
    assert [turn["parent"] for turn in turns] == [None, first, first]
