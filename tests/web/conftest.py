"""The whole application in this process: real log, real policy, a real endpoint beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from support import PASSWORD
from websupport import STAFF, Web

from lab.app import create_app
from lab.assistant.testing import Endpoint
from lab.auth import hash_password
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
        app = create_app(settings)
        with TestClient(app, base_url="http://localhost") as client:
            assert client.portal is not None
            client.portal.call(_people, app)
            limit = time.monotonic() + 60
            while not client.get("/readyz").is_success:
                assert time.monotonic() < limit
                time.sleep(0.1)
            yield Web(app, endpoint, client.portal)


async def _people(app: FastAPI) -> None:
    log = app.state.lab.log
    await log.add_class("Lớp thử", "THU")
    for role in STAFF:
        await log.add_person(f"Test {role}", role, password=await hash_password(PASSWORD))
