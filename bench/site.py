"""The room of ``bench/faults.py --workers N``: processes on PostgreSQL behind nginx, kept alive.

PostgreSQL's files are on the small disk, beside the lab's own.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.hall import tree
from bench.postgres import Server
from bench.processes import free_port
from bench.room import Kept, Room, available

NGINX = "nginx is not installed: run deploy/test-setup.sh (apt-get install nginx-light)"
SMALL = ("-c", "max_wal_size=64MB", "-c", "min_wal_size=32MB")
"""What keeps PostgreSQL's journal within the small disk."""
LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Site(Room):
    """``lab serve --workers N``, the database behind it and the front before it."""

    workers: int = 2
    database: Kept = field(init=False)
    front: Kept = field(init=False)
    server: Server = field(init=False)
    _first: int = 0
    _watch: asyncio.Task[None] | None = None

    disk_mb = 256

    def __post_init__(self) -> None:
        self.lab = Kept(self._start)
        self.database = Kept(lambda: self.server.launch(*SMALL))
        self.front = Kept(lambda: subprocess.Popen([*self._nginx(), "-g", "daemon off;"]))

    def serving(self) -> list[int]:
        """The workers."""
        ports = [str(self._first + number).encode() for number in range(self.workers)]
        found = []
        for pid in tree(self.lab.pid):
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if b"--leash" in words and any(port in words for port in ports):
                    found.append(pid)
        return found

    def doors(self) -> list[str]:
        """Each worker's own."""
        return [f"http://127.0.0.1:{self._first + number}" for number in range(self.workers)]

    async def _open(self) -> None:
        await asyncio.to_thread(self._make_database)
        self.database.begin(self.broke)
        url = await asyncio.to_thread(self._new_database)
        door = free_port()
        self._first, self.url = free_ports(self.workers), f"http://127.0.0.1:{door}"
        self.env = self._settings() | {"LAB_DATABASE": url}
        await self.add_class()
        self.lab.begin(self.broke)
        while not self._conf.exists():  # noqa: ASYNC110 - a moment, once
            await asyncio.sleep(LOOK_SECONDS)
        front_conf(self.home, self._conf, door)
        self.front.begin(self.broke)
        self._watch = asyncio.create_task(self._look())

    async def __aexit__(self, *_: object) -> None:
        if self._watch is not None:
            self._watch.cancel()
        await self.front.end()
        await self.lab.end()
        await self.database.end()
        await Room.__aexit__(self)

    @property
    def _conf(self) -> Path:
        return self.home / "front.conf"

    def _start(self) -> subprocess.Popen[bytes]:
        several = ("--port", str(self._first), "--workers", str(self.workers))
        return self._serve("serve", *several, "--front", str(self._conf))

    def _nginx(self) -> list[str]:
        program = available("nginx")
        if program is None:
            raise FileNotFoundError(NGINX)
        return [program, "-e", f"{self.home}/nginx.log", "-c", f"{self.home}/nginx.conf"]

    def _make_database(self) -> None:
        self.home.chmod(0o711)  # the user postgres must reach its folder in it
        folder = self.disk / "pg"
        folder.mkdir()
        self.server = Server.make(folder)

    def _new_database(self) -> str:
        while True:
            with suppress(psycopg.OperationalError):  # it is starting
                return self.server.database()

    async def _look(self) -> None:
        """Notice a worker that ends, whatever ended it."""
        known: set[int] = set()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                now = set(self.serving())
            except OSError:
                now = set()
            if known - now:
                self.broke()
            known = now


def front_conf(home: Path, conf: Path, port: int) -> None:
    """``home``/nginx.conf, which runs the file of nginx that the lab wrote on another port, and
    tells in a header of each answer who gave it.
    """
    text = conf.read_text("utf-8").replace("listen 80 ", f"listen 127.0.0.1:{port} ")
    text = text.replace("/var/cache/nginx/lab", str(home / "assets"))
    seat = "server_tokens off; add_header x-lab-seat $upstream_addr;"
    (home / "site.conf").write_text(text.replace("server_tokens off;", seat), "utf-8")
    places = " ".join(
        f"{name}_temp_path {home / name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "nginx.conf").write_text(
        f"{'user root; ' if os.geteuid() == 0 else ''}pid {home}/nginx.pid;\n"
        "worker_processes 1; events { worker_connections 1024; }\n"
        f"http {{ access_log off; {places} include {home}/site.conf; }}\n"
    )


def free_ports(count: int) -> int:
    """The first of some free ports that follow each other."""
    while True:
        with ExitStack() as held, suppress(OSError):
            first = held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            for port in range(first + 1, first + count):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            return int(first)
