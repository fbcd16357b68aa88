"""``lab serve`` with a sampler that says where its CPU goes: page, policy, log, upstream client.

    python -m bench.stages OUT.json serve --port 7860 ...

Every 10 ms a thread reads how long each thread has run (``schedstat``, nanoseconds) and gives what
was added since to the part of the lab whose code is on top of that thread's stack. What belongs to
no part (event loop, HTTP server, Gradio, FastAPI) counts as page. The sums are written to OUT.json
once a second.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STEP = 0.01
PARTS = {
    "/lab/policy/": "policy",
    "/lab/log/": "log",
    "/lab/assistant/": "upstream",
    "/openai/": "upstream",
    "/httpx2/": "upstream",
    "/httpcore2/": "upstream",
    "/httpcore/": "upstream",
    "/h11/": "upstream",
}
"""Part of the path of a source file, and whose it is."""


def stage_of(frame: FrameType | None) -> str:
    """Whose code is nearest to the top of this stack."""
    while frame is not None:
        name = frame.f_code.co_filename
        for part, stage in PARTS.items():
            if part in name:
                return stage
        frame = frame.f_back
    return "page"


@dataclass(slots=True)
class Clocks:
    """How long each thread has run; its file is opened once."""

    files: dict[int, int] = field(default_factory=dict)

    def ran(self, native: int) -> int:
        """Nanoseconds that a thread has been on a processor; 0 where it has ended."""
        try:
            file = self.files.get(native)
            if file is None:
                path = f"/proc/self/task/{native}/schedstat"
                file = self.files[native] = os.open(path, os.O_RDONLY)
            return int(os.pread(file, 64, 0).split()[0])
        except (OSError, ValueError, IndexError):
            ended = self.files.pop(native, None)
            if ended is not None:
                os.close(ended)
            return 0


def sample(out: Path) -> None:
    """Sample for ever."""
    spent: Counter[str] = Counter()
    before: dict[int, int] = {}
    clocks = Clocks()
    own = threading.get_ident()
    written = time.monotonic()
    while True:
        time.sleep(STEP)
        frames = sys._current_frames()  # noqa: SLF001 - the one way to see all stacks
        for thread in threading.enumerate():
            if thread.ident is None or thread.native_id is None or thread.ident == own:
                continue
            ran = clocks.ran(thread.native_id)
            more = ran - before.get(thread.native_id, ran)
            if more > 0:
                spent[stage_of(frames.get(thread.ident))] += more
            before[thread.native_id] = ran
        del frames
        if time.monotonic() - written >= 1:
            written = time.monotonic()
            fresh = out.with_suffix(".new")
            fresh.write_text(json.dumps(spent), "ascii")
            fresh.rename(out)


def main() -> None:
    """Start the sampler, then the command ``lab`` with what is left of the arguments."""
    out = Path(sys.argv[1])
    sys.argv[1:2] = []
    threading.Thread(target=sample, args=(out,), name="sampler", daemon=True).start()
    from lab.cli import main as lab  # noqa: PLC0415 - the sampler sees the imports too

    lab()


if __name__ == "__main__":
    main()
