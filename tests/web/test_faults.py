"""When something is wrong: plain answers in the one shape, and no one's text in any message."""

from __future__ import annotations

import asyncio
import gc
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from websupport import Web

from lab.app import create_app
from lab.auth import Auth
from lab.model import Role
from lab.pages import errors
from lab.settings import Settings

RAW = "Phương án Sao Khuê"


def test_an_unexpected_error_is_answered_and_its_text_goes_nowhere(
    web: Web, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """An error that quotes a prompt reaches neither the answer, nor any log, nor the server."""
    app = FastAPI()
    auth: Auth = web.app.state.auth
    app.state.auth = auth
    errors.install(app)
    app.add_middleware(errors.Unexpected)

    @app.get("/broken")
    async def broken() -> None:
        raise ValueError(RAW)

    answer = TestClient(app, raise_server_exceptions=True).get("/broken")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "ValueError at broken" in caplog.text
    assert RAW not in answer.text + caplog.text + "".join(capfd.readouterr())


def test_a_body_that_is_no_text_is_wrong_as_any_other(web: Web) -> None:
    """Bytes that are not UTF-8 are answered as the document says of a body that does not fit."""
    visitor = web.trainee("Lô Gửi Sai")
    sent = {"X-CSRF-Token": visitor.csrf, "Content-Type": "application/json"}
    answer = visitor.http.post("/api/language", content=b'{"language": "\xff"}', headers=sent)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "bad_request"


def test_the_document_says_that_a_body_can_be_too_large(web: Web) -> None:
    """Whatever takes a body refuses one that is too large, and its document names that answer."""
    silent = [
        (method, path)
        for path, ways in web.app.openapi()["paths"].items()
        for method, way in ways.items()
        if "requestBody" in way and "413" not in way["responses"]
    ]
    assert silent == []


def test_a_version_that_is_not_there_is_not_repeated(web: Web) -> None:
    """What was looked for stands in no answer, but where it is the number of a version."""
    officer = web.staff(Role.OFFICER)
    for old, told in ((RAW, False), ("v999", True)):
        answer = officer.http.get("/api/policy/diff", params={"old": old})
        assert answer.status_code == 404
        assert (old in answer.text) is told


def test_an_error_that_nobody_waits_for_is_told_without_its_text(
    web: Web, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Asyncio's report of a lost task says the kind of its error, and nothing of its words."""

    async def lose() -> None:
        async def broken() -> None:
            raise ValueError(RAW)

        task = asyncio.create_task(broken())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()

    web.portal.call(lose)
    assert "ValueError at broken" in caplog.text
    assert RAW not in caplog.text + "".join(capfd.readouterr())


def test_a_body_that_grows_over_the_limit_is_too_large(web: Web) -> None:
    """A body without a declared length that is over the limit gets 413 in the one shape."""
    visitor = web.trainee("Người Gửi Dài")
    path = f"/api/sessions/{visitor.open()}/prompts"
    head = {"X-CSRF-Token": visitor.csrf, "Content-Type": "application/json"}
    pieces = (b"x" * 100_000 for _ in range(20))
    answer = visitor.http.post(path, content=pieces, headers=head)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "there"),
    [("GET", "/api/login", "POST"), ("PUT", "/api/exercises", "GET"), ("POST", "/healthz", "GET")],
)
def test_a_wrong_method_is_named_with_the_right_ones(
    web: Web, method: str, path: str, there: str
) -> None:
    """A method that a route does not have gets 405 in the one shape, with ``Allow``."""
    answer = web.visitor().call(method, path)
    assert answer.status_code == 405
    assert set(answer.json()["error"]) == {"code", "message", "help"}
    assert there in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_watchers_may_ask_with_head(web: Web, path: str) -> None:
    """HEAD works where watchers and proxies look."""
    assert web.visitor().http.head(path).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "Kim Ng\xff"}',
        b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"text": ' + b"1" * 10_000 + b"}",
        b'{"text": NaN}',
        b'{"text": {"Kim": 1}}',
        b"",
    ],
    ids=["not-utf8", "deep", "huge-number", "nan", "object", "empty"],
)
def test_a_body_that_is_no_prompt_is_refused_without_an_echo(web: Web, body: bytes) -> None:
    """Odd bodies get 400 or 422 in the one shape; nothing of them comes back."""
    visitor = web.trainee("Người Gõ Lạ")
    path = f"/api/sessions/{visitor.open()}/prompts"
    head = {"X-CSRF-Token": visitor.csrf, "Content-Type": "application/json"}
    answer = visitor.http.post(path, content=body, headers=head)
    assert answer.status_code in {400, 422}
    assert set(answer.json()["error"]) == {"code", "message", "help"}
    assert "Kim" not in answer.text


@pytest.fixture
def tampered(web: Web, tmp_path: Path) -> Settings:
    """An installation whose published policy was changed afterwards."""
    settings: Settings = web.app.state.settings
    home = tmp_path / "data"
    shutil.copytree(settings.home / "policies", home / "policies")
    shutil.copytree(settings.keys_dir, tmp_path / "data-keys")
    with next((home / "policies" / "v1" / "rules").iterdir()).open("a", encoding="utf-8") as file:
        file.write("# sửa sau khi công bố\n")
    return settings.model_copy(update={"home": home, "keys": None})


@pytest.fixture
def closed(tampered: Settings) -> Iterator[TestClient]:
    """A lab on it, once it knows."""
    with TestClient(create_app(tampered), base_url="http://localhost") as client:
        limit = time.monotonic() + 60
        while client.get("/readyz").json()["error"]["code"] == "starting":
            assert time.monotonic() < limit
            time.sleep(0.05)
        yield client


def test_a_policy_that_was_changed_after_publishing_lets_nothing_out(
    web: Web, closed: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """With a changed policy the landing page is up, readiness says why, and no prompt is taken."""
    before = len(web.endpoint.requests)
    assert closed.get("/").status_code == 200
    ready = closed.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["error"]["code"] == "policy_changed"
    assert "v1" in ready.json()["error"]["message"]
    assert any("v1" in record.getMessage() for record in caplog.get_records("setup"))
    app = closed.app
    assert isinstance(app, FastAPI)
    assert closed.portal is not None
    closed.portal.call(app.state.lab.log.add_class, "Lớp thử", "THU")
    joined = closed.post("/api/login", json={"class_code": "THU", "name": "Người Chờ"}).json()
    head = {"X-CSRF-Token": joined["csrf"]}
    exercise = closed.get("/api/exercises").json()[0]["id"]
    opened = closed.post("/api/sessions", json={"exercise": exercise}, headers=head).json()
    path = f"/api/sessions/{opened['session']}/prompts"
    answer = closed.post(path, json={"text": "Xin chào."}, headers=head)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "policy_changed")
    assert len(web.endpoint.requests) == before
