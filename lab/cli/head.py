"""``lab log head`` and ``lab log verify --head``: the signed head of a day, made and checked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from lab.cli.out import tell
from lab.cli.receipt import key_of, own_keys, read, refused
from lab.cli.storage import opened, operator
from lab.keys import Keys
from lab.log import heads
from lab.log.chain import Anchor
from lab.log.heads import Head, NotAHeadError
from lab.log.receipts import NoReceipt
from lab.settings import Settings
from lab.words import number, say


async def signed_head(day: str) -> str:
    """Sign the head of a day; its file, as text."""
    from lab.session.heads import Heads

    settings = Settings()
    async with opened(write=True, settings=settings) as log:
        desk = Heads(log, Keys.load(settings.keys_dir))
        head = await desk.sign(operator(), day)
        return json.dumps(await desk.file(head.day), ensure_ascii=False, indent=1)


def verify_head(
    path: Path, key: Path | None, kept: Sequence[Anchor], *, as_json: bool = False
) -> int:
    """Print what a head proves; 0 where it holds, else 1. Without ``key`` the log is compared."""
    try:
        head = _checked(path, key, kept)
        settings = Settings()
        here = key is None and (settings.database is not None or settings.database_file.is_file())
        if here:
            asyncio.run(_compared(head))
    except (NotAHeadError, NoReceipt) as error:
        return refused("head", error.code, as_json=as_json)
    if as_json:
        tell(json.dumps({"valid": True, "log": here, "head": asdict(head)}, ensure_ascii=False))
    else:
        for sentence in _sentences(head):
            tell(sentence)
        tell(say("proof.head.same" if here else "proof.head.offline"))
    return 0


def _sentences(head: Head) -> list[str]:
    span = say("proof.head.whole" if head.complete else "proof.head.part")
    events = number(head.events)
    first = say("proof.head.good", day=head.day, span=span, events=events, anchor=head.number)
    rows = [
        say(
            "proof.head.left",
            host=host or say("proof.left.local"),
            exercise=exercise or "–",
            sendings=number(sendings),
            size=number(size),
        )
        for host, exercise, sendings, size in head.left
    ]
    return [first, *(rows or [say("proof.head.nothing")])]


def _checked(path: Path, key: Path | None, kept: Sequence[Anchor]) -> Head:
    row = read(path, lacks="no_head")
    keys = [key_of(key)] if key is not None else own_keys()
    if not keys:
        raise NotAHeadError("no_key")
    return heads.checked(row, keys=keys, kept=kept)


async def _compared(head: Head) -> None:
    """Raise ``NotAHeadError`` where the log of this machine says otherwise."""
    async with opened(write=False) as log:
        differs = await log.read(partial(heads.against, head=head))
        if differs is not None:
            raise NotAHeadError(differs)
        if (await log.verify()).problems:
            raise NotAHeadError("head_log")
