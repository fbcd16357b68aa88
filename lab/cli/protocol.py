"""HTTP whose heads have limits: uvicorn's parser would take one without end."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64_000
"""A head of a request (line and fields) that is longer, and did not come at once, is refused."""
HEAD_SECONDS = 30.0
"""Within these it must have come; a browser that opened a line in advance opens another."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection. What is too long is answered 400, what is too slow is closed."""

    _head = 0
    """Bytes so far of the head that is due or is coming."""
    _timer: asyncio.TimerHandle | None = None
    """Ends the wait for a head; None where none is due."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A head is due."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some more bytes of a request."""
        super().data_received(data)
        if self._timer is not None:
            self._head += len(data)
            if self._head > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Called by the parser: another request begins."""
        self._begin()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Called by the parser: the head is there."""
        self._end()
        super().on_headers_complete()

    def _begin(self) -> None:
        self._end()
        self._timer = self.loop.call_later(HEAD_SECONDS, self._late)

    def _end(self) -> None:
        self._head = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
