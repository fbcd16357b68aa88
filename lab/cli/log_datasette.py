"""``lab log datasette``: the log as tables, to be asked in SQL on this machine."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from lab.cli.out import tell
from lab.cli.storage import opened, operator
from lab.words import languages, number, say

HOST = "127.0.0.1"
"""Whoever can open it may ask anything: no other machine can."""


def datasette(
    out: Annotated[Path | None, typer.Option(help=say("log.tables.cli_out"))] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help=say("log.tables.cli_port"))] = 8801,
) -> None:
    """Write a masked copy of the log and open it in Datasette; with ``--out`` only write it."""
    if out is not None:
        _copy(out)
        return
    if find_spec("datasette") is None:
        tell(say("log.tables.missing"), err=True)
        raise typer.Exit(1)
    from lab.log.tables import NAME

    with tempfile.TemporaryDirectory(prefix="thao-truong-") as folder:
        path = Path(folder) / f"{NAME}.db"
        _copy(path)
        tell(say("log.tables.open", url=f"http://{HOST}:{port}/{NAME}"))
        _serve(path, port)


def _copy(path: Path) -> None:
    from lab.log.base import SYSTEM
    from lab.log.tables import write_tables

    async def run() -> int:
        async with opened(write=True) as log:
            told = {"by": operator(), "format": "datasette", "class_id": None, "site": None}
            await log.append(SYSTEM, "report.exported", told)
            return await write_tables(log, path)

    try:
        count = asyncio.run(run())
    except FileExistsError:
        raise typer.BadParameter(say("log.tables.exists", path=path)) from None
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from error
    path.chmod(0o400)
    tell(say("log.tables.written", path=path, count=number(count)))


def metadata() -> dict[str, Any]:
    """What Datasette shows around the tables: what they hold, and the questions asked often."""
    from lab.log.tables import NAME, QUERIES

    def both(key: str) -> str:
        return " / ".join(say(key, language) for language in languages())

    queries = {
        name: {"sql": sql, "title": both(f"log.tables.query.{name}")}
        for name, sql in QUERIES.items()
    }
    about = {"title": both("log.tables.title"), "description": both("log.tables.about")}
    return about | {"databases": {NAME: about | {"queries": queries}}}


def _serve(path: Path, port: int) -> None:
    import uvicorn
    from datasette.app import Datasette

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the copy goes, as with Ctrl+C
    served = Datasette([], immutables=[str(path)], metadata=metadata())
    uvicorn.run(served.app(), host=HOST, port=port, log_level="warning", lifespan="on")
