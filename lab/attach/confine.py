"""What the reading process gives up before it sees the first byte of a file (Linux).

Each limit is the kernel's: a library that is taken over by a hostile file keeps them, and so does
Tesseract, which is started from here.
"""

from __future__ import annotations

import ctypes
import os
import resource

from lab.attach.limits import Limits

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIGKILL = 9
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_FILES = 64


def confine(limits: Limits) -> bool:
    """Give up everything that reading a file does not need. Returns whether the network is gone.

    No file can grow (so nothing is written to any disk), no core is dumped, time and memory are
    limited, the process dies with its parent. The network is left by way of a namespace of its own;
    where the system forbids that (some containers), nothing here opens a connection all the same.
    """
    os.nice(5)  # a class that is being answered comes first
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    alone: bool = libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # At the soft limit of time a process ends by SIGXCPU, which says why.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 2))
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        resource.setrlimit(what, (most, most))
    return alone
