"""CPU milliseconds of one prompt on the whole path, beside a bare Gradio chat and a bare stream.

The whole path: sign-in, history, policy, log on a synced disk, the real ``openai`` client, a reply
of 60 tokens from a fake endpoint on the loopback, streamed to a reader. What is counted is the CPU
of the serving process alone (user and system), not of the endpoint nor of this client.

    python -m bench.prompt_path [--prompts 200] [--concurrency 8] [--tokens 60] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.processes import cpu_seconds, free_port, rss_mb, serving

PROMPT = (
    "Bạn là cán bộ văn phòng Đảng ủy xã. Hãy soạn thông báo mời họp chi bộ xóm 3 về chuyển đổi số, "
    "tối đa 150 từ, gạch đầu dòng, chỉ dùng thông tin tôi nêu, không bịa số liệu. "
    "Người liên hệ: Nguyễn Văn Mẫu, điện thoại 0950 123 456."
)
TURNS = 4
"""Turns of one session: the median of a real one."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one server used."""

    name: str
    prompts: int
    cpu_ms: float
    seconds: float
    errors: int
    pss_mb: float


@dataclass(frozen=True, slots=True)
class Load:
    """How much is sent."""

    prompts: int
    concurrency: int

    async def run(self, ask: Callable[[int], Awaitable[bool]]) -> int:
        """Ask ``prompts`` times, ``concurrency`` at once; the number of failures."""
        numbers = iter(range(self.prompts))

        async def worker() -> int:
            return sum([0 if await ask(number) else 1 for number in numbers])

        return sum(await asyncio.gather(*(worker() for _ in range(self.concurrency))))


async def measure(name: str, pid: int, load: Load, ask: Callable[[int], Awaitable[bool]]) -> Result:
    """Warm up with a tenth of the load, then count."""
    await Load(max(load.prompts // 10, load.concurrency), load.concurrency).run(ask)
    cpu, began = cpu_seconds(pid), time.monotonic()
    errors = await load.run(ask)
    used = cpu_seconds(pid) - cpu
    seconds = time.monotonic() - began
    return Result(name, load.prompts, 1000 * used / load.prompts, seconds, errors, rss_mb(pid))


async def _lab_asker(client: httpx.AsyncClient, people: int) -> Callable[[int], Awaitable[bool]]:
    """Trainees who joined a class, each with a session; gives the function that asks once."""
    rows: list[tuple[str, dict[str, str]]] = []
    for person in range(people):
        body = {"class_code": "BENCH", "name": f"Học viên {person}"}
        answer = await client.post("/api/login", json=body)
        cookies = "; ".join(f"{key}={value}" for key, value in answer.cookies.items())
        client.cookies.clear()
        headers = {"X-CSRF-Token": answer.json()["csrf"], "Cookie": cookies}
        exercise = (await client.get("/api/exercises", headers=headers)).json()[0]["id"]
        opened = await client.post("/api/sessions", json={"exercise": exercise}, headers=headers)
        rows.append((opened.json()["session"], headers))
    free: asyncio.Queue[tuple[str, dict[str, str]]] = asyncio.Queue()
    for row in rows:
        free.put_nowait(row)

    async def ask(_number: int) -> bool:
        session, headers = row = await free.get()
        try:
            url = f"/api/sessions/{session}/prompts"
            async with client.stream("POST", url, json={"text": PROMPT}, headers=headers) as answer:
                text = "".join([piece async for piece in answer.aiter_text()])
            return '"status":"answered"' in text
        finally:
            free.put_nowait(row)

    return ask


async def _pages_there(client: httpx.AsyncClient) -> None:
    """Wait until Gradio, which is imported in the background, no longer takes CPU of its own."""
    await client.post("/api/login", json={"class_code": "BENCH", "name": "Người đợi"})
    for _ in range(240):
        if "gradio_config" in (await client.get("/practice/")).text:
            break
        await asyncio.sleep(0.5)
    client.cookies.clear()
    await asyncio.sleep(1)


def _prepare_class(env: dict[str, str]) -> None:
    lab = Path(sys.executable).with_name("lab")
    subprocess.run(
        [str(lab), "class", "add", "Bench", "--code", "BENCH"],
        check=True,
        env={**env, "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
    )


async def bench_lab(endpoint: str, load: Load) -> Result:
    """The whole product."""
    home = Path(tempfile.mkdtemp(prefix="lab-bench-"))
    port = free_port()
    env = {
        "LAB_HOME": str(home / "data"),
        "LAB_ASSISTANT": "openai",
        "LAB_OPENAI_BASE_URL": endpoint,
        "LAB_OPENAI_API_KEY": "bench",
        "LAB_OPENAI_MODEL": "fake",
    }
    try:
        _prepare_class(env)
        url = f"http://127.0.0.1:{port}"
        with serving(["-m", "lab.cli", "serve", "--port", str(port)], url + "/readyz", env) as pid:
            async with httpx.AsyncClient(base_url=url, timeout=60) as client:
                people = max(load.concurrency, load.prompts * 11 // 10 // TURNS)
                ask = await _lab_asker(client, people)
                await _pages_there(client)
                return await measure("thao-truong (all of it)", pid, load, ask)
    finally:
        shutil.rmtree(home)


async def bench_stream(endpoint: str, load: Load) -> Result:
    """The floor."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with serving(["-m", "bench.peers.stream", str(port), endpoint], url + "/healthz", {}) as pid:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:

            async def ask(_number: int) -> bool:
                async with client.stream("POST", "/ask", json={"text": PROMPT}) as answer:
                    return bool("".join([piece async for piece in answer.aiter_text()]))

            return await measure("bare FastAPI stream", pid, load, ask)


async def bench_gradio(endpoint: str, load: Load) -> Result:
    """A Gradio chat and nothing else."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    command = ["-m", "bench.peers.gradio_chat", str(port), endpoint]
    with serving(command, url + "/", env) as pid:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:

            async def ask(_number: int) -> bool:
                joined = await client.post("/gradio_api/call/chat", json={"data": [PROMPT]})
                event = joined.json()["event_id"]
                async with client.stream("GET", f"/gradio_api/call/chat/{event}") as answer:
                    text = "".join([piece async for piece in answer.aiter_text()])
                return "event: complete" in text

            return await measure("bare Gradio chat", pid, load, ask)


async def run(load: Load, tokens: int) -> list[Result]:
    """All three, one after another, on the same endpoint."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = ["-m", "bench.endpoint", "--port", str(port), "--tokens", str(tokens)]
    with serving(command, f"{base}/v1/models", {}):
        endpoint = f"{base}/v1"
        return [
            await bench_lab(endpoint, load),
            await bench_gradio(endpoint, load),
            await bench_stream(endpoint, load),
        ]


def main() -> None:
    """Read the options, run, print a table (and one line of JSON)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = asyncio.run(run(Load(options.prompts, options.concurrency), options.tokens))
    ours = results[0].cpu_ms
    print(f"{'server':28}{'CPU ms/prompt':>15}{'ours / it':>11}{'PSS MB':>8}{'errors':>8}")
    for row in results:
        ratio = f"{ours / row.cpu_ms:.2f}" if row.cpu_ms else "-"
        print(f"{row.name:28}{row.cpu_ms:>15.1f}{ratio:>11}{row.pss_mb:>8.0f}{row.errors:>8}")
    if options.json:
        print(json.dumps({row.name: round(row.cpu_ms, 2) for row in results}))


if __name__ == "__main__":
    main()
