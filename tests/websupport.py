"""The whole application in the test's own process, and browsers that visit it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio.from_thread
import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from support import PASSWORD, events

from lab.app import create_app
from lab.assistant.testing import Endpoint
from lab.auth import hash_password
from lab.model import Role
from lab.settings import Settings

STAFF = (Role.TRAINER, Role.ASSISTANT, Role.OFFICER, Role.ADMIN)

NEW_RULE = {
    "id": "sao-khue",
    "entity": "PLAN_NAME",
    "recognizer": "pattern",
    "tier": "T2",
    "mode": "block",
    "title": {"vi": "Tên kế hoạch", "en": "Name of a plan"},
    "why": {"vi": "Tên này chưa công bố.", "en": "This name is not public."},
    "advice": {"vi": "Bỏ tên này đi.", "en": "Leave the name out."},
    "source": "cv-557-bkhcn",
    "placeholder": "TÊN KẾ HOẠCH",
    "patterns": [{"name": "ten", "words": ["sao khuê"]}],
    "examples": {"catch": ["về ⟦sao khuê⟧"], "pass": ["sao trời"]},
}
"""A rule as an officer may write it."""


@dataclass(slots=True)
class Visitor:
    """One browser: its own cookies, its CSRF token."""

    app: FastAPI
    portal: anyio.from_thread.BlockingPortal
    http: TestClient = field(init=False)
    csrf: str = ""
    resume_code: str | None = None

    def __post_init__(self) -> None:
        self.http = TestClient(self.app, base_url="http://localhost", raise_server_exceptions=False)
        self.http.portal = self.portal

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request with the CSRF token; ``headers`` with ``_`` for ``-``."""
        sent = {"X-CSRF-Token": self.csrf}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(method, path, json=body, headers=sent)  # type: ignore[return-value]

    def login(self, **body: str) -> httpx.Response:
        """Sign in."""
        answer = self.call("POST", "/api/login", body)
        if answer.status_code == httpx.codes.OK:
            self.csrf = answer.json()["csrf"]
            self.resume_code = answer.json()["resume_code"]
        return answer

    def open(self) -> str:
        """Begin the first exercise."""
        exercise = self.call("GET", "/api/exercises").json()[0]["id"]
        return str(self.call("POST", "/api/sessions", {"exercise": exercise}).json()["session"])

    def ask(self, session: str, text: str, **more: str) -> list[tuple[str, dict[str, Any]]]:
        """A prompt and all its events."""
        path = f"/api/sessions/{session}/prompts"
        return events(self.call("POST", path, {"text": text, **more}).text)


@dataclass(slots=True)
class Web:
    """The application, its endpoint, and ways in."""

    app: FastAPI
    endpoint: Endpoint
    portal: anyio.from_thread.BlockingPortal

    def visitor(self) -> Visitor:
        """Somebody who has not signed in."""
        return Visitor(self.app, self.portal)

    def trainee(self, name: str = "Học viên Thử", code: str = "THU") -> Visitor:
        """A trainee of the class with this code."""
        visitor = self.visitor()
        assert visitor.login(class_code=code, name=name).is_success
        return visitor

    def staff(self, role: Role) -> Visitor:
        """The person of a role."""
        return self.named(f"Test {role}")

    def named(self, name: str) -> Visitor:
        """A person with the password of all tests."""
        visitor = self.visitor()
        assert visitor.login(name=name, password=PASSWORD).is_success
        return visitor


def paths(web: Web) -> Iterator[str]:
    """Everything of the lab's own that can be asked for; streams apart."""
    for context in iter_route_contexts(web.app.routes):
        got = isinstance(context.route, APIRoute) and "GET" in context.route.methods
        if got and "stream" not in context.path:
            yield context.path


def pages(web: Web) -> Iterator[str]:
    """Every page and list that needs nothing in its path."""
    return (path for path in paths(web) if "{" not in path)


def with_endpoint(home: Path, endpoint: Endpoint, **more: Any) -> Settings:
    """The settings of a lab in this folder whose assistant is this endpoint."""
    return Settings(
        home=home / "data",
        assistant="openai",
        openai_base_url=endpoint.base_url,
        openai_api_key="khoa-thu",
        openai_model="fake",
        **{"recorded_word_seconds": 0, **more},
    )


@contextmanager
def running(settings: Settings, endpoint: Endpoint, *, seconds: float = 60) -> Iterator[Web]:
    """The application with a class ``THU`` and one person of each role, once it is ready."""
    app = create_app(settings)
    with TestClient(app, base_url="http://localhost") as client:
        assert client.portal is not None
        client.portal.call(_people, app)
        limit = time.monotonic() + seconds
        while not client.get("/readyz").is_success:
            assert time.monotonic() < limit
            time.sleep(0.1)
        yield Web(app, endpoint, client.portal)


async def _people(app: FastAPI) -> None:
    log = app.state.lab.log
    await log.add_class("Lớp thử", "THU")
    for role in STAFF:
        await log.add_person(f"Test {role}", role, password=await hash_password(PASSWORD))
