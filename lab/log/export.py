"""The log as lines for other programs: JSONL that can be verified by hand, CSV for spreadsheets.

What leaves is what the log holds: masked text, no names, nothing of what was blocked.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from lab.log.base import Log
from lab.log.chain import Row, canonical
from lab.model import Language
from lab.words import say

MASKED = ("prompt", "reply")
"""Fields of payloads that hold text of people or of the model, masked before it was logged."""
COLUMNS = (
    "time", "stream", "seq", "kind", "turn", "action", "status", "prompt", "reply", "rules",
    "error", "reference", "policy", "details", "hash",
)  # fmt: skip
_OWN = frozenset({"turn", "action", "status", *MASKED, "error", "reference", "policy", "findings"})
_FORMULA = re.compile(
    r"(^|[;|])([\s\u200b-\u200f\u2060\ufeff]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])"
)
_BREAKS = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
_LEADS = frozenset("\t\r\n\v\f")
"""A cell must not begin with these either: some readers skip them, and then see a formula."""
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
PAGE = 1000


async def stored(log: Log, stream: str | None = None) -> AsyncIterator[Row]:
    """Rows page by page, in the order in which they were written."""
    after = 0
    while page := await log.rows(after=after, stream=stream, limit=PAGE):
        for place, row in page:
            after = place
            yield row


async def jsonl(log: Log, stream: str | None = None) -> AsyncIterator[str]:
    """A line on what this is, then a line a row, with all that its hash covers."""
    yield canonical(
        {"export": "lab.log.1", "masked": list(MASKED), "erased": "payload: null"}
    ).decode()
    async for row in stored(log, stream):
        yield canonical(
            {
                "stream": row.stream,
                "seq": row.seq,
                "at": row.at,
                "time": _time(row),
                "kind": row.kind,
                "payload": None if row.payload is None else json.loads(row.payload),
                "salt": row.salt,
                "digest": row.digest,
                "hash": row.hash,
            }
        ).decode()


async def csv_lines(
    log: Log, stream: str | None = None, language: Language = "vi"
) -> AsyncIterator[str]:
    """A line of headings, then a line a row. No cell begins as a formula, none has a line break."""
    note = say("log.export.masked", language)
    yield "\ufeff" + _line([f"{name} ({note})" if name in MASKED else name for name in COLUMNS])
    async for row in stored(log, stream):
        cells = cells_of(row, payload_of(row))
        yield _line([safe_cell(cells.get(name)) for name in COLUMNS])


def safe_cell(value: object) -> str:
    """A cell that every spreadsheet takes as text, however it splits lines into cells.

    An apostrophe goes before what would begin a formula, also after a separator that some
    languages of a spreadsheet split at; line breaks become a sign.
    """
    text = "" if value is None else str(value)
    text = _CONTROLS.sub("\ufffd", _BREAKS.sub(" ⏎ ", text))
    text = _FORMULA.sub(r"\1\2'", text)
    return f"'{text}" if str(value)[:1] in _LEADS else text


def payload_of(row: Row) -> dict[str, Any]:
    """What a row tells; nothing where its content was erased."""
    held = {} if row.payload is None else json.loads(row.payload)
    return held if isinstance(held, dict) else {"payload": held}


def cells_of(row: Row, payload: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the columns of a table."""
    rest = {name: value for name, value in payload.items() if name not in _OWN}
    return {
        **{name: payload.get(name) for name in _OWN},
        "time": _time(row),
        "stream": row.stream,
        "seq": row.seq,
        "kind": row.kind,
        "rules": " ".join(_rules(payload.get("findings"))),
        "details": canonical(rest).decode() if rest else None,
        "hash": row.hash,
    }


def _rules(findings: Any) -> list[str]:
    listed = findings if isinstance(findings, list) else []
    return sorted({str(entry["rule"]) for entry in listed if "rule" in entry})


def _time(row: Row) -> str:
    return datetime.fromtimestamp(row.at / 1e6, UTC).isoformat(timespec="milliseconds")


def _line(cells: list[str]) -> str:
    into = io.StringIO()
    csv.writer(into, quoting=csv.QUOTE_ALL, lineterminator="").writerow(cells)
    return into.getvalue()
