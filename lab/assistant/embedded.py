"""The assistant that runs on this machine: a small model in a process of its own.

Prompts wait in a line in front of it, since it writes only a few replies at once. They go through
the same guarded client as to any endpoint. Only counting tokens uses another door, which leads to
this machine's own process and nowhere else.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from lab.assistant.base import About, BeforeSend, Door, Form
from lab.assistant.child import Child, Options
from lab.assistant.fit import drop_oldest
from lab.assistant.line import Line
from lab.assistant.prefix import PREFIX
from lab.assistant.weights import catalogue, find
from lab.errors import AssistantError, Unavailable
from lab.model import AssistantEvent, Cleared, Message, RecordedReply
from lab.settings import Settings

if TYPE_CHECKING:
    from lab.assistant.chat import ChatClient
    from lab.assistant.counter import Counter

MARGIN = 48
"""Tokens kept free, since masking may lengthen a prompt after it was counted."""
CACHE_MIB = 512
"""Memory for conversations that are not being answered just now."""
TURN_BYTES = 16
"""Bytes that a message's frame is counted as where tokens are bounded by bytes."""
SAMPLING = {"top_p": 0.9, "min_p": 0.05, "repeat_penalty": 1.05, "cache_prompt": True}


class EmbeddedAssistant:
    """Answers from this machine."""

    prefix: tuple[Message, ...] = PREFIX

    def __init__(self, settings: Settings) -> None:
        """Starts nothing yet.

        Raises:
            Unavailable: there are no weights.
        """
        path = find(settings)
        if path is None:
            raise Unavailable("assistant_not_configured")
        self._settings = settings
        self._path = path
        self._limit = settings.model_context - settings.reply_tokens - MARGIN
        self._line = Line(settings.model_slots)
        self._child = Child(self._options, self._connected, self._disconnected)
        self._ready = asyncio.Event()
        self._client: ChatClient | None = None
        self._counter: Counter | None = None

    @property
    def about(self) -> About:
        """Who answers, now."""
        own = self._settings.model_path is not None
        name = self._path.stem if own else catalogue().models[self._settings.model].title
        return About("embedded", name, "127.0.0.1", self._ready.is_set())

    @property
    def pid(self) -> int | None:
        """Of the model's process."""
        return self._child.pid

    async def start(self) -> None:
        """Start the process; it is ready some seconds later."""
        self._child.start()

    async def close(self) -> None:
        """Stop the process."""
        await self._child.close()

    async def count(self, messages: Sequence[Message]) -> int | None:
        """Tokens by the model's own tokenizer; None while it is not ready."""
        return await self._counter.count(messages) if self._counter else None

    async def busy(self) -> int | None:
        """Slots that are writing now; None while the model is not ready."""
        return await self._counter.busy() if self._counter else None

    async def fit(
        self, opening: Sequence[Message], history: Sequence[Message], prompt: Message
    ) -> tuple[tuple[Message, ...], int]:
        """Drop the oldest turns that do not fit. Raises ``AssistantError``."""
        return await drop_oldest(opening, history, prompt, self._limit, self._bound)

    async def stream(
        self,
        cleared: Cleared,
        *,
        before_send: BeforeSend,
        recorded: Sequence[RecordedReply] = (),  # noqa: ARG002 - part of the Protocol
        form: Form | None = None,
    ) -> AsyncGenerator[AssistantEvent, None]:
        """The place in line, then the reply. Raises ``AssistantError``."""
        ticket = self._line.join()
        try:
            async with aclosing(ticket.wait(self._settings.offer_recorded_seconds)) as places:
                async for queued in places:
                    yield queued
            client = await self._ready_client()
            async with aclosing(client.stream(cleared, before_send, form)) as events:
                async for event in events:
                    yield event
        finally:
            ticket.leave()

    async def _bound(self, messages: Sequence[Message]) -> int:
        """Tokens of ``messages``. A token is a byte or more, so that short payloads need no call;
        while the model is not ready, that bound is taken (and the prompt fails as not ready).
        """
        most = sum(len(m.content.encode()) + TURN_BYTES for m in messages)
        if most <= self._limit:
            return most
        counted = await self.count(messages)
        return most if counted is None else counted

    async def _ready_client(self) -> ChatClient:
        try:
            async with asyncio.timeout(self._settings.connect_seconds):
                await self._ready.wait()
        except TimeoutError:
            pass
        if self._client is None:
            raise AssistantError("assistant_not_ready")
        return self._client

    def _options(self, key: str) -> Options:
        settings = self._settings
        return Options(
            path=Path(self._path),
            model=settings.model,
            slots=settings.model_slots,
            threads=settings.model_threads or max(1, (os.cpu_count() or 2) - 1),
            context=settings.model_context,
            cache_mib=CACHE_MIB,
            key=key,
            sha256="" if settings.model_path else catalogue().models[settings.model].sha256,
        )

    async def _connected(self, port: int, key: str) -> None:
        settings = self._settings
        chat = await asyncio.to_thread(importlib.import_module, "lab.assistant.chat")
        counter = importlib.import_module("lab.assistant.counter")
        limits = {"temperature": settings.temperature, "max_tokens": settings.reply_tokens}
        self._client = chat.ChatClient(
            Door(
                base_url=f"http://127.0.0.1:{port}/v1",
                key=key,
                model=settings.model,
                connect_seconds=settings.connect_seconds,
                silence_seconds=settings.silence_seconds,
                sampling=SAMPLING | limits | {"return_progress": True},
            )
        )
        self._counter = counter.Counter(port, key, settings.connect_seconds)
        self._ready.set()

    async def _disconnected(self) -> None:
        self._ready.clear()
        client, counter = self._client, self._counter
        self._client = self._counter = None
        if client is not None:
            await client.close()
        if counter is not None:
            await counter.close()
