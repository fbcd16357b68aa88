"""The floor: a bare FastAPI route that streams an endpoint's answer. No policy, no log, no sign-in.

Run as ``python -m bench.peers.stream PORT BASE_URL``.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel


class Ask(BaseModel):
    """A prompt."""

    text: str


def create(base_url: str) -> FastAPI:
    """The application."""
    app = FastAPI()
    client = AsyncOpenAI(base_url=base_url, api_key="bench")

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    @app.post("/ask")
    async def ask(body: Ask) -> StreamingResponse:
        async def reply() -> AsyncIterator[str]:
            stream = await client.chat.completions.create(
                model="fake", stream=True, messages=[{"role": "user", "content": body.text}]
            )
            async for chunk in stream:
                if chunk.choices:
                    yield f"data: {chunk.choices[0].delta.content or ''}\n\n"

        return StreamingResponse(reply(), media_type="text/event-stream")

    return app


if __name__ == "__main__":
    uvicorn.run(create(sys.argv[2]), port=int(sys.argv[1]), log_level="warning", access_log=False)
