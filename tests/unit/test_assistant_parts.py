"""Small parts of the assistants: event streams, fitting a context, recorded replies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.assistant.base import GATHER_MOST, GATHER_SECONDS, MANY, gathering
from lab.assistant.fit import drop_oldest
from lab.assistant.recorded import RecordedAssistant, fits
from lab.assistant.sse import LONGEST, Reader
from lab.errors import AssistantError
from lab.model import Cleared, Delta, Finished, Message, RecordedReply

STREAM = (
    b": ping\n\n"
    b'event: message\r\ndata: {"a": "\xc4\x91\xe1\xbb\x93ng"}\r\n\r\n'
    b"data: one\ndata: two\n\n"
    b"id: 7\ndata:three\n\n"
    b"data: [DONE]\n\n"
)
EVENTS = ['{"a": "đồng"}'.encode(), b"one\ntwo", b"three", b"[DONE]"]


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_are_the_same_whatever_the_chunks(cuts: list[int]) -> None:
    """However a stream is cut, also within a letter, its events come out the same."""
    reader, found, edges = Reader(), [], [0, *sorted(cuts), len(STREAM)]
    for start, end in itertools.pairwise(edges):
        found += list(reader.feed(STREAM[start:end]))
    assert found == EVENTS


@pytest.mark.parametrize("page", [b"<html>\n", b"{}\n", b"x" * (LONGEST + 1)])
def test_what_is_no_event_stream_is_told(page: bytes) -> None:
    """A web page, bare JSON and an endless line are no answer."""
    with pytest.raises(AssistantError, match="assistant_bad_reply"):
        list(Reader().feed(page))


async def _length(messages: Sequence[Message]) -> int:
    return sum(len(message.content) for message in messages)


OPENING = (Message("system", "s" * 10),)
PROMPT = Message("user", "p" * 10)


@given(
    sizes=st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=8),
    limit=st.integers(20, 300),
)
async def test_the_longest_payload_that_fits_is_kept(
    sizes: list[tuple[int, int]], limit: int
) -> None:
    """Opening and prompt always stay; as few whole turns as needed go, the oldest first."""
    history = [
        Message(role, "x" * size)  # type: ignore[arg-type]
        for pair in sizes
        for role, size in zip(("user", "assistant"), pair, strict=True)
    ]
    payload, dropped = await drop_oldest(OPENING, history, PROMPT, limit, _length)
    assert payload == (*OPENING, *history[2 * dropped :], PROMPT)
    assert await _length(payload) <= limit
    if dropped:
        longer = (*OPENING, *history[2 * (dropped - 1) :], PROMPT)
        assert await _length(longer) > limit


async def test_a_prompt_too_long_for_the_context_is_told() -> None:
    """Where opening and prompt alone do not fit, nothing is cut silently."""
    with pytest.raises(AssistantError, match="assistant_full_context") as caught:
        await drop_oldest(OPENING, [Message("user", "x")], PROMPT, 19, _length)
    assert not caught.value.retry


INVITATION = RecordedReply(
    name="giay-moi",
    all_of=(("giấy mời", "thư mời"), ("họp",)),
    none_of=("hủy họp",),
    text="Kính mời  anh/chị\ndự họp. ",
)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Soạn GIẤY MỜI họp thôn", True),
        ("viet giay moi hop", True),
        ("Viết thư\nmời: Họp tổ dân phố", True),
        ("Soạn giấy mời", False),
        ("Soạn giấy mời họpmặt", False),
        ("Soạn giấy mời họp rồi hủy họp", False),
        ("", False),
    ],
)
def test_a_recorded_reply_fits_by_whole_words(prompt: str, expected: bool) -> None:
    """A reply fits a prompt with a phrase of every group and none of the others, as whole words,
    accents, case and punctuation aside.
    """
    assert fits(INVITATION, prompt) is expected


async def test_a_recorded_reply_streams_as_written(as_cleared: Callable[..., Cleared]) -> None:
    """The reply comes in several pieces, together exactly its text, and nothing is sent."""

    async def before_send(_: str) -> None:
        raise AssertionError("nothing leaves")

    assistant = RecordedAssistant(piece_seconds=0)
    cleared = as_cleared(Message("user", "giấy mời họp"))
    events = [
        event
        async for event in assistant.stream(cleared, before_send=before_send, recorded=[INVITATION])
    ]
    pieces = [event.text for event in events if isinstance(event, Delta)]
    assert "".join(pieces) == INVITATION.text
    assert len(pieces) > 2
    assert isinstance(events[-1], Finished)


async def test_no_recorded_reply_is_ever_mismatched(as_cleared: Callable[..., Cleared]) -> None:
    """A prompt that none fits is told so, whatever was asked in earlier turns."""

    async def before_send(_: str) -> None: ...

    cleared = as_cleared(
        Message("user", "giấy mời họp"), Message("assistant", "..."), Message("user", "thơ lục bát")
    )
    with pytest.raises(AssistantError, match="assistant_no_recording") as caught:
        async for _ in RecordedAssistant(0).stream(
            cleared, before_send=before_send, recorded=[INVITATION]
        ):
            pass
    assert not caught.value.retry


@given(replies=st.integers(0, 10_000))
def test_words_are_gathered_for_longer_only_where_many_replies_come(replies: int) -> None:
    """A few replies wait as little as ever, more never wait less, and none longer than the most."""
    assert gathering(min(replies, MANY)) == GATHER_SECONDS
    assert gathering(replies) <= gathering(replies + 1) <= GATHER_MOST
