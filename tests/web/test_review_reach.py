"""Whose sessions a reviewer may see: of their class, of their site, or of the whole course."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from support import PASSWORD
from websupport import Visitor, Web

from lab.auth import hash_password
from lab.model import Classroom, Role


def of_the_log(web: Web, name: str, *given: Any, **more: Any) -> Any:
    """A method of the log, called in the application's loop."""
    method = getattr(web.app.state.lab.log, name)
    return web.portal.call(lambda: method(*given, **more))


def reviewer(web: Web, role: Role, **reach: str | None) -> Visitor:
    """Somebody with a password who may review."""
    name = f"Người xem {uuid.uuid4().hex[:8]}"
    password = web.portal.call(hash_password, PASSWORD)
    of_the_log(web, "add_person", name, role, password=password, **reach)
    visitor = web.visitor()
    assert visitor.login(name=name, password=PASSWORD).is_success
    return visitor


def classroom(web: Web, site: str | None = None) -> tuple[Classroom, Visitor, str]:
    """A class, somebody in it, and their session."""
    code = uuid.uuid4().hex[:8].upper()
    room: Classroom = of_the_log(web, "add_class", f"Lớp {code}", code, site=site)
    trainee = web.visitor()
    assert trainee.login(class_code=code, name="Lô Thị Thử Lớp").is_success
    return room, trainee, trainee.open()


def listed(visitor: Visitor, query: str = "") -> set[str]:
    """The sessions that a reviewer's list has."""
    rows = visitor.call("GET", f"/api/review/sessions{query}").json()["sessions"]
    return {row["session"] for row in rows}


@pytest.mark.parametrize("role", [Role.ASSISTANT, Role.TRAINER])
def test_a_reviewer_of_a_class_sees_that_class_alone(web: Web, role: Role) -> None:
    """Another class's session is in no list, not even when asked for, and answers 404 by its id."""
    own, _, mine = classroom(web)
    other, stranger, theirs = classroom(web)
    visitor = reviewer(web, role, class_id=own.id)
    assert mine in listed(visitor)
    for query in ("", f"?class={other.id}"):
        assert theirs not in listed(visitor, query)
    assert visitor.call("GET", f"/api/review/sessions/{mine}").is_success
    assert visitor.call("GET", f"/api/review/sessions/{theirs}").status_code == 404
    person = of_the_log(web, "session", theirs).person_id
    assert visitor.call("POST", f"/api/people/{person}/resume").status_code == 404
    assert stranger.call("GET", "/api/me").is_success


def test_a_reviewer_of_a_site_sees_its_classes_alone(web: Web) -> None:
    """A trainer of one commune sees its sessions, and none of another's by list or id."""
    _, _, mine = classroom(web, site="xa-hoa-lam")
    _, _, theirs = classroom(web, site="xa-khac")
    visitor = reviewer(web, Role.TRAINER, site="xa-hoa-lam")
    assert mine in listed(visitor)
    assert theirs not in listed(visitor)
    assert visitor.call("GET", f"/api/review/sessions/{mine}").is_success
    assert visitor.call("GET", f"/api/review/sessions/{theirs}").status_code == 404


def test_no_answer_of_the_review_names_a_trainee(web: Web) -> None:
    """Lists and threads show a pseudonym; the name is in neither."""
    _, trainee, session = classroom(web)
    trainee.ask(session, "Tôi là Lô Thị Thử Lớp. Soạn giúp lời chào mở đầu cuộc họp chi bộ.")
    visitor = reviewer(web, Role.TRAINER)
    for path in ("/api/review/sessions", f"/api/review/sessions/{session}"):
        assert "Lô Thị Thử Lớp" not in visitor.call("GET", path).text
    row = visitor.call("GET", f"/api/review/sessions/{session}").json()["row"]
    assert row["pseudonym"]


def test_a_reset_resume_code_ends_the_trainee_s_sign_in(web: Web) -> None:
    """A trainer's new code lets the trainee back in; the old code and the old sign-in end."""
    room, trainee, session = classroom(web)
    visitor = reviewer(web, Role.TRAINER, class_id=room.id)
    person = of_the_log(web, "session", session).person_id
    code = visitor.call("POST", f"/api/people/{person}/resume").json()["resume_code"]
    assert trainee.call("GET", "/api/me").status_code == 401
    name = "Lô Thị Thử Lớp"
    again = web.visitor()
    old = trainee.resume_code or ""
    assert again.login(class_code=room.code, name=name, resume_code=old).status_code == 401
    assert again.login(class_code=room.code, name=name, resume_code=code).is_success
    assert again.call("GET", f"/api/sessions/{session}").is_success
