"""One prompt to an OpenAI-compatible endpoint: one guarded POST, its stream read as it comes.

The request is made by the ``openai`` client (its URL, key, errors and time-outs), with retries,
proxies and redirects off. The stream is read here and not by the client's own ``create(stream=
True)``, which builds checked models of every chunk: 15 ms of processor time for 60 chunks, against
5 to 7 ms this way (``docs/decisions/assistant-stream.md``).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx2
import openai

from lab import fastjson
from lab.assistant.base import FORMS, BeforeSend, Door, Form, gathering
from lab.assistant.guard import CHAT, MODELS, GuardedTransport, clearance
from lab.assistant.sse import Reader
from lab.assistant.wire import Wire
from lab.errors import AssistantError
from lab.model import AssistantEvent, Cleared, Delta, Finished, Usage

# Set to debug from outside (OPENAI_LOG), these would write requests to the server's own log.
for _name in ("openai", "httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_CONTEXT_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_BY_STATUS = {401: "unauthorized", 403: "unauthorized", 429: "rate_limited"}
_TELL_TO_STREAM = {"X-Stainless-Raw-Response": "stream"}
"""How the ``openai`` client is told to hand over a response unread; the guard drops it."""

AT_ONCE = 3
"""Pieces of a reply that are handed on as they come: the first words never wait."""


class ChatClient:
    """Sends cleared payloads to one endpoint."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._replies = 0
        """How many come in now."""
        timeout = httpx2.Timeout(
            door.silence_seconds, connect=door.connect_seconds, pool=door.connect_seconds
        )
        inner = Wire(secure=door.base_url.startswith("https:"))
        self._client = openai.AsyncOpenAI(
            base_url=door.base_url,
            api_key=door.key,
            max_retries=0,
            timeout=timeout,
            http_client=openai.DefaultAsyncHttpxClient(
                transport=GuardedTransport(door.base_url, door.model, inner),
                timeout=timeout,
                trust_env=False,
                follow_redirects=False,
            ),
        )

    async def stream(
        self, cleared: Cleared, before_send: BeforeSend, form: Form | None = None
    ) -> AsyncGenerator[AssistantEvent, None]:
        """The reply: ``Delta`` as it comes, one ``Finished``. Closing it closes the response.

        Raises:
            AssistantError: with the code of what went wrong.
        """
        body = {
            "model": self._door.model,
            "messages": [{"role": m.role, "content": m.content} for m in cleared.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            **self._door.sampling,
            **({"response_format": FORMS[form]} if form else {}),
        }
        response = await self._sent(body, cleared, before_send)
        self._replies += 1
        try:
            async for event in self._read(response):
                yield event
        finally:
            self._replies -= 1
            await response.aclose()

    async def probe(self) -> bool:
        """Whether the endpoint can be reached and accepts the key, by ``GET /models``."""
        try:
            response = await self._client.get(
                MODELS,
                cast_to=httpx2.Response,
                options={"timeout": self._door.connect_seconds},
            )
        except openai.APIStatusError as error:
            # An endpoint without a list of models can answer prompts all the same.
            return error.status_code in {404, 405}
        except openai.APIConnectionError:
            return False
        await response.aclose()
        return True

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _sent(
        self, body: dict[str, Any], cleared: Cleared, before_send: BeforeSend
    ) -> httpx2.Response:
        """The open response. Errors are raised outside the ``except``, so that none of them holds
        the request, and with it the prompt, as its context.
        """
        code = ""
        try:
            with clearance(cleared, before_send):
                response: httpx2.Response = await self._client.post(
                    CHAT, cast_to=httpx2.Response, body=body, options={"headers": _TELL_TO_STREAM}
                )
        except openai.APIStatusError as error:
            code = _code_of_status(error.status_code, error.body)
        except openai.APIConnectionError as error:
            code = _code_of_connection(error.__cause__)
        if code:
            raise AssistantError(code)
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            await response.aclose()
            raise AssistantError("assistant_bad_reply")
        return response

    async def _read(self, response: httpx2.Response) -> AsyncGenerator[AssistantEvent, None]:
        reply = _Reply(silence=self._door.silence_seconds)
        reader = Reader()
        pieces, code = 0, ""
        try:
            async for chunk in response.aiter_raw():
                text = reply.feed(reader.feed(chunk))
                if text:
                    yield Delta(text)
                    pieces += 1
                if reply.error:
                    raise reply.error
                if reply.done:
                    break
                if pieces >= AT_ONCE:  # what comes meanwhile is read, checked and shown as one
                    await asyncio.sleep(gathering(self._replies))
        except httpx2.ReadTimeout:
            code = "assistant_silent"
        except httpx2.TransportError:
            code = "assistant_cut"
        if code and not reply.finish:
            raise AssistantError(code)
        yield reply.ended()


class _Reply:
    """What a stream has said so far."""

    def __init__(self, silence: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.finish = ""
        self.done = False
        self.error: AssistantError | None = None
        """What is wrong with an event that came after the words that ``feed`` gave."""
        self._any = False
        self._reading = False
        """Whether the model has just told that it is still reading the prompt."""
        self._usage = Usage()
        self._silence = silence
        self._clock = clock
        self._heard = clock()

    def feed(self, events: Iterator[bytes]) -> str:
        """The text of some events of the stream, up to the first that is no chunk of a reply or is
        an error: then ``error`` says so. So it does where none has had a word for too long.
        """
        text = ""
        try:
            for event in events:
                if event == b"[DONE]":
                    self.done = True
                    break
                text += self._chunk(event)
        except AssistantError as error:
            self.error = error
        now = self._clock()
        if text or self.finish or self._reading:
            self._any = self._any or bool(text)
            self._reading = False
            self._heard = now
        elif now - self._heard > self._silence:
            self.error = self.error or AssistantError("assistant_silent")
        return text

    def _chunk(self, event: bytes) -> str:
        chunk: Any = None
        with suppress(ValueError, RecursionError):
            chunk = fastjson.loads(event)
        if not isinstance(chunk, dict):
            raise AssistantError("assistant_bad_reply")
        if "error" in chunk:
            raise AssistantError(_code_of_status(_status_in(chunk["error"]), chunk))
        try:
            return self._read(chunk)
        except (KeyError, TypeError, IndexError, AttributeError):
            pass
        raise AssistantError("assistant_bad_reply")

    def _read(self, chunk: dict[str, Any]) -> str:
        usage = chunk.get("usage")
        if usage:
            self._usage = Usage(usage.get("prompt_tokens"), usage.get("completion_tokens"))
        if "prompt_progress" in chunk:
            self._reading = True
        choices = chunk["choices"]
        if not choices:
            return ""
        choice = choices[0]
        self.finish = choice.get("finish_reason") or self.finish
        text = (choice.get("delta") or {}).get("content") or ""
        if not isinstance(text, str):
            raise TypeError
        return text

    def ended(self) -> Finished:
        """The end of the reply. Raises ``AssistantError`` where it stopped in the middle."""
        if not (self.finish or self.done):
            raise AssistantError("assistant_cut")
        if not self._any:
            raise AssistantError("assistant_bad_reply")
        return Finished(self._usage, truncated=self.finish == "length")


def _status_in(error: Any) -> int:
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else 500


def _code_of_status(status: int, body: Any) -> str:
    """The code for a refusal with this status and (parsed) body."""
    error = body.get("error", body) if isinstance(body, dict) else None
    if isinstance(error, dict) and _CONTEXT_CODES & {
        str(error.get("code")),
        str(error.get("type")),
    }:
        return "assistant_full_context"
    if status in _BY_STATUS:
        return "assistant_" + _BY_STATUS[status]
    return "assistant_server_error" if status >= 500 else "assistant_bad_reply"  # noqa: PLR2004


def _code_of_connection(cause: BaseException | None) -> str:
    """The code for a request that got no answer."""
    return "assistant_silent" if isinstance(cause, httpx2.ReadTimeout) else "assistant_refused"
