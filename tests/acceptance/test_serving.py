"""``lab serve`` where something is in its way, and other commands beside it: plain sentences."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import httpx
import pytest
from support import PASSWORD, LabProcess, environment, run_lab, serving

RECORDED = {"LAB_ASSISTANT": "recorded"}
SIGN_IN = "/"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """A lab whose sign-in page is up; the rest may still be loading."""
    with serving(tmp_path_factory.mktemp("serving"), ready=SIGN_IN, **RECORDED) as running:
        yield running


def refused(home: Path, *options: str, **settings: str) -> str:
    """What ``lab serve`` says when it refuses: one exit code, no traceback."""
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    result = run_lab("serve", *options, env=environment(home, **RECORDED | settings))
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    return result.stderr


def test_a_second_lab_on_the_same_data_is_refused(lab: LabProcess) -> None:
    """Two labs never serve the same data: the second says so and leaves the first alone."""
    said = refused(lab.home, "--port", "0")
    assert "Một phòng tập khác đang chạy" in said
    assert httpx.get(lab.url + "/healthz").is_success


def test_a_taken_port_is_told_before_anything_is_made(tmp_path: Path) -> None:
    """With the port taken nothing starts, no account is made, and another port is named."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        said = refused(tmp_path, "--port", str(other.getsockname()[1]))
    assert "lab serve --port" in said
    assert not (tmp_path / "data").exists()


def test_a_home_that_cannot_be_is_told(tmp_path: Path) -> None:
    """A home below a file is named in one sentence; doctor names it too."""
    (tmp_path / "tep").write_text("")
    home = {"LAB_HOME": str(tmp_path / "tep" / "data")}
    assert str(tmp_path / "tep" / "data") in refused(tmp_path, "--port", "0", **home)
    result = run_lab("doctor", "--offline", env=environment(tmp_path, **RECORDED | home))
    assert result.returncode == 1
    assert "✗ Thư mục dữ liệu" in result.stdout


def test_a_setting_that_cannot_be_is_named(tmp_path: Path) -> None:
    """A setting with an impossible value is named by its variable."""
    assert "LAB_PORT" in refused(tmp_path, LAB_PORT="abc")


def test_somebody_added_beside_a_running_lab_can_sign_in(lab: LabProcess) -> None:
    """``lab user add`` works while the lab serves, and the chain still verifies."""
    command = ("user", "add", "Cô Mới", "--role", "trainer", "--password-stdin")
    assert lab.run(*command, stdin=PASSWORD + "\n").returncode == 0
    assert lab.client().login(name="Co\u0302 Mo\u031b\u0301i", password=PASSWORD).is_success
    assert lab.run("log", "verify").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_lab_that_still_starts_stops_when_told(tmp_path: Path, number: signal.Signals) -> None:
    """A signal while imports and policy are still loading ends the lab within 10 s, cleanly."""
    with serving(tmp_path, ready=SIGN_IN, **RECORDED) as starting:
        assert httpx.get(starting.url + "/readyz").status_code == 503
        begun = time.monotonic()
        starting.process.send_signal(number)
        assert starting.process.wait(15) in {0, 128 + signal.SIGINT}
        assert time.monotonic() - begun < 10
        assert "Traceback" not in starting.out.read_text("utf-8")


def test_an_address_that_a_stranger_claims_is_not_believed(lab: LabProcess) -> None:
    """Who says in a header that they come from somewhere new each time is still one guesser, who is
    let in at a pace.
    """
    tries = count()

    def guess(source: str, told: str) -> None:
        wrong = {"class_code": f"SAI{next(tries)}", "name": "Người Đoán"}
        with httpx.Client(transport=httpx.HTTPTransport(local_address=source)) as stranger:
            headers = {"X-Forwarded-For": told, "Forwarded": f"for={told}", "X-Real-IP": told}
            answer = stranger.post(lab.url + "/api/login", json=wrong, headers=headers, timeout=90)
            assert answer.status_code == httpx.codes.UNAUTHORIZED

    for nth in range(24):  # twenty a minute are free
        guess("127.0.0.2", f"203.0.113.{nth}")
    began = time.monotonic()
    for nth in range(8):
        guess("127.0.0.2", f"198.51.100.{nth}")
    assert time.monotonic() - began > 3  # half a second each, however long one takes by itself


FIELD = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
FORM = b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.parametrize(
    "rest",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: 1\r\n" * 200_000 + b"\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00" + b"\0" * 5_000,
        b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
        + FORM % (len(FIELD) * 15_000)
        + FIELD * 15_000,
        b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"10000\r\n" + b"a" * 65_536,
    ],
    ids=["header", "headers", "path", "version", "tls", "parts", "chunk"],
)
def test_a_monstrous_request_stops_nobody(lab: LabProcess, rest: bytes) -> None:
    """It is refused, or its line is closed or waits alone; the lab goes on and keeps its memory."""
    before = _resident_mb(lab.process.pid)
    port = int(lab.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.settimeout(1)
        answer = b""
        with suppress(OSError):
            line.sendall(rest)
            answer = line.recv(200)
        assert httpx.get(lab.url + "/healthz", timeout=60).is_success
    assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 303"))
    assert _resident_mb(lab.process.pid) < before + 300


def _resident_mb(pid: int) -> float:
    """Memory of a process, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1_000_000
