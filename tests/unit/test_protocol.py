"""Heads of requests that never end, or take for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from lab.cli import protocol
from lab.cli.protocol import HEAD_BYTES, LimitedProtocol


async def _app(_scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@asynccontextmanager
async def line() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that answers 204 to everything."""
    config = uvicorn.Config(_app, lifespan="off", log_level="critical")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: LimitedProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(60):
            yield reader, writer
    finally:
        writer.close()
        server.close()


@pytest.mark.parametrize("piece", [b"a" * 1000, b"X-A: 1\r\n" * 100])
async def test_a_head_without_end_is_refused(piece: bytes) -> None:
    """Before it has taken much memory, whether it is one long field or very many."""
    async with line() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-B: ")
        sent = 0
        while not reader.at_eof() and sent < 50 * HEAD_BYTES:
            writer.write(piece)
            sent += len(piece)
            await asyncio.sleep(0)
            if reader._buffer:  # type: ignore[attr-defined]
                break
        assert (await reader.readline()).startswith(b"HTTP/1.1 400")


async def test_a_head_that_takes_for_ever_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither before the first byte, nor in mid-head, also of a later request."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    for begun in (b"", b"GET / HTTP/1.1\r\n"):
        async with line() as (reader, writer):
            writer.write(begun)
            assert await reader.read() == b""
    async with line() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
        writer.write(b"GET / HT")
        assert await reader.read() == b""


async def test_a_long_body_and_many_requests_are_no_head() -> None:
    """A line that is used again and again, with bodies larger than a head may be, is kept."""
    body = b"b" * (3 * HEAD_BYTES)
    async with line() as (reader, writer):
        for _ in range(4):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body))
            for at in range(0, len(body), 50_000):
                writer.write(body[at : at + 50_000])
                await asyncio.sleep(0)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
