"""``lab log datasette`` as somebody uses it: opened, asked, stopped."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import httpx
from support import LAB, environment, free_port, write_people

from lab.settings import Settings


def test_the_tables_open_answer_a_question_and_leave_no_copy(tmp_path: Path) -> None:
    """The canned questions are there and one is answered; SIGTERM takes the copy away."""
    (tmp_path / "tmp").mkdir()
    write_people(Settings(home=tmp_path / "data"))
    port = free_port()
    process = subprocess.Popen(
        [LAB, "log", "datasette", "--port", str(port)],
        env=environment(tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        place, end = f"http://127.0.0.1:{port}/nhat-ky", time.monotonic() + 60
        while True:
            try:
                page = httpx.get(f"{place}.json", timeout=20)
                break
            except httpx.TransportError:
                assert process.poll() is None, process.stderr and process.stderr.read().decode()
                assert time.monotonic() < end
                time.sleep(0.2)
        queries = [each["name"] for each in page.json()["queries"]]
        assert queries
        answer = httpx.get(f"{place}/{queries[0]}.json", timeout=20)
        assert answer.status_code == 200
        assert list((tmp_path / "tmp").rglob("*.db"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert list((tmp_path / "tmp").iterdir()) == []
