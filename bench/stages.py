"""``lab serve`` with a sampler that says where its CPU goes: page, policy, log, upstream client.

    python -m bench.stages OUT.json serve --port 7860 ...

The kernel's profiling timer interrupts every 10 ms of processor time that the process has used, and
never while it waits; what the thread of the event loop has run since the last time is given to the
part of the lab whose code is on top of its stack then. (A thread that looks at the stacks would
only run when that one lets go of the interpreter's lock, which is mostly where it writes to
something.) Other threads are counted by their names. What belongs to no part (event loop, HTTP
server, Gradio, FastAPI) counts as page; all that serves trainers' pages counts as trainers.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STEP = 0.01
WRITE_SECONDS = 1.0
PARTS = {
    "/lab/policy/": "policy",
    "/lab/log/": "log",
    "/lab/assistant/": "upstream",
    "/openai/": "upstream",
    "/httpx2/": "upstream",
    "/aiohttp/": "upstream",
}
"""Part of the path of a source file, and whose it is."""
THREADS = {"log-": "log", "policy": "policy"}
"""Beginnings of the names of threads, and whose they are."""
TRAINERS = ("/review", "/api/review", "/board", "/api/board")


def stage_of(frame: FrameType | None) -> str:
    """Whose code is nearest to the top of this stack, if it does not serve a trainer."""
    found = ""
    while frame is not None:
        code = frame.f_code
        if not found:
            found = next((stage for part, stage in PARTS.items() if part in code.co_filename), "")
        if code.co_name == "run_asgi" and "/uvicorn/" in code.co_filename:
            cycle = frame.f_locals.get("self")
            path = cycle.scope.get("path", "") if cycle is not None else ""
            return "trainers" if path.startswith(TRAINERS) else found or "page"
        frame = frame.f_back
    return found or "page"


@dataclass(slots=True)
class Sampler:
    """What the process has used so far, by stage, in nanoseconds."""

    out: Path
    spent: Counter[str] = field(default_factory=Counter)
    _ran: int = 0
    _written: float = 0.0
    _threads: dict[int, int] = field(default_factory=dict)

    def start(self) -> None:
        """Begin; on the thread that is going to serve."""
        self._ran = time.thread_time_ns()
        signal.signal(signal.SIGPROF, self._tick)
        signal.siginterrupt(signal.SIGPROF, False)
        signal.setitimer(signal.ITIMER_PROF, STEP, STEP)

    def _tick(self, _signal: int, frame: FrameType | None) -> None:
        ran = time.thread_time_ns()
        self.spent[stage_of(frame)] += ran - self._ran
        self._ran = ran
        now = time.monotonic()
        if now - self._written >= WRITE_SECONDS:
            self._written = now
            self._others()
            fresh = self.out.with_suffix(".new")
            fresh.write_text(json.dumps(self.spent), "ascii")
            fresh.rename(self.out)

    def _others(self) -> None:
        """What the other threads have run since the last time."""
        own = threading.get_native_id()
        for thread in threading.enumerate():
            native = thread.native_id
            if native is None or native == own:
                continue
            with suppress(OSError, ValueError, IndexError):  # it has just ended
                told = Path(f"/proc/self/task/{native}/schedstat").read_text("ascii")
                ran = int(told.split()[0])
                stages = (s for name, s in THREADS.items() if thread.name.startswith(name))
                self.spent[next(stages, "page")] += ran - self._threads.get(native, 0)
                self._threads[native] = ran


def main() -> None:
    """Start the sampler, then the command ``lab`` with what is left of the arguments."""
    out = Path(sys.argv[1])
    sys.argv[1:2] = []
    Sampler(out).start()
    from lab.cli import main as lab  # noqa: PLC0415 - the sampler sees the imports too

    lab()


if __name__ == "__main__":
    main()
