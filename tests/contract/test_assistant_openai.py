"""The assistant at an OpenAI-compatible endpoint, through the real client and over real HTTP."""

from __future__ import annotations

import hashlib
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from lab.assistant import make, wait_ready
from lab.assistant.openai_api import OpenAIAssistant
from lab.assistant.testing import SENTENCE, Endpoint
from lab.errors import AssistantError, LogError, Unavailable
from lab.model import Cleared, Delta, Finished, Message, Usage
from lab.settings import Settings

SECRET = "Phiếu trình mật của ông Đinh Văn Thử, 0912 345 678"
PROMPT = Message("user", SECRET)


def settings_for(base_url: str, **values: Any) -> Settings:
    """Settings with the openai assistant at ``base_url``."""
    return Settings(
        assistant="openai",
        openai_base_url=base_url,
        openai_model="mo-hinh",
        openai_api_key="khoa-thu",
        connect_seconds=2,
        **values,
    )


@pytest.fixture
async def assistant(endpoint: Endpoint) -> AsyncIterator[OpenAIAssistant]:
    """The assistant at the fake endpoint; a second without a word is too long."""
    made = make(settings_for(endpoint.base_url, silence_seconds=0.4))
    assert isinstance(made, OpenAIAssistant)
    yield made
    await made.close()


class Sent:
    """Records the digests that ``before_send`` was told."""

    def __init__(self) -> None:
        self.digests: list[str] = []

    async def __call__(self, digest: str) -> None:
        """Keep the digest."""
        self.digests.append(digest)


async def replied(
    assistant: OpenAIAssistant, cleared: Cleared, sent: Sent | None = None
) -> list[Any]:
    """Every event of one reply."""
    return [event async for event in assistant.stream(cleared, before_send=sent or Sent())]


def text_of(events: list[Any]) -> str:
    """The reply's text."""
    return "".join(event.text for event in events if isinstance(event, Delta))


async def test_one_prompt_makes_one_request_and_streams_its_reply(
    assistant: OpenAIAssistant, endpoint: Endpoint, as_cleared: Callable[..., Cleared]
) -> None:
    """One prompt is one POST whose bytes are those put on record, whose last message is the
    prompt, and the reply comes in pieces with its usage at the end.
    """
    endpoint.behave(reply=SENTENCE, rate=500)
    sent = Sent()
    opening = Message("system", "Bài 1")
    events = await replied(assistant, as_cleared(opening, PROMPT), sent)
    (request,) = endpoint.requests
    assert sent.digests == [hashlib.sha256(request.body).hexdigest()]
    assert request.json["messages"] == [
        {"role": "system", "content": "Bài 1"},
        {"role": "user", "content": SECRET},
    ]
    assert request.json["model"] == "mo-hinh"
    assert dict(request.headers)["authorization"] == "Bearer khoa-thu"
    assert text_of(events) == SENTENCE
    assert len(events) > 3
    assert isinstance(events[-1], Finished)
    assert events[-1].usage.completion_tokens == len(SENTENCE.split()) + 1
    assert not events[-1].truncated


MISBEHAVIOURS: list[tuple[dict[str, Any], str, int]] = [
    ({"kind": "refuse"}, "assistant_refused", 0),
    ({"kind": "status", "status": 401}, "assistant_unauthorized", 0),
    ({"kind": "status", "status": 403}, "assistant_unauthorized", 0),
    ({"kind": "status", "status": 429}, "assistant_rate_limited", 0),
    ({"kind": "status", "status": 500}, "assistant_server_error", 0),
    ({"kind": "status", "status": 503}, "assistant_server_error", 0),
    ({"kind": "status", "status": 404}, "assistant_bad_reply", 0),
    (
        {"kind": "status", "status": 400, "error": "context_length_exceeded"},
        "assistant_full_context",
        0,
    ),
    ({"kind": "cut"}, "assistant_cut", 0),
    ({"kind": "cut", "after": 3}, "assistant_cut", 3),
    ({"kind": "silence"}, "assistant_silent", 0),
    ({"kind": "silence", "after": 2}, "assistant_silent", 2),
    ({"latency": 5}, "assistant_silent", 0),
    ({"kind": "garbage", "after": 2}, "assistant_bad_reply", 2),
    ({"kind": "page"}, "assistant_bad_reply", 0),
    ({"kind": "error", "after": 1}, "assistant_server_error", 1),
    ({"kind": "error", "after": 1, "status": 429}, "assistant_rate_limited", 1),
    ({"kind": "error", "error": "exceed_context_size_error"}, "assistant_full_context", 0),
    ({"reply": ""}, "assistant_bad_reply", 0),
]


@pytest.mark.parametrize(
    ("behaviour", "code", "words"),
    MISBEHAVIOURS,
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else "",
)
async def test_every_fault_of_an_endpoint_has_its_own_error(
    assistant: OpenAIAssistant,
    endpoint: Endpoint,
    as_cleared: Callable[..., Cleared],
    behaviour: dict[str, Any],
    code: str,
    words: int,
) -> None:
    """What came before the fault was shown, one request was made, and the error has its code, may
    be tried again, and holds nothing of the prompt, also not in the errors behind it.
    """
    endpoint.behave(**behaviour)
    events: list[Any] = []

    async def ask() -> None:
        async for event in assistant.stream(as_cleared(PROMPT), before_send=Sent()):
            events.append(event)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(AssistantError) as caught:
        await ask()
    assert (caught.value.code, caught.value.retry) == (code, True)
    assert len(endpoint.prompts) == 1
    assert len(text_of(events).split()) == words
    assert caught.value.__context__ is None
    assert SECRET not in repr(caught.value) + str(caught.value.values)


async def test_the_next_prompt_is_answered_after_every_fault(
    assistant: OpenAIAssistant, endpoint: Endpoint, as_cleared: Callable[..., Cleared]
) -> None:
    """No fault leaves the client in a state in which a retry fails."""
    for behaviour, _, _ in MISBEHAVIOURS:
        if behaviour.get("kind") == "silence" or "latency" in behaviour:
            continue
        endpoint.behave(**behaviour)
        with pytest.raises(AssistantError):
            await replied(assistant, as_cleared(PROMPT))
        endpoint.behave(echo=True)
        assert text_of(await replied(assistant, as_cleared(PROMPT))) == SECRET


@pytest.mark.parametrize("piece", [r"(?s).", r"(?s).{1,7}", r"(?s).+"])
async def test_a_reply_is_whole_whatever_its_pieces(
    assistant: OpenAIAssistant,
    endpoint: Endpoint,
    as_cleared: Callable[..., Cleared],
    piece: str,
) -> None:
    """Letter by letter or all at once, the same text comes out."""
    endpoint.behave(echo=True, piece=piece)
    message = Message("user", 'Dòng 1\n\ndata: "Dòng 2"\r\n\u2028[HỌ TÊN 1] 😀')
    assert text_of(await replied(assistant, as_cleared(message))) == message.content


async def test_the_end_of_a_reply_is_known_without_its_marker(
    assistant: OpenAIAssistant, endpoint: Endpoint, as_cleared: Callable[..., Cleared]
) -> None:
    """A stream that ends after its finish reason but without [DONE] is a whole reply."""
    endpoint.behave(kind="no_done", tokens=3)
    events = await replied(assistant, as_cleared(PROMPT))
    assert events[-1].usage == Usage(events[-1].usage.prompt_tokens, 3)


async def test_a_reply_at_the_limit_is_told_as_cut_short(
    assistant: OpenAIAssistant, endpoint: Endpoint, as_cleared: Callable[..., Cleared]
) -> None:
    """The finish reason "length" comes out as truncated."""
    endpoint.behave(finish="length")
    assert (await replied(assistant, as_cleared(PROMPT)))[-1].truncated


async def test_closing_the_stream_hangs_up_at_once(
    assistant: OpenAIAssistant, endpoint: Endpoint, as_cleared: Callable[..., Cleared]
) -> None:
    """When the iterator is closed in the middle, the endpoint sees the connection end within
    half a second, long before its reply would.
    """
    endpoint.behave(tokens=500, rate=50)
    async with aclosing(assistant.stream(as_cleared(PROMPT), before_send=Sent())) as events:
        async for _ in events:
            break
    assert endpoint.wait_idle(5) < 0.5
    assert endpoint.left == 1


async def test_nothing_is_sent_when_the_log_cannot_be_written(
    assistant: OpenAIAssistant, endpoint: Endpoint, as_cleared: Callable[..., Cleared]
) -> None:
    """The error of before_send comes out as it is, and the endpoint gets no byte of the prompt."""

    async def full_disk(_: str) -> None:
        raise LogError

    with pytest.raises(LogError):
        async for _ in assistant.stream(as_cleared(PROMPT), before_send=full_disk):
            pass
    assert endpoint.prompts == []


async def test_no_redirect_is_followed(
    assistant: OpenAIAssistant, endpoint: Endpoint, as_cleared: Callable[..., Cleared]
) -> None:
    """An endpoint cannot send a prompt on to another host."""
    with Endpoint() as other:
        for status in (302, 307, 308):
            endpoint.behave(kind="status", status=status, location=f"{other.base_url}/models")
            with pytest.raises(AssistantError, match="assistant_bad_reply"):
                await replied(assistant, as_cleared(PROMPT))
        assert other.requests == []


async def test_no_proxy_of_the_environment_is_used(
    endpoint: Endpoint, as_cleared: Callable[..., Cleared], monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP_PROXY, OPENAI_BASE_URL and their kind do not change where a prompt goes."""
    with Endpoint() as other:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "OPENAI_BASE_URL"):
            monkeypatch.setenv(name, other.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "khac")
        assistant = make(settings_for(endpoint.base_url))
        assert isinstance(assistant, OpenAIAssistant)
        await replied(assistant, as_cleared(PROMPT))
        await assistant.close()
        assert other.requests == []
        assert len(endpoint.prompts) == 1


async def test_probes_ask_for_the_list_of_models_only(
    assistant: OpenAIAssistant, endpoint: Endpoint
) -> None:
    """Starting probes by GET /models without a body, and then the assistant is ready."""
    assert not assistant.about.ready
    await assistant.start()
    assert await wait_ready(assistant, 10)
    assert {(request.method, request.path, request.body) for request in endpoint.requests} == {
        ("GET", "/v1/models", b"")
    }
    assert assistant.about.endpoint == f"127.0.0.1:{endpoint.port}"


async def test_an_endpoint_that_goes_away_and_comes_back_is_noticed(
    assistant: OpenAIAssistant, endpoint: Endpoint, as_cleared: Callable[..., Cleared]
) -> None:
    """After a refused prompt the assistant is not ready, until it can be reached again."""
    await assistant.start()
    assert await wait_ready(assistant, 10)
    endpoint.behave(kind="refuse")
    with pytest.raises(AssistantError):
        await replied(assistant, as_cleared(PROMPT))
    assert not assistant.about.ready
    endpoint.behave()
    assert await wait_ready(assistant, 10)


async def test_an_endpoint_that_is_not_there_is_refused_in_time(
    as_cleared: Callable[..., Cleared],
) -> None:
    """Where nobody listens, a prompt is told so within the time to connect; starting raises not."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assistant = make(settings_for(f"http://127.0.0.1:{port}/v1"))
    await assistant.start()
    started = time.monotonic()
    with pytest.raises(AssistantError, match="assistant_refused"):
        async for _ in assistant.stream(as_cleared(PROMPT), before_send=Sent()):
            pass
    assert time.monotonic() - started < 3
    await assistant.close()


async def test_no_library_logs_a_prompt(
    assistant: OpenAIAssistant,
    endpoint: Endpoint,
    as_cleared: Callable[..., Cleared],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With everything logged that the root logger can, no prompt is in the log."""
    caplog.set_level(logging.DEBUG)
    for behaviour in ({}, {"kind": "status"}, {"kind": "cut", "after": 1}):
        endpoint.behave(**behaviour)
        try:
            await replied(assistant, as_cleared(PROMPT))
        except AssistantError:
            continue
    assert "Đinh Văn Thử" not in caplog.text
    assert "345" not in caplog.text


@pytest.mark.parametrize(
    "values",
    [
        {"openai_base_url": None, "openai_model": "m"},
        {"openai_base_url": "http://127.0.0.1:1/v1", "openai_model": None},
        {"openai_base_url": "file:///etc/passwd", "openai_model": "m"},
    ],
)
def test_an_incomplete_setting_is_told_at_the_start(values: dict[str, Any]) -> None:
    """Without an address or a model there is no assistant, and the error says which settings."""
    with pytest.raises(Unavailable, match="assistant_not_configured"):
        make(Settings(assistant="openai", **values))


async def test_a_limit_of_context_drops_the_oldest_turns(endpoint: Endpoint) -> None:
    """With LAB_OPENAI_CONTEXT set, long conversations lose their oldest turns; without, none."""
    history = [
        Message(role, f"{number} " + "dài lắm " * 200)  # type: ignore[arg-type]
        for number in range(6)
        for role in ("user", "assistant")
    ]
    unlimited = make(settings_for(endpoint.base_url))
    assert await unlimited.fit([], history, PROMPT) == ((*history, PROMPT), 0)
    limited = make(settings_for(endpoint.base_url, openai_context=2000))
    payload, dropped = await limited.fit([], history, PROMPT)
    assert 0 < dropped < 6
    assert payload == (*history[2 * dropped :], PROMPT)
