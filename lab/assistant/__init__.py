"""Who answers: an OpenAI-compatible endpoint, the embedded model, or recorded replies."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from lab.assistant.base import Assistant
from lab.settings import Settings

__all__ = ["make", "wait_ready"]


def make(settings: Settings) -> Assistant:
    """The assistant that settings choose. Starts nothing, imports no client.

    Raises:
        Unavailable: ``openai`` is chosen without its address or model, or ``embedded`` without
            its weights.
    """
    from lab.assistant.weights import find  # noqa: PLC0415 - keeps this package light

    kind = settings.assistant
    if kind == "auto":
        kind = "embedded" if find(settings) else "recorded"
    if kind == "openai":
        from lab.assistant.openai_api import OpenAIAssistant  # noqa: PLC0415
        from lab.assistant.tokens import Tokens  # noqa: PLC0415

        return OpenAIAssistant(settings, Tokens(settings))
    if kind == "embedded":
        from lab.assistant.embedded import EmbeddedAssistant  # noqa: PLC0415

        return EmbeddedAssistant(settings)
    from lab.assistant.recorded import RecordedAssistant  # noqa: PLC0415

    return RecordedAssistant(settings.recorded_word_seconds)


async def wait_ready(assistant: Assistant, seconds: float) -> bool:
    """Wait until a started assistant can answer, at most so long; whether it can."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not assistant.about.ready:  # noqa: ASYNC110 - the Protocol has no event for it
                await asyncio.sleep(0.05)
    return assistant.about.ready
