"""What holds for every assistant: the endpoint's, the embedded one and the recorded one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from lab.assistant import make, wait_ready
from lab.assistant.base import Assistant
from lab.assistant.testing import Endpoint
from lab.errors import LogError
from lab.model import Cleared, Delta, Finished, Message, RecordedReply
from lab.settings import Settings

RECORDED = (RecordedReply("chao", (("chào",),), (), "Chào anh/chị, chúc một ngày tốt lành."),)
PROMPT = Message("user", "Chào bạn")
THREE = [
    "openai",
    "recorded",
    pytest.param("embedded", marks=pytest.mark.model),
]


@pytest.fixture
async def assistant(request: pytest.FixtureRequest, endpoint: Endpoint) -> AsyncIterator[Assistant]:
    """A started assistant of the kind asked for."""
    values: dict[str, Any] = {"assistant": request.param}
    if request.param == "openai":
        values |= {"openai_base_url": endpoint.base_url, "openai_model": "m"}
    if request.param == "embedded":
        path = request.getfixturevalue("weights_05b")
        values |= {"model_path": path, "model_slots": 1, "model_threads": 1, "reply_tokens": 24}
    made = make(Settings(**values))
    await made.start()
    assert await wait_ready(made, 60)
    yield made
    await made.close()


class Sent:
    """Records the digests that ``before_send`` was told."""

    def __init__(self) -> None:
        self.digests: list[str] = []

    async def __call__(self, digest: str) -> None:
        """Keep the digest."""
        self.digests.append(digest)


@pytest.mark.parametrize("assistant", THREE, indirect=True)
async def test_every_assistant_keeps_the_protocol(
    assistant: Assistant, as_cleared: Callable[..., Cleared]
) -> None:
    """A fitted payload begins with the prefix and ends with the prompt; its reply is some words
    and one end; each try is on record and none where nothing leaves; a log that cannot be written
    stops a prompt that would leave; a reply can be left in the middle and the next one comes; and
    closing takes less than five seconds.
    """
    leaves = assistant.about.kind != "recorded"
    assert bool(assistant.about.endpoint) is leaves
    opening = [*assistant.prefix, Message("system", "Bài 1")]
    payload, dropped = await assistant.fit(opening, [], PROMPT)
    assert (payload, dropped) == ((*opening, PROMPT), 0)
    cleared, sent = as_cleared(*payload), Sent()

    events = [e async for e in assistant.stream(cleared, before_send=sent, recorded=RECORDED)]
    assert all(isinstance(event, Delta) and event.text for event in events[:-1])
    assert len(events) > 1
    assert isinstance(events[-1], Finished)
    assert len(sent.digests) == int(leaves)

    async def full_disk(_: str) -> None:
        raise LogError

    async def ask_on_a_full_disk() -> None:
        async for _ in assistant.stream(cleared, before_send=full_disk, recorded=RECORDED):
            pass

    if leaves:
        with pytest.raises(LogError):
            await ask_on_a_full_disk()

    for _ in range(2):
        stream: Any = assistant.stream(cleared, before_send=sent, recorded=RECORDED)
        async with asyncio.timeout(30), aclosing(stream) as part:
            assert isinstance(await anext(part), Delta)

    began = time.monotonic()
    await assistant.close()
    assert time.monotonic() - began < 5
