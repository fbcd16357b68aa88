"""The machine of the conference: what is in the log before, the endpoint, the lab, nginx before it.

Everything runs in processes of its own on this machine; the data are in a folder that is removed.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.processes import cpu_seconds, free_port, rss_mb, serving
from bench.prompts import clean_prompt, turns
from lab.auth import Auth
from lab.auth.words import hash_password
from lab.course import Course
from lab.keys import Keys
from lab.log import make as make_log
from lab.log.base import Log, Tally
from lab.model import Action, Decision, Role
from lab.session.transcript import decided_payload
from lab.settings import Settings

SITES = 131
AT_ONCE = 64
"""Trainees who are written to the log at the same time."""
STAGES = ("page", "policy", "log", "upstream", "trainers")
TRAINER = "Giảng viên"
PASSWORD = "mat-khau-cua-bai-do"  # noqa: S105 - of an installation that lives for minutes


@dataclass(frozen=True, slots=True)
class Trainee:
    """One trainee as the log knows them."""

    name: str
    code: str
    resume: str
    session: str


@dataclass(frozen=True, slots=True)
class Hall:
    """What runs, and where."""

    url: str
    """Where browsers go: nginx, or the lab itself where nginx is not installed."""
    pid: int
    """The lab's first process."""
    front: int
    """nginx' first process; 0 where it is not installed."""
    stages_file: Path
    trainees: tuple[Trainee, ...]

    def processes(self) -> list[int]:
        """The lab's processes."""
        return tree(self.pid)

    def cpu(self) -> float:
        """CPU seconds of the lab so far."""
        return sum(cpu_seconds(pid) for pid in self.processes())

    def front_cpu(self) -> float:
        """CPU seconds of nginx so far."""
        return sum(cpu_seconds(pid) for pid in tree(self.front)) if self.front else 0.0

    def memory(self) -> float:
        """PSS of the lab's processes in MB."""
        return sum(rss_mb(pid) for pid in self.processes())

    def stages(self) -> dict[str, float]:
        """CPU seconds by stage so far; they are written once a second."""
        try:
            found = json.loads(self.stages_file.read_text("ascii"))
        except (OSError, ValueError):
            found = {}
        return {stage: found.get(stage, 0) / 1e9 for stage in STAGES}


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for tid in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in tid.read_text("ascii").split():
            found += tree(int(child))
    return found


@dataclass(slots=True)
class Seed:
    """Fills a log with classes, people and sessions that have turns behind them."""

    log: Log
    auth: Auth
    dice: random.Random
    exercises: tuple[str, ...]
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def run(self, people: int, *, known: bool) -> list[Trainee]:
        """``known``: they have been here before; else only their classes are there."""
        codes = [f"XA{site:03}" for site in range(1, SITES + 1)]
        for site, code in enumerate(codes, 1):
            await self.log.add_class(f"Điểm cầu {site}", code, site=f"Xã Mẫu {site}")
        rows = [(f"Học viên {nth}", codes[nth % SITES], turns(self.dice)) for nth in range(people)]
        if not known:
            return [Trainee(name, code, "", "") for name, code, _ in rows]
        return list(await asyncio.gather(*(self._one(nth, *row) for nth, row in enumerate(rows))))

    async def _one(self, nth: int, name: str, code: str, behind: int) -> Trainee:
        async with self._room:
            joined = await self.auth.join(code, name)
            exercise = self.exercises[nth % len(self.exercises)]
            row = await self.log.open_session(joined.who.person, exercise)
            parent = None
            for turn in range(behind):
                parent = await self._turn(row.id, f"{nth:08x}{turn:08x}", parent)
            return Trainee(name, code, joined.resume_code or "", row.id)

    async def _turn(self, session: str, turn: str, parent: str | None) -> str:
        decision = Decision(Action.ALLOW, (), "v1", turn[:6], check_ms=3.0)
        text = clean_prompt(self.dice)
        decided = decided_payload(
            turn, parent, decision, prompt=text, last=1, left_out=0, assistant="openai"
        )
        await self.log.append(session, "turn.decided", decided, tally=Tally(turns=1))
        sent = {"turn": turn, "digest": "0" * 64, "host": "127.0.0.1", "trimmed": 0}
        await self.log.append(session, "turn.sent", sent)
        ended: dict[str, Any] = {
            "turn": turn,
            "status": "answered",
            "reply": "Kính gửi anh/chị, việc cần làm gồm ba bước. " * 6,
            "error": None,
            "seconds": 3.0,
            "usage": {"prompt_tokens": 300, "completion_tokens": 60},
            "findings": [],
        }
        await self.log.append(session, "turn.ended", ended)
        return turn


async def _seed(settings: Settings, people: int, *, known: bool, seed: int) -> list[Trainee]:
    keys = Keys.load(settings.keys_dir)
    log = make_log(settings, keys)
    await log.start()
    try:
        password = await hash_password(PASSWORD)
        await log.add_person(TRAINER, Role.TRAINER, password=password)
        exercises = tuple(each.id for each in Course.load(settings.exercises).exercises)
        dice = random.Random(seed)  # noqa: S311 - a load, no secret
        auth = Auth(log, keys, settings)
        return await Seed(log, auth, dice, exercises).run(people, known=known)
    finally:
        await log.close()


NGINX = """
user {user};
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/nginx.log error;
worker_rlimit_nofile 20000;
events {{ worker_connections 18000; }}
http {{
  access_log off;
  include /etc/nginx/mime.types;
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  proxy_cache_path {home}/assets levels=1:2 keys_zone=assets:8m max_size=200m;
  upstream lab {{ server 127.0.0.1:{lab}; keepalive 512; }}
  server {{
    listen 127.0.0.1:{port} backlog=8192;
    keepalive_timeout 120; keepalive_requests 100000;
    proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header Host $http_host; proxy_buffering off;
    proxy_read_timeout 3600; client_max_body_size 12m;
    location / {{ proxy_pass http://lab; }}
    location ~ ^/(static|gradio)/ {{
      proxy_pass http://lab; proxy_buffering on; proxy_cache assets; proxy_cache_valid 200 1h;
      proxy_cache_key $request_uri$http_accept_encoding; proxy_cache_lock on;
    }}
  }}
}}
"""


@contextmanager
def nginx(home: Path, lab: int) -> Iterator[tuple[int, int]]:
    """Run nginx before the lab; gives its port and its first process."""
    port = free_port()
    conf = home / "nginx.conf"
    conf.write_text(NGINX.format(home=home, lab=lab, port=port, user=getpass.getuser()), "utf-8")
    process = subprocess.Popen(
        [shutil.which("nginx") or "nginx", "-c", str(conf), "-g", "daemon off;"]
    )
    try:
        time.sleep(1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def opened(people: int, *, known: bool, endpoint: str, seed: int, preview: float) -> Iterator[Hall]:
    """A lab that serves, with its trainees in the log."""
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="lab-conference-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        settings = Settings(home=home / "data", preview_seconds=preview)
        print(f"  {people} trainees at {SITES} sites are written to the log ...", file=sys.stderr)
        trainees = asyncio.run(_seed(settings, people, known=known, seed=seed))
        port, out = free_port(), home / "stages.json"
        env = {
            "LAB_HOME": str(settings.home),
            "LAB_ASSISTANT": "openai",
            "LAB_OPENAI_BASE_URL": endpoint,
            "LAB_OPENAI_API_KEY": "bench",
            "LAB_OPENAI_MODEL": "fake",
            "LAB_PREVIEW_SECONDS": str(preview),
        }
        command = ["-m", "bench.stages", str(out), "serve", "--port", str(port)]
        url = f"http://127.0.0.1:{port}"
        pid = stack.enter_context(serving(command, f"{url}/readyz", env, seconds=180))
        front = 0
        if shutil.which("nginx"):
            before, front = stack.enter_context(nginx(home, port))
            url = f"http://127.0.0.1:{before}"
        yield Hall(url, pid, front, out, tuple(trainees))


@contextmanager
def model(tokens: int, rate: float, latency_ms: float, flaky: float) -> Iterator[tuple[str, int]]:
    """The fake endpoint; gives its base URL and its pid."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    more = ["--tokens", str(tokens), "--rate", str(rate), "--latency-ms", str(latency_ms)]
    command = ["-m", "bench.endpoint", "--port", str(port), "--flaky", str(flaky), *more]
    with serving(command, f"{base}/v1/models", {}) as pid:
        yield f"{base}/v1", pid
