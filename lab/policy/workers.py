"""Child processes that read long texts, so that a check can be killed and the loop stays free.

A child gets the rules (not a folder, which could have changed) and then one request after the
other over its standard input; it answers with signs, which hold no text. Its own errors go
nowhere: a traceback could quote what it read.
"""

from __future__ import annotations

import json
import os
import queue
import resource
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple
from typing import IO, TYPE_CHECKING, Any

from lab.errors import PolicyError
from lab.policy.rules import Rule

if TYPE_CHECKING:
    from lab.policy.detect import Detector, Sign

_HEAD = 4
READY = b"\x06"
"""What a child says once it has read the rules."""


class Workers:
    """A few children, each started when it is first needed."""

    def __init__(self, rules: Sequence[Rule], count: int) -> None:
        """Starts nothing yet."""
        self._rules = [rule.model_dump(mode="json", by_alias=True) for rule in rules]
        self._free: queue.SimpleQueue[_Child | None] = queue.SimpleQueue()
        self._all: set[_Child] = set()
        self._lock = threading.Lock()
        for _ in range(count):
            self._free.put(None)

    def warm(self) -> None:
        """Start one child now, so that the first long text finds it ready."""
        try:
            child = self._free.get_nowait()
        except queue.Empty:
            return
        child = child or self._start()
        with suppress(TimeoutError):  # it has room for the rules once it reads: later, then
            child.prepare(time.monotonic())
        self._free.put(child)

    def find(self, texts: Sequence[str], seconds: float) -> list[tuple[Sign, ...]]:
        """The signs of each text. Blocks: call it in a thread.

        Raises:
            TimeoutError: no answer within ``seconds``; a child that had the text is killed.
            PolicyError: the child failed or died.

        """
        until = time.monotonic() + seconds
        try:
            child = self._free.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        try:
            child = child or self._start()
            child.prepare(until)
            answer = child.ask({"texts": list(texts)}, until)
        except BaseException as error:
            late = isinstance(error, TimeoutError) and child is not None and not child.ready
            if child is not None and not late:  # one that only starts slowly goes on starting
                self._drop(child)
                child = None
            raise
        finally:
            self._free.put(child)
        return _signs(answer, len(texts))

    def close(self) -> None:
        """Kill them all."""
        with self._lock:
            children = [*self._all]
        for child in children:
            self._drop(child)

    def _start(self) -> _Child:
        child = _Child(self._rules)
        with self._lock:
            self._all.add(child)
        return child

    def _drop(self, child: _Child) -> None:
        with self._lock:
            self._all.discard(child)
        child.kill()


def _signs(answer: Any, count: int) -> list[tuple[Sign, ...]]:
    from lab.policy.detect import Sign  # noqa: PLC0415 - Presidio comes with it

    try:
        found = [tuple(Sign(*row) for row in rows) for rows in answer["signs"]]
    except (KeyError, TypeError):
        raise PolicyError("policy_fault") from None
    if len(found) != count:
        raise PolicyError("policy_fault")
    return found


class _Child:
    """One process. Used by one thread at a time."""

    def __init__(self, rules: list[dict[str, Any]]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lab.policy.workers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._rest = _framed({"rules": rules})
        self.ready = False
        """Whether it has read the rules."""

    def prepare(self, until: float) -> None:
        """Hand over the rules and wait until they are read; after a time-out goes on from there."""
        if not self.ready:
            self._push(until)
            self._read(1, until)
            self.ready = True

    def ask(self, request: dict[str, Any], until: float) -> Any:
        """One request, one answer, before ``until`` on the monotonic clock."""
        self._rest = _framed(request)
        self._push(until)
        size = int.from_bytes(self._read(_HEAD, until), "big")
        try:
            return json.loads(self._read(size, until))
        except ValueError:
            raise PolicyError("policy_fault") from None

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:  # what was still to be written is lost on purpose
                    continue

    def _push(self, until: float) -> None:
        """Write what is left to be written."""
        pipe = self._process.stdin
        if pipe is None:
            raise PolicyError("policy_fault")
        os.set_blocking(pipe.fileno(), False)
        while self._rest:
            _wait(write=pipe, until=until)
            try:
                self._rest = self._rest[os.write(pipe.fileno(), self._rest) :]
            except BlockingIOError:
                continue
            except OSError:
                raise PolicyError("policy_fault") from None

    def _read(self, size: int, until: float) -> bytes:
        pipe = self._process.stdout
        if pipe is None:
            raise PolicyError("policy_fault")
        got = bytearray()
        while len(got) < size:
            _wait(read=pipe, until=until)
            piece = os.read(pipe.fileno(), min(65536, size - len(got)))
            if not piece:
                raise PolicyError("policy_fault")
            got += piece
        return bytes(got)


def _framed(value: dict[str, Any]) -> memoryview:
    body = json.dumps(value).encode()
    return memoryview(len(body).to_bytes(_HEAD, "big") + body)


def _wait(*, until: float, read: IO[bytes] | None = None, write: IO[bytes] | None = None) -> None:
    """Until a pipe is ready. ``poll``, not ``select``: the lab holds thousands of descriptors."""
    ready = select.poll()
    if read:
        ready.register(read, select.POLLIN)
    if write:
        ready.register(write, select.POLLOUT)
    if not ready.poll(max(until - time.monotonic(), 0) * 1000):
        raise TimeoutError


def _answer(detector: Detector, texts: Sequence[str]) -> dict[str, Any]:
    try:
        return {"signs": [[astuple(sign) for sign in detector.find(text)] for text in texts]}
    except Exception:  # noqa: BLE001 - the parent blocks; an error's text could quote the prompt
        return {}


def _serve(source: IO[bytes], out: IO[bytes]) -> None:
    """What the child does until its parent is gone."""
    from lab.policy.detect import Detector  # noqa: PLC0415 - only the child needs it

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    detector: Detector | None = None
    while head := source.read(_HEAD):
        request = json.loads(source.read(int.from_bytes(head, "big")))
        if "rules" in request:
            detector = Detector([Rule.model_validate(row) for row in request["rules"]])
            out.write(READY)
            out.flush()
            continue
        if detector is None:
            return
        body = json.dumps(_answer(detector, request["texts"])).encode()
        out.write(len(body).to_bytes(_HEAD, "big") + body)
        out.flush()


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
