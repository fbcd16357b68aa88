"""CPU of other chats for one prompt, one after another, on the endpoint of the conference."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import httpx

from bench.hall import model, tree
from bench.processes import cpu_seconds, free_port
from bench.prompt_path import PROMPT, Load, bench_gradio, bench_stream

HERE = Path(__file__).resolve().parent
LOAD = Load(200, 16)


def beside(tokens: int, rate: float) -> dict[str, float | None]:
    """CPU milliseconds a prompt of a bare Gradio chat, of Chainlit and of a bare stream; None for
    Chainlit where the dependency group ``peers`` is not installed (``uv sync --group peers``).
    """
    with model(tokens, rate, 0, 0) as (base, _):
        gradio = asyncio.run(bench_gradio(base, LOAD)).cpu_ms
        stream = asyncio.run(bench_stream(base, LOAD)).cpu_ms
        chainlit = chainlit_ms(base) if importlib.util.find_spec("chainlit") else None
    return {
        "gradio": round(gradio, 2),
        "chainlit": None if chainlit is None else round(chainlit, 2),
        "stream": round(stream, 2),
    }


def chainlit_ms(base: str) -> float:
    """Chainlit, as its documentation shows it, driven by its own kind of client."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    script = str(HERE / "chainlit_chat.py")
    process = subprocess.Popen(
        [sys.executable, "-m", "chainlit", "run", script, "--headless", "--port", str(port)],
        env={**os.environ, "BASE_URL": base, "CHAINLIT_APP_ROOT": "/tmp"},  # noqa: S108 - its own files
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(url)
        return asyncio.run(_chat(url, process.pid))
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str) -> None:
    limit = time.monotonic() + 90
    while time.monotonic() < limit:
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise TimeoutError("Chainlit did not start")


async def _chat(url: str, pid: int) -> float:
    """Some people with one connection each, who ask one prompt after another."""
    import socketio  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - comes with Chainlit

    clients = [socketio.AsyncClient() for _ in range(LOAD.concurrency)]
    ended = [asyncio.Event() for _ in clients]
    for client, event in zip(clients, ended, strict=True):
        client.on("task_end", lambda *_told, over=event: over.set())
        auth = {
            "clientType": "webapp",
            "sessionId": str(uuid.uuid4()),
            "threadId": "",
            "userEnv": "{}",
            "chatProfile": "",
        }
        path = "/ws/socket.io"
        await client.connect(url, socketio_path=path, auth=auth, transports=["websocket"])
        await client.emit("connection_successful")
    await asyncio.sleep(1)

    async def asked(nth: int, times: int) -> None:
        for _ in range(times):
            ended[nth].clear()
            said = {"id": str(uuid.uuid4()), "name": "user", "type": "user_message"}
            message = {**said, "output": PROMPT, "createdAt": "2026-01-01T00:00:00Z"}
            await clients[nth].emit("client_message", {"message": message, "fileReferences": []})
            async with asyncio.timeout(60):
                await ended[nth].wait()

    each = max(1, LOAD.prompts // len(clients))
    await asyncio.gather(*(asked(nth, 1) for nth in range(len(clients))))
    before = sum(cpu_seconds(one) for one in tree(pid))
    await asyncio.gather(*(asked(nth, each) for nth in range(len(clients))))
    used = sum(cpu_seconds(one) for one in tree(pid)) - before
    for client in clients:
        await client.disconnect()
    return 1000 * used / (each * len(clients))
