"""The runbook of each site: whom to call, set by the administrator, printed by its staff."""

from __future__ import annotations

from functools import partial

import pytest
from support import PASSWORD
from websupport import Visitor, Web

from lab.auth import hash_password
from lab.model import Role
from lab.session.roster import WHOLE


def put(visitor: Visitor, **fields: str) -> tuple[int, str]:
    """Send the form: status, and the page that comes."""
    form = {"csrf": visitor.csrf, "site": "", "name": "", "phone": "", **fields}
    answer = visitor.http.post("/runbook/", data=form, headers={"origin": "http://localhost"})
    return answer.status_code, answer.text


@pytest.fixture(scope="module")
def trainer(web: Web) -> Visitor:
    """A trainer of one of two sites."""
    add = web.app.state.rosters.add_room
    for code, site in (("SOTAY1", "Xã Sổ Tay"), ("SOTAY2", "Xã Khác Hẳn")):
        web.portal.call(partial(add, WHOLE, name=f"Lớp {site}", code=code, site=site))
    hashed = web.portal.call(hash_password, PASSWORD)
    person = partial(web.app.state.lab.log.add_person, "Giảng viên Sổ Tay", Role.TRAINER)
    web.portal.call(partial(person, password=hashed, site="Xã Sổ Tay"))
    return web.named("Giảng viên Sổ Tay")


def test_a_site_s_sheet_names_whom_to_call_and_what_not_to_do(web: Web, trainer: Visitor) -> None:
    """The administrator sets a contact for all, then one for a site; its trainer prints the sheet,
    and sees no other site's; nobody else may set one; what stood there before is on record.
    """
    admin, officer = web.staff(Role.ADMIN), web.staff(Role.OFFICER)
    sheet = "/runbook/?site=X%C3%A3%20S%E1%BB%95%20Tay"
    assert "Không xóa phiên" in trainer.call("GET", sheet).text
    assert put(admin, name="Trực ban Giả Định", phone="0950 000 113")[0] == 200
    assert "Trực ban Giả Định" in trainer.call("GET", sheet).text
    fields = {"site": "Xã Sổ Tay", "phone": "0950 000 114", "deputy": "Người Thay Mẫu"}
    assert put(admin, name="Cán bộ Sổ Tay Mẫu", **fields)[0] == 200
    text = trainer.call("GET", sheet).text
    assert "Cán bộ Sổ Tay Mẫu" in text
    assert "Người Thay Mẫu" in text
    assert "Trực ban Giả Định" not in text
    assert "Xã Khác Hẳn" not in trainer.call("GET", "/runbook/").text
    assert (
        trainer.call("GET", "/runbook/?site=X%C3%A3%20Kh%C3%A1c%20H%E1%BA%B3n").status_code == 404
    )
    assert "Cán bộ Sổ Tay Mẫu" in officer.call("GET", "/runbook/").text

    status, text = put(admin, name="Không Số", phone="gọi tôi")
    assert status == 422
    assert "Không Số" in text
    for visitor in (trainer, officer):
        assert put(visitor, name="Kẻ Lạ", phone="0950 000 115")[0] == 403
    assert web.trainee("Lô Xem Sổ Tay").call("GET", "/runbook/").status_code == 403
    log = web.app.state.lab.log
    told = web.portal.call(partial(log.events_of_kind, ["contact.set"], since=0))[-1].payload
    assert (told["before"], told["after"]["phone"]) == (None, "0950 000 114")
