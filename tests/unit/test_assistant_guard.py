"""The second gate: what the transport lets through, and what it refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.assistant.guard import CountingTransport, GuardedTransport, clearance
from lab.errors import AssistantError, LogError
from lab.model import Action, Cleared, Decision, Message, payload_digest

BASE = "https://model.example.vn/v1"
PROMPT = Message("user", "Soạn giấy mời họp.")
SECRET = "quoc-khanh-0912345678"


class Outside(httpx2.AsyncBaseTransport):
    """The world behind the gate: keeps what reaches it."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Keep the request."""
        self.requests.append(request)
        return httpx2.Response(200, json={})


class Sent:
    """Records what ``before_send`` was told, and how much had left by then."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.digests: list[tuple[str, int]] = []

    async def __call__(self, digest: str) -> None:
        """Keep the digest."""
        self.digests.append((digest, len(self.outside.requests)))


@pytest.fixture
def outside() -> Outside:
    """A world that nothing has reached yet."""
    return Outside()


@pytest.fixture
def client(outside: Outside) -> httpx2.AsyncClient:
    """A client whose only way out is the gate."""
    return httpx2.AsyncClient(transport=GuardedTransport(BASE, "m", outside), trust_env=False)


def body(*messages: Message, **fields: Any) -> dict[str, Any]:
    """A request as the client serializes it."""
    rows = [{"role": m.role, "content": m.content} for m in messages]
    return {"model": "m", "messages": rows, "stream": True, **fields}


async def test_a_cleared_payload_leaves_after_its_digest_is_on_record(
    client: httpx2.AsyncClient, outside: Outside, as_cleared: Callable[..., Cleared]
) -> None:
    """What was cleared leaves, byte for byte, after before_send heard the digest of those bytes."""
    sent = Sent(outside)
    with clearance(as_cleared(PROMPT), sent):
        await client.post(BASE + "/chat/completions", json=body(PROMPT, temperature=0.2))
    (request,) = outside.requests
    assert sent.digests == [(hashlib.sha256(request.content).hexdigest(), 0)]
    assert json.loads(request.content)["messages"] == [{"role": "user", "content": PROMPT.content}]


async def test_nothing_but_a_probe_leaves_without_clearance(
    client: httpx2.AsyncClient, outside: Outside
) -> None:
    """Without a Cleared in flight a prompt is refused, and GET /models passes."""
    with pytest.raises(AssistantError, match="assistant_not_allowed"):
        await client.post(BASE + "/chat/completions", json=body(PROMPT))
    assert outside.requests == []
    await client.get(BASE + "/models")
    assert [request.method for request in outside.requests] == ["GET"]


@pytest.mark.parametrize(
    "changed",
    [
        body(PROMPT, Message("user", "thêm")),
        body(),
        body(Message("user", PROMPT.content + " ")),
        body(Message("system", PROMPT.content)),
        body(PROMPT, model="other"),
        body(PROMPT, user=SECRET),
        body(PROMPT, stop=[SECRET]),
        body(PROMPT, stop=SECRET),
        body(PROMPT, tools=[{"type": "function"}]),
        body(PROMPT, metadata={"note": SECRET}),
        body(PROMPT, temperature=SECRET),
        body(PROMPT, temperature=None),
        body(PROMPT, temperature=True),
        body(PROMPT, max_tokens=912345678),
        body(PROMPT, stream=SECRET),
        body(PROMPT, stream_options={"include_usage": True, "note": SECRET}),
        body(PROMPT, response_format={"type": SECRET}),
        body(PROMPT) | {"messages": [{"role": "user", "content": PROMPT.content, "name": SECRET}]},
        body(PROMPT) | {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        body(PROMPT) | {"messages": PROMPT.content},
        {"prompt": SECRET},
        [SECRET],
    ],
    ids=lambda value: str(len(json.dumps(value))),
)
async def test_any_other_body_is_refused(
    client: httpx2.AsyncClient,
    outside: Outside,
    as_cleared: Callable[..., Cleared],
    changed: Any,
) -> None:
    """A body with other messages, or with any other field that carries text, does not leave, is
    not put on record as sent, and is not quoted by the error.
    """
    sent = Sent(outside)
    with clearance(as_cleared(PROMPT), sent), pytest.raises(AssistantError) as caught:
        await client.post(BASE + "/chat/completions", json=changed)
    assert (outside.requests, sent.digests) == ([], [])
    assert caught.value.code == "assistant_not_allowed"
    assert not caught.value.retry
    assert SECRET not in repr(caught.value) + str(caught.value.values)


@pytest.mark.parametrize(
    "raw",
    [
        '{"model":"m","messages":[],"messages":[{"role":"user","content":"Soạn giấy mời họp."}]}',
        b'{"model":"m","messages":[],"temperature":NaN}',
        b"\xff\xfe{",
        b"",
        b"[" * 100_000,
    ],
    ids=["repeated key", "NaN", "no UTF-8", "empty", "deep"],
)
async def test_a_body_that_two_readers_may_read_differently_is_refused(
    client: httpx2.AsyncClient,
    outside: Outside,
    as_cleared: Callable[..., Cleared],
    raw: str | bytes,
) -> None:
    """Repeated keys, numbers outside JSON, broken encodings and depth are refused."""
    with clearance(as_cleared(PROMPT), Sent(outside)), pytest.raises(AssistantError):
        await client.post(BASE + "/chat/completions", content=raw)
    assert outside.requests == []


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", "https://model.example.vn/v1/embeddings"),
        ("POST", "https://model.example.vn/v1/chat/completions?note=x"),
        ("POST", "https://model.example.vn/chat/completions"),
        ("POST", "https://model.example.vn/v1/../v2/chat/completions"),
        ("POST", "https://model.example.vn:444/v1/chat/completions"),
        ("POST", "http://model.example.vn/v1/chat/completions"),
        ("POST", "https://evil.example.vn/v1/chat/completions"),
        ("POST", "https://user@model.example.vn/v1/chat/completions"),
        ("PUT", "https://model.example.vn/v1/chat/completions"),
        ("GET", "https://model.example.vn/v1/chat/completions"),
        ("GET", "https://model.example.vn/v1/models?q=x"),
        ("GET", "https://model.example.vn/v1/models/x"),
        ("POST", "https://model.example.vn/v1/models"),
    ],
)
async def test_any_other_address_is_refused(
    client: httpx2.AsyncClient,
    outside: Outside,
    as_cleared: Callable[..., Cleared],
    method: str,
    url: str,
) -> None:
    """Another scheme, host, port, path, query or method than the two in use is refused."""
    with clearance(as_cleared(PROMPT), Sent(outside)), pytest.raises(AssistantError):
        await client.request(method, url, json=body(PROMPT))
    assert outside.requests == []


async def test_a_clearance_is_good_for_one_request(
    client: httpx2.AsyncClient, outside: Outside, as_cleared: Callable[..., Cleared]
) -> None:
    """A second request under the same clearance is refused, and one after it too."""
    with clearance(as_cleared(PROMPT), Sent(outside)):
        await client.post(BASE + "/chat/completions", json=body(PROMPT))
        with pytest.raises(AssistantError):
            await client.post(BASE + "/chat/completions", json=body(PROMPT))
    with pytest.raises(AssistantError):
        await client.post(BASE + "/chat/completions", json=body(PROMPT))
    assert len(outside.requests) == 1


async def test_a_digest_that_does_not_belong_to_the_messages_is_refused(
    client: httpx2.AsyncClient, outside: Outside, as_cleared: Callable[..., Cleared]
) -> None:
    """Messages put into a Cleared after it was made do not leave under its digest."""
    cleared = as_cleared(PROMPT)
    object.__setattr__(cleared, "messages", (Message("user", "khác"),))
    for message in (PROMPT, Message("user", "khác")):
        with clearance(cleared, Sent(outside)), pytest.raises(AssistantError):
            await client.post(BASE + "/chat/completions", json=body(message))
    assert outside.requests == []


async def test_nothing_leaves_when_it_cannot_be_put_on_record(
    client: httpx2.AsyncClient, outside: Outside, as_cleared: Callable[..., Cleared]
) -> None:
    """If before_send raises, that error comes out and nothing is sent."""

    async def full_disk(_: str) -> None:
        raise LogError

    with clearance(as_cleared(PROMPT), full_disk), pytest.raises(LogError):
        await client.post(BASE + "/chat/completions", json=body(PROMPT))
    assert outside.requests == []


async def test_headers_carry_nothing_of_the_client(
    client: httpx2.AsyncClient, outside: Outside, as_cleared: Callable[..., Cleared]
) -> None:
    """Of a request's headers only the key leaves; the others are ours and always the same."""
    headers = {"authorization": "Bearer k", "x-note": SECRET, "cookie": SECRET, "user-agent": "z"}
    with clearance(as_cleared(PROMPT), Sent(outside)):
        await client.post(BASE + "/chat/completions", json=body(PROMPT), headers=headers)
    (request,) = outside.requests
    assert set(request.headers) == {
        *("host", "accept", "user-agent", "authorization", "content-type", "content-length")
    }
    assert SECRET not in str(request.headers.raw)


@given(contents=st.lists(st.text(max_size=30), min_size=1, max_size=4), data=st.data())
async def test_whatever_the_text_only_what_was_cleared_leaves(
    contents: list[str], data: st.DataObject
) -> None:
    """For any payload: the cleared messages leave, and one changed character does not."""
    outside = Outside()
    client = httpx2.AsyncClient(transport=GuardedTransport(BASE, "m", outside), trust_env=False)
    messages = tuple(Message("user", content) for content in contents)
    decision = Decision(Action.ALLOW, (), "t", "r")
    cleared = Cleared(messages, payload_digest(messages), decision)
    with clearance(cleared, Sent(outside)):
        await client.post(BASE + "/chat/completions", json=body(*messages))
    index = data.draw(st.integers(0, len(contents) - 1))
    changed = list(messages)
    changed[index] = Message("user", contents[index] + data.draw(st.text(min_size=1, max_size=1)))
    with clearance(cleared, Sent(outside)), pytest.raises(AssistantError):
        await client.post(BASE + "/chat/completions", json=body(*changed))
    assert len(outside.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9001/v1/chat/completions",
        "http://127.0.0.1:9002/health",
        "http://10.0.0.1:9001/health",
        "http://localhost:9001/health",
        "https://127.0.0.1:9001/health",
        "http://127.0.0.1:9001/health?x=1",
    ],
)
async def test_the_counting_door_opens_to_the_child_alone(outside: Outside, url: str) -> None:
    """The door for counting tokens passes its own paths on 127.0.0.1 and nothing else."""
    door = CountingTransport(9001, frozenset({"/health"}), outside)
    client = httpx2.AsyncClient(transport=door, trust_env=False)
    with pytest.raises(AssistantError):
        await client.post(url, json={"content": SECRET})
    await client.get("http://127.0.0.1:9001/health")
    assert len(outside.requests) == 1
