"""Server-sent events, read from bytes whatever the boundaries of the chunks."""

from __future__ import annotations

from collections.abc import Iterator

from lab.errors import AssistantError

LONGEST = 1 << 20
"""Bytes of one line; a longer one is no answer to a prompt."""
_IGNORED = (b"event:", b"id:", b"retry:", b":")


class Reader:
    """Splits a stream into the data of its events."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of the events that are complete.

        Raises:
            AssistantError: a line belongs to no event stream.
        """
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST:
            raise AssistantError("assistant_bad_reply")
        for raw in lines:
            line = raw.rstrip(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif not line:
                if self._data:
                    yield b"\n".join(self._data)
                    self._data.clear()
            elif not line.startswith(_IGNORED):
                raise AssistantError("assistant_bad_reply")
