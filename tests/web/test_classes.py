"""The page of classes: who sees which, lists of people, codes, posters."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from support import PASSWORD
from websupport import Visitor, Web

from lab.auth import hash_password
from lab.log.roster import Room
from lab.model import Role
from lab.session.roster import WHOLE

HOME = {"origin": "http://localhost"}


def post(visitor: Visitor, path: str, file: bytes | None = None, **fields: str) -> Any:
    """Send a form of the page."""
    files = {"file": ("ds.csv", file)} if file is not None else None
    data = {"csrf": visitor.csrf, **fields}
    return visitor.http.post(path, data=data, files=files, headers=HOME, follow_redirects=False)


@pytest.fixture(scope="module")
def two(web: Web) -> dict[str, Room]:
    """Two sites with a class each, and a trainer of the first."""
    rosters = web.app.state.rosters

    async def made() -> dict[str, Room]:
        one = await rosters.add_room(WHOLE, name="Lớp Hòa Lam", code="HLAM", site="Xã Hòa Lam")
        other = await rosters.add_room(WHOLE, name="Lớp Lam Trà", code="LTRA", site="Xã Lam Trà")
        hashed = await hash_password(PASSWORD)
        add = web.app.state.lab.log.add_person
        await add("Giảng viên Hòa Lam", Role.TRAINER, password=hashed, site="Xã Hòa Lam")
        await add("Trợ giảng Hòa Lam", Role.ASSISTANT, password=hashed, class_id=one.id)
        return {"mine": one, "theirs": other}

    return web.portal.call(made)


def test_only_trainers_and_administrators_see_classes(web: Web) -> None:
    """A stranger is led to the door; a trainee and an officer get a kind refusal."""
    answer = web.visitor().http.get("/classes/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?next=classes")
    for visitor in (web.trainee("Lô Thị Xem Lớp"), web.staff(Role.OFFICER)):
        answer = visitor.http.get("/classes/")
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("text/html")
        assert post(visitor, "/classes/add", name="Lớp lậu").status_code == 403


def test_a_trainer_of_a_site_sees_and_changes_that_site_only(
    web: Web, two: dict[str, Room]
) -> None:
    """The list, a class, its poster, its people and its forms: none of another site's opens."""
    trainer, admin = web.named("Giảng viên Hòa Lam"), web.staff(Role.ADMIN)
    shown = trainer.http.get("/classes/").text
    assert "HLAM" in shown
    assert "LTRA" not in shown
    assert "LTRA" in admin.http.get("/classes/").text
    theirs = f"/classes/{two['theirs'].id}"
    for path in (theirs, f"{theirs}/poster"):
        assert trainer.http.get(path).status_code == 404
    assert post(trainer, f"{theirs}/keep", days="5").status_code == 404
    assert post(trainer, f"{theirs}/resume", person="x").status_code == 404
    answer = post(trainer, "/classes/add", name="Lớp lậu", site="Xã Lam Trà")
    assert answer.status_code == 403
    assert post(trainer, "/classes/preview", b"ten", into=two["theirs"].id).status_code == 422
    assert post(trainer, "/classes/keep", csrf="x").status_code in {404, 405}


def test_an_assistant_looks_and_does_not_change(web: Web, two: dict[str, Room]) -> None:
    """An assistant sees the people of the class, and makes no class and brings in no list."""
    helper = web.named("Trợ giảng Hòa Lam")
    mine = f"/classes/{two['mine'].id}"
    assert helper.http.get(mine).is_success
    assert "/classes/preview" not in helper.http.get("/classes/").text
    assert post(helper, "/classes/add", name="Lớp lậu").status_code == 403
    assert post(helper, "/classes/preview", b"Ho va ten\nA").status_code == 403
    assert post(helper, f"{mine}/keep", days="5").status_code == 403


def test_a_form_without_its_token_changes_nothing(web: Web) -> None:
    """CSRF: a form from elsewhere, or without the sign-in's token, is refused."""
    admin = web.staff(Role.ADMIN)
    assert post(admin, "/classes/add", name="Lớp X", csrf="sai").status_code == 403
    data = {"csrf": admin.csrf, "name": "Lớp X"}
    evil = {"origin": "https://xau.example"}
    assert admin.http.post("/classes/add", data=data, headers=evil).status_code == 403
    assert "Lớp X" not in admin.http.get("/classes/").text


def test_a_class_is_made_with_a_code_and_a_retention(web: Web) -> None:
    """The form makes a class; a code in use comes back with a sentence and what was typed."""
    admin = web.staff(Role.ADMIN)
    fields = {"name": "Lớp Bến Mới", "code": "ben-01", "site": "Phường Bến Mới", "run": "Đợt 2"}
    made = post(admin, "/classes/add", **fields, days="90")
    assert made.status_code == 303
    page = admin.http.get(made.headers["location"]).text
    for shown in ("Lớp Bến Mới", "BEN-01", "Phường Bến Mới", "Đợt 2", 'value="90"'):
        assert shown in page
    again = post(admin, "/classes/add", **fields)
    assert again.status_code == 409
    assert 'value="Lớp Bến Mới"' in again.text
    assert post(admin, "/classes/add", name="Lớp Y", days="chín").status_code == 422
    assert post(admin, made.headers["location"] + "/keep", days="").status_code == 303
    assert 'value="90"' not in admin.http.get(made.headers["location"]).text


def test_a_list_is_looked_at_and_then_brought_in(web: Web, two: dict[str, Room]) -> None:
    """The preview names lines and columns and writes nothing; the button brings people in once."""
    trainer, room = web.named("Giảng viên Hòa Lam"), two["mine"]
    rows = "Họ và tên,Đơn vị,Số điện thoại\nVừ A Danh Sách,VP,0950000123\nVừ A Danh Sách,VP,1\n"
    seen = post(trainer, "/classes/preview", rows.encode(), into=room.id)
    assert seen.status_code == 200
    assert "trùng với dòng 2" in seen.text
    assert "0950000123" not in seen.text
    assert "Số điện thoại" in seen.text
    token = re.search(r'name="token" value="([^"]+)"', seen.text)
    assert token
    assert post(trainer, "/classes/import", token=token[1]).status_code == 422
    page = f"/classes/{room.id}"
    assert "Vừ A Danh Sách" not in trainer.http.get(page).text
    seen = post(trainer, "/classes/preview", rows.encode(), into=room.id)
    token = re.search(r'name="token" value="([^"]+)"', seen.text)
    assert token
    done = post(trainer, "/classes/import", token=token[1], leave_out="1")
    assert (done.status_code, done.headers["location"]) == (303, "/classes/?brought=1-0-0-0")
    again = post(trainer, "/classes/import", token=token[1], leave_out="1")
    assert again.headers["location"] == "/classes/?brought=0-1-0-0"
    assert trainer.http.get(page).text.count("Vừ A Danh Sách") == 1
    for stranger, held in ((web.staff(Role.ADMIN), token[1]), (trainer, f"x{token[1]}")):
        assert post(stranger, "/classes/import", token=held, leave_out="1").status_code == 422


def test_a_listed_person_comes_in_and_gets_a_new_code(web: Web, two: dict[str, Room]) -> None:
    """Who joined shows as come; a new code is shown once and is the one that works."""
    room = two["mine"]
    joined = web.visitor()
    assert joined.login(class_code="HLAM", name="Vừ B Đến Lớp").is_success
    trainer = web.named("Giảng viên Hòa Lam")
    members = web.portal.call(partial(web.app.state.rosters.members, WHOLE, room.id))
    person = next(each for each in members if each.name == "Vừ B Đến Lớp")
    page = post(trainer, f"/classes/{room.id}/resume", person=person.id)
    code = re.search(r'class="resume-code">(\d{3})&nbsp;(\d{3})<', page.text)
    assert code
    assert "".join(code.groups()) not in trainer.http.get(f"/classes/{room.id}").text
    back = web.visitor()
    sign_in = {"class_code": "HLAM", "name": "Vừ B Đến Lớp"}
    assert back.login(**sign_in, resume_code=str(joined.resume_code)).status_code == 401
    assert back.login(**sign_in, resume_code="".join(code.groups())).is_success


def test_the_poster_leads_to_the_door_with_the_code(web: Web, two: dict[str, Room]) -> None:
    """The poster carries code, address and a QR code; its address fills the form in."""
    trainer = web.named("Giảng viên Hòa Lam")
    page = trainer.http.get(f"/classes/{two['mine'].id}/poster").text
    assert "HLAM" in page
    assert "<svg" in page
    assert "http://localhost" in page
    assert 'value="HLAM"' in web.visitor().http.get("/?class=HLAM").text
    evil = web.visitor().http.get('/?class="><script>').text
    assert "<script>" not in evil.split("</head>")[1]


def test_only_an_administrator_erases_and_says_why(web: Web, two: dict[str, Room]) -> None:
    """A trainer cannot; without a tick or a reason nothing is gone; then the person is signed out,
    their turns end, and no page shows them.
    """
    room = two["mine"]
    trainee = web.visitor()
    assert trainee.login(class_code="HLAM", name="Vừ C Cần Xóa").is_success
    session = trainee.open()
    trainee.ask(session, "Viết lời mời bà con dọn vườn hoa.", assistant="recorded")
    members = web.portal.call(partial(web.app.state.rosters.members, WHOLE, room.id))
    person = next(each.id for each in members if each.name == "Vừ C Cần Xóa")
    path, asked = f"/classes/{room.id}/erase", {"person": person, "reason": "theo yêu cầu"}
    trainer, admin = web.named("Giảng viên Hòa Lam"), web.staff(Role.ADMIN)
    assert post(trainer, path, sure="1", **asked).status_code == 403
    assert "erase" not in trainer.http.get(f"/classes/{room.id}").text
    post(admin, path, **asked)
    post(admin, path, sure="1", person=person, reason="")
    post(admin, path, sure="1", person="người lạ", reason="theo yêu cầu")
    assert "Vừ C Cần Xóa" in admin.http.get(f"/classes/{room.id}").text
    page = post(admin, path, sure="1", **asked)
    assert page.status_code == 200
    assert "Vừ C Cần Xóa" not in page.text
    assert trainee.call("GET", "/api/me").status_code == 401
    found = web.portal.call(web.app.state.lab.log.verify)
    assert found.problems == ()
    assert found.erased > 3
