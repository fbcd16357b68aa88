"""The landing page and the doors of the three rooms, without a browser."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support import PASSWORD
from websupport import Visitor, Web

from lab.model import Role
from lab.pages import errors
from lab.pages.late import LatePages
from lab.pages.shell import DESKS, ROOMS

HOME = {"origin": "http://localhost"}


@pytest.fixture(scope="module")
def loaded(web: Web) -> Web:
    """The application, from when its rooms are open."""
    visitor = web.trainee("Vừ Bá Ví Dụ Chờ").http
    limit = time.monotonic() + 60
    while "retry-after" in visitor.get("/practice/").headers:
        assert time.monotonic() < limit
        time.sleep(0.1)
    return web


def post(visitor: Visitor, path: str, **form: str) -> tuple[int, str, str]:
    """Send a form as the landing page does: status, where to, text."""
    answer = visitor.http.post(path, data=form, headers=HOME, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", ""), answer.text


def test_the_landing_page_needs_no_script(web: Web) -> None:
    """It is Vietnamese, has both forms, says who answers, and names no other host."""
    answer = web.visitor().http.get("/")
    assert answer.is_success
    assert '<html lang="vi"' in answer.text
    for name in ("class_code", "name", "resume_code", "password"):
        assert f'name="{name}"' in answer.text
    assert "Mô hình qua máy chủ của đơn vị" in answer.text
    assert not re.findall(r'(?:src|href)="https?://', answer.text)


def test_a_trainee_joins_sees_the_code_and_comes_back_with_it(web: Web) -> None:
    """The first join shows six digits; with them the same name is the same person."""
    first = web.visitor()
    status, _, text = post(first, "/sign-in", class_code="thu", name="Vừ Bá Ví Dụ Về", next="")
    assert status == 200
    shown = re.search(r'class="resume-code"[^>]*>(\d{3})&nbsp;(\d{3})<', text)
    assert shown
    session = first.open
    first.csrf = first.call("GET", "/api/me").json()["csrf"]
    mine = session()
    again = web.visitor()
    code = "".join(shown.groups())
    status, where, _ = post(
        again, "/sign-in", class_code="THU", name="Vừ Bá Ví Dụ Về", resume_code=code
    )
    assert (status, where) == (303, "/practice/")
    assert again.call("GET", f"/api/sessions/{mine}").is_success


def test_a_wrong_code_or_password_is_told_kindly_and_keeps_what_was_typed(web: Web) -> None:
    """The form comes back with a sentence and the name; a password never comes back."""
    status, _, text = post(web.visitor(), "/sign-in", class_code="KHONGCO", name="Nguyễn Văn Mẫu")
    assert status == 401
    assert 'value="Nguyễn Văn Mẫu"' in text
    assert 'role="alert"' in text
    status, _, text = post(web.visitor(), "/sign-in", name="Test trainer", password="sai-mat-khau")
    assert status == 401
    assert "sai-mat-khau" not in text
    assert '<details class="staff" open>' in text


@pytest.mark.parametrize("role", [Role.TRAINER, Role.ASSISTANT, Role.OFFICER, Role.ADMIN])
def test_staff_sign_in_by_the_form_and_out_again(web: Web, role: Role) -> None:
    """They come to a room of theirs; signing out needs the form's own token."""
    visitor = web.visitor()
    status, where, _ = post(visitor, "/sign-in", name=f"Test {role}", password=PASSWORD)
    assert status == 303
    assert role in {**ROOMS, **DESKS}[where.strip("/")]
    assert post(visitor, "/sign-out", csrf="nham")[0] == 403
    page = visitor.http.get("/").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf
    assert post(visitor, "/sign-out", csrf=csrf.group(1))[:2] == (303, "/")
    assert visitor.call("GET", "/api/me").status_code == 401


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/language"])
def test_forms_of_other_sites_are_refused(web: Web, path: str) -> None:
    """A form on another site's page cannot sign anybody in or out, or change the language."""
    answer = web.visitor().http.post(path, data={}, headers={"origin": "https://a.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "wanted", ["//a.example/", "https://a.example", "/static/x", "practice/.."]
)
def test_nobody_is_sent_to_another_place(web: Web, wanted: str) -> None:
    """``next`` and ``back`` lead to the three rooms only."""
    visitor = web.visitor()
    where = post(visitor, "/sign-in", name="Test trainer", password=PASSWORD, next=wanted)[1]
    assert where == "/review/"
    assert post(visitor, "/language", language="vi", back=wanted)[1] == "/"


def test_the_language_is_chosen_without_signing_in(web: Web) -> None:
    """The cookie turns the landing page to English."""
    visitor = web.visitor()
    assert post(visitor, "/language", language="en", back="/")[0] == 303
    assert '<html lang="en"' in visitor.http.get("/").text


def test_a_script_is_one_file_that_is_compressed_and_kept(web: Web) -> None:
    """The practice page's script comes in one answer, packed, for a year; who has it is told so."""
    visitor = web.visitor()
    first = visitor.http.get("/static/practice.js?v=1")
    assert "immutable" in first.headers["cache-control"]
    assert first.headers["content-encoding"] == "gzip"
    assert "import {" not in first.text
    again = visitor.http.get("/static/icons.svg")
    tag = {"If-None-Match": again.headers["etag"]}
    assert again.headers["cache-control"] == "no-cache"
    assert visitor.http.get("/static/icons.svg", headers=tag).status_code == 304


@pytest.mark.parametrize(
    "path", ["/static/..%2ftheme.py", "/static/nothing.js", "/static/fonts/x.woff2"]
)
def test_only_our_own_files_are_served(web: Web, path: str) -> None:
    """Nothing outside the two folders can be fetched."""
    assert web.visitor().http.get(path).status_code == 404


def test_rooms_send_strangers_to_sign_in_and_others_a_kind_page(web: Web) -> None:
    """No sign-in: to the landing page. Another role: 403 with words, not JSON."""
    stranger = web.visitor().http
    for room in ROOMS:
        answer = stranger.get(f"/{room}/", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/?next={room}")
    trainee = web.trainee("Lô Thị Thử Cửa").http
    for room in ("review", "officer"):
        answer = trainee.get(f"/{room}/")
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("text/html")


def test_parts_of_a_room_are_json_refusals(web: Web) -> None:
    """What a page's script asks is 401, 403 or 404 as JSON; unknown paths too."""
    stranger, trainee = web.visitor().http, web.trainee("Lô Thị Thử Phần").http
    data = "/gradio_api/queue/data?session_hash=x"
    for http, path, status in (
        (stranger, f"/practice{data}", 401),
        (trainee, f"/officer{data}", 403),
        (trainee, "/practice/gradio_api/file=/etc/passwd", 404),
        (stranger, "/khong-co", 404),
    ):
        answer = http.get(path)
        assert (answer.status_code, list(answer.json())) == (status, ["error"]), path


def test_a_room_that_is_not_loaded_yet_says_so_and_looks_again(web: Web) -> None:
    """Before Gradio is there: a page that waits, and 503 in the one error shape for its parts."""
    trainee = web.trainee("Nguyễn Văn Mẫu Sớm")
    app = FastAPI()
    app.state.lab, app.state.auth = web.app.state.lab, web.app.state.auth
    errors.install(app)
    LatePages(app.state.lab).mount(app)
    early = TestClient(app, base_url="http://localhost", cookies=trainee.http.cookies)
    answer = early.get("/practice/")
    assert answer.is_success
    assert "Phòng tập đang khởi động" in answer.text
    assert 'data-wait="/practice/"' in answer.text
    assert answer.headers["retry-after"] == "2"
    part = early.get("/practice/gradio_api/queue/data?session_hash=x")
    assert (part.status_code, part.json()["error"]["code"]) == (503, "starting")


class OnceUnlucky(LatePages):
    """Pages that cannot be built the first time: too many files are open."""

    unlucky = True

    def _build(self) -> Any:
        if self.unlucky:
            self.unlucky = False
            raise OSError(24, "Too many open files")
        return super()._build()


async def test_pages_that_could_not_be_opened_are_tried_again(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A want that passes does not leave a lab without its pages until somebody starts it anew."""
    monkeypatch.setattr("lab.pages.late.AGAIN_SECONDS", 0.1)
    pages = OnceUnlucky(web.app.state.lab)
    await pages.load()
    assert pages._broken
    async with asyncio.timeout(60):
        while pages._broken:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.1)
    assert ("practice", "vi") in pages._pages
    await pages.close()


def test_another_person_cannot_read_a_stream_of_the_queue(loaded: Web) -> None:
    """Whoever knows the name of a stream that another sign-in uses gets 403."""
    mine, other = (loaded.trainee(f"Lô Thị Thử {nth}").http for nth in ("Một", "Hai"))
    join = "/practice/gradio_api/queue/join"
    body = {"data": [], "fn_index": 0, "session_hash": "dong-cua-toi"}
    assert mine.post(join, json=body, headers=HOME).is_success
    assert other.post(join, json=body, headers=HOME).status_code == 403
    data = "/practice/gradio_api/queue/data?session_hash=dong-cua-toi"
    assert other.get(data).status_code == 403
    assert other.get("/practice/gradio_api/heartbeat/dong-cua-toi").status_code == 403
    assert mine.post(join, json=body, headers={"origin": "https://a.example"}).status_code == 403
    assert mine.post(join, content=b"{", headers=HOME).status_code == 403


def test_gradio_files_are_shared_compressed_and_kept(loaded: Web) -> None:
    """The script that a room names is served once for all rooms, to be kept for ever."""
    page = loaded.trainee("Vừ Bá Ví Dụ Tệp").http.get("/practice/").text
    module = re.search(r'src="(/gradio/assets/[^"]+)"', page)
    assert module
    answer = loaded.visitor().http.get(module.group(1))
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert loaded.visitor().http.get("/gradio/assets/..%2findex.html").status_code == 404
