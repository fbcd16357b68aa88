"""Seconds from ``lab serve`` to a working sign-in page and to the practice page.

    python -m bench.startup [--runs 3]

Beside them: the seconds that ``import gradio, presidio_analyzer`` takes alone in the same run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.processes import ROOT, free_port

LIMIT = 60.0


def until(client: httpx.Client, path: str, word: str, began: float) -> float:
    """Seconds since ``began`` until ``path`` answers 200 with ``word`` in it."""
    while time.monotonic() - began < LIMIT:
        try:
            answer = client.get(path, follow_redirects=True)
            if answer.status_code == httpx.codes.OK and word in answer.text:
                return time.monotonic() - began
        except httpx.HTTPError:
            pass
        time.sleep(0.02)
    message = f"{path} did not show within {LIMIT} s"
    raise TimeoutError(message)


def one_run(home: Path) -> tuple[float, float]:
    """Start the lab on data that exist already; sign-in page, practice page."""
    port = free_port()
    env = {**os.environ, "LAB_HOME": str(home / "data"), "LAB_ASSISTANT": "recorded"}
    lab = [sys.executable, "-m", "lab.cli"]
    if not (home / "data").exists():
        subprocess.run(
            [*lab, "class", "add", "Bench", "--code", "BENCH"],
            env=env,
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    began = time.monotonic()
    process = subprocess.Popen(
        [*lab, "serve", "--port", str(port)], env=env, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            signin = until(client, "/", "<form", began)
            client.post("/api/login", json={"class_code": "BENCH", "name": "Học viên"})
            practice = until(client, "/practice/", "gradio_config", began)
        return signin, practice
    finally:
        process.terminate()
        process.wait(15)


def main() -> None:
    """Run and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    home = Path(tempfile.mkdtemp(prefix="lab-bench-"))
    try:
        rows = [one_run(home) for _ in range(runs + 1)][1:]
    finally:
        shutil.rmtree(home)
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import gradio, presidio_analyzer"], check=True)
    bare = time.monotonic() - began
    for name, seconds in zip(
        ("sign-in page", "practice page"), zip(*rows, strict=True), strict=True
    ):
        median = statistics.median(seconds)
        print(f"{name:16}{median:6.1f} s   {median / bare:5.2f} x the bare imports ({bare:.1f} s)")


if __name__ == "__main__":
    main()
