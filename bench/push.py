"""A site's log goes to the province over a line that breaks; afterwards every row is compared.

    sudo .venv/bin/python bench/push.py --seconds 120 --json

Two network namespaces are joined by a pair of virtual interfaces. In one stands a site: its lab,
fictional trainees who work in it, and ``lab log push`` which sends every second. In the other
stands the province's lab. At random moments the line is cut (the interface goes down), made slow
(64 kbit/s, where the kernel can), and the push is killed (SIGKILL) and started again. At the end
the line is whole: one more push, and both logs are compared row by row and verified.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SITE, CODE = "Xã Bến Mới", "BENMOI"
ADDRESS = {"site": "10.77.0.1", "province": "10.77.0.2"}
PORT = 7860
START_SECONDS = 120
LOOK = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=2)"
THEIRS = (
    "SELECT e.stream, e.seq, e.hash FROM events e JOIN relay_streams s ON s.stream = e.stream"
    " UNION ALL SELECT 'system', seq, hash FROM relay_rows WHERE kind <> 'log.pushed'"
)
SLOW = ("tbf", "rate", "64kbit", "burst", "4kb", "latency", "400ms")


def can_run() -> str:
    """Why this cannot run here; empty where it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    return "" if shutil.which("ip") else "iproute2 is not installed"


@dataclass(slots=True)
class Line:
    """Two namespaces and the line between them."""

    name: str
    done: Counter[str] = field(default_factory=Counter)
    slow: bool = False

    def inside(self, side: str) -> list[str]:
        """What goes before a command that runs on one side."""
        return ["ip", "netns", "exec", f"{self.name}-{side}"]

    @contextmanager
    def up(self) -> Iterator[None]:
        """Both sides, joined; taken away at the end."""
        try:
            for side in ADDRESS:
                _run("ip", "netns", "add", f"{self.name}-{side}")
            other = ("peer", "name", "line", "netns", f"{self.name}-province")
            _run(*self._link("site"), "add", "line", "type", "veth", *other)
            for side, address in ADDRESS.items():
                space = ["ip", "-n", f"{self.name}-{side}"]
                _run(*space, "link", "set", "lo", "up")
                _run(*space, "addr", "add", f"{address}/24", "dev", "line")
                _run(*space, "link", "set", "line", "up")
            yield
        finally:
            for side in ADDRESS:
                gone = ["ip", "netns", "del", f"{self.name}-{side}"]
                subprocess.run(gone, check=False, capture_output=True)

    def cut(self, *, down: bool) -> None:
        """Take the line away, or give it back."""
        _run(*self._link("site"), "set", "line", "down" if down else "up")
        self.done["cuts"] += down

    def drag(self) -> None:
        """64 kbit/s from now on, or as quick as before."""
        change = ("del", "dev", "line", "root") if self.slow else ("add", "dev", "line", "root")
        rest = () if self.slow else SLOW
        made = subprocess.run(
            [*self.inside("site"), "tc", "qdisc", *change, *rest], check=False, capture_output=True
        )
        if made.returncode == 0:
            self.slow = not self.slow
            self.done["slow"] += self.slow

    def _link(self, side: str) -> list[str]:
        return ["ip", "-n", f"{self.name}-{side}", "link"]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@dataclass(slots=True)
class Machine:
    """One lab and its data."""

    home: Path
    before: list[str]
    """What goes before its commands, so that they run on its side of the line."""

    @property
    def env(self) -> dict[str, str]:
        """Its settings."""
        return {"LAB_HOME": str(self.home / "data"), "LAB_ASSISTANT": "recorded"}

    def lab(self, *command: str, wanted: int | None = 0) -> str:
        """A ``lab`` command here; what it printed."""
        done = subprocess.run(
            self.command(*command),
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=False,
        )
        if wanted is not None and done.returncode != wanted:
            raise RuntimeError(f"lab {' '.join(command)}: {done.stderr[-400:]}")
        return done.stdout

    def begin(self, *command: str) -> subprocess.Popen[bytes]:
        """A ``lab`` command that goes on."""
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            self.command(*command), env={**os.environ, **self.env}, stdout=quiet, stderr=quiet
        )

    def command(self, *command: str) -> list[str]:
        """A ``lab`` command as it is run here."""
        return [*self.before, sys.executable, "-m", "lab.cli", *command]

    def rows(self, query: str) -> dict[tuple[str, int], str]:
        """Place -> hash of rows of its log."""
        with closing(sqlite3.connect(self.home / "data/lab.sqlite")) as db:
            found = db.execute(query).fetchall()
        rows = {(stream, seq): hashed for stream, seq, hashed in found}
        if len(rows) != len(found):
            raise RuntimeError(f"{self.home.name} has a row twice")
        return rows


def campaign(seconds: float, people: int, seed: int, home: Path) -> dict[str, Any]:
    """Run it; the figures."""
    line = Line(f"lab{os.getpid()}")
    with line.up():
        site = Machine(home / "site", line.inside("site"))
        province = Machine(home / "province", line.inside("province"))
        key = json.loads(site.lab("keys", "list", "--json"))[-1]["public"]
        site.lab("class", "add", "Lớp Bến Mới", "--code", CODE)
        province.lab("site", "add", SITE, "--key", key)
        with _serving(site, "127.0.0.1"), _serving(province, ADDRESS["province"]):
            kills = _break(line, site, seconds, people, seed)
            sent = _to_the_end(site)
            mine = site.rows("SELECT stream, seq, hash FROM events WHERE kind <> 'log.pushed'")
            theirs = province.rows(THEIRS)
            verified = json.loads(province.lab("log", "verify", "--json", wanted=None))
    lost = [place for place, hashed in mine.items() if theirs.get(place) != hashed]
    return {
        "seconds": seconds,
        "people": people,
        "cuts": line.done["cuts"],
        "slow": line.done["slow"],
        "kills": kills,
        "rows": len(mine),
        "lost": len(lost),
        "foreign": len(theirs.keys() - mine.keys()),
        "last_push_rows": sent,
        "problems": [each["sentence"] for each in verified["problems"]],
    }


@contextmanager
def _serving(machine: Machine, host: str) -> Iterator[None]:
    """Its lab, from when it is ready."""
    process = machine.begin("serve", "--host", host, "--port", str(PORT))
    try:
        limit = time.monotonic() + START_SECONDS
        look = [*machine.before, sys.executable, "-c", LOOK, f"http://{host}:{PORT}/readyz"]
        while subprocess.run(look, capture_output=True, check=False).returncode != 0:
            if time.monotonic() > limit or process.poll() is not None:
                raise TimeoutError(f"{machine.home.name} is not ready")
            time.sleep(0.5)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _break(line: Line, site: Machine, seconds: float, people: int, seed: int) -> int:
    """Let the class work and the line break; how often the push was killed."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    to = f"http://{ADDRESS['province']}:{PORT}"
    push = ("log", "push", "--to", to, "--site", SITE, "--every", "1")
    minutes = str(seconds / 60)
    working = site.begin("class", "simulate", CODE, "--people", str(people), "--minutes", minutes)
    pushing, kills, end = site.begin(*push), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(draw.uniform(0.2, 2.5))
        fate = draw.choice(("cut", "cut", "kill", "slow"))
        if fate == "cut":
            line.cut(down=True)
            time.sleep(draw.uniform(0.1, 3.0))
            line.cut(down=False)
        elif fate == "slow":
            line.drag()
        else:
            pushing.send_signal(signal.SIGKILL)
            pushing.wait()
            kills, pushing = kills + 1, site.begin(*push)
    if line.slow:
        line.drag()
    working.wait()
    pushing.send_signal(signal.SIGKILL)
    pushing.wait()
    return kills


def _to_the_end(site: Machine) -> int:
    """One more push on a whole line; the rows that it sent."""
    to = f"http://{ADDRESS['province']}:{PORT}"
    told = site.lab("log", "push", "--to", to, "--site", SITE, "--json")
    return int(json.loads(told)["rows"])


def main() -> None:
    """Read the options, run, tell; ends with 1 where a row was lost, and 2 where it cannot run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    options = parser.parse_args()
    if can_run():
        print(can_run(), file=sys.stderr)
        sys.exit(2)
    with tempfile.TemporaryDirectory(prefix="lab-push-") as folder:
        found = campaign(options.seconds, options.people, options.seed, Path(folder))
    print(
        f"{found['cuts']} cuts, {found['slow']} times slow, {found['kills']} kills in"
        f" {found['seconds']:.0f} s; {found['rows']} rows of the site:"
        f" {found['lost']} lost, {found['foreign']} that the site does not have;"
        f" the last push sent {found['last_push_rows']}"
    )
    for line in found["problems"]:
        print(f"  {line}")
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    sys.exit(bool(found["lost"] or found["foreign"] or found["problems"]))


if __name__ == "__main__":
    main()
