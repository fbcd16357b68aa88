"""``lab serve`` and ``lab setup``."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lab.settings import Settings
from lab.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from socket import socket

GRACE_SECONDS = 2
"""How long open connections may take to end once all turns are logged."""
FILES = 65_536
"""Open files that are asked for: each page holds a connection."""


def setup() -> None:
    """Make fonts and fetch tokenizer ranks. Idempotent; a part that fails is named, not fatal."""
    settings = Settings()
    from lab.assistant.tokens import fetch_ranks
    from lab.pages.theme import build_fonts

    for part, work in (
        ("fonts", lambda: build_fonts(settings.cache)),
        ("ranks", lambda: fetch_ranks(settings)),
    ):
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the lab runs without either
            name = say(f"cli.setup.{part}")
            typer.echo(say("cli.setup.failed", part=name, error=type(error).__name__), err=True)


def serve(
    host: Annotated[str | None, typer.Option(help=say("cli.serve.host"))] = None,
    port: Annotated[int | None, typer.Option(help=say("cli.serve.port"))] = None,
) -> None:
    """Serve the lab until SIGTERM or Ctrl+C."""
    chosen: dict[str, Any] = {"host": host, "port": port}
    settings = Settings(**{key: value for key, value in chosen.items() if value is not None})
    _harden()
    _first_accounts(settings)

    import uvicorn

    from lab.app import create_app

    app = create_app(settings)

    class Server(uvicorn.Server):
        """Ends all turns, and logs them, before connections are waited for."""

        async def shutdown(self, sockets: Sequence[socket] | None = None) -> None:
            await app.state.lab.live.close()
            await super().shutdown(list(sockets) if sockets else None)

    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=75,
        backlog=4096,
    )
    shown = "localhost" if settings.host in {"127.0.0.1", "::1"} else settings.host
    typer.echo(say("cli.serve.starting", url=f"http://{shown}:{settings.port}/"))
    if settings.host not in {"127.0.0.1", "::1", "localhost"}:
        typer.echo(say("cli.serve.no_tls"), err=True)
    server = Server(config)
    # uvicorn raises the signal again once it has stopped: by then all is done, and the exit is 0.
    signal.signal(signal.SIGTERM, _stopped)
    server.run()
    if not server.started:
        typer.echo(say("cli.serve.not_started", port=settings.port), err=True)
        sys.exit(1)


def _stopped(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM after the server has ended: nothing is left to do."""


def _harden() -> None:
    """Files readable by their owner only, no core dumps (they would hold prompts), many sockets."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _first_accounts(settings: Settings) -> None:
    """On the very first start: an administrator, a trainer, an officer, a class; told once."""
    from lab.auth import first_accounts
    from lab.keys import Keys
    from lab.log import make

    async def made() -> Any:
        log = make(settings, Keys.load(settings.keys_dir))
        await log.start()
        try:
            return await first_accounts(log)
        finally:
            await log.close()

    accounts = asyncio.run(made())
    if accounts is None:
        return
    typer.echo(say("cli.serve.first_accounts"))
    for person, password in accounts.people:
        role = say(f"cli.roles.{person.role}")
        typer.echo(say("cli.serve.account", role=role, name=person.name, password=password))
    room = accounts.classroom
    typer.echo(say("cli.serve.first_class", name=room.name, code=room.code))
    typer.echo(say("cli.serve.keep_accounts"))
