"""A rehearsal on a real lab: fictional trainees, a backup meanwhile, erasing them, a safe end."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx
from support import environment, free_port, run_lab, serving


def trainees(home: Path) -> list[str]:
    """Names of the trainees in the data."""
    with closing(sqlite3.connect(home / "data/lab.sqlite")) as db:
        found = db.execute("SELECT name FROM people WHERE role = 'trainee'")
        return [name for (name,) in found]


def test_a_class_is_rehearsed_backed_up_erased_and_ended(tmp_path: Path) -> None:
    """Simulated people do real work, seen by the log; a backup beside it verifies; erasing the
    class leaves nothing of them and a chain that verifies; the administrator's page ends the lab.
    """
    with serving(tmp_path, LAB_ASSISTANT="recorded") as lab:
        port = lab.url.rsplit(":", 1)[1]
        lab.env["LAB_PORT"] = port
        command = ("class", "simulate", "THU", "--people", "6", "--minutes", "0.15", "--seed", "7")
        done = lab.run(*command, "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["people"] == 6
        assert told["prompts"] > 0
        assert told["errors"] == {}
        names = trainees(tmp_path)
        assert len(set(names)) == 6

        backup = lab.run("backup", str(tmp_path / "sao-luu.tar.gz"))
        assert backup.returncode == 0, backup.stderr
        refused = lab.run("restore", str(tmp_path / "sao-luu.tar.gz"))
        assert refused.returncode == 1
        assert "đang chạy" in refused.stderr

        gone = lab.run("class", "erase", "THU", "--reason", "hết diễn tập", "--yes")
        assert gone.returncode == 0, gone.stderr
        verified = lab.run("log", "verify", "--json")
        assert json.loads(verified.stdout)["problems"] == []
        held = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("lab.sqlite*"))
        for name in names:
            assert name.encode() not in held

        admin = lab.staff("admin")
        form = {"csrf": admin.csrf, "reason": "hết buổi", "sure": "1"}
        assert admin.http.post("/admin/stop", data=form).status_code == httpx.codes.OK
        limit = time.monotonic() + 20
        while lab.process.poll() is None:
            assert time.monotonic() < limit, "the lab went on"
            time.sleep(0.1)
        assert lab.process.returncode == 0
        restored = lab.run("restore", str(tmp_path / "sao-luu.tar.gz"))
        assert restored.returncode == 0, restored.stderr
        assert trainees(tmp_path) == []


def test_a_rehearsal_needs_a_lab_and_a_class(tmp_path: Path) -> None:
    """Where no lab answers it says so, and makes nobody up."""
    (tmp_path / "tmp").mkdir()
    env = environment(tmp_path, LAB_PORT=str(free_port()))
    done = run_lab("class", "simulate", "THU", "--people", "1", "--minutes", "0.1", env=env)
    assert done.returncode == 1
    assert "lab serve" in done.stderr
