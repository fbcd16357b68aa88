"""Reading a file in a process of its own, which is killed with all that it started when it is late.

The bytes go over a pipe, the parts come back over another; nothing is put on a disk.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from typing import Any

from lab.attach.limits import HEAD, LANGUAGE, Limits
from lab.attach.parts import Document, Part
from lab.errors import BadRequest, TooMany

AT_ONCE = 2
"""Files that are read at the same time; further ones wait."""
WAITING = 24
"""Files that may wait; further ones are asked to come again."""
_LONGEST = 16_000_000
"""Bytes of an answer; a child that says more is not believed."""
_NAME = 120
"""Characters of a file's name that are kept (its end, where the type stands)."""
_COMMAND = (sys.executable, "-I", "-X", "utf8", "-m", "lab.attach.child")


class Unreadable(BadRequest):
    """A file that cannot be read: the code says why, its sentence what to do."""

    default_code = "attach_broken"


def tesseract() -> str | None:
    """The system's Tesseract, where it is installed."""
    return shutil.which("tesseract")


@cache
def with_vietnamese(program: str) -> bool:
    """Whether this Tesseract can read Vietnamese."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            [program, "--list-langs"], capture_output=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return LANGUAGE.encode() in done.stdout.split()


class Reader:
    """Reads files, a few at a time."""

    def __init__(self, limits: Limits | None = None, *, program: str | None = None) -> None:
        """``program``: Tesseract; the system's where it is not given, none where it is empty."""
        self.limits = limits or Limits()
        found = tesseract() if program is None else program
        self._program = found if found and with_vietnamese(found) else None
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def read(self, name: str, data: bytes) -> Document:
        """The parts of a file.

        Raises:
            Unreadable: it cannot be read; the code says why.
            TooMany: too many files wait already.
        """
        if self._waiting >= WAITING:
            raise TooMany("attach_busy")
        self._waiting += 1
        try:
            async with self._free:
                return await asyncio.to_thread(self.read_now, name, data)
        finally:
            self._waiting -= 1

    def read_now(self, name: str, data: bytes) -> Document:
        """As ``read``, in this thread. Raises ``Unreadable``."""
        order = {
            "name": name[-_NAME:],
            "tesseract": self._program,
            "limits": asdict(self.limits),
        }
        head = json.dumps(order).encode()
        sent = len(head).to_bytes(HEAD, "big") + head + data
        return _document(_run(sent, self.limits.seconds))


def _run(sent: bytes, seconds: float) -> bytes:
    """What the child says. Raises ``Unreadable`` where it is late or dies."""
    child = subprocess.Popen(  # noqa: S603 - a fixed command
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    late = False
    said = b""
    try:
        said, _ = child.communicate(sent, timeout=seconds)
    except subprocess.TimeoutExpired:
        late = True
    finally:
        with suppress(ProcessLookupError):  # Tesseract too, where it outlived its parent
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
    if late or child.returncode == -signal.SIGXCPU:
        raise Unreadable("attach_slow", seconds=round(seconds))
    if child.returncode or len(said) > _LONGEST:
        raise Unreadable("attach_broken")
    return said


def _document(said: bytes) -> Document:
    answer: Any = None
    with suppress(ValueError):
        answer = json.loads(said)
    if not isinstance(answer, dict):
        raise Unreadable("attach_broken")
    if "refused" in answer:
        raise Unreadable(f"attach_{answer['refused']}", **answer["values"])
    unread = {name: count for name, count in answer["unread"].items() if count}
    parts = tuple(map(Part.of, answer["parts"]))
    return Document(answer["type"], parts, unread, answer["apart"] is True)
