"""Starting, stopping, dying and a full disk, on a real lab process."""

from __future__ import annotations

import resource
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import Client, LabProcess, events, serving

from lab.assistant.testing import Endpoint

TEXT = "Hãy nêu ba việc cần làm để chuẩn bị một cuộc họp chi bộ, dạng gạch đầu dòng."


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that takes its time."""
    with Endpoint() as served:
        served.behave(tokens=400, rate=20)
        yield served


def settings(endpoint: Endpoint) -> dict[str, str]:
    """A lab that talks to it."""
    return {
        "LAB_ASSISTANT": "openai",
        "LAB_OPENAI_BASE_URL": endpoint.base_url,
        "LAB_OPENAI_API_KEY": "khoa-thu",
        "LAB_OPENAI_MODEL": "fake",
    }


class Asking(threading.Thread):
    """A trainee who reads a long reply in the background."""

    def __init__(self, client: Client, session: str) -> None:
        super().__init__(daemon=True)
        self.client, self.session = client, session
        self.text = ""
        self.begun = threading.Event()

    def run(self) -> None:
        """Read until the stream ends or breaks."""
        try:
            with self.client.http.stream(
                "POST",
                f"/api/sessions/{self.session}/prompts",
                json={"text": TEXT},
                headers={"X-CSRF-Token": self.client.csrf},
            ) as answer:
                for piece in answer.iter_text():
                    self.text += piece
                    if "event: delta" in self.text:
                        self.begun.set()
        except httpx.HTTPError:
            pass


def asking(client: Client) -> Asking:
    """A trainee in the middle of a reply."""
    thread = Asking(client, client.open())
    thread.start()
    assert thread.begun.wait(20), thread.text
    return thread


def turns(client: Client, session: str) -> list[dict[str, Any]]:
    """The turns of a session as the log has them."""
    rows: list[dict[str, Any]] = client.call("GET", f"/api/sessions/{session}").json()["turns"]
    return rows


def test_sigterm_ends_turns_logs_them_and_stops(tmp_path: Path, endpoint: Endpoint) -> None:
    """On SIGTERM a running turn ends with ``done`` interrupted and is logged; the exit is clean."""
    with serving(tmp_path, **settings(endpoint)) as lab:
        client = lab.trainee()
        thread = asking(client)
        assert lab.stop(seconds=15) == 0
        thread.join(5)
        assert events(thread.text)[-1][1]["status"] == "interrupted"
    with serving(tmp_path, **settings(endpoint)) as lab:
        row = turns(_again(lab, client), thread.session)[0]
        assert (row["status"], row["error"]) == ("interrupted", "shutdown")
        assert row["reply"]
        assert lab.run("log", "verify").returncode == 0


def _again(lab: LabProcess, before: Client) -> Client:
    """The same trainee, with the resume code, on the lab as it runs now."""
    client = lab.client()
    code = before.resume_code or ""
    assert client.login(class_code="THU", name="Học viên Thử", resume_code=code).is_success
    return client


def test_a_killed_lab_tells_afterwards_what_was_cut_short(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    """After kill -9 in mid-reply the next start marks the turn interrupted; the chain verifies."""
    with serving(tmp_path, **settings(endpoint)) as lab:
        client = lab.trainee()
        thread = asking(client)
        lab.process.send_signal(signal.SIGKILL)
        lab.process.wait(10)
    with serving(tmp_path, **settings(endpoint)) as lab:
        row = turns(_again(lab, client), thread.session)[0]
        assert row["status"] == "interrupted"
        assert lab.run("log", "verify").returncode == 0


def test_stop_ends_the_turn_at_once_and_the_endpoint_is_told(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    """DELETE on a running turn ends its stream, closes the connection upstream, logs the turn."""
    with serving(tmp_path, **settings(endpoint)) as lab:
        client = lab.trainee()
        thread = asking(client)
        turn = events(thread.text)[0][1]["turn"]
        other = Client(lab.url)
        other.http.cookies, other.csrf = client.http.cookies, client.csrf
        answer = other.call("DELETE", f"/api/sessions/{thread.session}/turns/{turn}")
        assert answer.status_code == 204
        thread.join(5)
        assert not thread.is_alive()
        assert events(thread.text)[-1][1]["status"] == "interrupted"
        assert turns(other, thread.session)[0]["error"] == "stopped"


def test_when_the_disk_takes_nothing_more_nothing_is_sent(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    """With no room to write, the trainee is told, nothing leaves; later the lab goes on."""
    endpoint.behave(tokens=20)
    with serving(tmp_path, **settings(endpoint)) as lab:
        client = lab.trainee()
        session = client.open()
        before = len(endpoint.requests)
        pid = lab.process.pid
        full = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, full[1]))
        shown = client.ask(session, TEXT)
        assert [kind for kind, _ in shown] == ["error", "done"]
        assert shown[0][1]["code"].startswith("log_")
        assert shown[1][1]["status"] == "failed"
        assert len(endpoint.requests) == before
        resource.prlimit(pid, resource.RLIMIT_FSIZE, full)
        limit = time.monotonic() + 10
        while client.ask(session, TEXT)[-1][1]["status"] != "answered":
            assert time.monotonic() < limit
            time.sleep(0.2)
        assert lab.run("log", "verify").returncode == 0


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ({"kind": "refuse"}, "assistant_refused"),
        ({"kind": "status", "status": 401}, "assistant_unauthorized"),
        ({"kind": "status", "status": 429}, "assistant_rate_limited"),
        ({"kind": "status", "status": 500}, "assistant_server_error"),
        ({"kind": "cut", "after": 3}, "assistant_cut"),
        ({"kind": "silence", "after": 3}, "assistant_silent"),
    ],
)
def test_each_fault_of_the_endpoint_is_told_and_logged_as_what_it_was(
    faulty: tuple[LabProcess, Endpoint], behaviour: dict[str, Any], code: str
) -> None:
    """The trainee gets a sentence and a retry; the turn is logged with the code of the fault."""
    lab, endpoint = faulty
    endpoint.behave(**behaviour)
    client = lab.trainee(f"Người gặp lỗi {code}")
    session = client.open()
    shown = client.ask(session, TEXT)
    error = next(data for kind, data in shown if kind == "error")
    assert error["code"] == code
    assert error["message"]
    assert error["help"]
    assert shown[-1][1]["status"] == "failed"
    row = turns(client, session)[0]
    assert (row["status"], row["error"], row["prompt"]) == ("failed", code, TEXT)


@pytest.fixture(scope="module")
def faulty(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[LabProcess, Endpoint]]:
    """A lab that soon gives up on a silent endpoint."""
    with Endpoint() as endpoint:
        home = tmp_path_factory.mktemp("faulty")
        with serving(home, **settings(endpoint), LAB_SILENCE_SECONDS="1") as lab:
            yield lab, endpoint
