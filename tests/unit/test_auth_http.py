"""Sign-in over HTTP: cookies, where a request comes from, the CSRF token, roles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient

from lab.auth import (
    Auth,
    clear_cookies,
    current_person,
    language_of,
    role_gate,
    same_origin,
    set_cookies,
    vault_secret,
)
from lab.errors import Forbidden, LabError
from lab.keys import Keys
from lab.log.sqlite import SqliteLog
from lab.model import Role, Who
from lab.settings import Settings

HOST = "http://lab.local:7860"


def application(home: Path, **settings: Any) -> FastAPI:
    """The smallest application with sign-in."""
    chosen = Settings(home=home / "data", **settings)
    keys = Keys.load(chosen.keys_dir)
    log = SqliteLog(chosen.database_file, keys, commit_ms=0.1)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        await log.start()
        if not await log.classes():
            await log.add_class("Lớp", "A1")
        yield
        await log.close()

    app = FastAPI(lifespan=lifespan)
    app.state.auth = Auth(log, keys, chosen)

    @app.exception_handler(LabError)
    async def told(_: Request, error: LabError) -> JSONResponse:
        return JSONResponse({"code": error.code}, status_code=error.status)

    @app.post("/login", dependencies=[Depends(same_origin)])
    async def login(name: str, request: Request, response: Response) -> dict[str, str]:
        joined = await app.state.auth.join("A1", name, request.headers.get("code"))
        set_cookies(request, response, joined)
        return {"csrf": joined.who.csrf, "code": joined.resume_code or ""}

    @app.post("/logout")
    async def logout(who: Annotated[Who, Depends(current_person)], response: Response) -> None:
        await app.state.auth.logout(who)
        clear_cookies(response)

    @app.api_route("/me", methods=["GET", "POST"])
    async def me(
        who: Annotated[Who, Depends(current_person)],
        secret: Annotated[str, Depends(vault_secret)],
    ) -> dict[str, str]:
        return {"name": who.person.name, "language": who.language, "secret": secret}

    @app.get("/staff")
    async def staff(who: Annotated[Who, Depends(role_gate(Role.TRAINER))]) -> str:
        return who.person.name

    @app.post("/form")
    async def form(who: Annotated[Who, Depends(role_gate(Role.TRAINEE, csrf=False))]) -> str:
        return who.person.name

    return app


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    """A browser that has not signed in."""
    with TestClient(application(tmp_path), base_url=HOST) as client:
        yield client


def sign_in(browser: TestClient, name: str = "Lê Thử", code: str = "", **headers: str) -> Any:
    """Sign in; the answer."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.post("/login", params={"name": name}, headers=sent | {"code": code})


def test_cookies_are_for_this_server_alone(browser: TestClient) -> None:
    """Both cookies are HttpOnly and SameSite=Lax; the sign-in ends with the browser."""
    signin, vault = sign_in(browser).headers.get_list("set-cookie")
    assert signin.startswith("lab_signin=")
    assert vault.startswith("lab_vault=")
    for cookie in (signin, vault):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/" in cookie
        assert "Secure" not in cookie
        assert "Domain" not in cookie
    assert "Max-Age" not in signin


@pytest.mark.parametrize(
    ("base", "public"), [("https://lab.local", None), (HOST, "https://lab.example")]
)
def test_cookies_are_secure_under_https(tmp_path: Path, base: str, public: str | None) -> None:
    """Under https, here or at the proxy in front, cookies never travel in the clear."""
    with TestClient(application(tmp_path, public_url=public), base_url=base) as client:
        for cookie in sign_in(client).headers.get_list("set-cookie"):
            assert "Secure" in cookie


def test_a_sign_in_never_takes_a_token_from_outside(browser: TestClient) -> None:
    """A token that somebody planted in the browser is replaced and opens nothing."""
    browser.cookies.set("lab_signin", "planted")
    assert browser.get("/me").status_code == 401
    sign_in(browser)
    tokens = {cookie.value for cookie in browser.cookies.jar if cookie.name == "lab_signin"}
    assert len(tokens - {"planted"}) == 1
    browser.cookies.clear()
    browser.cookies.set("lab_signin", "planted")
    assert browser.get("/me").status_code == 401


def test_signing_out_ends_the_row_and_takes_the_sign_in_back(browser: TestClient) -> None:
    """After signing out neither the browser nor a copy of its cookies gets in.

    The vault's secret stays: drafts and masked values come back to its own person only.
    """
    csrf = sign_in(browser).json()["csrf"]
    kept = {cookie.name: cookie.value or "" for cookie in browser.cookies.jar}
    answer = browser.post("/logout", headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 200
    assert set(browser.cookies) == {"lab_vault"}
    for name, value in kept.items():
        browser.cookies.set(name, value)
    assert browser.get("/me").status_code == 401


def test_the_vault_secret_stays_with_the_person(browser: TestClient) -> None:
    """The same person in the same browser keeps the secret; another person gets another."""
    code = sign_in(browser).json()["code"]
    first = browser.get("/me").json()["secret"]
    assert len(first) > 40
    sign_in(browser, code=code)
    assert browser.get("/me").json()["secret"] == first
    sign_in(browser, name="Vũ Khác")
    assert browser.get("/me").json()["secret"] != first


@pytest.mark.parametrize("value", ["x" * 101, ""])
def test_a_forged_vault_secret_is_no_secret(browser: TestClient, value: str) -> None:
    """What is no secret of ours is read as none, and replaced at the next sign-in."""
    code = sign_in(browser).json()["code"]
    held = dict(browser.cookies)
    browser.cookies.clear()
    browser.cookies.set("lab_signin", held["lab_signin"])
    browser.cookies.set("lab_vault", value)
    assert browser.get("/me").json()["secret"] == ""
    browser.cookies.clear()
    browser.cookies.set("lab_vault", "forged.0000000000000000", domain="lab.local", path="/")
    sign_in(browser, code=code)
    assert "forged" not in browser.get("/me").json()["secret"]


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Origin": HOST}, True),
        ({"Referer": f"{HOST}/practice/?x=1"}, True),
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://lab.local:7860"}, True),
        ({"Origin": "https://lab.example"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, True),
        ({"Origin": "http://lab.local"}, False),
        ({"Origin": "http://lab.local:7861"}, False),
        ({"Origin": "http://lab.local:7860.xau.example"}, False),
        ({"Origin": "http://xau.example", "Referer": f"{HOST}/"}, False),
        ({"Referer": "http://xau.example/lab.local:7860"}, False),
        ({"Origin": "http://lab.example"}, False),
        ({"Origin": "http://lab.local:bad"}, False),
    ],
)
def test_unsafe_requests_come_from_this_host(
    tmp_path: Path, headers: dict[str, str], allowed: bool
) -> None:
    """A page of another site is refused; a program that tells nothing is no browser."""
    app = application(tmp_path, public_url="https://lab.example")
    with TestClient(app, base_url=HOST) as client:
        answer = sign_in(client, **{name.replace("-", "_"): v for name, v in headers.items()})
        assert answer.status_code == (200 if allowed else 403)
        if not allowed:
            assert answer.json() == {"code": "origin"}
            assert not answer.headers.get_list("set-cookie")


@pytest.mark.parametrize("sent", [None, "", "x", "ế"])
def test_unsafe_requests_need_the_token_of_the_sign_in(
    browser: TestClient, sent: str | None
) -> None:
    """Without the right token an unsafe request is refused; reading needs none."""
    sign_in(browser)
    headers = {} if sent is None else {"X-CSRF-Token": sent.encode()}
    answer = browser.post("/me", headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()) == (403, {"code": "csrf"})
    assert browser.get("/me").status_code == 200


def test_a_token_fits_its_own_sign_in_only(browser: TestClient) -> None:
    """The token of an earlier sign-in does not fit the next one."""
    old = sign_in(browser).json()["csrf"]
    new = sign_in(browser).json()["csrf"]
    assert browser.post("/me", headers={"X-CSRF-Token": old}).status_code == 403
    assert browser.post("/me", headers={"X-CSRF-Token": new}).status_code == 200


def test_a_stranger_hears_401_before_anything_else(browser: TestClient) -> None:
    """Who is not signed in is told so, whatever else is missing."""
    assert browser.post("/me", headers={"Origin": "http://xau.example"}).status_code == 401
    assert browser.get("/staff").status_code == 401


def test_roles_are_kept(browser: TestClient) -> None:
    """A trainee is refused where trainers work."""
    sign_in(browser)
    assert (browser.get("/staff").status_code, browser.get("/me").status_code) == (403, 200)


def test_a_gate_without_token_still_needs_a_sign_in(browser: TestClient) -> None:
    """``csrf=False`` leaves the token out, nothing else."""
    assert browser.post("/form").status_code == 401
    sign_in(browser)
    assert browser.post("/form").json() == "Lê Thử"


def test_the_language_is_the_browser_s(browser: TestClient) -> None:
    """The cookie chooses among ours; anything else is the language of the installation."""
    sign_in(browser)
    for value, language in (("en", "en"), ("vi", "vi"), ("xx", "vi")):
        browser.cookies.set("lab_lang", value)
        assert browser.get("/me").json()["language"] == language
        browser.cookies.delete("lab_lang")


def test_a_broken_host_header_matches_no_origin(tmp_path: Path) -> None:
    """A Host that is no host is refused rather than trusted."""
    auth = SimpleNamespace(settings=Settings(home=tmp_path))
    app = SimpleNamespace(state=SimpleNamespace(auth=auth))
    for host in (b"a b:xyz", b"[", b""):
        headers = [(b"host", host), (b"origin", b"http://" + host)]
        scope = {"type": "http", "method": "POST", "headers": headers, "app": app}
        with pytest.raises(Forbidden):
            same_origin(Request(scope))
        assert language_of(Request(scope)) == "vi"
