"""The pages from outside: who gets which, and which of Gradio's own routes can be reached."""

from __future__ import annotations

import time

import pytest
from websupport import Visitor, Web

from lab.model import Role

ROOMS = {
    "practice": set(Role),
    "officer": {Role.OFFICER, Role.ADMIN},
}
CLOSED = (
    "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/proxy=http://localhost/",
    "/gradio_api/upload_progress",
    "/gradio_api/app_id",
    "/gradio_api/mcp/schema",
    "/monitoring",
    "/monitoring/summary",
    "/gradio_api/call/x",
    "/gradio_api/component_server",
    "/docs",
    "/openapi.json",
)


@pytest.fixture(scope="module")
def loaded(web: Web) -> Web:
    """The application once Gradio is there."""
    admin = web.staff(Role.ADMIN)
    limit = time.monotonic() + 90
    while "gradio_config" not in admin.call("GET", "/officer/").text:
        assert time.monotonic() < limit
        time.sleep(0.5)
    return web


def somebody(web: Web, role: Role) -> Visitor:
    """A visitor of a role."""
    return web.trainee("Người Xem Trang") if role is Role.TRAINEE else web.staff(role)


@pytest.mark.parametrize("room", ROOMS)
def test_a_stranger_is_sent_to_the_sign_in(loaded: Web, room: str) -> None:
    """Without a sign-in a page leads to the landing page, and its parts answer 401."""
    stranger = loaded.visitor()
    answer = stranger.http.get(f"/{room}/", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/?next={room}"
    assert stranger.call("GET", f"/{room}/config").status_code == 401
    join = {"session_hash": "a", "fn_index": 0, "data": []}
    assert stranger.call("POST", f"/{room}/gradio_api/queue/join", join).status_code == 401


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("role", list(Role))
def test_each_page_is_for_its_roles(loaded: Web, room: str, role: Role) -> None:
    """A page opens for its roles; for others it is a kind refusal, and its parts answer 403."""
    visitor = somebody(loaded, role)
    answer = visitor.call("GET", f"/{room}/")
    if role in ROOMS[room]:
        assert answer.status_code == 200
        assert 'lang="vi"' in answer.text
    else:
        assert answer.status_code == 403
        assert visitor.call("GET", f"/{room}/config").status_code == 403


@pytest.mark.parametrize("path", CLOSED)
def test_the_rest_of_gradio_does_not_exist(loaded: Web, path: str) -> None:
    """Files, uploads, proxies, API pages and monitoring answer 404 even to an administrator."""
    admin = loaded.staff(Role.ADMIN)
    for room in ROOMS:
        for method in ("GET", "POST"):
            assert admin.call(method, f"/{room}{path}", {}).status_code == 404, (method, room)


def test_a_stream_of_the_queue_belongs_to_who_used_it_first(loaded: Web) -> None:
    """Another person who knows a stream's name can neither read nor feed it."""
    owner, other = loaded.staff(Role.OFFICER), loaded.staff(Role.ADMIN)
    body = {"session_hash": "phien-cua-toi", "fn_index": 0, "data": []}
    join = "/officer/gradio_api/queue/join"
    assert owner.call("POST", join, body).status_code != 403
    assert other.call("POST", join, body).status_code == 403
    path = "/officer/gradio_api/queue/data?session_hash=phien-cua-toi"
    assert other.call("GET", path).status_code == 403


def test_a_foreign_origin_cannot_feed_the_queue(loaded: Web) -> None:
    """A page of another site cannot post to Gradio's queue with somebody's cookies."""
    officer = loaded.staff(Role.OFFICER)
    body = {"session_hash": "x1", "fn_index": 0, "data": []}
    path = "/officer/gradio_api/queue/join"
    assert officer.call("POST", path, body, Origin="https://xau.example").status_code == 403


def test_pages_name_no_other_host(loaded: Web) -> None:
    """The HTML of each page loads nothing from another host and holds no eval'd script."""
    admin = loaded.staff(Role.ADMIN)
    for room in ROOMS:
        page = admin.call("GET", f"/{room}/")
        for marker in ('src="http', "src='http", 'href="http', "fonts.googleapis", "cdn."):
            assert marker not in page.text, (room, marker)
        policy = page.headers["content-security-policy"]
        assert "unsafe-eval" not in policy
        assert "default-src 'self'" in policy
