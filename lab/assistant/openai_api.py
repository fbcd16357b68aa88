"""The assistant at any OpenAI-compatible endpoint that settings name."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lab.assistant.base import About, BeforeSend, Door, Form
from lab.assistant.fit import drop_oldest
from lab.assistant.tokens import Tokens
from lab.errors import AssistantError, Unavailable
from lab.model import AssistantEvent, Cleared, Message, RecordedReply
from lab.settings import Settings

if TYPE_CHECKING:
    from lab.assistant.chat import ChatClient

PROBE_SECONDS = (2.0, 5.0, 10.0, 30.0)
"""Pauses between probes of an endpoint that does not answer; the last one repeats."""
_UNREACHED = frozenset({"assistant_refused", "assistant_unauthorized", "assistant_silent"})
_OPENAI_HOST = "api.openai.com"


class OpenAIAssistant:
    """Answers from the configured endpoint, and from nowhere else."""

    prefix: tuple[Message, ...] = ()

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        """Takes settings with a base URL and a model.

        Raises:
            Unavailable: either is not set, or the base URL is no web address.
        """
        self._settings = settings
        self._base_url = (settings.openai_base_url or "").rstrip("/")
        self._model = settings.openai_model or ""
        if not self._model or not self._base_url.startswith(("http://", "https://")):
            raise Unavailable("assistant_not_configured")
        self._host = urlsplit(self._base_url).netloc.rpartition("@")[2]
        self._tokens = tokens
        self._client: ChatClient | None = None
        self._reached = False
        self._probing: asyncio.Task[None] | None = None

    @property
    def about(self) -> About:
        """Who answers, now."""
        return About("openai", self._model, self._host, self._reached)

    async def start(self) -> None:
        """Begin to probe the endpoint."""
        self._tokens.warm()
        self._probe()

    async def close(self) -> None:
        """Stop probing and close the connections."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.gather(self._probing, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    async def count(self, messages: Sequence[Message]) -> int | None:
        """An estimate by tiktoken; None where its ranks are not there."""
        counts = [self._tokens.count(message.content) for message in messages]
        known = [count for count in counts if count is not None]
        return sum(known) + 4 * len(known) if len(known) == len(counts) else None

    async def fit(
        self, opening: Sequence[Message], history: Sequence[Message], prompt: Message
    ) -> tuple[tuple[Message, ...], int]:
        """Everything, unless ``LAB_OPENAI_CONTEXT`` names a limit."""
        limit = self._settings.openai_context
        if limit is None:
            return (*opening, *history, prompt), 0
        return await drop_oldest(
            opening, history, prompt, limit - self._settings.reply_tokens, self._estimate
        )

    async def stream(
        self,
        cleared: Cleared,
        *,
        before_send: BeforeSend,
        recorded: Sequence[RecordedReply] = (),  # noqa: ARG002 - part of the Protocol
        form: Form | None = None,
    ) -> AsyncGenerator[AssistantEvent, None]:
        """The endpoint's reply. Raises ``AssistantError``."""
        client = await self._ready_client()
        try:
            async with aclosing(client.stream(cleared, before_send, form)) as events:
                async for event in events:
                    self._reached = True
                    yield event
        except AssistantError as error:
            if error.code in _UNREACHED:
                self._reached = False
                self._probe()
            raise

    async def _estimate(self, messages: Sequence[Message]) -> int:
        counted = await self.count(messages)
        return counted if counted is not None else sum(len(m.content) // 2 + 4 for m in messages)

    def _probe(self) -> None:
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._probe_until_reached(), name="probe")

    async def _probe_until_reached(self) -> None:
        client = await self._ready_client()
        tries = 0
        while not await client.probe():
            await asyncio.sleep(PROBE_SECONDS[min(tries, len(PROBE_SECONDS) - 1)])
            tries += 1
        self._reached = True

    async def _ready_client(self) -> ChatClient:
        """The client; its library takes a second to import, so that is done off the loop."""
        if self._client is None:
            chat = await asyncio.to_thread(importlib.import_module, "lab.assistant.chat")
            if self._client is None:
                self._client = chat.ChatClient(self._door())
        return self._client

    def _door(self) -> Door:
        settings = self._settings
        key = settings.openai_api_key
        # OpenAI's own newer models want the newer name, every other server knows the older one.
        limit = "max_completion_tokens" if self._host == _OPENAI_HOST else "max_tokens"
        return Door(
            base_url=self._base_url,
            key=key.get_secret_value() if key else "none",
            model=self._model,
            connect_seconds=settings.connect_seconds,
            silence_seconds=settings.silence_seconds,
            sampling={"temperature": settings.temperature, limit: settings.reply_tokens},
        )
