"""The map and the certificate over the web: one's own, and nobody else's."""

from __future__ import annotations

import io
from typing import Any

from coursesupport import scored
from pypdf import PdfReader
from websupport import Visitor, Web

from lab.model import Role
from lab.session.certificate import verify


def results(web: Web, name: str, share: float, *, but: int = 0) -> None:
    """A trainee's results in all exercises but some."""
    lab = web.app.state.lab

    async def write() -> None:
        people = await lab.log.people(role=Role.TRAINEE)
        person = next(each for each in people if each.name == name)
        exercises = lab.course.exercises[: len(lab.course.exercises) - but]
        await scored(lab.log, person, {each.id: [share] for each in exercises})

    web.portal.call(write)


def progress(visitor: Visitor) -> Any:
    """One's own progress."""
    return visitor.call("GET", "/api/me/progress").json()


def test_only_who_signed_in_has_a_map(web: Web) -> None:
    """Without a sign-in the API refuses; the page leads to the door and back."""
    stranger = web.visitor()
    assert stranger.call("GET", "/api/me/progress").status_code == 401
    assert stranger.call("GET", "/api/me/certificate").status_code == 401
    answer = stranger.http.get("/map/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?next=map")
    form = {"class_code": "THU", "name": "Người Tìm Đường", "next": "map"}
    joined = stranger.http.post("/sign-in", data=form)
    assert 'href="/map/"' in joined.text
    assert stranger.http.get("/map").url.path == "/map/"


def test_progress_is_ones_own(web: Web) -> None:
    """Another's results change nothing of mine."""
    mine, theirs = web.trainee("Người Đi Một"), web.trainee("Người Đi Hai")
    results(web, "Người Đi Hai", 0.9)
    assert (progress(mine)["passed"], progress(theirs)["passed"]) == (0, progress(theirs)["total"])
    assert {step["state"] for step in progress(mine)["steps"]} == {"new"}
    assert progress(mine)["next"] == progress(mine)["steps"][0]["exercise"]
    assert progress(theirs)["next"] is None


def test_work_shows_on_the_map(web: Web) -> None:
    """A prompt and a check over the API are on the map at once, with the time they took."""
    someone = web.trainee("Người Làm Thật")
    session = someone.open()
    exercise = someone.call("GET", "/api/exercises").json()[0]["id"]
    someone.ask(session, "Viết lời mời bà con dọn vườn hoa nhà văn hóa.", assistant="recorded")
    row = next(s for s in progress(someone)["steps"] if s["exercise"] == exercise)
    assert row["state"] == "begun"
    score = someone.call("POST", f"/api/sessions/{session}/check").json()
    row = next(s for s in progress(someone)["steps"] if s["exercise"] == exercise)
    assert (row["attempts"], row["first"], row["best"]) == (1, score["share"], score["share"])
    assert 'aria-current="step"' in someone.http.get("/map/").text


def test_no_certificate_before_all_is_passed(web: Web) -> None:
    """One exercise is missing: the refusal names it, and the log holds no issue."""
    someone = web.trainee("Người Gần Xong")
    results(web, "Người Gần Xong", 0.8, but=1)
    answer = someone.call("GET", "/api/me/certificate")
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "certificate_early"
    assert "bài 18" in error["message"]
    assert "/api/me/certificate" not in someone.http.get("/map/").text


def test_the_certificate_is_ones_own(web: Web) -> None:
    """Each gets their own name; a second time the same file; the server's key signed it."""
    one, other = web.trainee("Trần Thị Đầu"), web.trainee("Lê Văn Sau")
    for name in ("Trần Thị Đầu", "Lê Văn Sau"):
        results(web, name, 0.8)
    assert "/api/me/certificate" in one.http.get("/map/").text
    first, again = one.call("GET", "/api/me/certificate"), one.call("GET", "/api/me/certificate")
    theirs = other.call("GET", "/api/me/certificate")
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["cache-control"] == "no-store"
    assert first.content == again.content != theirs.content
    public = web.app.state.lab.keys.signing.public_key()
    names = []
    for answer in (first, theirs):
        metadata = PdfReader(io.BytesIO(answer.content)).metadata
        assert metadata is not None
        found = verify(str(metadata["/Keywords"]), public)
        assert (found.class_name, found.count) == ("Lớp thử", 18)
        names.append(found.name)
    assert names == ["Trần Thị Đầu", "Lê Văn Sau"]


def test_a_name_cannot_write_into_the_map(web: Web) -> None:
    """A name with signs of HTML is shown as it was typed."""
    someone = web.trainee("<b>Tên</b> & Họ")
    page = someone.http.get("/map/").text
    assert "<b>Tên</b>" not in page
    assert "&lt;b&gt;Tên&lt;/b&gt; &amp; Họ" in page
