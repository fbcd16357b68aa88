"""Attached files over the API: decided, on disk masked, sent with the next prompts, taken away."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from files import add_deleted, as_jpeg, picture, saved, word
from websupport import Visitor, Web

from lab.model import Role

CCCD, PHONE, NAME = "040295083617", "0950 836 174", "Lô Thị Thử Vai"
CLEAN = "Hãy tóm tắt tệp này thành ba ý ngắn, dạng gạch đầu dòng."


def put(visitor: Visitor, session: str, name: str, data: bytes, **headers: str) -> httpx.Response:
    """Attach a file."""
    sent = {"X-CSRF-Token": visitor.csrf, "X-File-Name": quote(name), **headers}
    path = f"/api/sessions/{session}/attachments"
    return visitor.http.post(path, content=data, headers=sent)  # type: ignore[return-value]


def last_sent(web: Web) -> list[dict[str, str]]:
    """The messages of the last prompt that reached the endpoint."""
    posts = [request for request in web.endpoint.requests if request.method == "POST"]
    messages: list[dict[str, str]] = posts[-1].json["messages"]
    return messages


def personal() -> bytes:
    """A document with personal data on the page, in a deletion and in its properties."""
    document = word(f"Kính gửi bà {NAME}, số CCCD {CCCD}.", "Đề nghị trả kết quả đúng hẹn.")
    add_deleted(document.paragraphs[1], f" Gọi số điện thoại {PHONE}.", "Hà Văn Người Xóa")
    document.core_properties.author = "Kha Thị Tác Giả"
    return saved(document)


@pytest.fixture(scope="module")
def owner(web: Web) -> tuple[Visitor, str, dict[str, Any]]:
    """A trainee, a session, and the file in it."""
    visitor = web.trainee("Người Đính Kèm")
    session = visitor.open()
    answer = put(visitor, session, "Đơn của Lô Thị Thử Vai.docx", personal())
    assert answer.status_code == 201, answer.text
    return visitor, session, answer.json()


def test_the_answer_shows_what_would_leave_and_what_stays(
    owner: tuple[Visitor, str, dict[str, Any]],
) -> None:
    """Each part says where it stood, what was found there and whether it goes along."""
    attached = owner[2]
    by_kind = {part["kind"]: part for part in attached["parts"]}
    assert attached["action"] == "mask"
    assert by_kind["body"]["leaves"]
    assert "[SỐ CCCD 1]" in by_kind["body"]["text"]
    assert {f["entity"] for f in by_kind["body"]["findings"]} == {"PERSON", "VN_CCCD"}
    assert not by_kind["deleted"]["leaves"]
    assert "[SỐ ĐIỆN THOẠI 1]" in by_kind["deleted"]["text"]
    assert not by_kind["property"]["leaves"]
    assert NAME not in attached["name"]
    assert by_kind["body"]["text"] in attached["outgoing"]
    assert "ĐIỆN THOẠI" not in attached["outgoing"]
    for value in (CCCD, PHONE, NAME, "Kha Thị Tác Giả"):
        assert value not in str(attached)


def test_the_next_prompt_carries_the_masked_file_and_its_reply_is_restored(
    web: Web, owner: tuple[Visitor, str, dict[str, Any]]
) -> None:
    """What the answer showed is a message of its own before the prompt, in later turns too."""
    visitor, session, attached = owner
    web.endpoint.behave(echo=True)
    for _ in range(2):
        shown = visitor.ask(session, CLEAN)
        assert shown[0][1]["action"] == "allow"
        sent = last_sent(web)
        assert sent[-1]["content"] == CLEAN
        assert [m["content"] for m in sent].count(attached["outgoing"]) == 1
        assert CCCD not in str(sent)
    visitor.ask(session, "Nhắc lại giúp: [SỐ CCCD 1]")
    turns = visitor.call("GET", f"/api/sessions/{session}").json()["turns"]
    assert CCCD in turns[-1]["reply"]


def test_a_value_in_a_prompt_has_the_placeholder_of_the_file(
    web: Web, owner: tuple[Visitor, str, dict[str, Any]]
) -> None:
    """One value is one placeholder, in files and prompts alike."""
    visitor, session, _ = owner
    visitor.ask(session, f"Số CCCD {CCCD} đã đúng mẫu chưa?")
    assert "[SỐ CCCD 1]" in last_sent(web)[-1]["content"]
    visitor.ask(session, "Thêm số CCCD 040195083671 vào thư.")
    assert "[SỐ CCCD 2]" in last_sent(web)[-1]["content"]


def test_session_and_review_list_the_file_masked(
    web: Web, owner: tuple[Visitor, str, dict[str, Any]]
) -> None:
    """The trainee's own session and the trainer's review have the file as it was logged."""
    visitor, session, attached = owner
    own = visitor.call("GET", f"/api/sessions/{session}").json()["attachments"]
    assert own == [attached]
    seen = web.staff(Role.TRAINER).call("GET", f"/api/review/sessions/{session}")
    assert seen.json()["attachments"][0]["outgoing"] == attached["outgoing"]
    assert CCCD not in str(seen.json()["attachments"])


def test_a_file_that_was_taken_away_goes_along_no_more(web: Web) -> None:
    """After DELETE the next payload has nothing of it; a second DELETE answers 404."""
    visitor = web.trainee("Người Gỡ Tệp")
    session = visitor.open()
    number = put(visitor, session, "a.txt", "Mời họp thôn.".encode()).json()["number"]
    path = f"/api/sessions/{session}/attachments/{number}"
    assert visitor.call("DELETE", path).status_code == 204
    visitor.ask(session, CLEAN)
    assert "Mời họp thôn" not in str(last_sent(web))
    assert visitor.call("DELETE", path).status_code == 404
    listed = visitor.call("GET", f"/api/sessions/{session}").json()["attachments"]
    assert [each["removed"] for each in listed] == [True]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bao cao.docx", lambda: saved(_marked("header"))),
        ("bao cao.docx", lambda: saved(_marked("deleted"))),
        ("bao cao.docx", lambda: saved(_marked("property"))),
        ("KH-nhan-su_MAT.txt", "Chuẩn bị hội nghị.".encode),
        ("anh.jpg", lambda: as_jpeg(picture("TỐI MẬT\nPhương án di dời"))),
    ],
)
def test_a_mark_anywhere_stops_the_file(web: Web, name: str, data: Any) -> None:
    """A mark in the header, in deleted words, in the properties, the name or a picture: stopped,
    nothing kept, nothing sent.
    """
    visitor = web.trainee("Người Bị Dừng Tệp")
    session = visitor.open()
    attached = put(visitor, session, name, data()).json()
    assert attached["action"] == "block"
    assert attached["outgoing"] is None
    assert attached["name"] is None
    assert {part["text"] for part in attached["parts"]} == {None}
    assert any(f["tier"] == "T1" for part in attached["parts"] for f in part["findings"])
    assert attached["reference"]
    before = len(web.endpoint.requests)
    visitor.ask(session, "Chào trợ lý, giúp tôi viết lời mở đầu cuộc họp.")
    assert len(web.endpoint.requests) == before + 1
    assert "Tệp đính kèm" not in str(last_sent(web))


def _marked(where: str) -> Any:
    document = word("Báo cáo công tác chuẩn bị.")
    if where == "header":
        document.sections[0].header.paragraphs[0].text = "TỐI MẬT"
    elif where == "deleted":
        add_deleted(document.paragraphs[0], " Tài liệu đóng dấu TỐI MẬT.", "Ai Đó")
    else:
        document.core_properties.subject = "Tài liệu đóng dấu TỐI MẬT"
    return document


def test_a_value_split_between_file_and_prompt_is_found(web: Web) -> None:
    """Half of a number in the file, half in the prompt: the prompt's half does not leave."""
    visitor = web.trainee("Người Ghép Số")
    session = visitor.open()
    put(visitor, session, "a.txt", "Nửa đầu số CCCD là 040295".encode())
    visitor.ask(session, "Nửa sau là 083617.")
    assert "083617" not in str(last_sent(web))


def test_a_refused_file_says_why_and_leaves_nothing(web: Web) -> None:
    """A file that cannot be read answers 422 with its reason; the session has no file."""
    visitor = web.trainee("Người Gửi Sai Loại")
    session = visitor.open()
    answer = put(visitor, session, "Lô Thị Thử Vai.docm", b"x")
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "attach_macros"
    assert NAME not in answer.text
    assert visitor.call("GET", f"/api/sessions/{session}").json()["attachments"] == []


def test_sizes_numbers_and_names_have_limits(web: Web) -> None:
    """Over ten megabytes: 413. A sixth file: 409. No name: 422."""
    visitor = web.trainee("Người Gửi Nhiều")
    session = visitor.open()
    assert put(visitor, session, "a.txt", b"a" * 10_000_001).status_code == 413
    assert put(visitor, session, "", b"a").status_code == 422
    for number in range(1, 6):
        assert put(visitor, session, f"{number}.txt", b"xin").json()["number"] == number
    answer = put(visitor, session, "6.txt", b"xin")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "attach_enough")


def test_other_bodies_keep_their_limit(web: Web) -> None:
    """The larger limit is for files only."""
    visitor = web.trainee("Người Gửi Dài")
    session = visitor.open()
    body = {"text": "a" * 1_100_000}
    assert visitor.call("POST", f"/api/sessions/{session}/prompts", body).status_code == 413


def test_another_s_session_takes_no_file(web: Web, owner: tuple[Visitor, str, Any]) -> None:
    """Somebody else can neither add nor take away; a foreign page neither."""
    _, session, _ = owner
    other = web.trainee("Người Ngoài Phiên")
    assert put(other, session, "a.txt", b"x").status_code == 404
    assert other.call("DELETE", f"/api/sessions/{session}/attachments/1").status_code == 404
    foreign = put(owner[0], session, "a.txt", b"x", Origin="https://xau.example")
    assert foreign.status_code == 403


def test_an_officer_tries_a_file_and_nothing_is_kept(web: Web) -> None:
    """The officer sees each finding with its pattern, part by part; no log row is written."""
    officer = web.staff(Role.OFFICER)
    sent = {"X-CSRF-Token": officer.csrf, "X-File-Name": "don.docx"}
    answer = officer.http.post("/api/policy/try-file", content=personal(), headers=sent)
    assert answer.status_code == 200, answer.text
    tried = answer.json()
    assert tried["action"] == "mask"
    found = [f for part in tried["parts"] for f in part["findings"]]
    assert {"VN_CCCD", "VN_PHONE", "PERSON"} <= {f["entity"] for f in found}
    assert all(f["pattern"] for f in found)
    assert CCCD not in answer.text


def test_an_attached_file_is_marked(web: Web) -> None:
    """A planted illness in a file that went with the prompt is a leak; taken away before the
    prompt, it is none.
    """
    exercise = web.app.state.lab.course.exercise("citizen-letter")
    prompt = exercise.model_answer.prompts[0]
    text = "Ghi chú. Chồng người gửi bị suy thận, tuần ba lần chạy máy."
    kept = []
    for taken_away in (True, False):
        visitor = web.trainee(f"Người Kèm {taken_away}")
        begun = visitor.call("POST", "/api/sessions", {"exercise": exercise.id})
        session = begun.json()["session"]
        assert put(visitor, session, "ghi-chu.txt", text.encode()).status_code == 201
        if taken_away:
            assert visitor.call("DELETE", f"/api/sessions/{session}/attachments/1").is_success
        visitor.ask(session, prompt, assistant="recorded")
        kept.append(visitor.call("POST", f"/api/sessions/{session}/check").json()["privacy"])
    assert kept == [1, pytest.approx(0.8)]
