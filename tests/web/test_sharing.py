"""Sharing experience and writing exercises, over the pages' own forms."""

from __future__ import annotations

import html
import io
import re
import zipfile
from typing import Any

import httpx
import pytest
from websupport import Visitor, Web

from lab.model import Role

STORY = "Bà con đến hỏi thủ tục nhưng cán bộ phụ trách đi họp, cả buổi sáng không ai trả lời được."
PRIVATE = "Ông Nguyễn Văn Mẫu, điện thoại 0950 000 123, đến hỏi hồ sơ mà không ai trả lời."
SECRET = "TỐI MẬT\nPhương án Sao Khuê tại xã Hòa Lam, nhờ mọi người góp ý."
REAL = "Lô Thị Thử Chia Sẻ"


def send(who: Visitor, path: str, **fields: str) -> httpx.Response:
    """A form of a page."""
    answer: httpx.Response = who.http.post(
        path, data={"csrf": who.csrf, **fields}, headers={"Origin": "http://localhost"}
    )
    return answer


def read(who: Visitor, path: str = "/sharing/") -> str:
    """A page as text."""
    return html.unescape(who.call("GET", path).text)


def events(web: Web, kind: str) -> list[dict[str, Any]]:
    """What the chain holds of a kind."""
    rows = web.portal.call(web.app.state.lab.log.events, "system")
    return [row.payload for row in rows if row.kind == kind]


def posted(who: Visitor, title: str, **more: str) -> str:
    """A situation that was posted; its id."""
    answer = send(who, "/sharing/post", title=title, text=STORY, **more)
    assert answer.url.path.startswith("/sharing/"), answer.text
    return str(answer.url.path.rsplit("/", 1)[1])


@pytest.fixture(scope="module")
def people(web: Web) -> dict[str, Visitor]:
    """A writer, a reader, a trainer."""
    return {
        "writer": web.trainee(REAL),
        "reader": web.trainee("Vi Văn Ví Dụ Đọc"),
        "trainer": web.staff(Role.TRAINER),
    }


def test_a_situation_is_seen_once_a_trainer_approved_it(
    web: Web, people: dict[str, Visitor]
) -> None:
    """Before: its writer and trainers only. After: everybody, under the pseudonym; answers come and
    votes count once a person, never one's own.
    """
    writer, reader, trainer = people["writer"], people["reader"], people["trainer"]
    key = posted(writer, "Không ai trả lời bà con")
    assert "Không ai trả lời bà con" in read(writer)
    assert "Không ai trả lời bà con" not in read(reader)
    assert reader.call("GET", f"/sharing/{key}").status_code == 404
    assert send(reader, f"/sharing/{key}/decide", act="show").status_code == 404
    assert send(writer, f"/sharing/{key}/decide", act="show").status_code == 403
    assert "Chờ duyệt: 1" in read(trainer)
    assert send(trainer, f"/sharing/{key}/decide", act="show").is_success
    seen = read(reader, f"/sharing/{key}")
    assert STORY in seen
    assert REAL not in seen
    assert send(reader, f"/sharing/{key}/answer", text="Phân người trực thay theo lịch.").is_success
    answer = events(web, "story.answered")[-1]["answer"]
    for _ in range(2):
        send(writer, f"/sharing/{key}/vote", target=answer, up="1")
        send(reader, f"/sharing/{key}/vote", target=key, up="1")
    assert "1 ý kiến, 1 lượt hữu ích" in read(reader)
    assert send(reader, f"/sharing/{key}/vote", target=answer, up="1").status_code == 403
    send(writer, f"/sharing/{key}/vote", target=answer)
    told = [(row["target"], row["up"]) for row in events(web, "story.voted")]
    assert told == [(answer, True), (key, True), (answer, False)]
    assert send(trainer, f"/sharing/{key}/hide", answer=answer).is_success
    assert "Phân người trực" not in read(writer, f"/sharing/{key}")
    assert "Phân người trực" in read(trainer, f"/sharing/{key}")


def test_what_needs_protection_is_not_posted(web: Web, people: dict[str, Visitor]) -> None:
    """A masked text comes back masked, to be posted once it reads well; a stopped one says why;
    neither is kept anywhere.
    """
    writer = people["writer"]
    before = len(events(web, "story.posted"))
    answer = send(writer, "/sharing/post", title="Một bác đến hỏi", text=PRIVATE)
    again = html.unescape(answer.text)
    assert "Nguyễn Văn Mẫu" not in again
    assert "0950 000 123" not in again
    field = re.search(r"<textarea name=\"text\"[^>]*>(.*?)</textarea>", again, re.DOTALL)
    assert field is not None
    stopped = send(writer, "/sharing/post", title="Việc gấp", text=SECRET)
    assert "chưa lưu ở đâu" in stopped.text
    assert "TỐI MẬT" in stopped.text  # the writer's own words are still in the box
    assert len(events(web, "story.posted")) == before
    assert (
        send(writer, "/sharing/post", title="Một bác", text=field[1].strip()).url.path.count("/")
        == 2
    )
    kept = events(web, "story.posted")
    assert len(kept) == before + 1
    assert "Mẫu" not in str(kept)
    assert "Sao Khuê" not in str(kept)


def test_a_refusal_tells_its_writer_why(people: dict[str, Visitor]) -> None:
    """A trainer who gives a text back says why, and its writer reads it; a real name is shown only
    where its writer chose so; what is taken back is gone for all.
    """
    writer, trainer = people["writer"], people["trainer"]
    key = posted(writer, "Chuyện cần sửa", named="1")
    assert send(trainer, f"/sharing/{key}/decide", act="refuse").status_code == 422
    send(trainer, f"/sharing/{key}/decide", act="refuse", reason="Bỏ tên xóm giúp nhé.")
    seen = read(writer, f"/sharing/{key}")
    assert "Bỏ tên xóm giúp nhé." in seen
    assert REAL in read(trainer, f"/sharing/{key}")
    other = posted(writer, "Chuyện rút lại")
    assert send(writer, f"/sharing/{other}/decide", act="withdraw").url.path == "/sharing/"
    assert trainer.call("GET", f"/sharing/{other}").status_code == 404


def test_nobody_else_s_form_is_taken(people: dict[str, Visitor]) -> None:
    """A form without the token of the sign-in, or from another site, changes nothing."""
    writer = people["writer"]
    bare = writer.http.post(
        "/sharing/post",
        data={"title": "a", "text": STORY},
        headers={"Origin": "http://localhost"},
    )
    assert bare.status_code == 403
    elsewhere = writer.http.post(
        "/sharing/post",
        data={"title": "a", "text": STORY, "csrf": writer.csrf},
        headers={"Origin": "http://evil.example"},
    )
    assert elsewhere.status_code == 403


def test_a_situation_becomes_an_exercise(web: Web, people: dict[str, Visitor]) -> None:
    """A trainer makes a draft of it, mends it with the check's problems beside it, and carries it
    away as the bundle that the command reads; trainees may do none of it.
    """
    writer, trainer = people["writer"], people["trainer"]
    key = posted(writer, "Bài từ việc thật")
    assert send(writer, "/writing/from-story", story=key).status_code == 403
    draft = send(trainer, "/writing/from-story", story=key).url.path.rsplit("/", 1)[1]
    assert events(web, "story.turned")[-1] == {
        "story": key,
        "exercise": draft,
        "by": events(web, "story.turned")[-1]["by"],
    }
    api = f"/api/writing/{draft}"
    task = trainer.call("GET", f"{api}/file?name=task.md").json()["text"]
    assert STORY in task
    seen = trainer.call("POST", f"{api}/preview", {"file": "task.md", "text": task}).json()
    assert seen["title"] == "Bài từ việc thật"
    assert seen["problems"] == []
    spec = trainer.call("GET", f"{api}/file?name=exercise.yaml").json()["text"]
    broken = spec.replace("check: sent", "check: sentt")
    body = {"file": "exercise.yaml", "text": broken}
    wrong = trainer.call("POST", f"{api}/preview", body).json()
    line = broken[: broken.index("check: sentt")].count("\n") + 1
    assert [(each["file"], each["line"]) for each in wrong["problems"]] == [("exercise.yaml", line)]
    assert trainer.call("PUT", f"{api}/file", body).status_code == 204
    assert trainer.call("GET", f"{api}/bundle").status_code == 409
    assert trainer.call("PUT", f"{api}/file", {**body, "text": spec}).status_code == 204
    assert trainer.call("POST", f"{api}/check").json() == []
    with zipfile.ZipFile(io.BytesIO(trainer.call("GET", f"{api}/bundle").content)) as packed:
        names = packed.namelist()
    assert any(name.endswith(f"-{draft}/task.md") for name in names)
    assert writer.call("GET", f"{api}/file?name=task.md").status_code == 403


@pytest.mark.parametrize("name", ["../x.md", "material/../../x.md", "/etc/passwd", "run.py", ""])
def test_no_other_file_is_written(people: dict[str, Visitor], name: str) -> None:
    """Only files of an exercise have a name here."""
    trainer = people["trainer"]
    send(trainer, "/writing/new", id="bai-thu-ten", title="Bài thử tên")
    body = {"file": name, "text": "x"}
    said = trainer.call("PUT", "/api/writing/bai-thu-ten/file", body)
    assert said.status_code in {400, 422}
    assert trainer.call("GET", f"/api/writing/bai-thu-ten/file?name={name}").is_error


def test_a_bundle_comes_back_as_drafts(web: Web, people: dict[str, Visitor]) -> None:
    """What differs from the course becomes a draft; what is no bundle is refused in a sentence."""
    trainer = people["trainer"]
    send(trainer, "/writing/copy", exercise="first-prompt")
    api = "/api/writing/first-prompt"
    task = trainer.call("GET", f"{api}/file?name=task.md").json()["text"]
    empty = trainer.call("POST", f"{api}/preview", {"file": "task.md", "text": ""}).json()
    assert [each["file"] for each in empty["problems"]] == ["task.md"]
    trainer.call("PUT", f"{api}/file", {"file": "task.md", "text": task + "\n\nChúc vui."})
    data = trainer.call("GET", f"{api}/bundle").content
    send(trainer, "/writing/first-prompt/drop")
    upload = {"file": ("khoa.zip", data, "application/zip")}
    answer = trainer.http.post(
        "/writing/import",
        data={"csrf": trainer.csrf},
        files=upload,
        headers={"Origin": "http://localhost"},
    )
    assert answer.url.params["brought"] == "1"
    assert "Chúc vui." in trainer.call("GET", f"{api}/file?name=task.md").json()["text"]
    course = web.app.state.lab.course.exercise("first-prompt")
    assert "Chúc vui." not in (course.folder / "task.md").read_text("utf-8")
    bad = trainer.http.post(
        "/writing/import",
        data={"csrf": trainer.csrf},
        files={"file": ("khoa.zip", b"no zip", "application/zip")},
        headers={"Origin": "http://localhost"},
    )
    assert bad.status_code == 422
