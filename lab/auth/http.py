"""Sign-in over HTTP: cookies, the Origin of a request, the CSRF token, roles.

FastAPI dependencies. They find the ``Auth`` of the application at ``request.app.state.auth``.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import urlsplit

from fastapi import Request, Response

from lab.auth.service import Auth, Joined
from lab.errors import Forbidden, NotSignedIn
from lab.model import Language, Role, Who
from lab.words import FIRST, language_or

SIGNIN_COOKIE = "lab_signin"
VAULT_COOKIE = "lab_vault"
LANGUAGE_COOKIE = "lab_lang"
CSRF_HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
VAULT_SECONDS = 30 * 24 * 3600
"""How long a browser can restore what was masked, over several days of a course."""
_PORTS = {"http": 80, "https": 443}
_TAG = 16


async def signed_in(request: Request) -> Who | None:
    """The signed-in person, if there is one. Checks nothing else: for reading only."""
    auth: Auth = request.app.state.auth
    token = request.cookies.get(SIGNIN_COOKIE, "")
    who = await auth.who(token) if token else None
    return who and replace(who, language=language_of(request))


async def current_person(request: Request) -> Who:
    """The signed-in person; for an unsafe method Origin and CSRF token are checked too.

    Raises:
        NotSignedIn: nobody is signed in.
        Forbidden: the request comes from elsewhere, or without this sign-in's token.
    """
    who = await _required(request)
    if request.method not in SAFE:
        same_origin(request)
        if not token_fits(who, request.headers.get(CSRF_HEADER)):
            raise Forbidden("csrf")
    return who


async def _required(request: Request) -> Who:
    who = await signed_in(request)
    if who is None:
        raise NotSignedIn
    return who


def token_fits(who: Who, sent: object) -> bool:
    """Whether this is the CSRF token of the sign-in: from the header, or from a form's field."""
    given = sent if isinstance(sent, str) else ""
    return hmac.compare_digest(given.encode("utf-8", "replace"), who.csrf.encode())


def role_gate(*roles: Role, csrf: bool = True) -> Callable[[Request], Awaitable[Who]]:
    """A dependency: the signed-in person, who has one of ``roles``. Raises ``Forbidden``.

    ``csrf=False`` is for requests of scripts that are not ours: whoever uses it checks the Origin.
    """

    async def gate(request: Request) -> Who:
        who = await (current_person(request) if csrf else _required(request))
        if who.person.role not in roles:
            raise Forbidden
        return who

    return gate


def same_origin(request: Request) -> None:
    """Raise ``Forbidden`` for a request that a page of another site made.

    Browsers say where a request comes from; a program that says nothing is no browser, and holds
    no cookies of anybody else.
    """
    auth: Auth = request.app.state.auth
    said = request.headers.get("origin") or request.headers.get("referer")
    if said is None:
        if request.headers.get("sec-fetch-site", "same-origin") == "same-origin":
            return
        raise Forbidden("origin")
    place = _place(said)
    own = {_place(f"{scheme}://{request.headers.get('host', '')}") for scheme in _PORTS}
    if place is None or place not in own | {_place(auth.settings.public_url or "")}:
        raise Forbidden("origin")


def _place(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL; None where it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def language_of(request: Request) -> Language:
    """The language that this browser chose, else that of the installation."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    auth: Auth = request.app.state.auth
    return language_or(chosen, language_or(auth.settings.language, FIRST))


def place_of(request: Request) -> str:
    """The address that a request comes from: what a whole site may share. Behind our own front it
    is the one that the front tells of; uvicorn believes no other.
    """
    return request.client.host if request.client else ""


def vault_secret(request: Request) -> str:
    """The browser's half of the key to its placeholder maps; empty where it has none."""
    held = request.cookies.get(VAULT_COOKIE, "")
    return held if held.isascii() and len(held) <= 100 else ""  # noqa: PLR2004 - far above ours


def set_cookies(request: Request, response: Response, joined: Joined) -> None:
    """Hand the browser its sign-in, and a vault's secret unless it has one of the same person."""
    auth: Auth = request.app.state.auth
    secure = request.url.scheme == "https" or (auth.settings.public_url or "").startswith("https:")
    person = joined.who.person.id
    held = vault_secret(request)
    if not _is_of(auth, held, person):
        secret = secrets.token_urlsafe(32)
        held = f"{secret}.{_tag(auth, secret, person)}"
    response.set_cookie(SIGNIN_COOKIE, joined.token, httponly=True, samesite="lax", secure=secure)
    response.set_cookie(
        VAULT_COOKIE, held, max_age=VAULT_SECONDS, httponly=True, samesite="lax", secure=secure
    )


def clear_cookies(response: Response) -> None:
    """Take back the sign-in.

    The vault's secret stays: it opens nothing without a sign-in of its own person, to whom drafts
    and masked values come back with it; another person's sign-in replaces it.
    """
    response.delete_cookie(SIGNIN_COOKIE, httponly=True, samesite="lax")


def _is_of(auth: Auth, held: str, person: str) -> bool:
    secret, _, tag = held.rpartition(".")
    tags = auth.keys.hashes("vault-owner", f"{secret}\0{person}")
    return bool(secret) and any(hmac.compare_digest(tag, each[:_TAG]) for each in tags)


def _tag(auth: Auth, secret: str, person: str) -> str:
    return auth.keys.hash("vault-owner", f"{secret}\0{person}")[:_TAG]
