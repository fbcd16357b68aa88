"""``lab serve --workers N``: several processes of one lab on this machine, kept alive.

Worker *i* listens on the port *i* after the first. A front (nginx, ``lab serve --front FILE``
writes its file) keeps each browser with one worker by its cookie, and passes over one that does not
answer.

SIGTERM ends all of them, SIGHUP restarts them one after another, so that the lab goes on serving.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from lab.cli.out import tell
from lab.errors import Unavailable
from lab.settings import Settings
from lab.words import say

STOP_SECONDS = 45.0
"""After this a worker that was asked to stop is killed; its turns have 30 seconds to end."""
READY_SECONDS = 180.0
STEADY_SECONDS = 30.0
"""A worker that lived so long starts again at once when it dies."""
LONGEST_PAUSE = 10.0
LOOK_SECONDS = 0.2
MOST = 64


def require(settings: Settings, workers: int) -> None:
    """Raise ``Unavailable`` where several processes cannot serve this lab."""
    from lab.assistant.weights import find

    if settings.database is None:
        raise Unavailable("workers_database", workers=workers)
    if settings.port == 0 or settings.port + workers - 1 > 65_535:  # noqa: PLR2004 - the last port
        raise Unavailable("workers_ports", first=settings.port, workers=workers)
    if settings.tls:
        raise Unavailable("workers_tls", workers=workers)
    kind = settings.assistant
    if kind == "embedded" or (kind == "auto" and find(settings)):
        raise Unavailable("workers_model", workers=workers)


def ports(settings: Settings, workers: int) -> list[int]:
    """Where they listen."""
    return [settings.port + number for number in range(workers)]


def front(settings: Settings, workers: int, file: Path) -> None:
    """Write the file of nginx for these workers."""
    file.write_text(front_text(settings, ports(settings, workers)), "utf-8")
    tell(say("workers.front", file=str(file)))


def front_text(settings: Settings, listening: list[int]) -> str:
    """What nginx is told."""
    from jinja2 import Environment, StrictUndefined

    template = Path(__file__).with_name("front.conf.jinja").read_text("utf-8")
    made = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - no HTML
    return made.from_string(template).render(
        host=f"[{settings.host}]" if ":" in settings.host else settings.host,
        ports=listening,
        body_mb=int(settings.attachment_mb) + 2,
    )


def leash(handle: int) -> None:
    """End this process, in order, once whoever started it is gone and its end of a pipe closes."""

    def wait() -> None:
        os.read(handle, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="leash", daemon=True).start()


OWN = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks this machine itself, whatever proxy its environment names."""


@dataclass(slots=True)
class Worker:
    """One process and its port."""

    port: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    pause: float = 0.5

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None


@dataclass(slots=True)
class Workers:
    """All of them, and what they were started with."""

    settings: Settings
    count: int
    _all: list[Worker] = field(default_factory=list)
    _leash: tuple[int, int] = field(default_factory=os.pipe)
    _stopping: bool = False
    _renewing: bool = False

    def run(self) -> None:
        """Keep them alive until SIGTERM or Ctrl+C."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._renew)
        listening = ports(self.settings, self.count)
        first, last = listening[0], listening[-1]
        tell(say("workers.starting", workers=self.count, first=first, last=last))
        self._all = [Worker(port) for port in listening]
        try:
            while not self._stopping:
                self._look()
                if self._renewing:
                    self._renewing = False
                    self._restart_each()
                time.sleep(LOOK_SECONDS)
        finally:
            self._end(self._all)

    def _stop(self, *_signal: object) -> None:
        self._stopping = True

    def _renew(self, *_signal: object) -> None:
        self._renewing = True

    def _look(self) -> None:
        """Start what does not run, after a pause that grows with each early death."""
        now = time.monotonic()
        for worker in self._all:
            if worker.alive:
                continue
            if worker.process is not None:
                code, worker.process = worker.process.returncode, None
                steady = now - worker.started_at > STEADY_SECONDS
                worker.pause = 0.5 if steady else min(worker.pause * 2, LONGEST_PAUSE)
                worker.due_at = now + (0 if steady else worker.pause)
                tell(say("workers.died", port=worker.port, code=code), err=True)
            if now >= worker.due_at:
                self._start(worker)

    def _start(self, worker: Worker) -> None:
        held, _ = self._leash
        command = [sys.executable, "-m", "lab.cli", "serve", "--host", self.settings.host]
        command += ["--port", str(worker.port), "--leash", str(held)]
        env = os.environ | {"LAB_TLS": "false"}  # the front speaks TLS
        worker.process = subprocess.Popen(command, env=env, pass_fds=[held])  # noqa: S603 - ourselves
        worker.started_at = time.monotonic()

    def _restart_each(self) -> None:
        """One after another; the next one only once this one serves again."""
        for worker in self._all:
            self._end([worker])
            worker.process = None
            if self._stopping:
                return
            self._start(worker)
            end = time.monotonic() + READY_SECONDS
            while not self._ready(worker) and time.monotonic() < end and not self._stopping:
                time.sleep(LOOK_SECONDS)
            if not worker.alive:
                tell(say("workers.not_back", port=worker.port), err=True)
                return

    def _ready(self, worker: Worker) -> bool:
        host = self.settings.host if self.settings.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 - compared only
        place = f"[{host}]" if ":" in host else host
        try:
            url = f"http://{place}:{worker.port}/readyz"
            with OWN.open(url, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def _end(self, workers: list[Worker]) -> None:
        """Ask them to stop; kill the one that does not."""
        running = [worker.process for worker in workers if worker.process and worker.alive]
        for process in running:
            process.send_signal(signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
