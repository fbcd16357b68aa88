"""``lab sending``: the kill switch from the console, also while the lab serves."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from lab.cli.out import tell
from lab.cli.storage import opened, operator
from lab.errors import BadRequest
from lab.log.base import SYSTEM
from lab.session.halt import HALTED, LEAST, RESUMED, newest
from lab.words import say

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
Reason = Annotated[str, typer.Option(help=say("sending.cli.reason"))]
Json = Annotated[bool, typer.Option("--json", help=say("sending.cli.json"))]


@app.command("status", help=say("sending.cli.status"))
def status(*, as_json: Json = False) -> None:
    """Whether prompts may leave now."""
    halted = asyncio.run(_state())
    if as_json:
        tell(json.dumps({"halted": halted}))
    else:
        tell(say("sending.off" if halted else "sending.on"))


@app.command("halt", help=say("sending.cli.halt"))
def halt(reason: Reason) -> None:
    """Stop all sending; a lab that serves obeys within two seconds."""
    asyncio.run(_act(HALTED, reason))
    tell(say("sending.off"))


@app.command("resume", help=say("sending.cli.resume"))
def resume(reason: Reason) -> None:
    """Let sending go on."""
    asyncio.run(_act(RESUMED, reason))
    tell(say("sending.on"))


async def _state() -> bool:
    async with opened(write=False) as log:
        return await log.read(newest) == HALTED


async def _act(kind: str, reason: str) -> None:
    reason = " ".join(reason.split())
    if len(reason) < LEAST:
        raise BadRequest("halt_reason")
    async with opened(write=True) as log:
        await log.append(SYSTEM, kind, {"by": operator(), "reason": reason})
