"""What the serving process takes of the machine."""

from __future__ import annotations

import ctypes.util
import subprocess
import sys

import pytest

ARENAS = """
import ctypes, threading, time
from lab.cli.resources import few_arenas
few_arenas()
libc = ctypes.CDLL("libc.so.6")
libc.malloc.restype = ctypes.c_void_p
start = threading.Barrier(13)
def work():
    libc.malloc(100_000)
    start.wait()
    start.wait()
for _ in range(12):
    threading.Thread(target=work, daemon=True).start()
start.wait()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
start.wait()
"""


@pytest.mark.skipif(ctypes.util.find_library("c") is None, reason="glibc only")
def test_all_threads_share_two_heaps() -> None:
    """Memory that a thread has used is had by the others: no heap of its own for each of them."""
    done = subprocess.run(
        [sys.executable, "-c", ARENAS], check=True, capture_output=True, text=True, timeout=60
    )
    assert 1 <= done.stdout.count("<heap nr=") <= 2
