"""The second gate: the transport under every model client.

A request leaves only to the one address that settings name, and only with a payload that the
policy has cleared for this very request. The transport reads the serialized body again, compares
its messages with what was cleared, refuses every other field that could carry text, and awaits
``before_send`` with the digest of the exact bytes, so that each try is on record before it leaves.

A refusal names a fixed reason; nothing of a body is in any error.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpx2

from lab.assistant.base import FORMS, BeforeSend
from lab.errors import AssistantError
from lab.model import Cleared, Message, payload_digest

CHAT = "/chat/completions"
MODELS = "/models"
LOOPBACK = "127.0.0.1"

_NUMBERS = frozenset(
    {
        "temperature",
        "top_p",
        "min_p",
        "repeat_penalty",
        "max_tokens",
        "max_completion_tokens",
        "id_slot",
    }
)
_SWITCHES = frozenset({"stream", "cache_prompt", "return_progress"})
_LARGEST = 1_000_000
"""No number of a request is larger: a number may not carry a text either."""


@dataclass(slots=True)
class _Clearance:
    """Leave for one request, and one only."""

    cleared: Cleared
    before_send: BeforeSend
    used: bool = False


_IN_FLIGHT: ContextVar[_Clearance | None] = ContextVar("lab_clearance", default=None)


@contextmanager
def clearance(cleared: Cleared, before_send: BeforeSend) -> Iterator[None]:
    """Within this block, and in this task, one request may carry ``cleared.messages``."""
    token = _IN_FLIGHT.set(_Clearance(cleared, before_send))
    try:
        yield
    finally:
        _IN_FLIGHT.reset(token)


def refuse(reason: str) -> AssistantError:
    """The error of a request that may not leave. ``reason`` is one of our own words."""
    return AssistantError("assistant_not_allowed", retry=False, reason=reason)


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Lets cleared payloads, and ``GET /models``, through to one address."""

    def __init__(self, base_url: str, model: str, inner: httpx2.AsyncBaseTransport) -> None:
        """``base_url`` and ``model`` as in the settings; ``inner`` does the sending."""
        self._base = httpx2.URL(base_url)
        self._prefix = self._base.path.rstrip("/")
        self._model = model
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send ``request`` if it may leave.

        Raises:
            AssistantError: ``assistant_not_allowed``; nothing was sent.
            Exception: whatever ``before_send`` raised; nothing was sent.
        """
        body = await request.aread()
        route = (request.method, self._route(request.url))
        if route == ("GET", MODELS):
            if body:
                raise refuse("body of a probe")
        elif route == ("POST", CHAT):
            await self._clear(body)
        else:
            raise refuse("address")
        return await self._inner.handle_async_request(_rebuilt(request, body))

    def _route(self, url: httpx2.URL) -> str:
        """The path below the base URL, if the address is ours; else a refusal."""
        ours = (self._base.scheme, self._base.host, self._base.port)
        path = url.raw_path.decode("ascii")
        if (url.scheme, url.host, url.port) != ours or url.userinfo or url.fragment:
            raise refuse("address")
        if not path.startswith(self._prefix + "/"):
            raise refuse("address")
        return path.removeprefix(self._prefix)

    async def _clear(self, body: bytes) -> None:
        """Compare a body with what was cleared, and put it on record."""
        leave = _IN_FLIGHT.get()
        if leave is None or leave.used:
            raise refuse("not cleared")
        leave.used = True
        messages = read_messages(body, self._model)
        digest = payload_digest(messages)
        if digest != leave.cleared.digest or digest != payload_digest(leave.cleared.messages):
            raise refuse("not what was cleared")
        await leave.before_send(hashlib.sha256(body).hexdigest())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class CountingTransport(httpx2.AsyncBaseTransport):
    """The door to our own child process: health, and counting tokens before a payload is cleared.

    What is counted has not been checked yet, so this door opens to 127.0.0.1 alone, and no path of
    it makes the model write.
    """

    def __init__(self, port: int, paths: frozenset[str], inner: httpx2.AsyncBaseTransport) -> None:
        """``port`` is the child's; ``paths`` are the only ones to pass."""
        self._port = port
        self._paths = paths
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send ``request`` if it goes to the child. Raises ``AssistantError`` where it does not."""
        url = request.url
        if (url.scheme, url.host, url.port) != ("http", LOOPBACK, self._port):
            raise refuse("address")
        if url.raw_path.decode("ascii") not in self._paths:
            raise refuse("address")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def read_messages(body: bytes, model: str) -> list[Message]:
    """The messages of a serialized request.

    Raises:
        AssistantError: it has a field that is not on the list, or that holds text it may not.
    """
    fields = _strict_json(body)
    messages = fields.pop("messages", None)
    if fields.pop("model", None) != model:
        raise refuse("model")
    options = fields.pop("stream_options", None)
    if options is not None and options not in ({"include_usage": True}, {"include_usage": False}):
        raise refuse("field")
    form = fields.pop("response_format", None)
    if form is not None and form not in FORMS.values():
        raise refuse("field")
    for key, value in fields.items():
        if key in _SWITCHES and isinstance(value, bool):
            continue
        if key not in _NUMBERS or isinstance(value, bool) or not isinstance(value, int | float):
            raise refuse("field")
        if not -_LARGEST <= value <= _LARGEST:
            raise refuse("number")
    if not isinstance(messages, list):
        raise refuse("messages")
    return [_message(row) for row in messages]


def _message(row: Any) -> Message:
    if not isinstance(row, dict) or row.keys() != {"role", "content"}:
        raise refuse("messages")
    role, content = row["role"], row["content"]
    if role not in {"system", "user", "assistant"} or not isinstance(content, str):
        raise refuse("messages")
    return Message(role, content)


def _strict_json(body: bytes) -> dict[str, Any]:
    """A JSON object without repeated keys or numbers that JSON does not know."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise refuse("repeated key")
        return found

    def constant(_: str) -> Any:
        raise refuse("number")

    try:
        fields = json.loads(body.decode("utf-8"), object_pairs_hook=unique, parse_constant=constant)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise refuse("body")
    return fields


def _rebuilt(request: httpx2.Request, body: bytes) -> httpx2.Request:
    """The request from the bytes that were checked, with our own headers and no others."""
    headers = {"accept": "text/event-stream, application/json", "user-agent": "thao-truong"}
    if key := request.headers.get("authorization"):
        headers["authorization"] = key
    if body:
        headers["content-type"] = "application/json"
    return httpx2.Request(
        request.method,
        request.url,
        headers=headers,
        content=body or None,
        extensions=request.extensions,
    )
