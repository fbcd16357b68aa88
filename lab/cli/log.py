"""``lab log``: prove the log, keep anchors elsewhere, hand rows to other programs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Annotated, Any, Literal

import typer

from lab.cli import erasing
from lab.cli.log_datasette import datasette
from lab.cli.log_migrate import migrate
from lab.cli.log_push import push
from lab.cli.out import tell
from lab.cli.storage import opened
from lab.errors import BadRequest, NotFound
from lab.log.base import Verification
from lab.log.chain import Anchor
from lab.words import number, say

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
app.command("expire", help=say("erasing.cli.expire"))(erasing.expire)
Out = Annotated[Path | None, typer.Option(help=say("log.cli.out"))]


app.command("migrate", help=say("migrate.help"))(migrate)
app.command("datasette", help=say("log.tables.cli"))(datasette)
app.command("push", help=say("push.cli.help"))(push)


@app.command("verify", help=say("log.cli.verify"))
def verify(
    anchor: Annotated[Path | None, typer.Option(help=say("log.cli.anchor_file"))] = None,
    receipt: Annotated[Path | None, typer.Option(help=say("proof.cli.receipt"))] = None,
    head: Annotated[Path | None, typer.Option(help=say("proof.head.cli_verify"))] = None,
    key: Annotated[Path | None, typer.Option(help=say("proof.cli.key"))] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=say("log.cli.json"))] = False,
) -> None:
    """Derive every hash again; exit 1 where a row does not fit, naming it.

    With ``--receipt`` that receipt alone is checked, and no log is opened; with ``--head`` the
    signed head of a day, and this log against it.
    """
    kept = _anchors(anchor) if anchor else []
    if receipt is not None:
        from lab.cli.receipt import verify_receipt

        raise typer.Exit(verify_receipt(receipt, key, kept, as_json=as_json))
    if head is not None:
        from lab.cli.head import verify_head

        raise typer.Exit(verify_head(head, key, kept, as_json=as_json))
    if key is not None:
        raise typer.BadParameter("--key: --receipt, --head")

    async def run() -> Verification:
        async with opened(write=False) as log:
            return await log.verify(kept)

    found = asyncio.run(run())
    if as_json:
        faults = [asdict(fault) | {"sentence": fault.sentence()} for fault in found.problems]
        tell(json.dumps(asdict(found) | {"problems": faults}, ensure_ascii=False))
    else:
        for fault in found.problems:
            tell(fault.sentence())
        tell(_summary(found, len(kept)))
    raise typer.Exit(1 if found.problems else 0)


@app.command("anchor", help=say("log.cli.anchor"))
def anchor(out: Out = None) -> None:
    """Sign the heads of all streams now, and write all anchors out, to be kept elsewhere."""

    async def lines() -> AsyncIterator[str]:
        async with opened(write=True) as log:
            await log.anchor()
            for made in await log.anchors():
                yield made.line()

    asyncio.run(_write(lines(), out))


@app.command("head", help=say("proof.head.cli"))
def head(
    day: Annotated[str, typer.Option(help=say("proof.head.cli_day"))] = "", out: Out = None
) -> None:
    """Sign the head of a day, and write it out, to be kept elsewhere."""
    from lab.cli.head import signed_head

    with _sink(out) as sink:
        sink.write((asyncio.run(signed_head(day)) + "\n").encode())


@app.command("export", help=say("log.cli.export"))
def export(
    form: Annotated[Literal["jsonl", "csv"], typer.Option("--format", help=say("log.cli.format"))],
    out: Out = None,
    session: Annotated[str | None, typer.Option(help=say("log.cli.session"))] = None,
) -> None:
    """Write all rows, or those of one session, one a line."""
    from lab.log.export import csv_lines, jsonl

    async def lines() -> AsyncIterator[str]:
        async with opened(write=False) as log:
            if session is not None and await log.session(session) is None:
                raise NotFound("no_session")
            rows = csv_lines(log, session) if form == "csv" else jsonl(log, session)
            async for line in rows:
                yield line

    asyncio.run(_write(lines(), out))


def _summary(found: Verification, kept: int) -> str:
    counts: dict[str, Any] = {
        "events": number(found.events),
        "streams": number(found.streams),
        "anchors": number(found.anchors),
        "erased": number(found.erased),
        "problems": number(len(found.problems)),
    }
    sentence = say("log.cli.bad" if found.problems else "log.cli.good", **counts)
    if kept and not found.problems:
        sentence += " " + say("log.cli.kept", kept=number(kept))
    return sentence


def _anchors(path: Path) -> Sequence[Anchor]:
    """Anchors of a file. Raises ``BadRequest`` with the first line that is none."""
    anchors = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise BadRequest("anchor_file", line=1) from None
    for place, line in enumerate(lines, 1):
        try:
            anchors.append(Anchor.read(line))
        except ValueError:
            raise BadRequest("anchor_file", line=place) from None
    if not anchors:
        raise BadRequest("anchor_file", line=1)
    return anchors


async def _write(lines: AsyncIterator[str], out: Path | None) -> None:
    with _sink(out) as sink:
        async for line in lines:
            sink.write(f"{line}\n".encode("utf-8", "backslashreplace"))


@contextmanager
def _sink(out: Path | None) -> Iterator[IO[bytes]]:
    """A file for its owner only, or standard output; a reader that had enough is no error."""
    if out is not None:
        try:
            handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise typer.BadParameter(f"{out}: {error.strerror}") from error
        with os.fdopen(handle, "wb") as sink:
            yield sink
        return
    try:
        yield sys.stdout.buffer
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end
