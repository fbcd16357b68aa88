"""The kill switch: nothing leaves while it is on, and who did it and why is on record."""

from __future__ import annotations

import pytest
from websupport import Web

from lab.errors import Unavailable
from lab.log.base import SYSTEM
from lab.model import Role
from lab.session.halt import HALTED, RESUMED, Halt
from lab.session.live import LiveTurns

TEXT = "Hãy nêu ba việc cần làm trước một cuộc họp chi bộ."


def test_an_officer_stops_all_sending_and_lets_it_go_on(web: Web) -> None:
    """While it is on a prompt is refused kindly, nothing reaches the endpoint and the live check
    goes on; afterwards the same prompt is answered; both acts are in the log with their reasons.
    """
    trainee, officer = web.trainee("Lương Thị Chờ Gửi"), web.staff(Role.OFFICER)
    session, before = trainee.open(), len(web.endpoint.prompts)
    body = {"halted": True, "reason": "Diễn tập dừng gửi"}
    assert officer.call("POST", "/api/sending", body).json() == {"halted": True}
    try:
        path = f"/api/sessions/{session}"
        refused = trainee.call("POST", f"{path}/prompts", {"text": TEXT})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "sending_halted")
        assert trainee.call("POST", f"{path}/preview", {"text": TEXT}).status_code == 200
        assert len(web.endpoint.prompts) == before
        assert "đang dừng" in officer.http.get("/sending/").text
    finally:
        body = {"halted": False, "reason": "Hết diễn tập"}
        assert officer.call("POST", "/api/sending", body).json() == {"halted": False}
    assert trainee.ask(session, TEXT)[-1][1]["status"] == "answered"
    lab = web.app.state.lab
    acts = [
        (event.kind, (event.payload or {}).get("reason"))
        for event in web.portal.call(lab.log.events, SYSTEM)
        if event.kind in {HALTED, RESUMED}
    ]
    assert acts[-2:] == [(HALTED, "Diễn tập dừng gửi"), (RESUMED, "Hết diễn tập")]


def test_only_officers_and_administrators_have_the_switch(web: Web) -> None:
    """Trainees and trainers can neither see nor use it; without a reason nothing changes."""
    for visitor in (web.trainee("Vi Văn Không Quyền"), web.staff(Role.TRAINER)):
        body = {"halted": True, "reason": "thử"}
        assert visitor.call("POST", "/api/sending", body).status_code == 403
        assert visitor.http.get("/sending/").status_code == 403
    officer = web.staff(Role.OFFICER)
    assert officer.call("POST", "/api/sending", {"halted": True, "reason": " "}).status_code == 422
    assert officer.call("GET", "/api/sending").json() == {"halted": False}


def test_another_process_and_a_restart_find_it_in_the_log(web: Web) -> None:
    """What the log says holds for whoever reads it: a switch made anew is on as well."""
    officer, lab = web.staff(Role.OFFICER), web.app.state.lab
    officer.call("POST", "/api/sending", {"halted": True, "reason": "Khởi động lại thử"})
    try:
        other = Halt(lab.log, LiveTurns())
        web.portal.call(other.look)
        with pytest.raises(Unavailable, match="sending_halted"):
            other.check()
    finally:
        officer.call("POST", "/api/sending", {"halted": False, "reason": "Thử xong"})
