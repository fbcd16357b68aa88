"""What tests of several folders share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from lab.assistant.testing import Endpoint
from lab.model import Action, Cleared, Decision, Message, payload_digest


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A running OpenAI-compatible endpoint that captures what it is sent and can misbehave."""
    with Endpoint() as running:
        yield running


@pytest.fixture
def as_cleared() -> Callable[..., Cleared]:
    """Makes what the policy would hand out for these messages, for tests below the policy."""

    def make(*messages: Message) -> Cleared:
        decision = Decision(Action.ALLOW, (), "test", "T-000")
        return Cleared(messages, payload_digest(messages), decision)

    return make
