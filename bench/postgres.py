"""A real PostgreSQL of one's own, for tests and for campaigns that break it.

``initdb`` refuses to run as root: whoever runs as root runs the server as the user ``postgres``
that the system's package makes. Where no server can be had, this fails and says what to install.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

MISSING = "PostgreSQL is not installed: run deploy/test-setup.sh (apt-get install postgresql)"
START_SECONDS = 60
_NUMBERS = count(1)


@dataclass(slots=True)
class Server:
    """A cluster in a folder of its own, reached by a socket in it."""

    folder: Path
    bin: Path
    user: str | None
    port: int = 5432
    process: subprocess.Popen[bytes] | None = field(default=None)

    @classmethod
    def make(cls, folder: Path | None = None) -> Server:
        """Make the cluster, in an empty ``folder`` where one is given; durable, as in earnest."""
        bin_folder = _programs()
        user = "postgres" if os.geteuid() == 0 else None
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
        if user is not None:
            shutil.chown(folder, user, user)
        server = cls(folder, bin_folder, user)
        made = server._run(
            "initdb", "-D", str(folder / "data"), "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
            "-U", "lab", "--no-sync",
        )  # fmt: skip
        if made.returncode:
            raise AssertionError(made.stderr.decode())
        return server

    def launch(self, *more: str) -> subprocess.Popen[bytes]:
        """Begin to start the server; ``more`` are further arguments of ``postgres``."""
        self.process = subprocess.Popen(
            [
                str(self.bin / "postgres"), "-D", str(self.folder / "data"),
                "-k", str(self.folder), "-c", "listen_addresses=", "-c", f"port={self.port}",
                "-c", "shared_buffers=32MB", "-c", "max_connections=200", *more,
            ],
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("ab"),
        )  # fmt: skip
        return self.process

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        process = self.launch()
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if process.poll() is not None or time.monotonic() > end:
                    told = (self.folder / "log").read_text()
                    raise AssertionError(f"PostgreSQL does not start: {error}\n{told}") from error
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """Kill it outright, as a power cut would; returns once all of its children have ended."""
        if self.process is None:
            return
        data = self.folder / "data"
        self.process.kill()
        self.process.wait()
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and _alive(data):
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it, and remove the folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"lab{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as db:
            db.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def url(self, database: str) -> str:
        """Where to connect to."""
        return f"postgresql://lab@/{database}?host={self.folder}&port={self.port}"

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(self.bin / program), *arguments],
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            cwd=self.folder,
            capture_output=True,
            check=False,
        )


def _programs() -> Path:
    """Where the newest server is installed."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    found = str(installed[-1]) if installed else shutil.which("initdb")
    if not found:
        raise AssertionError(MISSING)
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            raise AssertionError(MISSING) from None
    return Path(found).resolve().parent


def _alive(data: Path) -> bool:
    """Whether a process still has the folder as its own."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if (entry / "cwd").resolve() == data:
                    return True
    return False
