"""A real PostgreSQL for tests: one server for a test process, a database of its own for a test."""

from __future__ import annotations

import atexit
from functools import cache

from bench.postgres import Server


@cache
def shared() -> Server:
    """The server of this test process; it ends with it."""
    server = Server.make()
    atexit.register(server.stop)
    server.start()
    return server
