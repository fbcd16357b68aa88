"""``lab log push``: a site's machine sends its log to the province, as the line comes and goes.

A command of its own, so that the process that serves trainees has one way out and no second one.
It holds no place of its own either: the receiver says up to where it has everything, so a push that
was cut, killed or started twice goes on there.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from lab.cli.out import tell
from lab.cli.storage import opened
from lab.errors import BadRequest, Conflict, LabError, Unavailable
from lab.keys import Keys
from lab.log.relay import PUSHED, Batch, news, read_batch, rotations_text, signature
from lab.settings import Settings
from lab.words import explain, number, say

if TYPE_CHECKING:
    import httpx2

    from lab.log.base import Log

PATH = "/api/relay"
LINE_SECONDS = 20.0
"""Longest silence of the line before a batch counts as lost."""
LONGEST_WAIT = 300.0
"""Seconds between two tries, at most."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(slots=True)
class Sent:
    """What one push has sent."""

    rows: int = 0
    bytes: int = 0
    """As they travelled, signatures and headers left out."""
    batches: int = 0
    upto: int = 0
    """Place in our log up to which the receiver has everything."""


@dataclass(frozen=True, slots=True)
class Pusher:
    """One site's log and the way to its province."""

    log: Log
    keys: Keys
    site: str
    client: httpx2.AsyncClient

    async def run(self, sent: Sent) -> None:
        """Send all that is not there yet; ``sent`` counts what has arrived, also where this raises.

        Raises:
            Unavailable: ``push_line``: the line is gone, or the other side is not ready.
            BadRequest, Conflict: the other side refuses for good; the sentence says why.
        """
        held = await self._post(Batch(0, 0, ()))
        sent.upto = held["upto"]
        if not await self.log.read(partial(news, after=sent.upto)):
            return
        await self.log.anchor()
        while True:
            read = partial(read_batch, after=sent.upto, anchor=held["anchor"])
            batch = await self.log.read(read, one_moment=True)
            if not batch.rows and not batch.anchors:
                return
            data = batch.packed()
            held = await self._post(batch, data)
            sent.upto = held["upto"]
            sent.rows += len(batch.rows)
            sent.bytes += len(data)
            sent.batches += 1

    async def _post(self, batch: Batch, data: bytes = b"") -> dict[str, int]:
        import httpx2

        data = data or batch.packed()
        headers = {
            "x-lab-signature": signature(self.keys, self.site, data),
            "x-lab-rotations": rotations_text(self.keys.rotations),
            "content-type": "application/octet-stream",
        }
        try:
            answer = await self.client.post(
                PATH, params={"site": self.site}, content=data, headers=headers
            )
            told = answer.json()
        except (httpx2.HTTPError, ValueError):
            raise Unavailable("push_line") from None
        if answer.is_success:
            return {"upto": int(told["upto"]), "anchor": int(told["anchor"])}
        if answer.status_code >= 500 or answer.status_code == 429:  # noqa: PLR2004 - not ready yet
            raise Unavailable("push_line")
        raise _refusal(told)


def _refusal(told: Any) -> LabError:
    """Why the other side refused, in its own words."""
    error = told.get("error", told) if isinstance(told, dict) else {}
    words = " ".join(str(error.get(name, "")) for name in ("message", "help")).strip()
    if error.get("code") == "relay_place":
        return Conflict("push_place")
    return BadRequest("push_refused", why=words[:400])


def push(
    to: Annotated[str, typer.Option(help=say("push.cli.to"))],
    site: Annotated[str, typer.Option(help=say("push.cli.site"))],
    every: Annotated[float, typer.Option(min=0, help=say("push.cli.every"))] = 0,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=say("log.cli.json"))] = False,
) -> None:
    """Send what the province does not have yet; with ``--every`` again and again, for good."""
    parts = urlsplit(to)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadRequest("push_where")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        tell(say("push.plain"), err=True)
    try:
        asyncio.run(_push(to.rstrip("/"), " ".join(site.split()), every, as_json=as_json))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _push(to: str, site: str, every: float, *, as_json: bool) -> None:
    async with _pusher(to, site) as pusher:
        wait = every
        while True:
            sent = Sent()
            try:
                await pusher.run(sent)
                wait = every
            except LabError as error:
                await _tell(pusher.log, to, sent)
                if not every or not isinstance(error, Unavailable | Conflict):
                    raise
                wait = min(max(wait, 1.0) * 2, LONGEST_WAIT)
                told = explain(error, "vi")
                tell(f"{told['message']} {say('push.again', seconds=number(wait))}", err=True)
            else:
                await _tell(pusher.log, to, sent)
                _print(sent, as_json=as_json)
            if not every:
                return
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - spreads the sites


async def _tell(log: Log, to: str, sent: Sent) -> None:
    """The log itself says what was sent, and where to."""
    if sent.rows:
        told = {"to": to, "rows": sent.rows, "bytes": sent.bytes, "upto": sent.upto}
        await log.append("system", PUSHED, told)


def _print(sent: Sent, *, as_json: bool) -> None:
    if as_json:
        tell(
            json.dumps(
                {"at": round(time.time()), "rows": sent.rows, "bytes": sent.bytes}
                | {"batches": sent.batches, "upto": sent.upto}
            ),
        )
    elif sent.rows:
        tell(say("push.done", rows=number(sent.rows), bytes=number(sent.bytes)))
    else:
        tell(say("push.nothing"))


@asynccontextmanager
async def _pusher(to: str, site: str) -> AsyncIterator[Pusher]:
    import httpx2

    keys = Keys.load(Settings().keys_dir)
    async with (
        opened(write=True) as log,
        httpx2.AsyncClient(
            base_url=to, timeout=LINE_SECONDS, trust_env=False, follow_redirects=False
        ) as client,
    ):
        yield Pusher(log, keys, site, client)
