"""How much of the machine a process of ours may hold, and how often it tidies up."""

from __future__ import annotations

import ctypes
import gc
import resource
from contextlib import suppress

FILES = 65_536
"""Open files that are asked for: each page holds a connection."""
COLLECT = (20_000, 5, 50)
"""New objects, younger and middle rounds after which Python looks for cycles of dead objects among
the youngest, the middle and the oldest."""
_ARENA_MAX = -8
"""glibc's ``M_ARENA_MAX`` (malloc.h)."""


def many_sockets() -> None:
    """Ask the system for as many open files as it allows, up to what a whole province needs."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def few_arenas() -> None:
    """Let all threads share two heaps: glibc gives each up to eight for a processor otherwise, and
    what a thread once used of its own is not had by the others. Elsewhere nothing is done.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(_ARENA_MAX, 2)


def rare_collections() -> None:
    """Look for cycles of dead objects less often: with Python's own numbers a lab of 3,000 open
    pages stood still for half a second every eight seconds, and a start took a second longer.
    """
    gc.set_threshold(*COLLECT)
