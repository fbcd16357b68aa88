"""Incidents: the gravest first, no text anywhere, and what officers may do about each."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support import LAB, PASSWORD
from websupport import Visitor, Web, running, with_endpoint

from lab.assistant.testing import Endpoint
from lab.auth import hash_password
from lab.log.base import SYSTEM
from lab.log.receipts import checked
from lab.model import Role

SECRET = "TUYỆT MẬT\nPhương án tuần tra của đơn vị ở xã Bến Mới."
CCCD = "040295083617"
MIXED = f"Độ mật: TỐI MẬT\nGiấy mời ông Vi Văn Mẫu, số CCCD {CCCD}, về phương án tuần tra."
NOTE = "Đã gọi cho điểm cầu."


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A lab of its own: others' stops would stand in the queue."""
    home = tmp_path_factory.mktemp("incidents")
    with Endpoint() as endpoint, running(with_endpoint(home, endpoint), endpoint) as web:
        add = web.app.state.lab.log.add_person
        hashed = web.portal.call(hash_password, PASSWORD)
        for name, site in (("Cán bộ hai", None), ("Cán bộ nơi khác", "Xã Khác")):
            web.portal.call(partial(add, name, Role.OFFICER, password=hashed, site=site))
        yield web


@pytest.fixture(scope="module")
def stopped(web: Web) -> dict[str, str]:
    """A secret, and three with somebody's data in them, were stopped; which -> incident."""
    trainee = web.trainee("Lô Thị Sự Cố")
    session = trainee.open()
    for text in (MIXED, MIXED, MIXED, SECRET):
        assert trainee.ask(session, text)[0][1]["action"] == "block", text
    rows = web.staff(Role.OFFICER).call("GET", "/api/incidents").json()["incidents"]
    return dict(
        zip(("secret", "console", "tried", "mixed"), (row["id"] for row in rows), strict=True)
    )


def act(officer: Visitor, incident: str, **form: str) -> Any:
    """Send a form of the page."""
    data = {"csrf": officer.csrf, **form}
    return officer.http.post(f"/incidents/{incident}", data=data, follow_redirects=False)


def test_the_gravest_stand_first_without_any_text(web: Web, stopped: dict[str, str]) -> None:
    """The gravest, then the newest; rule, shape, place and policy, nothing that was typed."""
    officer = web.staff(Role.OFFICER)
    rows = officer.call("GET", "/api/incidents").json()["incidents"]
    assert {row["severity"] for row in rows} == {"secret"}
    assert [row["id"] for row in rows] == list(stopped.values())
    assert rows[0]["due"] - rows[0]["at"] == 2 * 3600
    seen = officer.http.get("/incidents/").text
    said = rows[1]["reference"].lower()
    for path in ("/api/incidents", "/incidents/"):
        found = officer.call("GET", f"{path}?reference={said}").text
        assert [each in found for each in stopped.values()] == [False, True, False, False]
    for name in stopped.values():
        told = officer.call("GET", f"/api/incidents/{name}").json()
        assert told["findings"]
        assert all({"rule", "start", "end", "tier"} <= set(each) for each in told["findings"])
        seen += json.dumps(told, ensure_ascii=False) + officer.http.get(f"/incidents/{name}").text
    for raw in (CCCD, "Vi Văn Mẫu", "Phương án", "Lô Thị Sự Cố"):
        assert raw not in seen


def test_only_officers_see_it_and_only_of_their_site(web: Web, stopped: dict[str, str]) -> None:
    """Others are turned away, an administrator reads only, an officer of another site sees none."""
    name = stopped["secret"]
    for who in (web.trainee("Người Khác"), web.staff(Role.TRAINER), web.staff(Role.ASSISTANT)):
        assert who.call("GET", "/api/incidents").status_code == 403
        assert who.call("GET", f"/api/incidents/{name}").status_code == 403
        assert who.http.get("/incidents/").status_code == 403
    admin = web.staff(Role.ADMIN)
    assert admin.http.get(f"/incidents/{name}").status_code == 200
    assert act(admin, name, act="take").status_code == 403
    away = web.named("Cán bộ nơi khác")
    assert away.call("GET", "/api/incidents").json()["incidents"] == []
    assert away.call("GET", f"/api/incidents/{name}").status_code == 404
    assert act(away, name, act="take").status_code == 404


def test_it_is_taken_handed_on_noted_closed_and_opened_again(
    web: Web, stopped: dict[str, str]
) -> None:
    """One officer has it at a time; each act is an event and stands in the audit."""
    one, two, name = web.staff(Role.OFFICER), web.named("Cán bộ hai"), stopped["secret"]
    assert act(one, name, act="take").status_code == 303
    assert act(two, name, act="take").status_code == 409
    people = web.portal.call(partial(web.app.state.lab.log.people, role=Role.OFFICER))
    ids = {person.name: person.id for person in people}
    assert act(one, name, act="hand", assignee=ids["Cán bộ hai"]).status_code == 303
    assert act(two, name, act="note", text=NOTE).status_code == 303
    assert act(two, name, act="note", text=f"Số CCCD là {CCCD}").status_code == 303
    assert act(two, name, act="note", text=SECRET).status_code == 422
    assert act(two, name, act="close", text="đã rõ").status_code == 422
    assert act(two, name, act="close", outcome="not_real", text="gõ thử").status_code == 303
    assert act(two, name, act="close", outcome="real", text="nghĩ lại").status_code == 409
    assert name not in one.http.get("/incidents/").text
    assert name in one.http.get("/incidents/?state=closed").text
    assert act(two, name, act="open", text="có thêm tin").status_code == 303
    page = one.http.get(f"/incidents/{name}").text
    assert NOTE in page
    assert CCCD not in page
    told = [each["kind"] for each in one.call("GET", f"/api/incidents/{name}").json()["acts"]]
    assert told == [
        *("incident.taken", "incident.taken", "incident.noted", "incident.noted"),
        *("incident.closed", "incident.opened"),
    ]
    assert "Kết thúc sự cố" in one.http.get("/audit/?group=incident").text


def test_a_value_is_compared_blind_and_only_a_few_times(web: Web, stopped: dict[str, str]) -> None:
    """The answer is yes or no, however the number is written; it is kept nowhere; tries end."""
    officer, name = web.staff(Role.OFFICER), stopped["tried"]
    answers = [
        officer.call("POST", f"/api/incidents/{name}/match", {"value": value}).json()["same"]
        for value in ("040 295 083 617", "040295083618", CCCD)
    ]
    assert answers == [True, False, True]
    assert "Đúng là giá trị" in act(officer, name, act="match", text=CCCD).text
    shown = act(officer, name, act="match", text=CCCD).text
    assert CCCD not in shown
    for who in (officer, web.named("Cán bộ hai")):
        assert act(who, name, act="match", text=CCCD).status_code == 429
    acts = officer.call("GET", f"/api/incidents/{name}").json()["acts"]
    assert [each["payload"]["same"] for each in acts] == [True, False, True, True, True]
    events = web.portal.call(partial(web.app.state.lab.log.events, SYSTEM))
    assert CCCD not in json.dumps([each.payload for each in events])


def test_a_possible_secret_is_never_typed_again(web: Web, stopped: dict[str, str]) -> None:
    """Neither with an incident of a secret, nor a secret with one of personal data."""
    two = web.named("Cán bộ hai")
    body = {"value": "Phương án tuần tra"}
    answer = two.call("POST", f"/api/incidents/{stopped['secret']}/match", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "incident_secret")
    body = {"value": "TUYỆT MẬT phương án tác chiến"}
    answer = two.call("POST", f"/api/incidents/{stopped['mixed']}/match", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "incident_secret")
    told = two.call("GET", f"/api/incidents/{stopped['mixed']}").json()["acts"][-1]["payload"]
    assert (told["same"], told["refused"]) == (False, True)
    assert "chính là điều bị cấm" in two.http.get(f"/incidents/{stopped['secret']}").text


def test_an_export_proves_itself_and_says_what_is_left_out(
    web: Web, stopped: dict[str, str]
) -> None:
    """The file has the row's hash and an anchor, the sheet can be printed, neither has a value."""
    officer, name = web.staff(Role.OFFICER), stopped["mixed"]
    path = f"/incidents/{name}/export"
    data = {"csrf": officer.csrf, "form": "json"}
    told = officer.http.post(path, data=data).json()
    session, _, seq = name.rpartition(".")
    rows = web.portal.call(partial(web.app.state.lab.log.rows, stream=session))
    row = next(each for _, each in rows if each.seq == int(seq))
    assert told["proof"]["hash"] == row.hash
    assert told["proof"]["anchor"]["number"] >= 1
    key = web.app.state.lab.keys.signing.public_key()
    proven = checked(told["proof"]["receipt"], keys=[key])
    assert (proven.action, proven.sendings) == ("block", ())
    assert proven.reference == told["incident"]["reference"]
    assert "values found" in told["left_out"]
    sheet = officer.http.post(path, data=data | {"form": "sheet"}).text
    assert row.hash in sheet
    for raw in (CCCD, "Vi Văn Mẫu", "Lô Thị Sự Cố"):
        assert raw not in json.dumps(told, ensure_ascii=False) + sheet


def test_the_command_line_lists_shows_matches_and_closes(
    web: Web, stopped: dict[str, str], tmp_path: Path
) -> None:
    """``lab incident list|show|match|close`` do the same beside the running lab."""
    settings = web.app.state.settings
    env = {name: value for name, value in os.environ.items() if not name.startswith("LAB_")}
    env |= {"LAB_HOME": str(settings.home), "TMPDIR": str(tmp_path)}
    name = stopped["console"]

    def lab(*command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [LAB, "incident", *command],
            env=env,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    listed = [json.loads(line) for line in lab("list", "--json").stdout.splitlines()]
    assert [row["id"] for row in listed] == list(stopped.values())
    assert json.loads(lab("show", name, "--json").stdout)["id"] == name
    assert lab("match", name, "--value-stdin", stdin=f"{CCCD}\n").returncode == 0
    assert lab("match", name, "--value-stdin", stdin="040295083618\n").returncode == 3
    refused = lab("match", stopped["secret"], "--value-stdin", stdin="Phương án\n")
    assert (refused.returncode, "Phương án" in refused.stdout + refused.stderr) == (1, False)
    assert lab("show", "khong.1").returncode == 1
    done = lab("close", name, "--outcome", "exercise", "--reason", "số của bài tập")
    assert (done.returncode, done.stderr) == (0, "")
    listed = [json.loads(line) for line in lab("list", "--json").stdout.splitlines()]
    assert [row["id"] for row in listed] == [each for each in stopped.values() if each != name]
