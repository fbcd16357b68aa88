"""A real lab in a process of its own, and a small client of its API, for tests that need both."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from lab.auth import hash_password
from lab.keys import Keys
from lab.log import make as make_log
from lab.model import Role
from lab.settings import Settings

PASSWORD = "mat-khau-thu-nghiem"
LAB = str(Path(sys.executable).with_name("lab"))
START_SECONDS = 180


def free_port() -> int:
    """A TCP port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Client:
    """One person's use of the API."""

    base_url: str
    http: httpx.Client = field(init=False)
    csrf: str = ""
    resume_code: str | None = None

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.base_url, timeout=60)

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request with the CSRF token."""
        return self.http.request(method, path, json=body, headers={"X-CSRF-Token": self.csrf})

    def login(self, **body: str) -> httpx.Response:
        """Sign in and keep the token."""
        answer = self.call("POST", "/api/login", body)
        if answer.status_code == httpx.codes.OK:
            self.csrf = answer.json()["csrf"]
            self.resume_code = answer.json()["resume_code"]
        return answer

    def open(self, exercise: str | None = None) -> str:
        """Begin an exercise (the first where none is named); its session."""
        name = exercise or self.call("GET", "/api/exercises").json()[0]["id"]
        return str(self.call("POST", "/api/sessions", {"exercise": name}).json()["session"])

    def ask(self, session: str, text: str, **more: str) -> list[tuple[str, dict[str, Any]]]:
        """Send a prompt and read its events to the end."""
        return events(
            self.call("POST", f"/api/sessions/{session}/prompts", {"text": text, **more}).text
        )


def events(stream: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a text/event-stream."""
    rows = []
    for block in stream.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            rows.append((lines["event"], json.loads(lines["data"])))
    return rows


@dataclass(slots=True)
class LabProcess:
    """A running ``lab serve``."""

    home: Path
    url: str
    env: dict[str, str]
    process: subprocess.Popen[bytes]
    out: Path

    def run(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Another ``lab`` command on the same data."""
        return run_lab(*command, env=self.env, stdin=stdin)

    def client(self) -> Client:
        """Somebody new at the door."""
        return Client(self.url)

    def trainee(self, name: str = "Học viên Thử") -> Client:
        """A trainee who joined the class ``THU``."""
        client = self.client()
        assert client.login(class_code="THU", name=name).status_code == httpx.codes.OK
        return client

    def staff(self, role: str) -> Client:
        """A person with a password: ``trainer``, ``assistant``, ``officer`` or ``admin``."""
        client = self.client()
        assert client.login(name=f"Test {role}", password=PASSWORD).status_code == httpx.codes.OK
        return client

    def stop(self, seconds: float = 15) -> int:
        """SIGTERM, and wait."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


def run_lab(
    *command: str, env: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a ``lab`` command to its end."""
    return subprocess.run(
        [LAB, *command],
        env=dict(env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def environment(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a lab under test: its own home, nothing of the developer's."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LAB_")}
    kept |= {"LAB_HOME": str(home / "data"), "TMPDIR": str(home / "tmp")}
    if "LAB_CACHE" in os.environ:
        kept["LAB_CACHE"] = os.environ["LAB_CACHE"]
    return kept | settings


@contextmanager
def serving(home: Path, *, ready: str = "/readyz", **settings: str) -> Iterator[LabProcess]:
    """A lab with a class ``THU`` and one person of each role, from when ``ready`` answers 200."""
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    env = environment(home, **settings)
    if not (home / "data").exists():
        write_people(Settings(home=home / "data"))
    port = free_port()
    out = home / "out.txt"
    with out.open("ab") as sink:
        process = subprocess.Popen(
            [LAB, "serve", "--port", str(port)], env=env, stdout=sink, stderr=sink
        )
    lab = LabProcess(home, f"http://127.0.0.1:{port}", env, process, out)
    try:
        _wait(lab, ready)
        yield lab
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)


def write_people(settings: Settings) -> None:
    """A class ``THU`` and one person of each role."""
    with ThreadPoolExecutor(1) as beside:  # Playwright keeps a loop in this thread
        beside.submit(asyncio.run, _people(settings)).result()


async def _people(settings: Settings) -> None:
    """What ``lab class add`` and ``lab user add`` would write, without five processes."""
    log = make_log(settings, Keys.load(settings.keys_dir))
    await log.start(recover=False)
    try:
        await log.add_class("Lớp thử", "THU")
        hashed = await hash_password(PASSWORD)
        for role in (Role.TRAINER, Role.ASSISTANT, Role.OFFICER, Role.ADMIN):
            await log.add_person(f"Test {role}", role, password=hashed)
    finally:
        await log.close()


def _wait(lab: LabProcess, path: str) -> None:
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit:
        if lab.process.poll() is not None:
            raise RuntimeError(lab.out.read_text("utf-8", "replace"))
        try:
            if httpx.get(lab.url + path, timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise TimeoutError(lab.out.read_text("utf-8", "replace"))


def everything_written(lab: LabProcess) -> bytes:
    """All bytes under the lab's home (data, keys, temp files) and what it printed."""
    return b"\0".join(p.read_bytes() for p in sorted(lab.home.rglob("*")) if p.is_file())


def spellings(value: str) -> list[bytes]:
    """A value in the ways in which a file may hold it."""
    forms = {value, value.replace(" ", ""), unicodedata.normalize("NFD", value)}
    escaped = {form.encode("unicode_escape") for form in forms}
    return [
        *(form.encode() for form in forms),
        *(form.encode("utf-16-le") for form in forms),
        *escaped,
    ]
