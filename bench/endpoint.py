"""The fake OpenAI-compatible endpoint in a process of its own.

    python bench/endpoint.py --port 0 --tokens 60 --rate 20 --latency-ms 50

prints the base URL, and serves until it is stopped. ``POST /control`` with the fields of
``lab.assistant.testing.Behaviour`` changes what it does; ``GET /captured`` is what it was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from lab.assistant.testing import Behaviour, Endpoint


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=60, help="words of a reply")
    parser.add_argument("--rate", type=float, default=0.0, help="words a second; 0: all at once")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="before the first word")
    parser.add_argument("--echo", action="store_true", help="reply with the last message")
    given = parser.parse_args()
    behaviour = Behaviour(
        tokens=given.tokens, rate=given.rate, latency=given.latency_ms / 1000, echo=given.echo
    )
    endpoint = Endpoint(behaviour, port=given.port)
    asyncio.run(_serve(endpoint))


async def _serve(endpoint: Endpoint) -> None:
    serving = asyncio.create_task(endpoint.serve())
    while not endpoint.port:  # noqa: ASYNC110 - a moment, once
        await asyncio.sleep(0.01)
    print(endpoint.base_url)
    sys.stdout.flush()
    await serving


if __name__ == "__main__":
    main()
