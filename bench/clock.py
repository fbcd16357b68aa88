"""A wall clock that jumps, for one program and its children; its monotonic clock stays true.

libfaketime cannot do this for Python: with ``FAKETIME_DONT_FAKE_MONOTONIC=1`` (0.9.10) it takes the
absolute monotonic time that ``time.sleep`` waits for as one of the wall clock, and the wait fails
with EINVAL. What is needed is less: three functions of the C library, built here with ``cc``.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long *ahead;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("BENCH_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *found = mmap(0, sizeof(long), PROT_READ, MAP_SHARED, file, 0);
  if (found != MAP_FAILED) ahead = found;
  close(file);
}

int clock_gettime(clockid_t id, struct timespec *at) {
  int done = syscall(SYS_clock_gettime, id, at);
  if (!done && ahead && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI))
    at->tv_sec += *ahead;
  return done;
}

int gettimeofday(struct timeval *at, void *zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
"""


class Clock:
    """What is added to the wall clock of whatever was started with ``env``."""

    def __init__(self, home: Path, library: Path) -> None:
        self._seconds = home / "clock"
        self._seconds.write_bytes(struct.pack("@l", 0))
        self.env = {"LD_PRELOAD": str(library), "BENCH_CLOCK": str(self._seconds)}

    @classmethod
    def make(cls, home: Path) -> Clock | None:
        """Build it in ``home``; None where there is no C compiler."""
        compiler = shutil.which("cc")
        if compiler is None:
            return None
        library = home / "clock.so"
        source = library.with_suffix(".c")
        source.write_text(SOURCE, "ascii")
        command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return None
        return cls(home, library)

    def jump(self, seconds: int) -> None:
        """From now on it is so many seconds ahead of the true one (behind, where negative)."""
        with self._seconds.open("r+b") as file, mmap.mmap(file.fileno(), 8) as shared:
            shared[:] = struct.pack("@l", seconds)
