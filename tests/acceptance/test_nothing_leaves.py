"""What leaves and what stays, shown on a real lab process and an endpoint that keeps every byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import LabProcess, everything_written, serving, spellings

from lab.assistant.testing import Endpoint

SECRET = (
    "Tóm tắt giúp tôi tài liệu sau:\nTỐI MẬT\nPhương án Sao Khuê tại xã Hòa Lam, mốc Kim Ngưu 7."
)
SECRET_WORDS = ("Kim Ngưu 7", "Phương án Sao Khuê")
CCCD, PHONE, NAME = "040295083617", "0950 836 174", "Lô Thị Thử Vai"
PERSONAL = (
    f"Soạn thư gửi bà {NAME}, số CCCD {CCCD}, điện thoại {PHONE}, mời đến nhận hỗ trợ hộ nghèo."
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that echoes what it is sent."""
    with Endpoint() as served:
        served.behave(echo=True)
        yield served


@pytest.fixture(scope="module")
def lab(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """A lab that talks to it."""
    home = tmp_path_factory.mktemp("lab")
    settings = {
        "LAB_ASSISTANT": "openai",
        "LAB_OPENAI_BASE_URL": endpoint.base_url,
        "LAB_OPENAI_API_KEY": "khoa-thu",
        "LAB_OPENAI_MODEL": "fake",
    }
    with serving(home, **settings) as running:
        yield running


def posts(endpoint: Endpoint) -> list[str]:
    """The bodies of all prompts that reached the endpoint."""
    return [r.body.decode() for r in endpoint.requests if r.method == "POST"]


def test_a_blocked_prompt_never_leaves_and_is_written_nowhere(
    lab: LabProcess, endpoint: Endpoint
) -> None:
    """Nothing of a blocked prompt reaches the endpoint, the disk or the terminal."""
    client = lab.trainee("Người Bị Dừng")
    before = len(posts(endpoint))
    shown = client.ask(client.open(), SECRET)
    kinds = [kind for kind, _ in shown]
    decision = shown[0][1]
    assert kinds == ["decision", "done"]
    assert (decision["action"], decision["outgoing"]) == ("block", None)
    assert decision["findings"]
    assert decision["reference"]
    assert decision["findings"][0]["source"]
    assert decision["findings"][0]["advice"]
    assert shown[-1][1]["status"] == "blocked"
    assert len(posts(endpoint)) == before
    written = everything_written(lab)
    for word in SECRET_WORDS:
        assert not [s for s in spellings(word) if s in written]


def test_a_masked_prompt_leaves_with_placeholders_and_comes_back_restored(
    lab: LabProcess, endpoint: Endpoint
) -> None:
    """Personal values leave as placeholders, come back in the reply, and are on disk nowhere."""
    client = lab.trainee("Người Được Che")
    shown = client.ask(client.open(), PERSONAL)
    assert shown[0][1]["action"] == "mask"
    sent = posts(endpoint)[-1]
    reply = "".join(data["text"] for kind, data in shown if kind == "delta")
    written = everything_written(lab)
    for value in (CCCD, PHONE, NAME):
        assert value not in sent
        assert value in reply
        assert not [s for s in spellings(value) if s in written]
    assert "[SỐ CCCD 1]" in sent
    assert shown[-1] == ("done", {**shown[-1][1], "status": "answered"})


def test_one_prompt_is_one_post_whose_last_message_is_the_prompt(
    lab: LabProcess, endpoint: Endpoint
) -> None:
    """One prompt makes one POST upstream, whose last message is the prompt and nothing else."""
    client = lab.trainee("Người Hỏi")
    before = len(posts(endpoint))
    text = "Hãy nêu ba việc cần làm để chuẩn bị một cuộc họp chi bộ, dạng gạch đầu dòng."
    client.ask(client.open(), text)
    assert len(posts(endpoint)) == before + 1
    request = [r for r in endpoint.requests if r.method == "POST"][-1]
    assert request.json["messages"][-1] == {"role": "user", "content": text}


def test_a_value_stays_the_same_placeholder_over_turns_and_a_reload(
    lab: LabProcess, endpoint: Endpoint
) -> None:
    """A second prompt with the same number uses the same placeholder; a reload shows the value."""
    client = lab.trainee("Người Quay Lại")
    session = client.open()
    client.ask(session, PERSONAL)
    client.ask(session, f"Viết lại cho trang trọng hơn, giữ số CCCD {CCCD}.")
    assert posts(endpoint)[-1].count("[SỐ CCCD 1]") >= 2
    assert "[SỐ CCCD 2]" not in posts(endpoint)[-1]
    turns = client.call("GET", f"/api/sessions/{session}").json()["turns"]
    assert CCCD in turns[0]["prompt"]
    trainer = lab.staff("trainer")
    thread = trainer.call("GET", f"/api/review/sessions/{session}")
    assert CCCD not in thread.text
    assert "[SỐ CCCD 1]" in thread.text


def test_a_file_s_worth_of_text_is_not_spooled_to_disk(lab: LabProcess) -> None:
    """A body over the limit is refused with 413 and nothing of it is written."""
    client = lab.trainee("Người Dán Tệp")
    session = client.open()
    body = {"text": "Kim Ngưu 8 " * 200_000}
    answer = client.call("POST", f"/api/sessions/{session}/prompts", body)
    assert answer.status_code == 413
    assert "Kim Ngưu 8".encode() not in everything_written(lab)
    assert "Kim" not in answer.text


def test_a_wrong_body_is_not_echoed(lab: LabProcess) -> None:
    """A body of the wrong shape gets 422 in the one error shape, without what was sent."""
    client = lab.trainee("Người Gõ Sai")
    session = client.open()
    answer = client.call("POST", f"/api/sessions/{session}/prompts", {"texxt": "Kim Ngưu 9"})
    assert answer.status_code == 422
    assert set(answer.json()["error"]) == {"code", "message", "help"}
    assert "Kim" not in answer.text


def test_odd_requests_leave_no_trace(lab: LabProcess) -> None:
    """A secret in a wrong field, a broken body, a path or a form is echoed and kept nowhere."""
    client = lab.trainee("Người Dán Nhầm")
    session = client.open()
    raw = "Kim Ngưu 10 mật danh"
    head = {"X-CSRF-Token": client.csrf, "Content-Type": "application/json"}
    bodies = [
        {"text": "x", "parent": raw},
        {"text": "x", "assistant": raw},
        {"answers": {raw: raw}},
    ]
    broken = [*(json.dumps(body, ensure_ascii=False) for body in bodies), f'{{"text":"{raw}', raw]
    for route in ("prompts", "preview", "answers"):
        for body in broken:
            path = f"/api/sessions/{session}/{route}"
            answer = client.http.post(path, content=body.encode(), headers=head)
            assert answer.status_code >= 400, (route, body)
            assert raw not in answer.text
    client.http.get(f"/api/sessions/{raw}")
    client.http.post("/api/login", json={"name": raw, "password": raw})
    client.http.post("/sign-in", data={"name": raw, "class_code": raw})
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    client.http.post("/sign-in", content=f"--x\r\n{raw}".encode(), headers=form)
    assert raw.encode() not in everything_written(lab)
    assert raw not in client.http.get("/metrics").text


def test_the_log_verifies_and_tells_every_turn(lab: LabProcess) -> None:
    """After all of this the chain verifies, and every turn that was decided has an end."""
    result = lab.run("log", "verify")
    assert result.returncode == 0, result.stdout + result.stderr
    exported = lab.run("log", "export", "--format", "jsonl").stdout
    assert CCCD not in exported
    assert exported.count('"turn.decided"') >= 4


def test_keys_are_not_in_the_data_folder(lab: LabProcess) -> None:
    """The folder of the data holds no key."""
    data = Path(lab.env["LAB_HOME"])
    assert not list(data.rglob("*.key"))
