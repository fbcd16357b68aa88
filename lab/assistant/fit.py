"""Making a payload fit a model's context by leaving out the oldest turns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from lab.errors import AssistantError
from lab.model import Message

Count = Callable[[Sequence[Message]], Awaitable[int]]


async def drop_oldest(
    opening: Sequence[Message],
    history: Sequence[Message],
    prompt: Message,
    limit: int,
    count: Count,
) -> tuple[tuple[Message, ...], int]:
    """The longest payload within ``limit`` tokens, and how many turns were left out of it.

    Raises:
        AssistantError: ``assistant_full_context``: opening and prompt alone are over the limit.
    """
    starts = [index for index, message in enumerate(history) if message.role == "user"]
    if not starts or starts[0] != 0:
        starts.insert(0, 0)
    cuts = [*starts, len(history)] if history else [0]

    def payload(dropped: int) -> tuple[Message, ...]:
        return (*opening, *history[cuts[dropped] :], prompt)

    low, high = 0, len(cuts) - 1
    if await count(payload(low)) <= limit:
        return payload(low), 0
    if await count(payload(high)) > limit:
        raise AssistantError("assistant_full_context", retry=False)
    while high - low > 1:
        middle = (low + high) // 2
        if await count(payload(middle)) <= limit:
            high = middle
        else:
            low = middle
    return payload(high), high
