"""The class of ``bench/faults.py``: a lab that is started again when it ends, and its pupils."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp

from bench.crowd import Browser, Counts
from bench.processes import free_port
from lab.assistant.testing import Endpoint

LAB = Path(sys.executable).with_name("lab")
CODE = "LOI"
DISK_MB = 96
"""Size of the disk that the lab's data are on."""
LONG = "Nội dung cuộc họp gồm nhiều việc của xã cần bàn và phân công cụ thể. " * 80
"""Put behind some prompts, so that the child that reads long texts is needed."""
LONG_EACH = 6
"""Each so manyth prompt is a long one."""
RECOVERY_SECONDS = 60.0
"""Longest wait for a lab that must serve again, on a machine that does much else."""
REPLY = "Kính gửi anh/chị, đây là câu trả lời gồm ba việc cần làm lần lượt từng bước một cho xong."


@dataclass(slots=True)
class Room:
    """The lab, its endpoint, its disk, and the supervisor."""

    home: Path
    endpoint: Endpoint = field(default_factory=Endpoint)
    restarts: list[float] = field(default_factory=list)
    """Seconds from the end of a process until the lab served again."""
    fault: str = "its start"
    """The last one."""
    small: bool = False
    """Whether the data are on a small disk of their own."""
    freezes: bool = False
    """Whether that disk can be made to stand still (ext4 on a loop device, not a tmpfs)."""
    url: str = ""
    _env: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _keeper: asyncio.Task[None] | None = None
    _ended: float = 0.0

    @property
    def disk(self) -> Path:
        """Where the disk of the lab's data is mounted."""
        return self.home / "disk"

    @property
    def data(self) -> Path:
        """Folder of the lab's data."""
        return self.disk / "data"

    @property
    def pid(self) -> int:
        """Of the lab as it runs now."""
        if self._process is None:
            raise ProcessLookupError
        return self._process.pid

    def usual(self) -> None:
        """The endpoint answers as it should."""
        self.endpoint.behave(reply=REPLY, rate=120)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._mount)
        self.endpoint.__enter__()
        self.usual()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._env = os.environ | {
            "LAB_HOME": str(self.data),
            "LAB_KEYS": str(self.home / "keys"),
            "LAB_PORT": str(port),
            "LAB_ASSISTANT": "openai",
            "LAB_OPENAI_BASE_URL": self.endpoint.base_url,
            "LAB_OPENAI_API_KEY": "bench",
            "LAB_OPENAI_MODEL": "fake",
            "LAB_SILENCE_SECONDS": "3",
            "LAB_PREVIEW_SECONDS": "0.1",
        }
        await asyncio.to_thread(self._command, "class", "add", "Lớp thử lỗi", "--code", CODE)
        self._start()
        self._keeper = asyncio.create_task(self._keep())
        try:
            await self.serves()
        except BaseException:
            await self.__aexit__()
            raise
        self.restarts.clear()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, 20)
            self._process.kill()
        self.endpoint.__exit__()
        if self.small:
            await asyncio.to_thread(_done, ["/bin/umount", "-l", str(self.disk)])

    def _mount(self) -> None:
        """A small disk of its own for the data: ext4 on a loop device, else a tmpfs, else none."""
        self.disk.mkdir()
        if os.geteuid() != 0:
            return
        image = self.home / "image"
        with image.open("wb") as file:
            file.truncate(DISK_MB << 20)
        made = ["/sbin/mkfs.ext4", "-q", "-F", "-m", "0", str(image)]
        loop = ["/bin/mount", "-o", "loop", str(image), str(self.disk)]
        with suppress(FileNotFoundError):
            self.freezes = Path("/sbin/fsfreeze").exists() and _done(made) and _done(loop)
        tmpfs = ["/bin/mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(self.disk)]
        self.small = self.freezes or _done(tmpfs)

    def _start(self) -> None:
        with (self.home / "lab.log").open("ab") as out:
            self._process = subprocess.Popen(
                [str(LAB), "serve"], env=self._env, stdout=out, stderr=out
            )

    async def _keep(self) -> None:
        """Start the lab again as soon as it has ended, as systemd's Restart=always."""
        while True:
            await asyncio.sleep(0.02)
            if self._process is not None and self._process.poll() is not None:
                self._ended = self._ended or time.monotonic()
                self._start()
                await asyncio.sleep(0.1)

    async def serves(self) -> None:
        """Wait until the lab takes prompts. Raises ``TimeoutError`` with what it last said."""
        limit, said = time.monotonic() + RECOVERY_SECONDS, ""
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession() as http:
            while True:
                try:
                    async with http.get(f"{self.url}/readyz", timeout=timeout) as answer:
                        if answer.status == 200:
                            break
                        said = (await answer.text())[:300]
                except (aiohttp.ClientError, TimeoutError, OSError) as error:
                    said = type(error).__name__
                if time.monotonic() > limit:
                    raise TimeoutError(f"the lab did not serve again after {self.fault}: {said}")
                await asyncio.sleep(0.05)
        if self._ended:
            self.restarts.append(time.monotonic() - self._ended)
            self._ended = 0.0

    async def audit(self) -> list[str]:
        """What does not fit: requests that are not in the log, turns without an end, the chain."""
        done = await asyncio.to_thread(self._command, "log", "verify")
        wrong = [] if done.returncode == 0 else [f"log verify: {done.stdout[-300:]}"]
        exported = await asyncio.to_thread(self._command, "log", "export", "--format", "jsonl")
        if exported.returncode:
            return [*wrong, f"log export: {exported.stderr[-300:]}"]
        rows = [json.loads(line) for line in exported.stdout.splitlines() if line.startswith("{")]
        sent = {row["payload"]["digest"] for row in rows if row.get("kind") == "turn.sent"}
        wrong += [
            "a request left that is not in the log"
            for request in self.endpoint.prompts
            if hashlib.sha256(request.body).hexdigest() not in sent
        ]
        decided = {
            row["payload"]["turn"]
            for row in rows
            if row.get("kind") == "turn.decided" and row["payload"]["action"] != "block"
        }
        ended = [row["payload"]["turn"] for row in rows if row.get("kind") == "turn.ended"]
        wrong += [f"turn {turn} has no end" for turn in decided - set(ended)]
        wrong += [f"turn {turn} ends twice" for turn in set(ended) if ended.count(turn) > 1]
        return wrong

    def _command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(LAB), *words], env=self._env, capture_output=True, text=True, check=False
        )


def _done(command: list[str]) -> bool:
    """Whether a command ended well."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@dataclass(slots=True)
class Pupil:
    """One trainee who writes, sends, reads, and remembers what was told."""

    room: Room
    browser: Browser
    phone: str
    session: str = ""
    leaving: bool = False
    told: dict[str, str] = field(default_factory=dict)
    """Turn -> the status that its stream ended with."""
    read: dict[str, str] = field(default_factory=dict)
    """Turn -> the words that were shown."""
    asked: int = 0
    """Prompts so far."""
    draft: str = ""
    """What the server last said that it keeps."""

    @classmethod
    async def join(cls, room: Room, nth: int) -> Pupil:
        """Come in, and open an exercise."""
        browser = Browser(room.url, Counts(0, 0))
        browser.start()
        pupil = cls(room, browser, f"0950{nth:03}{secrets.randbelow(900) + 100}")
        body = {"class_code": CODE, "name": f"Học viên Thử {nth}"}
        async with browser.open("POST", "/api/login", json=body) as answer:
            for name, cookie in answer.cookies.items():
                browser.cookies[name] = cookie.value
            browser.csrf = (await answer.json())["csrf"]
        async with browser.open("GET", "/api/exercises") as answer:
            exercise = (await answer.json())[0]["id"]
        async with browser.open("POST", "/api/sessions", json={"exercise": exercise}) as answer:
            pupil.session = (await answer.json())["session"]
        return pupil

    async def close(self) -> None:
        """Leave."""
        await self.browser.leave()

    async def work(self) -> None:
        """Write and send until it is time to leave; what fails is tried again in a moment."""
        while not self.leaving:
            try:
                async with asyncio.timeout(30):
                    await self._type()
                    await self._ask()
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError):
                await asyncio.sleep(0.3)

    async def _type(self) -> None:
        text = f"Soạn giấy mời họp, việc {secrets.token_hex(3)}"
        body = {"text": text, "five": False, "fields": [text], "parent": None}
        path = f"/api/sessions/{self.session}/draft"
        self.draft = ""  # until it is answered nobody knows
        async with self.browser.open("POST", path, json=body) as answer:
            await answer.read()
            if answer.status == 200:
                self.draft = text

    async def _ask(self) -> None:
        text = f"Soạn giấy mời họp gửi ông Lê Văn Thử, điện thoại {self.phone}, lúc 8 giờ."
        self.asked += 1
        if self.asked % LONG_EACH == 0:
            text = f"{text} {LONG}"
        path = f"/api/sessions/{self.session}/prompts"
        shown, turn, kind = "", "", ""
        async with self.browser.open("POST", path, json={"text": text, "parent": ""}) as answer:
            if answer.status != 200:
                await answer.read()
                await asyncio.sleep(0.2)
                return
            async for raw in answer.content:
                line = raw.decode().rstrip("\n")
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    data: dict[str, Any] = json.loads(line[6:])
                    turn = data.get("turn") or turn
                    shown += data.get("text", "") if kind == "delta" else ""
                    if kind == "done":
                        self.told[turn], self.read[turn] = data["status"], shown

    async def accounts(self) -> list[str]:
        """What this pupil misses: turns, words, own values, or what was being typed."""
        async with self.browser.open("GET", f"/api/sessions/{self.session}") as answer:
            if answer.status != 200:
                return [f"the session does not open: {answer.status}"]
            turns = {row["turn"]: row for row in (await answer.json())["turns"]}
        wrong = []
        for turn, status in self.told.items():
            kept = turns.get(turn)
            if kept is None and status in {"failed", "interrupted"} and not self.read[turn]:
                continue  # it ended before its decision was on disk: nothing left, nothing shown
            if kept is None:
                wrong.append(f"turn {turn} was told {status} and is not there")
            elif status == "answered" and kept["status"] != "answered":
                wrong.append(f"turn {turn} was told answered and is {kept['status']}")
            elif status == "answered" and kept["reply"].strip() != self.read[turn].strip():
                wrong.append(f"turn {turn} was told other words than the log has")
        masked = [
            row for row in turns.values() if row.get("prompt") and "điện thoại" in row["prompt"]
        ]
        wrong += [
            "an own value does not come back" for row in masked if self.phone not in row["prompt"]
        ]
        if any(self.phone.encode() in request.body for request in self.room.endpoint.prompts):
            wrong.append("a raw value left")
        if self.draft:
            async with self.browser.open("GET", f"/api/sessions/{self.session}/draft") as answer:
                found = await answer.json() if answer.status == 200 else None
            if not found or found["fields"] != [self.draft]:
                wrong.append("what was being typed is gone")
        return wrong
