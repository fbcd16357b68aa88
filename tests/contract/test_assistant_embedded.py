"""The embedded model: the real llama.cpp server with the small weights, as a child process."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from lab.assistant import wait_ready
from lab.assistant.base import BeforeSend
from lab.assistant.embedded import MARGIN, EmbeddedAssistant
from lab.assistant.weights import Place, catalogue
from lab.errors import AssistantError, Unavailable
from lab.model import Cleared, Delta, Finished, Message, Queued
from lab.settings import Settings

pytestmark = [
    pytest.mark.model,
    pytest.mark.asyncio(loop_scope="module"),
]
START_SECONDS = 180
REPLY = 80
"""Tokens of the longest reply: some seconds of writing."""
COUNTING = Message("user", "Đếm từ 1 đến 300, mỗi số một dòng, không bỏ số nào.")


def settings_for(weights: Path, **values: Any) -> Settings:
    """Settings with the small model and one slot. One thread, since two that share a core with
    other tests wait for each other.
    """
    given = {"model_slots": 1, "model_threads": 1, "model_context": 1024} | values
    return Settings(assistant="embedded", model_path=weights, reply_tokens=REPLY, **given)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def assistant(weights_05b: Path) -> AsyncIterator[EmbeddedAssistant]:
    """One running model for all tests of this module."""
    made = EmbeddedAssistant(settings_for(weights_05b, offer_recorded_seconds=0.3))
    await made.start()
    assert await wait_ready(made, START_SECONDS)
    yield made
    await made.close()


def process(pid: int | None) -> Path:
    """What the kernel shows of a process; it exists as long as the process does."""
    return Path(f"/proc/{pid}")


def alive(pid: int | None) -> bool:
    """Whether a process is there."""
    return process(pid).exists()


async def until(met: Callable[[], bool | Awaitable[bool]], seconds: float) -> float:
    """Seconds until a condition is met. Raises ``TimeoutError``."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while True:
            now = met()
            if now if isinstance(now, bool) else await now:
                return time.monotonic() - began
            await asyncio.sleep(0.01)


async def nothing(_: str) -> None:
    """A log that takes everything."""


async def replied(
    assistant: EmbeddedAssistant, cleared: Cleared, before_send: BeforeSend = nothing
) -> list[Any]:
    """Every event of one reply."""
    return [event async for event in assistant.stream(cleared, before_send=before_send)]


async def started(assistant: EmbeddedAssistant, cleared: Cleared) -> asyncio.Task[None]:
    """A reply under way, past its first words."""
    first = asyncio.Event()

    async def read() -> None:
        async with aclosing(assistant.stream(cleared, before_send=nothing)) as events:
            async for event in events:
                if isinstance(event, Delta):
                    first.set()

    task = asyncio.create_task(read())
    waiter = asyncio.create_task(first.wait())
    await asyncio.wait({task, waiter}, timeout=90, return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    return task


def busy(assistant: EmbeddedAssistant, slots: int) -> Callable[[], Awaitable[bool]]:
    """The condition that so many slots are writing."""

    async def met() -> bool:
        return await assistant.busy() == slots

    return met


async def test_it_answers_in_words_with_the_usage_of_its_own_tokenizer(
    assistant: EmbeddedAssistant, as_cleared: Callable[..., Cleared]
) -> None:
    """A prompt behind the prefix gets a reply in several pieces; the usage that comes with it is
    what the assistant counted beforehand; one try was put on record.
    """
    tries: list[str] = []

    async def before_send(digest: str) -> None:
        tries.append(digest)

    messages = (*assistant.prefix, Message("user", "Viết một câu chào đầu thư công vụ."))
    events = await replied(assistant, as_cleared(*messages), before_send)
    pieces = [event for event in events if isinstance(event, Delta)]
    assert len(pieces) > 3
    assert isinstance(events[-1], Finished)
    assert events[-1].usage.prompt_tokens == await assistant.count(messages)
    assert [len(digest) for digest in tries] == [64]


async def test_it_keeps_a_form(
    assistant: EmbeddedAssistant, as_cleared: Callable[..., Cleared]
) -> None:
    """Held to the form of an opinion, even a small model gives JSON with its three texts."""
    prompt = Message("user", 'Góp ý câu lệnh "viết báo cáo" bằng JSON: good, better, example.')
    stream = assistant.stream(as_cleared(prompt), before_send=nothing, form="opinion")
    said = "".join([event.text async for event in stream if isinstance(event, Delta)])
    assert said.startswith("{")
    keys = [key for key in ("good", "better", "example") if f'"{key}"' in said]
    assert keys == ["good", "better", "example"][: len(keys)]
    assert keys
    if said.rstrip().endswith("}"):
        assert set(json.loads(said)) == {"good", "better", "example"}


async def test_stop_frees_the_slot_at_once(
    assistant: EmbeddedAssistant, as_cleared: Callable[..., Cleared]
) -> None:
    """While a reply is written one slot is busy; when its reader goes, the slot is idle within five
    seconds, and the next prompt is answered.
    """
    task = await started(assistant, as_cleared(COUNTING))
    assert await assistant.busy() == 1
    task.cancel()
    await asyncio.wait({task})
    await until(busy(assistant, 0), 5)
    assert await replied(assistant, as_cleared(Message("user", "Chào")))


async def test_stop_while_a_long_prompt_is_read_frees_the_slot(
    assistant: EmbeddedAssistant, as_cleared: Callable[..., Cleared]
) -> None:
    """A prompt that is given up before its first word frees the slot before it would have
    been read to the end, which another prompt of the same length shows.
    """

    def long(word: str) -> Cleared:
        return as_cleared(Message("user", f"Tóm tắt: {word} " + "mục này dài " * 110))

    began = time.monotonic()
    task = await started(assistant, long("một"))
    whole = time.monotonic() - began
    task.cancel()
    await asyncio.wait({task})
    await until(busy(assistant, 0), 30)
    task = asyncio.create_task(replied(assistant, long("hai")))
    await until(busy(assistant, 1), 30)
    task.cancel()
    await asyncio.wait({task})
    assert await until(busy(assistant, 0), 60) < whole


async def test_a_waiting_prompt_hears_its_place_and_the_offer(
    assistant: EmbeddedAssistant, as_cleared: Callable[..., Cleared]
) -> None:
    """With the one slot taken a prompt is told place 1, then offered a recorded reply, and is
    answered once the slot is free.
    """
    task = await started(assistant, as_cleared(COUNTING))
    heard: list[Any] = []

    async def wait() -> None:
        prompt = as_cleared(Message("user", "Chào"))
        async for event in assistant.stream(prompt, before_send=nothing):
            heard.append(event)
            if isinstance(event, Queued) and event.offer_recorded:
                task.cancel()

    await asyncio.wait_for(wait(), 90)
    assert heard[:2] == [Queued(1), Queued(1, offer_recorded=True)]
    assert isinstance(heard[-1], Finished)


async def test_the_oldest_turns_go_when_the_context_is_full(
    assistant: EmbeddedAssistant,
) -> None:
    """A long conversation loses its oldest turns, no more than needed by the model's own count,
    and what is left has room for a reply.
    """
    history = [
        Message(role, f"Lượt {number}. " + "Nội dung đã trao đổi. " * 12)  # type: ignore[arg-type]
        for number in range(8)
        for role in ("user", "assistant")
    ]
    prompt = Message("user", "Nói một từ.")
    payload, dropped = await assistant.fit(assistant.prefix, history, prompt)
    assert 0 < dropped < 8
    assert payload == (*assistant.prefix, *history[2 * dropped :], prompt)
    fuller = (*assistant.prefix, *history[2 * (dropped - 1) :], prompt)
    kept, over = await assistant.count(payload), await assistant.count(fuller)
    assert kept is not None
    assert over is not None
    assert kept + REPLY <= 1024
    assert over + REPLY + MARGIN > 1024


async def test_a_prompt_longer_than_the_context_is_told(
    assistant: EmbeddedAssistant, as_cleared: Callable[..., Cleared]
) -> None:
    """Too long a prompt is told before it is checked, and by the server should it get there."""
    long = Message("user", "dài quá " * 900)
    with pytest.raises(AssistantError, match="assistant_full_context"):
        await assistant.fit(assistant.prefix, [], long)
    with pytest.raises(AssistantError, match="assistant_full_context"):
        await replied(assistant, as_cleared(long))


async def test_nothing_secret_is_in_arguments_or_environment(
    assistant: EmbeddedAssistant,
) -> None:
    """The process shows neither key nor settings in what other users of the machine may read."""
    shown = process(assistant.pid)
    seen = (shown / "cmdline").read_bytes().split(b"\0")
    assert seen[1:] == [b"-m", b"lab.assistant.embedded_child", b""]
    counter = assistant._counter
    assert counter is not None
    key = counter._client.headers["authorization"].removeprefix("Bearer ")
    assert len(key) > 30
    assert key.encode() not in (shown / "environ").read_bytes()


async def test_the_model_answers_nobody_without_the_key(assistant: EmbeddedAssistant) -> None:
    """Another program on the machine cannot use the model."""
    import httpx2

    counter = assistant._counter
    assert counter is not None
    async with httpx2.AsyncClient(trust_env=False) as other:
        for path in ("/v1/models", "/slots", "/v1/chat/completions"):
            url = str(counter._client.base_url).rstrip("/") + path
            assert (await other.get(url)).status_code == 401
            assert (await other.post(url, json={"messages": []})).status_code == 401


async def test_a_process_that_dies_is_told_and_started_again(
    assistant: EmbeddedAssistant, as_cleared: Callable[..., Cleared]
) -> None:
    """When the process is killed in mid-reply the reader is told that the reply was cut, and a new
    process answers the next prompt.
    """
    task = await started(assistant, as_cleared(COUNTING))
    before = assistant.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    with pytest.raises(AssistantError, match="assistant_cut"):
        await asyncio.wait_for(task, 10)
    await until(lambda: assistant.pid not in {before, None}, 10)
    assert await wait_ready(assistant, START_SECONDS)
    assert await replied(assistant, as_cleared(Message("user", "Chào")))


async def test_a_prompt_during_loading_waits_or_is_told(
    weights_05b: Path, as_cleared: Callable[..., Cleared]
) -> None:
    """Before the model is loaded a prompt waits for it as long as for a connection, then is told;
    and closing ends the process within five seconds.
    """
    assistant = EmbeddedAssistant(settings_for(weights_05b, connect_seconds=0.01))
    await assistant.start()
    with pytest.raises(AssistantError, match="assistant_not_ready"):
        await replied(assistant, as_cleared(Message("user", "Chào")))
    assert await wait_ready(assistant, START_SECONDS)
    pid = assistant.pid
    began = time.monotonic()
    await assistant.close()
    assert time.monotonic() - began < 5
    assert not alive(pid)


PARENT = """
import asyncio, sys
from lab.assistant.embedded import MARGIN, EmbeddedAssistant
from lab.assistant.weights import Place, catalogue
from lab.settings import Settings
async def main():
    assistant = EmbeddedAssistant(Settings(model_path=sys.argv[1], model_slots=1))
    await assistant.start()
    while assistant.pid is None:
        await asyncio.sleep(0.01)
    print(assistant.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_the_process_dies_with_its_parent(weights_05b: Path) -> None:
    """When the lab is killed without a chance to clean up, the model's process ends by itself."""
    parent = subprocess.Popen(  # noqa: ASYNC220 - a real parent that can be killed
        [sys.executable, "-c", PARENT, str(weights_05b)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(await asyncio.to_thread(parent.stdout.readline))
    assert alive(pid)
    parent.kill()
    parent.wait()
    await until(lambda: not alive(pid), 15)


async def test_a_file_that_cannot_be_loaded_leaves_it_not_ready(tmp_path: Path) -> None:
    """A broken GGUF file raises nothing at the start, is never ready, and closes at once."""
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\0" * 100)
    assistant = EmbeddedAssistant(settings_for(broken))
    await assistant.start()
    assert not await wait_ready(assistant, 3)
    began = time.monotonic()
    await assistant.close()
    assert time.monotonic() - began < 5


async def test_without_weights_there_is_no_embedded_assistant(tmp_path: Path) -> None:
    """The error says what is missing, when the assistant is made."""
    with pytest.raises(Unavailable, match="assistant_not_configured"):
        EmbeddedAssistant(Settings(cache=tmp_path, model_path=None))


async def test_weights_that_were_changed_behind_its_back_are_not_used(
    weights_05b: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One byte of the pulled file differs, its size, time and marker do not: each start hashes the
    file, says so, and nobody is answered by it.
    """
    settings = Settings(
        assistant="embedded", cache=tmp_path, model="qwen2.5-coder-0.5b", model_threads=1
    )
    place = Place.of(settings)
    place.folder.mkdir(parents=True)
    shutil.copyfile(weights_05b, place.file)
    with place.file.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))
    place.remember(catalogue().models[place.name])
    made = EmbeddedAssistant(settings)
    await made.start()
    await until(lambda: "not what was released" in caplog.text, START_SECONDS)
    assert not made.about.ready
    await made.close()
