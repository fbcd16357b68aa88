"""A memory cgroup (version 1) of one's own: what runs in it may be left without memory."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup/memory")


class MemoryGroup:
    """The group; whatever a member starts is a member too."""

    def __init__(self, name: str) -> None:
        self._folder = ROOT / name
        self._folder.mkdir()

    @classmethod
    def make(cls) -> MemoryGroup | None:
        """One for this process's campaign; None where this user may not, or none can be had."""
        try:
            made = cls(f"lab-faults-{os.getpid()}")
            made._limit(-1)
        except OSError:
            return None
        return made

    def add(self, pid: int) -> None:
        """Take a process in."""
        with suppress(OSError):  # it has ended
            self._write("cgroup.procs", str(pid))

    def squeeze(self) -> None:
        """No more than it holds now: who asks for more is killed by the kernel."""
        told = dict(line.split() for line in self._read("memory.stat").splitlines())
        try:
            self._limit(int(told["total_rss"]))
        except OSError:  # there is more that cannot be given back at once
            with suppress(OSError):
                self._limit(int(self._read("memory.usage_in_bytes")))

    def release(self) -> None:
        """As much as it wants."""
        self._limit(-1)

    @property
    def killed(self) -> int:
        """Processes that the kernel has killed in it for want of memory."""
        told = dict(line.split() for line in self._read("memory.oom_control").splitlines())
        return int(told.get("oom_kill", 0))

    def close(self) -> None:
        """Remove it; what is still in it goes back to the root group."""
        with suppress(OSError):
            for pid in self._read("cgroup.procs").split():
                with suppress(OSError):
                    (ROOT / "cgroup.procs").write_text(pid, "ascii")
            self._folder.rmdir()

    def _limit(self, most: int) -> None:
        self._write("memory.limit_in_bytes", str(most))

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text("ascii")

    def _write(self, name: str, value: str) -> None:
        (self._folder / name).write_text(value, "ascii")
