"""The room of ``bench/faults.py``: a lab that is started again when it ends, and its machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import aiohttp

from bench.cgroup import MemoryGroup
from bench.processes import free_port
from bench.shim import Shim
from lab.assistant.testing import Endpoint

LAB = Path(sys.executable).with_name("lab")
CODE = "LOI"
RECOVERY_SECONDS = 120.0
"""Longest wait for a lab that must serve again, on a machine that does much else."""
SLOW_SECONDS = 15.0
"""What a restart should take at most."""
STOP_SECONDS = 20
"""How long a process may take to end by itself when the campaign is over."""
AGAIN_SECONDS = 0.1
"""Between two starts of what ends at once (a port or a memory block is not free yet)."""
REPLY = "Kính gửi anh/chị, đây là câu trả lời gồm ba việc cần làm lần lượt từng bước một cho xong."
READY = "/readyz"


@dataclass(slots=True)
class Kept:
    """A process that is started again as soon as it has ended, as systemd's ``Restart=always``."""

    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Of the process as it runs now. Raises ``ProcessLookupError`` where it does not."""
        if self.process is None or self.process.poll() is not None:
            raise ProcessLookupError
        return self.process.pid

    def begin(self, ended: Callable[[], None]) -> None:
        """Start it, and again whenever it has ended, which ``ended`` is told."""
        self.process = self.start()
        self._task = asyncio.create_task(self._keep(ended))

    async def _keep(self, ended: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(0.02)
            if self.process is not None and self.process.poll() is not None:
                ended()
                self.process = self.start()
                await asyncio.sleep(AGAIN_SECONDS)

    async def end(self) -> None:
        """Stop it for good."""
        if self._task is not None:
            self._task.cancel()
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self.process.wait, STOP_SECONDS)
            self.process.kill()


@dataclass(slots=True)
class Room:
    """One process on SQLite, its endpoint or its own model, its disk, and the supervisor."""

    home: Path
    embedded: bool = False
    """Whether the model runs in a child process of the lab; then there is no endpoint to ask."""
    endpoint: Endpoint = field(default_factory=Endpoint)
    restarts: list[tuple[str, float, float]] = field(default_factory=list)
    """What was broken; seconds until somebody was served again, and until all processes served."""
    slow: list[list[str]] = field(default_factory=list)
    """What the lab had said when a restart took longer than ``SLOW_SECONDS``."""
    fault: str = "its start"
    """The last one."""
    small: bool = False
    """Whether the data are on a small disk of their own."""
    freezes: bool = False
    """Whether that disk can be made to stand still (ext4 on a loop device, not a tmpfs)."""
    shim: Shim | None = None
    group: MemoryGroup | None = None
    url: str = ""
    began: float = field(default_factory=time.monotonic)
    lab: Kept = field(init=False)
    env: dict[str, str] = field(default_factory=dict)
    """Of every command of the lab."""
    _broken: tuple[str, float] | None = None

    disk_mb = 96
    """Size of the disk that the lab's data are on."""

    def __post_init__(self) -> None:
        self.lab = Kept(self._start)

    @property
    def disk(self) -> Path:
        """Where the disk of the lab's data is mounted."""
        return self.home / "disk"

    @property
    def data(self) -> Path:
        """Folder of the lab's data."""
        return self.disk / "data"

    def serving(self) -> list[int]:
        """The processes that answer requests."""
        return [self.lab.pid]

    def doors(self) -> list[str]:
        """Where each of them answers."""
        return [self.url]

    def usual(self) -> None:
        """The endpoint answers as it should."""
        self.endpoint.behave(reply=REPLY, rate=120)

    def broke(self) -> None:
        """Something has ended; the clock runs until all is whole again."""
        self._broken = self._broken or (self.fault.partition(" ")[0], time.monotonic())

    # --- beginning and ending --------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._mount)
        self.shim = await asyncio.to_thread(Shim.make, self.home)
        self.group = MemoryGroup.make()
        self.endpoint.__enter__()
        self.usual()
        try:
            await self._open()
            await self.serves()
        except BaseException:
            await self.__aexit__()
            raise
        self.restarts.clear()
        self.began = time.monotonic()
        return self

    async def _open(self) -> None:
        """Start everything."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.env = self._settings() | {"LAB_PORT": str(port)}
        await self.add_class()
        self.lab.begin(self.broke)

    async def add_class(self) -> None:
        """The class that the pupils join."""
        await asyncio.to_thread(self.command, "class", "add", "Lớp thử lỗi", "--code", CODE)

    async def __aexit__(self, *_: object) -> None:
        await self.lab.end()
        self.endpoint.__exit__()
        if self.group is not None:
            self.group.close()
        if self.small:
            await asyncio.to_thread(_done, ["/bin/umount", "-l", str(self.disk)])

    def _settings(self) -> dict[str, str]:
        common = os.environ | {
            "LAB_HOME": str(self.data),
            "LAB_KEYS": str(self.home / "keys"),
            "LAB_PREVIEW_SECONDS": "0.1",
        }
        if self.embedded:
            own = {"MODEL": "qwen2.5-coder-0.5b", "REPLY_TOKENS": "24", "MODEL_SLOTS": "1"}
            return common | {"LAB_ASSISTANT": "embedded"} | {f"LAB_{k}": v for k, v in own.items()}
        return common | {
            "LAB_ASSISTANT": "openai",
            "LAB_OPENAI_BASE_URL": self.endpoint.base_url,
            "LAB_OPENAI_API_KEY": "bench",
            "LAB_OPENAI_MODEL": "fake",
            "LAB_SILENCE_SECONDS": "3",
        }

    def _mount(self) -> None:
        """A small disk of its own for the data: ext4 on a loop device, else a tmpfs, else none."""
        self.disk.mkdir()
        if os.geteuid() != 0:
            return
        image = self.home / "image"
        with image.open("wb") as file:
            file.truncate(self.disk_mb << 20)
        made = ["/sbin/mkfs.ext4", "-q", "-F", "-m", "0", str(image)]
        loop = ["/bin/mount", "-o", "loop", str(image), str(self.disk)]
        with suppress(FileNotFoundError):
            self.freezes = Path("/sbin/fsfreeze").exists() and _done(made) and _done(loop)
        size = f"size={self.disk_mb}m"
        tmpfs = ["/bin/mount", "-t", "tmpfs", "-o", size, "tmpfs", str(self.disk)]
        self.small = self.freezes or _done(tmpfs)

    def _start(self) -> subprocess.Popen[bytes]:
        return self._serve("serve")

    def _serve(self, *words: str) -> subprocess.Popen[bytes]:
        env = self.env | (self.shim.env if self.shim else {})
        with (self.home / "lab.log").open("ab") as out:
            started = subprocess.Popen([str(LAB), *words], env=env, stdout=out, stderr=out)
        if self.group is not None:
            self.group.add(started.pid)
        return started

    # --- asking ----------------------------------------------------------------------------------

    async def serves(self) -> None:
        """Wait until prompts are taken, everywhere. Raises ``TimeoutError`` with what was said."""
        limit = time.monotonic() + RECOVERY_SECONDS
        async with aiohttp.ClientSession() as http:
            await self._ready(http, self.url, limit)
            door = time.monotonic()
            for url in self.doors():
                await self._ready(http, url, limit)
        if self._broken:
            what, since = self._broken
            whole = time.monotonic() - since
            self.restarts.append((what, door - since, whole))
            if whole > SLOW_SECONDS:
                self.slow.append([f"{self.fault}: {whole:.1f} s", *self.told()])
            self._broken = None

    async def _ready(self, http: aiohttp.ClientSession, url: str, limit: float) -> None:
        timeout, said = aiohttp.ClientTimeout(total=5), ""
        while True:
            try:
                async with http.get(f"{url}{READY}", timeout=timeout) as answer:
                    if answer.status == 200:
                        return
                    said = (await answer.text())[:300]
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                said = type(error).__name__
            if time.monotonic() > limit:
                raise TimeoutError(f"{url} did not serve again after {self.fault}: {said}")
            await asyncio.sleep(0.05)

    def told(self) -> list[str]:
        """The last lines that the lab itself said."""
        with suppress(OSError):
            return (self.home / "lab.log").read_text("utf-8", "replace").splitlines()[-40:]
        return []

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of the lab, to its end."""
        return subprocess.run(
            [str(LAB), *words], env=self.env, capture_output=True, text=True, check=False
        )


def available(program: str) -> str | None:
    """Where a program is, also one for root only."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def _done(command: list[str]) -> bool:
    """Whether a command ended well."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
