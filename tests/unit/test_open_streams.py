"""A stream goes on outside what answered its request, and ends with its reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Message, Receive, Scope, Send

from lab.pages.open_streams import EventStream, OpenStreams


class Line:
    """What a server holds of one request."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.left = asyncio.Event()
        self.answered = asyncio.Event()
        self.heard = asyncio.Event()

    async def receive(self) -> Message:
        """Nothing but that the reader has gone."""
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Note what is sent."""
        self.sent.append(message)
        if message["type"] == "http.response.body":
            self.heard.set()

    def serve(self, stream: EventStream) -> asyncio.Task[None]:
        """Answer with a stream, as a route does."""

        async def route(scope: Scope, receive: Receive, send: Send) -> None:
            await stream(dict(scope), receive, send)  # routers hand on copies
            self.answered.set()

        app = OpenStreams(route)
        return asyncio.create_task(app({"type": "http"}, self.receive, self.send))

    @property
    def bodies(self) -> list[bytes]:
        """What the reader got."""
        return [each["body"] for each in self.sent if each["type"] == "http.response.body"]


async def test_the_route_has_ended_while_its_stream_goes_on() -> None:
    """The head comes first, then what is told as it is told, then the end."""
    line, more = Line(), asyncio.Event()

    async def told() -> AsyncGenerator[bytes]:
        yield b"one"
        await more.wait()
        yield b"two"

    task = line.serve(EventStream(told(), more.set))
    await line.answered.wait()
    await line.heard.wait()
    assert line.sent[0]["type"] == "http.response.start"
    assert not task.done()
    more.set()
    await task
    assert line.bodies == [b"one", b"two", b""]


async def test_a_reader_who_goes_ends_the_stream() -> None:
    """What the stream holds is let go at once, not at the next sign of life."""
    line, gone, closed = Line(), asyncio.Event(), False

    async def told() -> AsyncGenerator[bytes]:
        nonlocal closed
        try:
            yield b"one"
            await gone.wait()
        finally:
            closed = True

    task = line.serve(EventStream(told(), gone.set))
    await line.answered.wait()
    line.left.set()
    await asyncio.wait_for(task, 1)
    assert closed


async def test_a_stream_that_breaks_tells_no_text(caplog: pytest.LogCaptureFixture) -> None:
    """The log has the kind of the error and its lines; who told it may have held a prompt."""
    line = Line()

    async def told() -> AsyncGenerator[bytes]:
        yield b"one"
        raise ValueError("số 0950 000 123")

    await line.serve(EventStream(told(), line.left.set))
    assert "ValueError" in caplog.text
    assert "0950" not in caplog.text
    assert b"" not in line.bodies
