"""A small OpenAI-compatible endpoint that captures what it is sent and misbehaves on demand.

It is a real HTTP server on a free port of the loopback. In a test it runs in a thread::

    with Endpoint() as endpoint:
        endpoint.behave(kind="cut", after=3)
        ... endpoint.base_url, endpoint.requests

For measurements ``bench/endpoint.py`` runs it in a process of its own, where ``POST /control`` sets
its behaviour and ``GET /captured`` gives what it was sent.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import threading
import time
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from typing import Any, Literal, Self

Kind = Literal[
    "answer", "status", "refuse", "cut", "silence", "garbage", "page", "error", "no_done"
]
SENTENCE = (
    "Kính gửi anh/chị, đây là câu trả lời thử của trợ lý giả: việc cần làm gồm ba bước, "
    "làm lần lượt từng bước rồi kiểm tra lại kết quả trước khi gửi đi. "
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the endpoint answers a prompt.

    ``answer`` streams a reply; ``status`` refuses with a status; ``refuse`` drops the connection;
    ``cut`` drops it after some pieces; ``silence`` says no more after some pieces; ``garbage``
    streams what is no JSON after some pieces; ``page`` gives a web page; ``error`` streams an error
    object after some pieces; ``no_done`` answers without the closing ``[DONE]``.
    """

    kind: Kind = "answer"
    reply: str | None = None
    """The reply; None makes one of ``tokens`` words."""
    echo: bool = False
    """Reply with the last message that was sent."""
    tokens: int = 60
    latency: float = 0.0
    """Seconds before the first word."""
    rate: float = 0.0
    """Words a second; 0 for all at once."""
    after: int = 0
    """Pieces that come before the fault."""
    status: int = 500
    error: str = "server_error"
    """``error.code`` and ``error.type`` of a refusal."""
    location: str = ""
    """Where a redirecting status points."""
    finish: str = "stop"
    piece: str = r"\s*\S+|\s+$"
    """Pattern of the pieces that a reply is sent in."""


@dataclass(frozen=True, slots=True)
class Captured:
    """One request, byte for byte."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


class Endpoint:
    """The endpoint, in a thread of its own; a context manager."""

    def __init__(self, behaviour: Behaviour | None = None, *, port: int = 0) -> None:
        """``port`` 0 takes a free one."""
        self.behaviour = behaviour or Behaviour()
        self.requests: list[Captured] = []
        self.left = 0
        """Streams that the client closed before their end."""
        self.busy = 0
        """Streams under way."""
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake endpoint", daemon=True)

    def behave(self, **changes: Any) -> None:
        """Answer so from the next request on; what is not named is as by default."""
        self.behaviour = replace(Behaviour(), **changes)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    @property
    def base_url(self) -> str:
        """What ``LAB_OPENAI_BASE_URL`` should be."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def prompts(self) -> list[Captured]:
        """The requests for a reply."""
        return [request for request in self.requests if request.path == "/v1/chat/completions"]

    def wait_idle(self, seconds: float = 5.0) -> float:
        """Wait until no stream is under way; the seconds that it took.

        Raises:
            TimeoutError: one still is.
        """
        started = time.monotonic()
        while self.busy:
            if time.monotonic() - started > seconds:
                raise TimeoutError("a stream is still under way")
            time.sleep(0.002)
        return time.monotonic() - started

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self.serve())
        finally:
            self._loop.close()

    async def serve(self) -> None:
        """Listen until told to stop."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", self._port, backlog=4096)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            await self._stopping.wait()
        finally:
            server.close()
            own = asyncio.current_task()
            tasks = [task for task in asyncio.all_tasks() if task is not own]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read_request(reader)) is not None:
                await _Exchange(self, request, reader, writer).answer()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> Captured | None:
    head = (await reader.readline()).decode("latin-1").split()
    if len(head) < 2:  # noqa: PLR2004 - a method and a path
        return None
    headers: list[tuple[str, str]] = []
    while line := (await reader.readline()).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers.append((name.lower(), value.strip()))
    length = int(dict(headers).get("content-length", 0))
    body = await reader.readexactly(length) if length else b""
    return Captured(head[0], head[1], tuple(headers), body)


@dataclass(slots=True)
class _Exchange:
    """One request and its answer."""

    endpoint: Endpoint
    request: Captured
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> None:
        """Answer one request: the controls first, then as the endpoint was told to behave."""
        endpoint, request = self.endpoint, self.request
        route = (request.method, request.path)
        if route == ("GET", "/captured"):
            rows = [{**asdict(c), "body": base64.b64encode(c.body).decode()} for c in self._seen]
            await self._json(rows)
        elif route == ("POST", "/control"):
            endpoint.behave(**request.json)
            self._seen.clear()
            await self._json({})
        else:
            self._seen.append(request)
            await self._behave(route, endpoint.behaviour)

    @property
    def _seen(self) -> list[Captured]:
        return self.endpoint.requests

    async def _behave(self, route: tuple[str, str], behaviour: Behaviour) -> None:
        if behaviour.kind == "refuse":
            raise ConnectionAbortedError
        if behaviour.kind == "status":
            await self._refusal(behaviour)
        elif route == ("GET", "/v1/models"):
            await self._json({"object": "list", "data": [{"id": "fake", "object": "model"}]})
        elif route != ("POST", "/v1/chat/completions"):
            await self._json({"error": {"message": "no such path"}}, 404)
        elif behaviour.kind == "page":
            await self._send(200, "text/html", b"<html><body>Proxy login</body></html>")
        else:
            await self._counted(behaviour)

    async def _counted(self, behaviour: Behaviour) -> None:
        self.endpoint.busy += 1
        try:
            await self._stream(behaviour)
        except ConnectionError:
            if behaviour.kind != "cut":
                self.endpoint.left += 1
            raise
        finally:
            self.endpoint.busy -= 1

    async def _refusal(self, behaviour: Behaviour) -> None:
        error = {"message": "refused by the fake", "type": behaviour.error, "code": behaviour.error}
        extra = f"location: {behaviour.location}\r\n" if behaviour.location else ""
        await self._json({"error": error}, behaviour.status, extra)

    async def _json(self, value: Any, status: int = 200, extra: str = "") -> None:
        await self._send(status, "application/json", json.dumps(value).encode(), extra)

    async def _send(self, status: int, kind: str, body: bytes, extra: str = "") -> None:
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: {kind}\r\n"
            f"content-length: {len(body)}\r\n{extra}\r\n"
        )
        self.writer.write(head.encode() + body)
        await self.writer.drain()

    async def _stream(self, behaviour: Behaviour) -> None:
        pieces = self._pieces(behaviour)
        await self._pause(behaviour.latency)
        self.writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        started = time.monotonic()
        for index, piece in enumerate(pieces):
            if (
                behaviour.kind in {"cut", "silence", "garbage", "error"}
                and index == behaviour.after
            ):
                break
            if behaviour.rate:
                await self._pause(started + index / behaviour.rate - time.monotonic())
            await self._event(self._chunk({"content": piece}))
        await self._fault(behaviour)
        await self._event(self._chunk({}, behaviour.finish))
        if (self.request.json.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": len(self.request.body) // 4, "completion_tokens": len(pieces)}
            await self._event({"object": "chat.completion.chunk", "choices": [], "usage": usage})
        if behaviour.kind != "no_done":
            await self._raw(b"data: [DONE]\n\n")
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def _fault(self, behaviour: Behaviour) -> None:
        if behaviour.kind == "cut":
            await self.writer.drain()
            raise ConnectionAbortedError
        if behaviour.kind == "silence":
            await self._pause(3600)
        if behaviour.kind == "garbage":
            await self._raw(b"data: {not json\n\n")
        if behaviour.kind == "error":
            code = behaviour.status
            await self._event({"error": {"code": code, "type": behaviour.error, "message": "fake"}})

    def _pieces(self, behaviour: Behaviour) -> list[str]:
        if behaviour.echo:
            text = str(self.request.json["messages"][-1]["content"])
        elif behaviour.reply is not None:
            text = behaviour.reply
        else:
            words = SENTENCE.split()
            text = " ".join(words[i % len(words)] for i in range(behaviour.tokens))
        return re.findall(behaviour.piece, text)

    def _chunk(self, delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
        return {
            "id": "chatcmpl-fake",
            "object": "chat.completion.chunk",
            "created": 1_790_000_000,
            "model": "fake",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }

    async def _event(self, value: dict[str, Any]) -> None:
        text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
        await self._raw(b"data: " + text + b"\n\n")

    async def _raw(self, payload: bytes) -> None:
        self._check_there()
        self.writer.write(b"%x\r\n%b\r\n" % (len(payload), payload))
        await self.writer.drain()

    async def _pause(self, seconds: float) -> None:
        """Wait, noticing within 10 ms that the client has gone."""
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0:
            self._check_there()
            await asyncio.sleep(min(rest, 0.01 if rest > 0.2 else rest))  # noqa: PLR2004

    def _check_there(self) -> None:
        if self.reader.at_eof() or self.writer.transport.is_closing():
            raise ConnectionResetError
