"""A list that was looked at, on its way back: the page of the preview itself holds it, signed.

So it waits on no process, and whichever of several the answer comes to can bring it in. It is
compressed, since a class of thousands would else outgrow what a form may send; nothing of it is
unpacked before its signature has been compared.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
import zlib
from dataclasses import asdict, dataclass

from lab.errors import BadRequest
from lab.keys import Keys
from lab.log.roster_lists import Entry, RosterProblem
from lab.session.roster_file import Sheet

PURPOSE = "waiting roster"
HOURS = 12
"""How long a list may wait; after that it is previewed again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A list, and what was chosen with it."""

    sheet: Sheet
    into: str | None
    """The class of rows that name none."""
    run: str
    """Name of the course run of classes that it makes; may be empty."""


def sealed(keys: Keys, person: str, waiting: Waiting) -> str:
    """The token of a list for the person who looked at it."""
    content = {"until": time.time() + HOURS * 3600, **asdict(waiting)}
    packed = zlib.compress(json.dumps(content).encode())
    body = base64.urlsafe_b64encode(packed).decode()
    return f"{_signature(keys, person, body)}.{body}"


def opened(keys: Keys, person: str, token: str) -> Waiting:
    """The list of a token.

    Raises:
        BadRequest: ``roster_gone``: the token is another person's, too old, or none of ours.
    """
    signature, _, body = token.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(keys, person, body).encode()):
        raise BadRequest("roster_gone")
    content = json.loads(zlib.decompress(base64.urlsafe_b64decode(body)))
    if content["until"] < time.time():
        raise BadRequest("roster_gone")
    read = content["sheet"]
    sheet = Sheet(
        file=read["file"],
        entries=tuple(Entry(**each) for each in read["entries"]),
        problems=tuple(_problem(**each) for each in read["problems"]),
        columns=read["columns"],
        passed_over=tuple(read["passed_over"]),
    )
    return Waiting(sheet, content["into"], content["run"])


def _problem(*, values: list[tuple[str, str | int]], **rest: str | int) -> RosterProblem:
    return RosterProblem(values=tuple((name, value) for name, value in values), **rest)  # type: ignore[arg-type]


def _signature(keys: Keys, person: str, body: str) -> str:
    return keys.hash(PURPOSE, f"{person}.{body}")
