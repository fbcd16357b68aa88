"""How many connections a process of ours may hold."""

from __future__ import annotations

import resource

FILES = 65_536
"""Open files that are asked for: each page holds a connection."""


def many_sockets() -> None:
    """Ask the system for as many open files as it allows, up to what a whole province needs."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
