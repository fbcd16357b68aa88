"""The fake OpenAI-compatible endpoint in a process of its own.

    python bench/endpoint.py --port 0 --tokens 60 --rate 20 --latency-ms 50

prints the base URL, and serves until it is stopped. ``POST /control`` with the fields of
``lab.assistant.testing.Behaviour`` changes what it does; ``GET /captured`` is what it was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from dataclasses import replace
from typing import Any

from lab.assistant.testing import Behaviour, Endpoint

FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 503},
    {"kind": "cut", "after": 10},
    {"kind": "silence", "after": 10},
    {"kind": "refuse"},
)
"""What goes wrong at a flaky endpoint."""
FORGET_SECONDS = 5


class Flaky(Endpoint):
    """An endpoint of which a share of requests fails, stalls or is cut, by chance."""

    share = 0.0
    _usual = Behaviour()

    @property
    def behaviour(self) -> Behaviour:
        """How the next request is answered."""
        if random.random() >= self.share:  # noqa: S311 - a load, no secret
            return self._usual
        return replace(self._usual, **random.choice(FAULTS))  # noqa: S311

    @behaviour.setter
    def behaviour(self, usual: Behaviour) -> None:
        self._usual = usual


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=60, help="words of a reply")
    parser.add_argument("--rate", type=float, default=0.0, help="words a second; 0: all at once")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="before the first word")
    parser.add_argument("--flaky", type=float, default=0.0, help="share of requests that fail")
    parser.add_argument("--echo", action="store_true", help="reply with the last message")
    given = parser.parse_args()
    behaviour = Behaviour(
        tokens=given.tokens, rate=given.rate, latency=given.latency_ms / 1000, echo=given.echo
    )
    endpoint = Flaky(behaviour, port=given.port)
    endpoint.share = given.flaky
    asyncio.run(_serve(endpoint))


async def _serve(endpoint: Endpoint) -> None:
    serving = asyncio.create_task(endpoint.serve())
    while not endpoint.port:  # noqa: ASYNC110 - a moment, once
        await asyncio.sleep(0.01)
    print(endpoint.base_url)
    sys.stdout.flush()
    while not serving.done():
        await asyncio.sleep(FORGET_SECONDS)
        del endpoint.requests[:-1000]  # an hour of a whole conference would fill the memory
    await serving


if __name__ == "__main__":
    main()
