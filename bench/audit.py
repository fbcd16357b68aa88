"""What the log of a campaign holds, set against what left and what must have an end."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from bench.room import Room

LATE_SECONDS = 60
"""How long ends may still come: of turns whose process is gone, and of those that are written
again and again until the log takes them.
"""


@dataclass(slots=True)
class Audit:
    """The log once all is over."""

    wrong: list[dict[str, Any]] = field(default_factory=list)
    turns: dict[str, list[Any]] = field(default_factory=dict)
    """Turn -> its rows."""

    @classmethod
    async def of(cls, room: Room) -> Audit:
        """Look, and again until no end is missing or it comes no more."""
        limit = time.monotonic() + LATE_SECONDS
        while True:
            rows, wrong = await asyncio.to_thread(_rows, room)
            turns = _by_turn(rows)
            missing = [turn for turn, own in turns.items() if _open(own)]
            if wrong or not missing or time.monotonic() > limit:
                break
            await asyncio.sleep(1)
        done = await asyncio.to_thread(room.command, "log", "verify")
        if done.returncode:
            wrong.append({"what": f"log verify: {done.stdout[-300:]}{done.stderr[-300:]}"})
        wrong += [{"what": f"turn {turn} has no end", "log": turns[turn]} for turn in missing]
        wrong += [
            {"what": f"turn {turn} has rows that do not fit each other", "log": own}
            for turn, own in turns.items()
            if _odd(own)
        ]
        return cls(wrong + _not_logged(room, rows), turns)


def _rows(room: Room) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All rows of the log, and what is wrong with reading them."""
    exported = room.command("log", "export", "--format", "jsonl")
    if exported.returncode:
        return [], [{"what": f"log export: {exported.stderr[-300:]}"}]
    lines = exported.stdout.splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")], []


def _by_turn(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if str(row.get("kind")).startswith("turn."):
            found[row["payload"]["turn"]].append(row)
    return dict(found)


def _open(own: list[Any]) -> bool:
    """Whether a turn that might leave has no end."""
    kinds = {row["kind"] for row in own}
    blocked = any(row["payload"].get("action") == "block" for row in own)
    return "turn.ended" not in kinds and not blocked


def _odd(own: list[Any]) -> bool:
    """Whether a turn was decided other than once, or ended twice."""
    kinds = [row["kind"] for row in own]
    return kinds.count("turn.decided") != 1 or kinds.count("turn.ended") > 1


def _not_logged(room: Room, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the endpoint got and the log does not have, byte for byte by its digest."""
    sent = {row["payload"]["digest"] for row in rows if row.get("kind") == "turn.sent"}
    return [
        {"what": "a request left that is not in the log", "body": request.body.decode()}
        for request in room.endpoint.prompts
        if hashlib.sha256(request.body).hexdigest() not in sent
    ]
