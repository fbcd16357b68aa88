"""A wall clock that jumps and a disk that is slow, for one program and its children.

A library of a few functions, built here with ``cc``, stands before the C library's own. The
monotonic clock stays true. libfaketime cannot do this for Python: with
``FAKETIME_DONT_FAKE_MONOTONIC=1`` (0.9.10) it takes the absolute monotonic time that ``time.sleep``
waits for as one of the wall clock, and the wait fails with EINVAL.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

LONG = struct.calcsize("@l")
SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long *told;  /* seconds that the clock is ahead; microseconds of a sync */

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("BENCH_SHIM");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *found = mmap(0, 2 * sizeof(long), PROT_READ, MAP_SHARED, file, 0);
  if (found != MAP_FAILED) told = found;
  close(file);
}

int clock_gettime(clockid_t id, struct timespec *at) {
  int done = syscall(SYS_clock_gettime, id, at);
  if (!done && told && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI))
    at->tv_sec += told[0];
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

static void wait_for_the_disk(void) {
  long micros = told ? told[1] : 0;
  struct timespec rest = {micros / 1000000, micros % 1000000 * 1000};
  if (micros > 0) syscall(SYS_nanosleep, &rest, 0);
}

int fsync(int file) {
  wait_for_the_disk();
  return syscall(SYS_fsync, file);
}

int fdatasync(int file) {
  wait_for_the_disk();
  return syscall(SYS_fdatasync, file);
}
"""


class Shim:
    """What is changed for whatever was started with ``env``."""

    def __init__(self, home: Path, library: Path) -> None:
        self._told = home / "shim"
        self._told.write_bytes(bytes(2 * LONG))
        self.env = {"LD_PRELOAD": str(library), "BENCH_SHIM": str(self._told)}

    @classmethod
    def make(cls, home: Path) -> Shim | None:
        """Build it in ``home``; None where there is no C compiler."""
        compiler = shutil.which("cc")
        if compiler is None:
            return None
        library = home / "shim.so"
        source = library.with_suffix(".c")
        source.write_text(SOURCE, "ascii")
        command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(source)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return None
        return cls(home, library)

    def jump(self, seconds: int) -> None:
        """From now on the clock is so many seconds ahead of the true one (behind: negative)."""
        self._tell(0, seconds)

    def slow(self, seconds: float) -> None:
        """From now on each sync of the disk takes so much longer."""
        self._tell(1, round(seconds * 1_000_000))

    def _tell(self, place: int, value: int) -> None:
        with self._told.open("r+b") as file, mmap.mmap(file.fileno(), 2 * LONG) as shared:
            shared[place * LONG : (place + 1) * LONG] = struct.pack("@l", value)
