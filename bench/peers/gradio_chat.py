"""A bare Gradio chat on an endpoint, as its documentation shows it. No policy, no log, no sign-in.

Run as ``python -m bench.peers.gradio_chat PORT BASE_URL``.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr
from openai import AsyncOpenAI


def create(base_url: str) -> gr.ChatInterface:
    """The chat."""
    client = AsyncOpenAI(base_url=base_url, api_key="bench")

    async def reply(message: str, _history: list[dict[str, Any]]) -> AsyncIterator[str]:
        stream = await client.chat.completions.create(
            model="fake", stream=True, messages=[{"role": "user", "content": message}]
        )
        text = ""
        async for chunk in stream:
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
                yield text

    chat = gr.ChatInterface(reply, api_name="chat", concurrency_limit=None)
    chat.max_threads = 400
    return chat


if __name__ == "__main__":
    create(sys.argv[2]).queue(default_concurrency_limit=None).launch(
        server_port=int(sys.argv[1]), quiet=True
    )
