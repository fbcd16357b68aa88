"""Counting tokens with the embedded model's own tokenizer, by the door to our own process."""

from __future__ import annotations

from collections.abc import Sequence

import httpx2

from lab.assistant.guard import LOOPBACK, CountingTransport
from lab.model import Message

COUNT = "/v1/chat/completions/input_tokens"
SLOTS = "/slots"


class Counter:
    """Asks our own child process; None where it does not answer."""

    def __init__(self, port: int, key: str, seconds: float) -> None:
        """``seconds``: longest wait for an answer."""
        inner = httpx2.AsyncHTTPTransport(trust_env=False)
        self._client = httpx2.AsyncClient(
            base_url=f"http://{LOOPBACK}:{port}",
            headers={"authorization": f"Bearer {key}"},
            transport=CountingTransport(port, frozenset({COUNT, SLOTS}), inner),
            timeout=seconds,
            trust_env=False,
        )

    async def count(self, messages: Sequence[Message]) -> int | None:
        """Tokens of a payload as the model will read it, its template included."""
        rows = [{"role": message.role, "content": message.content} for message in messages]
        try:
            answer = await self._client.post(COUNT, json={"messages": rows})
            return int(answer.json()["input_tokens"]) if answer.is_success else None
        except (httpx2.HTTPError, ValueError, KeyError):
            return None

    async def busy(self) -> int | None:
        """Slots that are writing now."""
        try:
            answer = await self._client.get(SLOTS)
            return sum(bool(slot["is_processing"]) for slot in answer.json())
        except (httpx2.HTTPError, ValueError, KeyError, TypeError):
            return None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
