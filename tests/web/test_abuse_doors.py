"""Copied cookies, paths that look like hosts, and answers that a browser might keep."""

from __future__ import annotations

import pytest
from websupport import Visitor, Web, pages

from lab.model import Role

COOKIE = "lab_signin"


def held(visitor: Visitor) -> str:
    """The sign-in that this browser shows."""
    return str(visitor.http.cookies[COOKIE])


def thief(web: Web, cookie: str) -> Visitor:
    """Another browser with a copied cookie."""
    visitor = web.visitor()
    visitor.http.cookies.set(COOKIE, cookie)
    return visitor


def test_a_copied_cookie_is_dead_after_signing_out(web: Web) -> None:
    """What was copied of a sign-in before it ended opens neither pages nor the API."""
    first = web.trainee("Người Rời Máy")
    copied = thief(web, held(first))
    assert copied.call("GET", "/api/me").status_code == 200
    assert first.call("POST", "/api/logout").is_success
    assert copied.call("GET", "/api/me").status_code == 401
    assert copied.http.get("/practice/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("path", ["//xau.example", "//xau.example/practice", "//xau.example/.."])
def test_a_path_of_two_strokes_leads_nowhere(web: Web, path: str) -> None:
    """A path that reads as another host is not repeated in a redirect."""
    answer = web.visitor().http.get(f"http://localhost{path}", follow_redirects=False)
    assert not answer.headers.get("location", "").startswith(("//", "http://xau"))


@pytest.mark.parametrize("role", [None, Role.TRAINER, Role.ADMIN, Role.OFFICER])
def test_nothing_that_a_person_is_told_is_kept(web: Web, role: Role | None) -> None:
    """No page or list that needs nothing in its path may be kept by a browser or on the way."""
    visitor = web.visitor() if role is None else web.staff(role)
    seen = 0
    for path in pages(web):
        if path.startswith("/api/docs"):  # the same for all, without data
            continue
        answer = visitor.http.get(path, follow_redirects=False)
        assert "no-store" in answer.headers["cache-control"], path
        seen += 1
    assert seen > 40
