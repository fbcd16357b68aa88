"""JSON that is read very often: the log's rows, a reply's chunks."""

from __future__ import annotations

import json
from typing import Any

import orjson


def loads(text: str | bytes) -> Any:
    """What ``json.loads`` gives, in a third to a fifth of its time. Whole numbers beyond 64 bits,
    which we never write, may come as floating ones.

    Raises:
        ValueError: no JSON.
        RecursionError: nested too deeply.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # among them half a character as an escape, which Python reads
        return json.loads(text)
