"""Officers over HTTP: edit, be refused alone, approve by two, and a running session that obeys."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from support import PASSWORD
from websupport import NEW_RULE, Visitor, Web, with_endpoint

from lab.app import create_app
from lab.assistant.testing import Endpoint
from lab.auth import hash_password
from lab.model import Role
from lab.settings import ROOT

PATIENCE = 8
PHONE = "Số của chị ấy là 0912 345 678, viết giúp tin nhắn."
PLANTED = "redact-first"
GROUPS = """groups:
  - id: lop-thu
    title: {vi: Lớp thử, en: Test class}
    where: {classes: [THU]}
    tighten: {VN_PHONE: block}
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A lab with a policy folder of its own, a short corpus, and two officers."""
    home = tmp_path_factory.mktemp("office")
    policies = home / "policies"
    shutil.copytree(ROOT / "policies", policies, ignore=shutil.ignore_patterns("*.jsonl"))
    shutil.copy(ROOT / "policies/corpus/classified.jsonl", policies / "corpus")
    with Endpoint() as endpoint:
        settings = with_endpoint(
            home, endpoint, policies=policies, officer_wait_hours=0, preview_seconds=0.01
        )
        app = create_app(settings)
        with TestClient(app, base_url="http://localhost") as client:
            assert client.portal is not None

            async def people() -> None:
                log = app.state.lab.log
                hashed = await hash_password(PASSWORD)
                await log.add_class("Lớp thử", "THU")
                for name in ("một", "hai"):
                    await log.add_person(f"Cán bộ {name}", Role.OFFICER, password=hashed)
                await log.add_person("Test admin", Role.ADMIN, password=hashed)

            client.portal.call(people)
            limit = time.monotonic() + 90
            while not client.get("/readyz").is_success:
                assert time.monotonic() < limit
                time.sleep(0.1)
            yield Web(app, endpoint, client.portal)


def officer(office: Web, name: str) -> Visitor:
    """One of the two."""
    visitor = office.visitor()
    assert visitor.login(name=f"Cán bộ {name}", password=PASSWORD).is_success
    return visitor


def folder(office: Web) -> Path:
    """Of the draft."""
    return Path(office.app.state.settings.policies)


def obeys(visitor: Visitor, session: str, text: str, action: str) -> float:
    """Seconds until a running session treats a text so: two at most, where nobody else works."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        answer = visitor.call("POST", f"/api/sessions/{session}/preview", {"text": text})
        if answer.is_success and answer.json()["action"] == action:
            return time.monotonic() - began
        time.sleep(0.05)
    raise AssertionError(f"not {action} after {PATIENCE} seconds")


def test_a_weakening_takes_two_and_running_sessions_obey(office: Web) -> None:
    """One officer alone is refused and nothing changes; approved by the second it is in force in a
    session that was open before; rolled back, it is masked again.
    """
    one, two, trainee = officer(office, "một"), officer(office, "hai"), office.trainee()
    session = trainee.open()
    obeys(trainee, session, PHONE, "mask")
    rule = one.call("GET", "/api/policy/draft/rules/phone").json()
    assert rule["text"].lstrip().startswith("- id: phone")
    body = {"form": {"mode": "warn"}, "digest": rule["digest"]}
    assert one.call("PATCH", "/api/policy/draft/rules/phone", body).json()["saved"]
    again = one.call("PATCH", "/api/policy/draft/rules/phone", body)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "policy_edited")
    draft = two.call("GET", "/api/policy/draft").json()
    assert draft["weakens"]
    assert [(d["rule"], d["before"], d["after"]) for d in draft["differences"]] == [
        ("phone", "mask", "warn")
    ]

    alone = one.call("POST", "/api/policy/publish", {"reason": "thử"})
    assert (alone.status_code, alone.json()["error"]["code"]) == (403, "policy_second")
    proposal = one.call("GET", "/api/policy/draft").json()["proposals"][0]["id"]
    path = f"/api/policy/proposals/{proposal}/approve"
    assert one.call("POST", path, {"password": PASSWORD}).json()["error"]["code"] == "policy_own"
    wrong = two.call("POST", path, {"password": "sai"})
    assert wrong.status_code == httpx.codes.UNAUTHORIZED
    obeys(trainee, session, PHONE, "mask")
    assert two.call("POST", path, {"password": PASSWORD}).json()["version"] == "v2"
    obeys(trainee, session, PHONE, "warn")
    assert one.call("POST", "/api/policy/versions/1/restore", {}).json()["restores"] == 1
    obeys(trainee, session, PHONE, "mask")
    shutil.copy(ROOT / "policies/rules/personal-numbers.yaml", folder(office) / "rules")


def test_a_new_rule_stops_old_turns_and_new_ones(office: Web) -> None:
    """A stricter rule by one officer stops a prompt in a session that is open, and an earlier turn
    that it now finds does not leave again.
    """
    one, trainee = officer(office, "một"), office.trainee("Học viên Hai")
    session = trainee.open()
    trainee.ask(session, "Viết một câu về sao khuê.")
    form = {
        "form": NEW_RULE | {"patterns": [{"name": "ten", "words": ["sao khuê"], "form": "DA-#"}]}
    }
    refused = one.call("POST", "/api/policy/draft/rules", form).json()
    assert not refused["saved"]
    assert refused["problems"][0]["file"] == "rules/own.yaml"
    assert refused["problems"][0]["line"] > 0
    assert not (folder(office) / "rules/own.yaml").exists()
    assert one.call("POST", "/api/policy/draft/rules", {"form": NEW_RULE}).json()["saved"]
    assert one.call("POST", "/api/policy/publish", {}).status_code == httpx.codes.OK
    obeys(trainee, session, "Kể thêm về sao khuê.", "block")
    decided = trainee.ask(session, "Viết lại cho ngắn.")[0][1]
    assert decided["left_out"] == 1
    kinds = [
        (e.kind, e.payload) for e in office.portal.call(office.app.state.lab.log.events, "system")
    ]
    edits = [payload for kind, payload in kinds if kind == "policy.edited"]
    assert edits[-1]["file"] == "rules/own.yaml"


def test_yaml_is_checked_by_line(office: Web) -> None:
    """A mistyped key in a rule is refused with its line in the rule; the file stays as it was."""
    one = officer(office, "một")
    piece = one.call("GET", "/api/policy/draft/rules/credential").json()
    before = (folder(office) / piece["file"]).read_text("utf-8")
    lines = piece["text"].splitlines()
    lines.insert(2, "    cheo: 1")
    body = {"text": "\n".join(lines), "digest": piece["digest"]}
    answer = one.call("PUT", "/api/policy/draft/rules/credential", body).json()
    assert not answer["saved"]
    assert [row["line"] for row in answer["problems"]] == [3]
    assert (folder(office) / piece["file"]).read_text("utf-8") == before


def test_groups_tighten_where_they_say(office: Web) -> None:
    """A group of a class makes a rule stricter in that class, and the page says whence."""
    one, trainee = officer(office, "một"), office.trainee("Học viên Ba")
    session = trainee.open()
    body = {"text": GROUPS.replace("VN_PHONE", "VN_PHON")}
    assert not one.call("PUT", "/api/policy/draft/files/groups.yaml", body).json()["saved"]
    assert one.call("PUT", "/api/policy/draft/files/groups.yaml", {"text": GROUPS}).json()["saved"]
    assert one.call("POST", "/api/policy/publish", {}).is_success
    obeys(trainee, session, PHONE, "block")
    rows = one.call("GET", "/api/policy/resolve?class=thu").json()
    phone = next(row for row in rows if row["rule"] == "phone")
    assert phone["action"] == "block"
    assert [(x["origin"], x["name"], x["counts"]) for x in phone["lines"]] == [
        ("rule", "phone", False),
        ("group", "lop-thu", True),
    ]
    assert "lop-thu" in one.call("GET", "/officer/here?room=THU").text
    elsewhere = one.call("GET", "/api/policy/resolve?class=khac").json()
    assert next(row for row in elsewhere if row["rule"] == "phone")["action"] == "mask"


def test_the_effect_is_measured_before_it_is_published(office: Web) -> None:
    """A run over the corpus and the history tells its progress and ends with figures. What was
    stopped is counted as not known; planted values are made again and held against both policies.
    """
    trainee = office.trainee("Học viên Bốn")
    decided = trainee.ask(trainee.open(), "Tóm tắt văn bản đóng dấu TUYỆT MẬT này")[0][1]
    assert decided["action"] == "block"
    assert trainee.call("POST", "/api/sessions", {"exercise": PLANTED}).is_success
    one = officer(office, "hai")
    assert one.call("POST", "/api/policy/runs?days=1").status_code == httpx.codes.ACCEPTED
    busy = one.call("POST", "/api/policy/runs")
    assert busy.json()["error"]["code"] == "policy_run_busy"
    limit = time.monotonic() + 60
    while (run := one.call("GET", "/api/policy/runs/last").json())["running"]:
        assert time.monotonic() < limit
        time.sleep(0.1)
    assert run["error"] == ""
    result = run["result"]
    assert result["after"]["blocking"]["recall"]["of"] == result["texts"]
    stopped = {each["rule"] for each in decided["findings"]}
    assert stopped
    assert stopped <= result["history"]["unknown"]["gone"].keys()
    planted = result["history"]["planted"]
    assert planted["sessions"] == 1
    assert {each["entity"] for each in planted["places"]} >= {"PERSON", "VN_CCCD", "VN_PHONE"}
    assert all(each["of"] == each["before"] == each["after"] for each in planted["places"])
    page = one.call("GET", "/officer/effect").text
    assert all(rule in page for rule in stopped)
    past = one.call("GET", "/api/policy/history?days=1").json()
    assert past["unknown"]["gone"].keys() == result["history"]["unknown"]["gone"].keys()


def test_a_file_is_tried_part_by_part(office: Web) -> None:
    """What was found in a file is marked where it stands, beside what would leave; a file that
    cannot be read is refused with the reason, and trainees have no such page.
    """
    one = officer(office, "một")

    def tried(visitor: Visitor, name: str, data: bytes) -> httpx.Response:
        headers = {"X-CSRF-Token": visitor.csrf, "X-File-Name": name}
        answer: httpx.Response = visitor.http.post("/officer/file", content=data, headers=headers)
        return answer

    page = tried(one, "thu.txt", PHONE.encode())
    assert '<mark class="find-mask">0912 345 678</mark>' in page.text
    assert "[SỐ ĐIỆN THOẠI 1]" in page.text
    assert page.headers["cache-control"] == "no-store"
    broken = tried(one, "hong.docx", b"PK\3\4 khong phai tep")
    assert broken.is_client_error
    assert broken.json()["error"]["help"]
    trainee = office.trainee("Học viên Sáu")
    assert tried(trainee, "thu.txt", b"x").status_code == httpx.codes.FORBIDDEN


def test_a_pattern_is_tried_on_examples(office: Web) -> None:
    """Each example says what was found in it, and whether that is right."""
    body = {"form": "DA-####", "must": ["mã DA-2026", "mã DB-1"], "must_not": ["DA", "DA-1234"]}
    rows = officer(office, "một").call("POST", "/api/policy/patterns/try", body).json()
    assert [(row["found"], row["right"]) for row in rows] == [
        (["DA-2026"], True),
        ([], False),
        ([], True),
        (["DA-1234"], False),
    ]


READS = ["versions", "draft", "schema", "diff?old=v1", "resolve", "draft/rules/phone", "history"]


def test_who_may_do_what(office: Web) -> None:
    """Trainees see none of it; an administrator reads, but neither edits nor publishes."""
    trainee, admin = office.trainee("Học viên Năm"), office.visitor()
    assert admin.login(name="Test admin", password=PASSWORD).is_success
    for path in READS:
        assert trainee.call("GET", f"/api/policy/{path}").status_code == httpx.codes.FORBIDDEN
        assert admin.call("GET", f"/api/policy/{path}").is_success, path
    for page in ("draft", "file", "effect", "publish", "here"):
        assert trainee.call("GET", f"/officer/{page}").status_code == httpx.codes.FORBIDDEN
        assert admin.call("GET", f"/officer/{page}").is_success, page
    for method, path, body in (
        ("POST", "publish", {}),
        ("POST", "proposals/x/approve", {"password": PASSWORD}),
        ("POST", "versions/1/restore", {}),
        ("PUT", "draft/files/policy.yaml", {"text": "x"}),
        ("PATCH", "draft/rules/phone", {"form": {"mode": "off"}}),
    ):
        for visitor in (trainee, admin):
            answer = visitor.call(method, f"/api/policy/{path}", body)
            assert answer.status_code == httpx.codes.FORBIDDEN, path


@pytest.mark.parametrize("name", ["../keys/x", "lists/../../x", "manifest.json", "/etc/passwd"])
def test_only_files_of_the_policy_are_edited(office: Web, name: str) -> None:
    """No other file of the machine is read or written."""
    one = officer(office, "một")
    assert one.call("GET", f"/api/policy/draft/files/{name}").status_code == httpx.codes.NOT_FOUND
    answer = one.call("PUT", f"/api/policy/draft/files/{name}", {"text": "x"})
    assert answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED)
