"""A Chainlit chat on an endpoint, as its documentation shows it. No policy, no log, no sign-in.

Run as ``BASE_URL=... chainlit run bench/peers/chainlit_chat.py --headless --port PORT``; needs the
dependency group ``peers``.
"""

from __future__ import annotations

import os

import chainlit as cl
from openai import AsyncOpenAI

client = AsyncOpenAI(base_url=os.environ["BASE_URL"], api_key="bench")


@cl.on_message  # type: ignore[untyped-decorator,unused-ignore]
async def main(message: cl.Message) -> None:
    """Stream the answer to one message."""
    reply = cl.Message(content="")
    stream = await client.chat.completions.create(
        model="fake", stream=True, messages=[{"role": "user", "content": message.content}]
    )
    async for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            await reply.stream_token(chunk.choices[0].delta.content)
    await reply.update()
