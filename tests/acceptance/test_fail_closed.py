"""Fail closed, provably: every stage of a real lab is broken while an endpoint counts bytes.

The lab is a process of its own; ``faults/sitecustomize.py`` breaks its recognizer, its children,
its log and its policy from within, where a real fault would strike.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import Client, LabProcess, serving

from lab.assistant.testing import Endpoint
from lab.settings import ROOT

FAULTS = Path(__file__).with_name("faults")
TEXT = "thử-lỗi-"
LONG = "Không có gì cần che ở đây. " * 300
"""Long enough to be read in a child process."""
CCCD = "040295083617"


def settings(endpoint: Endpoint, home: Path) -> dict[str, str]:
    """A lab that can be broken, and that talks to the endpoint."""
    shutil.copytree(ROOT / "policies", home / "policies", dirs_exist_ok=True)
    (home / "faults").mkdir(exist_ok=True)
    return {
        "LAB_ASSISTANT": "openai",
        "LAB_OPENAI_BASE_URL": endpoint.base_url,
        "LAB_OPENAI_API_KEY": "khoa-thu",
        "LAB_OPENAI_MODEL": "fake",
        "LAB_CHECK_SECONDS": "2",
        "LAB_POLICY_WATCH_SECONDS": "0.3",
        "LAB_POLICIES": str(home / "policies"),
        "LAB_TEST_FAULTS": str(home / "faults"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(FAULTS), os.environ.get("PYTHONPATH")])),
    }


@pytest.fixture(scope="module")
def model() -> Iterator[Endpoint]:
    """The endpoint: everything that leaves arrives here."""
    with Endpoint() as served:
        yield served


@pytest.fixture(scope="module")
def lab(model: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """One lab for the faults that a lab survives."""
    home = tmp_path_factory.mktemp("faults")
    with serving(home, **settings(model, home)) as running:
        yield running


def sent_bytes(endpoint: Endpoint) -> int:
    """Bytes of all prompts that ever arrived."""
    return sum(len(each.body) for each in endpoint.prompts)


def faults(client: Client, text: str) -> tuple[list[str], dict[str, Any]]:
    """The kinds of events of a prompt, and its decision."""
    shown = client.ask(client.open(), text)
    return [kind for kind, _ in shown], shown[0][1]


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something holds."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("raise", "policy_fault"),
        ("garbage", "policy_fault"),
        ("hang", "policy_timeout"),
        ("slow", "policy_timeout"),
        ("pattern", "policy_timeout"),
    ],
)
@pytest.mark.parametrize("filler", ["", LONG], ids=["inline", "child"])
def test_a_recognizer_that_breaks_lets_nothing_out(
    lab: LabProcess, model: Endpoint, fault: str, code: str, filler: str
) -> None:
    """Raising, lying, hanging, slow or exponential, inline or in a child: a block, 0 bytes."""
    client = lab.trainee(f"Người {fault} {len(filler)}")
    before = sent_bytes(model)
    started = time.monotonic()
    kinds, decision = faults(client, f"{filler}Xin chào {TEXT}{fault}.")
    assert kinds == ["decision", "done"]
    assert (decision["action"], decision["outgoing"]) == ("block", None)
    assert decision["fault"] in {code, "policy_timeout"}  # a child may still be starting
    assert sent_bytes(model) == before
    assert time.monotonic() - started < 15
    written = lab.out.read_text("utf-8", "replace")
    assert TEXT not in written


def children(lab: LabProcess) -> list[int]:
    """Process ids of the lab's checking children."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if int(status[1]) == lab.process.pid and b"lab.policy.workers" in command:
            found.append(int(entry.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_child_that_dies_or_stops_in_mid_check_lets_nothing_out(
    lab: LabProcess, model: Endpoint, number: signal.Signals
) -> None:
    """The child that reads a long text is killed or stopped during the check: 0 bytes, and the
    next long text is read by another child.
    """
    client = lab.trainee(f"Người gặp {number.name}")
    until(lambda: faults(client, f"{LONG} Lần {time.monotonic()}.")[1]["action"] == "allow", 60)
    before = sent_bytes(model)
    result: list[dict[str, Any]] = []
    text = f"{LONG}{TEXT}slow {number.name}."
    thread = threading.Thread(target=lambda: result.append(faults(client, text)[1]))
    thread.start()
    time.sleep(0.7)
    for child in children(lab):
        os.kill(child, number)
    thread.join(20)
    assert result[0]["action"] == "block"
    assert result[0]["fault"] in {"policy_fault", "policy_timeout"}
    assert sent_bytes(model) == before
    until(lambda: faults(client, f"{LONG} Sau {time.monotonic()}.")[1]["action"] == "allow", 60)


def test_a_policy_that_is_replaced_between_clear_and_send_lets_nothing_out(
    lab: LabProcess, model: Endpoint
) -> None:
    """What one version cleared does not leave under another: the turn fails, and may be retried."""
    client = lab.trainee("Người gặp bản mới")
    session, before = client.open(), sent_bytes(model)
    fault = Path(lab.env["LAB_TEST_FAULTS"]) / "replace-after-turn.decided"
    fault.touch()
    try:
        shown = client.ask(session, "Nêu ba việc chuẩn bị họp chi bộ.")
        assert sent_bytes(model) == before
        client.ask(session, "Nêu bốn việc chuẩn bị họp chi bộ.")  # back to the first version
        assert sent_bytes(model) == before
    finally:
        fault.unlink()
    assert [kind for kind, _ in shown] == ["decision", "error", "done"]
    assert (shown[1][1]["code"], shown[1][1]["retry"]) == ("policy_superseded", True)
    assert client.ask(session, "Nêu ba việc chuẩn bị họp chi bộ.")[-1][1]["status"] == "answered"


@pytest.mark.parametrize("kind", ["turn.decided", "turn.sent"])
def test_a_log_that_fails_before_the_send_lets_nothing_out(
    lab: LabProcess, model: Endpoint, kind: str
) -> None:
    """Where the decision or the sending cannot be written, nothing is sent."""
    client = lab.trainee(f"Người gặp sổ đầy {kind}")
    session, before = client.open(), sent_bytes(model)
    fault = Path(lab.env["LAB_TEST_FAULTS"]) / f"fail-{kind}"
    fault.touch()
    try:
        shown = client.ask(session, "Nêu ba việc chuẩn bị họp chi bộ.")
    finally:
        fault.unlink()
    assert shown[-1][1]["status"] == "failed"
    assert any(name == "error" for name, _ in shown)
    assert sent_bytes(model) == before


def ready(lab: LabProcess) -> dict[str, Any]:
    """What ``/readyz`` says."""
    answer: dict[str, Any] = httpx.get(f"{lab.url}/readyz", timeout=10).json()
    return answer


def test_policy_files_that_break_leave_the_last_good_one_in_force_and_are_told(
    lab: LabProcess, model: Endpoint
) -> None:
    """Changed, deleted or mistyped files change no decision; officers are told wherever they look,
    and told again when all is well.
    """
    published = Path(lab.env["LAB_HOME"]) / "policies" / "v1"
    drafts = Path(lab.env["LAB_POLICIES"])
    rules = min((published / "rules").iterdir())
    whole = rules.read_bytes()
    saved = published.with_name("gone")
    officer, client = lab.staff("officer"), lab.trainee("Người không hay biết")

    def change() -> None:
        rules.write_bytes(whole + b"# sua\n")

    def undo_change() -> None:
        rules.write_bytes(whole)

    def delete() -> None:
        published.rename(saved)

    def undo_delete() -> None:
        saved.rename(published)

    def mistype() -> None:
        (drafts / "rules" / "people.yaml").write_text("rules:\n  - idd: person\n", "utf-8")

    def undo_mistype() -> None:
        shutil.copy(ROOT / "policies" / "rules" / "people.yaml", drafts / "rules" / "people.yaml")

    for act, undo, code in (
        (change, undo_change, "policy_copy"),
        (delete, undo_delete, "policy_copy"),
        (mistype, undo_mistype, "policy_draft"),
    ):
        act()
        try:
            until(lambda: "trouble" in ready(lab))
            found = ready(lab)
            assert (found["status"], found["trouble"]["code"]) == ("ready", code)
            assert officer.call("GET", "/api/policy").json()["trouble"]["code"] == code
            before = sent_bytes(model)
            assert faults(client, "TỐI MẬT: phương án Sao Khuê.")[1]["action"] == "block"
            assert sent_bytes(model) == before
            assert faults(client, f"Gửi thư, số CCCD {CCCD}.")[1]["action"] == "mask"
            assert CCCD not in model.prompts[-1].body.decode()
        finally:
            undo()
        until(lambda: "trouble" not in ready(lab))
    log = lab.run("log", "export", "--format", "jsonl").stdout
    assert log.count('"policy.trouble"') == 3
    assert log.count('"policy.recovered"') == 3


def test_a_lab_that_dies_between_check_and_send_has_sent_nothing(
    model: Endpoint, tmp_path: Path
) -> None:
    """Killed in the check, after the decision or before the sending: 0 bytes, the chain verifies,
    and a decided turn is told as interrupted afterwards.
    """
    env = settings(model, tmp_path)
    before = sent_bytes(model)
    cases = [("", f"{TEXT}exit", 0), ("kill-after-turn.decided", "", 1)]
    cases.append(("kill-before-turn.sent", "", 2))
    for fault, text, decided in cases:
        with serving(tmp_path, **env) as lab:
            client = lab.trainee(f"Người {decided}")
            session = client.open()
            if fault:
                (tmp_path / "faults" / fault).touch()
            with suppress(httpx.HTTPError):  # the stream breaks, or ends without its last event
                client.ask(session, f"Nêu ba việc chuẩn bị họp. {text}")
            assert lab.process.wait(10) == -signal.SIGKILL
        for each in (tmp_path / "faults").iterdir():
            each.unlink()
        assert sent_bytes(model) == before
    with serving(tmp_path, **env) as lab:
        assert lab.run("log", "verify").returncode == 0
        exported = lab.run("log", "export", "--format", "jsonl").stdout
        assert exported.count('"turn.decided"') == 2
        assert '"turn.sent"' not in exported
        page = lab.staff("trainer").call("GET", "/api/review/sessions").json()["sessions"]
        threads = [
            lab.staff("trainer").call("GET", f"/api/review/sessions/{row['session']}").json()
            for row in page
        ]
        assert [turn["status"] for thread in threads for turn in thread["turns"]] == [
            "interrupted",
            "interrupted",
        ]


def test_a_lab_without_a_policy_says_why_on_its_first_page(model: Endpoint, tmp_path: Path) -> None:
    """Where the policy cannot be loaded, the landing page gives the true reason, and the same
    reason stands at ``/readyz``; no prompt is taken.
    """
    env = settings(model, tmp_path)
    (tmp_path / "policies" / "policy.yaml").write_text("sources: [\n", "utf-8")
    before = sent_bytes(model)
    with serving(tmp_path, ready="/", **env) as lab:
        until(lambda: ready(lab)["error"]["code"] != "starting", 60)
        error = ready(lab)["error"]
        assert error["code"] == "data_file"
        page = httpx.get(lab.url + "/").text
        assert error["message"] in page
        assert error["help"] in page
        client = lab.trainee("Người chờ")
        path = f"/api/sessions/{client.open()}/prompts"
        assert client.call("POST", path, {"text": "Xin chào."}).status_code == 503
    assert sent_bytes(model) == before
