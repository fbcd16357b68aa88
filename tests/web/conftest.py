"""The whole application in this process: real log, real policy, a real endpoint beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from websupport import Web, running, with_endpoint

from lab.assistant.testing import Endpoint


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One application for all web tests of a worker."""
    home = tmp_path_factory.mktemp("web")
    with Endpoint() as endpoint:
        settings = with_endpoint(home, endpoint)
        with running(settings, endpoint) as web:
            yield web
