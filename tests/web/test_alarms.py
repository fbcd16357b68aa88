"""False alarms: what a trainee holds to be a mistake is judged, kept as a case, and told of."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support import LAB
from websupport import Visitor, Web

from lab.log import alarms
from lab.model import Role
from lab.session.alarms import VALUE, found_here

PHONE = "0950000123"
PERSONAL = f"Viết giấy mời họp, ghi số máy liên hệ {PHONE} ở cuối thư."
SECRET = "TUYỆT MẬT\nPhương án tuần tra của đơn vị ở xã Bến Mới."


def disputed(trainee: Visitor, session: str, text: str) -> str:
    """Send a prompt and hold what was found to be a mistake; the rule."""
    decision = trainee.ask(session, text)[0][1]
    rule = str(decision["findings"][0]["rule"])
    path = f"/api/sessions/{session}/turns/{decision['turn']}/disputes"
    assert trainee.call("POST", path, {"rule": rule}).status_code == 204
    assert trainee.call("POST", path, {"rule": rule}).status_code == 204  # once is enough
    return rule


@pytest.fixture
def made(web: Web) -> dict[str, Any]:
    """A trainee with two complaints: of a masked number, and of a stopped secret."""
    trainee = web.trainee("Học Viên Báo Nhầm")
    session = trainee.open()
    rules = [disputed(trainee, session, text) for text in (PERSONAL, SECRET)]
    rows = web.staff(Role.OFFICER).call("GET", "/api/alarms").json()
    mine = {each["rule"]: each for each in rows if each["session"] == session}
    assert len(mine) == 2
    return {"trainee": trainee, "personal": mine[rules[0]], "secret": mine[rules[1]]}


def test_a_complaint_is_a_case_without_the_value(web: Web, made: dict[str, Any]) -> None:
    """Of personal data what left, with a gap; of a possible secret the rule and the reading."""
    assert made["personal"]["text"] == PERSONAL.replace(PHONE, VALUE)
    assert made["secret"]["text"] == ""
    assert made["secret"]["view"]
    page = web.staff(Role.OFFICER).http.get("/alarms/").text
    for raw in (PHONE, "Phương án tuần tra", "Học Viên Báo Nhầm"):
        assert raw not in page + json.dumps(made["personal"]) + json.dumps(made["secret"])


def test_an_officer_fills_the_gap_and_the_corpus_has_the_case(
    web: Web, made: dict[str, Any]
) -> None:
    """A gap, a secret or no reason is refused; what is accepted is run with the corpus, by name."""
    officer, name = web.staff(Role.OFFICER), made["personal"]["id"]
    path, text = f"/api/alarms/{name}", made["personal"]["text"]
    for case, reason in ((text, "đúng là nhầm"), (SECRET, "đúng là nhầm"), ("Gọi 113.", "")):
        body = {"act": "accept", "reason": reason, "case": case}
        assert officer.call("POST", path, body).status_code == 422
    whole = text.replace(VALUE, "1900 0000")
    body = {"act": "accept", "reason": "số tổng đài", "case": whole}
    assert officer.call("POST", path, body).status_code == 204
    assert officer.call("POST", path, body).status_code == 409
    lab = web.app.state.lab
    cases = {each.id: each for each in web.portal.call(found_here, lab.log, lab.keys)}
    case = cases[f"alarm/{name}"]
    assert (case.expect, case.messages[0].content) == ("unchanged", whole)
    feedback = made["trainee"].http.get("/feedback/").text
    assert "số tổng đài" in feedback
    assert "Đang chờ cán bộ an toàn xem" in feedback


def test_a_flood_of_complaints_weakens_nothing(web: Web, made: dict[str, Any]) -> None:
    """The policy masks and stops as before, and a secret that is agreed upon leaves no text."""
    officer, name = web.staff(Role.OFFICER), made["secret"]["id"]
    data = {"csrf": officer.csrf, "act": "accept", "reason": "chỉ là ví dụ"}
    answer = officer.http.post(f"/alarms/{name}", data=data, follow_redirects=False)
    assert answer.status_code == 303
    lab = web.app.state.lab
    assert all(each.id != name for each in web.portal.call(lab.log.read, alarms.accepted))
    trainee = made["trainee"]
    session = trainee.open()
    for _ in range(3):
        disputed(trainee, session, PERSONAL)
    assert trainee.ask(session, PERSONAL)[0][1]["action"] == "mask"
    assert trainee.ask(session, SECRET)[0][1]["action"] == "block"


def test_the_trainee_is_told_when_it_is_declined_and_when_the_rule_lets_it_pass(
    web: Web, made: dict[str, Any]
) -> None:
    """A reason for what stays; that the policy in force leaves such a text alone, where it does."""
    officer, trainee = web.staff(Role.OFFICER), made["trainee"]
    body = {"act": "decline", "reason": "quy tắc phải giữ", "case": ""}
    assert officer.call("POST", f"/api/alarms/{made['secret']['id']}", body).status_code == 204
    whole = "Viết giấy mời họp, ghi số tổng đài ở cuối thư."
    body = {"act": "accept", "reason": "nhầm thật", "case": whole}
    assert officer.call("POST", f"/api/alarms/{made['personal']['id']}", body).status_code == 204
    page = trainee.http.get("/feedback/").text
    assert "giữ nguyên quy tắc: quy tắc phải giữ" in page
    assert "nay được để yên" in page


def test_the_trainee_is_told_that_a_rule_was_edited(web: Web, made: dict[str, Any]) -> None:
    """Also of a possible secret, of which no text is kept: the rule is another one than then."""
    page = made["trainee"].http.get("/feedback/").text
    assert "đã được sửa từ khi" not in page
    lab, name = web.app.state.lab, made["secret"]["id"]
    web.portal.call(
        lab.log.write,
        lambda write: write.db.execute("UPDATE alarms SET digest = 'x' WHERE id = ?", (name,)),
    )
    assert made["trainee"].http.get("/feedback/").text.count("đã được sửa từ khi") == 1


def test_only_officers_judge(web: Web, made: dict[str, Any]) -> None:
    """Others are turned away; an administrator reads."""
    path = f"/api/alarms/{made['personal']['id']}"
    body = {"act": "decline", "reason": "thử xem", "case": ""}
    for role in (Role.TRAINER, Role.ASSISTANT):
        assert web.staff(role).call("GET", "/api/alarms").status_code == 403
        assert web.staff(role).call("POST", path, body).status_code == 403
    assert made["trainee"].call("POST", path, body).status_code == 403
    admin = web.staff(Role.ADMIN)
    assert admin.http.get("/alarms/").status_code == 200
    assert admin.call("POST", path, body).status_code == 403


def test_the_command_line_lists_and_judges(web: Web, made: dict[str, Any], tmp_path: Path) -> None:
    """``lab policy alarms list|accept|decline`` do the same beside the running lab."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("LAB_")}
    env |= {"LAB_HOME": str(web.app.state.settings.home), "TMPDIR": str(tmp_path)}

    def lab(*command: str) -> subprocess.CompletedProcess[str]:
        words = [LAB, "policy", "alarms", *command]
        return subprocess.run(words, env=env, capture_output=True, text=True, check=False)

    name = made["personal"]["id"]
    rows = [json.loads(line) for line in lab("list", "--json").stdout.splitlines()]
    assert name in {row["id"] for row in rows}
    assert lab("accept", name, "--reason", "nhầm", "--case", "còn {value}").returncode == 1
    done = lab("accept", name, "--reason", "nhầm", "--case", "Ghi số tổng đài ở cuối thư.")
    assert (done.returncode, done.stderr) == (0, "")
    assert lab("decline", made["secret"]["id"], "--reason", "giữ").returncode == 0
