"""Keeping the embedded model's process alive: started, restarted when it dies, stopped."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LOGGER = logging.getLogger("lab.model")
PAUSES = (0.2, 1.0, 2.0, 5.0, 15.0, 30.0)
"""Seconds before each further restart; the last one repeats."""
STEADY_SECONDS = 60.0
"""A process that lived so long is restarted as if it were the first time."""
STOP_SECONDS = 3.0
"""How long it may take to end by itself."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the process is told on its standard input."""

    path: Path
    model: str
    slots: int
    threads: int
    context: int
    cache_mib: int
    key: str = field(repr=False)
    sha256: str = ""
    """What the weights must hash to, looked at with each start; empty for a file of one's own."""

    def line(self) -> bytes:
        """As one line of JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return json.dumps(values | {"path": str(self.path)}).encode() + b"\n"


class Child:
    """Supervises one process; tells ``on_ready`` its port, and ``on_gone`` when it has ended."""

    def __init__(
        self,
        make_options: Callable[[str], Options],
        on_ready: Callable[[int, str], Awaitable[None]],
        on_gone: Callable[[], Awaitable[None]],
    ) -> None:
        """``make_options`` makes the options with a new key, for each start."""
        self._make_options = make_options
        self._on_ready = on_ready
        self._on_gone = on_gone
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Begin to supervise. Idempotent."""
        if self._task is None:
            self._task = asyncio.create_task(self._supervise(), name="embedded model")

    async def close(self) -> None:
        """Stop the process and the supervision."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _supervise(self) -> None:
        loop = asyncio.get_running_loop()
        tries = 0
        while True:
            began = loop.time()
            try:
                await self._run()
            except OSError as error:
                LOGGER.warning("embedded model: %s", type(error).__name__)
            tries = 0 if loop.time() - began > STEADY_SECONDS else tries + 1
            pause = PAUSES[min(max(tries - 1, 0), len(PAUSES) - 1)]
            LOGGER.warning("embedded model: ended, starts again in %.1f s", pause)
            await asyncio.sleep(pause)

    async def _run(self) -> None:
        """One life of the process."""
        key = secrets.token_urlsafe(32)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "lab.assistant.embedded_child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._process = process
        try:
            port = await self._tell(process, self._make_options(key))
            if port is not None:
                await self._on_ready(port, key)
            await process.wait()
        finally:
            self._process = None
            await self._on_gone()
            await _end(process)

    async def _tell(self, process: asyncio.subprocess.Process, options: Options) -> int | None:
        """Hand over the options; the port that comes back, or None where it could not start."""
        if process.stdin is None or process.stdout is None:
            return None
        with suppress(ConnectionError):
            process.stdin.write(options.line())
            await process.stdin.drain()
        line = await process.stdout.readline()
        with suppress(ValueError, KeyError):
            told = json.loads(line)
            if told.get("error") == "hash":
                LOGGER.error("the weights are not what was released (lab model pull)")
            return int(told["port"])
        return None


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process: by closing its standard input, then by force."""
    if process.returncode is not None:
        return
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
