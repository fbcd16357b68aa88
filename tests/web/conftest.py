"""The whole application in this process: real log, real policy, a real endpoint beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from websupport import Web, running

from lab.assistant.testing import Endpoint
from lab.settings import Settings


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One application for all web tests of a worker."""
    home = tmp_path_factory.mktemp("web")
    with Endpoint() as endpoint:
        settings = Settings(
            home=home / "data",
            assistant="openai",
            openai_base_url=endpoint.base_url,
            openai_api_key="khoa-thu",
            openai_model="fake",
        )
        with running(settings, endpoint) as web:
            yield web
