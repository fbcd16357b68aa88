"""The connections under the guard: aiohttp, whose parser is compiled, in httpx2's terms.

A reply comes in a chunk a word; what waits together is read together, for little more than the cost
of one chunk (``docs/decisions/hot-path.md``). No proxy, no cookie, no redirect, no header of its
own, and nothing is unpacked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx2

_IDLE_SECONDS = 5.0
"""How long a connection is kept that nobody uses."""
_SET_BELOW = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the connection in httpx2's terms; none of them quotes anything."""
    kind: type[httpx2.TransportError]
    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        kind = httpx2.ConnectTimeout
    except TimeoutError:
        kind = httpx2.ReadTimeout
    except aiohttp.ClientConnectorError:
        kind = httpx2.ConnectError
    except (aiohttp.ClientError, OSError):
        kind = httpx2.ReadError
    else:
        return
    raise kind(kind.__name__)


class Wire(httpx2.AsyncBaseTransport):
    """Sends requests over connections that are kept and used again."""

    def __init__(self, *, secure: bool) -> None:
        """``secure``: certificates are checked; a plain address needs none, and they take 20 ms."""
        self._trust = httpx2.create_ssl_context(trust_env=False) if secure else True
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; the response is open. Raises ``httpx2.TransportError``."""
        limits = request.extensions.get("timeout", {})
        rows = request.headers.raw
        headers = [
            (name.decode("ascii"), value.decode("latin-1"))
            for name, value in rows
            if name.lower().decode("ascii") not in _SET_BELOW
        ]
        body = await request.aread()
        with _told():
            response = await self._opened().request(
                request.method,
                str(request.url),
                headers=headers,
                data=body or None,
                timeout=aiohttp.ClientTimeout(
                    connect=limits.get("connect"), sock_read=limits.get("read")
                ),
                allow_redirects=False,
            )
        return httpx2.Response(
            response.status, headers=response.raw_headers, stream=_Body(response), request=request
        )

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        """The connections; they belong to the loop that first uses them."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._trust, limit=0, keepalive_timeout=_IDLE_SECONDS
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_NOT_ADDED,
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


class _Body(httpx2.AsyncByteStream):
    """The body as it comes: what waits together comes as one."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            with _told():
                data = await self._response.content.readany()
            if not data:
                return
            yield data

    async def aclose(self) -> None:
        """Let go of the connection; where the body was not read to its end it is cut."""
        self._response.close()
        await asyncio.sleep(0)  # the loop closes the socket in its next round: by then it is closed
