"""``lab serve`` and ``lab setup``."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import resource
import signal
import socket
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from lab.cli import workers as several
from lab.cli.out import tell, tell_refusal
from lab.cli.resources import few_arenas, many_sockets, rare_collections
from lab.errors import LabError, Unavailable, where
from lab.settings import Settings
from lab.words import explain, say

LOGGER = logging.getLogger("lab.serve")
GRACE_SECONDS = 2
"""How long open connections may take to end once all turns are logged."""
BACKLOG = 4096
"""Connections that may wait to be taken: a class that starts is a crowd."""


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
            tell(say("cli.setup.failed", part=name, error=type(error).__name__), err=True)


def serve(
    host: Annotated[str | None, typer.Option(help=say("cli.serve.host"))] = None,
    port: Annotated[int | None, typer.Option(help=say("cli.serve.port"))] = None,
    tls: Annotated[bool | None, typer.Option("--tls", help=say("cli.serve.tls_help"))] = None,
    prepare: Annotated[bool, typer.Option("--prepare", help=say("cli.serve.prepare"))] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help=say("workers.help"))] = 1,
    front: Annotated[Path | None, typer.Option(help=say("workers.front_help"))] = None,
    leash: Annotated[int | None, typer.Option(hidden=True, help=say("workers.leash_help"))] = None,
) -> None:
    """Serve the lab until SIGTERM or Ctrl+C."""
    if prepare:
        _prepare()
    chosen: dict[str, Any] = {"host": host, "port": port, "tls": tls}
    settings = Settings(**{key: value for key, value in chosen.items() if value is not None})
    _harden()
    if front is not None:
        several.front(settings, workers, front)
    if workers > 1:
        several.require(settings, workers)
        _first_accounts(settings)
        several.Workers(settings, workers).run()
        return
    _serve_one(settings, leash)


def _serve_one(settings: Settings, leash: int | None) -> None:
    """Serve in this process. ``leash``: it is one of several."""
    if leash is not None:
        several.leash(leash)
    listening = _listening(settings, reserve=leash is not None)
    if settings.database is None:
        _claim(settings)
    if leash is None:
        _first_accounts(settings)

    import uvicorn

    from lab.app import create_app
    from lab.cli.protocol import LimitedProtocol
    from lab.cli.secure import announce, keep_fresh, secured
    from lab.cli.server import LabServer

    app = create_app(settings)
    app.state.tls = served = secured(settings)
    if leash is not None:  # the administrator's page ends all of them, not this one only
        app.state.stop = partial(os.kill, os.getppid(), signal.SIGTERM)

    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=75,
        backlog=BACKLOG,
        ws="none",
        http=LimitedProtocol,
        ssl_certfile=served.certificate if served else None,
        ssl_keyfile=served.key if served else None,
    )
    announce(settings, listening[0].getsockname()[1], served)
    if served is not None:
        config.load()
        keep_fresh(config, settings)
    server = LabServer(config, app.state.lab, several=leash is not None)
    # Also for a signal before uvicorn listens to it; and uvicorn raises it again once it has
    # stopped: by then all is done, and the exit is 0.
    signal.signal(signal.SIGTERM, server.handle_exit)
    server.run(listening)


def _prepare() -> None:
    """What ``lab setup`` and ``lab model pull`` do, in this process: a start need not wait for two
    more. Without the weights the lab goes on with recorded replies.
    """
    from lab.cli.model import pull

    setup()
    if Settings().assistant in {"auto", "embedded"} and Settings().model_path is None:
        try:
            pull()
        except LabError as error:
            words = explain(error)
            tell_refusal(words)


def _listening(settings: Settings, *, reserve: bool) -> list[socket.socket]:
    """The addresses, taken before anything is written or started. Raises ``Unavailable``.

    ``reserve``: taken only; nobody can connect before the server listens.
    """
    found: list[socket.socket] = []
    try:
        places = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, _, _, _, address in dict.fromkeys(places):
            try:
                if reserve:
                    found.append(_reserved(family, address[:2]))
                else:
                    found.append(socket.create_server(address[:2], family=family, backlog=BACKLOG))
            except OSError as error:
                # A name may stand for an address that this machine does not have.
                if error.errno != errno.EADDRNOTAVAIL:
                    raise
    except OSError:
        found = []
    if not found:
        raise Unavailable("port_taken", host=settings.host, port=settings.port)
    return found


def _reserved(family: int, address: tuple[Any, ...]) -> socket.socket:
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def _claim(settings: Settings) -> None:
    """Take the data for this process alone, until it ends. Raises ``Unavailable``."""
    from lab.log.schema import claim

    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if claim(settings.home / "serve.lock") is None:
        raise Unavailable("already_serving", home=str(settings.home))


def _harden() -> None:
    """Files readable by their owner only, what a process may hold; no core dumps, and no text of
    errors in anybody's log: both would hold prompts.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    many_sockets()
    few_arenas()
    rare_collections()
    make = logging.getLogRecordFactory()

    def without_text(*args: Any, **more: Any) -> logging.LogRecord:
        record = make(*args, **more)
        if record.exc_info and record.exc_info[1]:
            told = where(record.exc_info[1])
            record.msg, record.args = "%s (%s)", (record.getMessage(), told)
            record.exc_info = None
        return record

    logging.setLogRecordFactory(without_text)
    threading.excepthook = lambda hook: _lost(hook.exc_value)
    sys.unraisablehook = lambda hook: _lost(hook.exc_value)


def _lost(error: BaseException | None) -> None:
    """An error of a thread, or of something that was thrown away: its kind and lines."""
    LOGGER.error("nobody waited for an error: %s", where(error) if error else "unknown")


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
    tell(say("cli.serve.first_accounts"))
    for person, password in accounts.people:
        role = say(f"cli.roles.{person.role}")
        tell(say("cli.serve.account", role=role, name=person.name, password=password))
    room = accounts.classroom
    tell(say("cli.serve.first_class", name=room.name, code=room.code))
    tell(say("cli.serve.keep_accounts"))
