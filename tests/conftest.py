"""What tests of several folders share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.assistant.testing import Endpoint
from lab.assistant.weights import Place, catalogue
from lab.model import Action, Cleared, Decision, Message, payload_digest
from lab.settings import Settings

SMALL = "qwen2.5-coder-0.5b"


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


@pytest.fixture(scope="session")
def weights_05b() -> Path:
    """The weights of the small model for tests, in the cache that ``make setup-test`` fills."""
    place = Place.of(Settings(), SMALL)
    if not place.verified(catalogue().models[SMALL]):
        pytest.skip(f"the weights of the tests are not pulled: lab model pull --model {SMALL}")
    return place.file
