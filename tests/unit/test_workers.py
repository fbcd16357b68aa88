"""Which labs several processes can serve."""

from __future__ import annotations

from typing import Any

import pytest

from lab.cli.workers import require
from lab.errors import Unavailable
from lab.settings import Settings

SEVERAL = {"database": "postgresql://lab@127.0.0.1/lab", "assistant": "recorded", "port": 7860}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"database": None}, "workers_database"),
        ({"port": 0}, "workers_ports"),
        ({"tls": True}, "workers_tls"),
        ({"assistant": "embedded"}, "workers_model"),
    ],
)
def test_what_several_processes_cannot_share_is_refused(change: dict[str, Any], code: str) -> None:
    """One file, no ports of their own, TLS that nginx must do, or a model in each: told by name."""
    require(Settings(**SEVERAL), 2)
    with pytest.raises(Unavailable, match=code):
        require(Settings(**(SEVERAL | change)), 2)
