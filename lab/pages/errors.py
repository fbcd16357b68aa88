"""One shape for every error over HTTP: ``{"error": {"code", "message", "help"}}``.

FastAPI's and pydantic's own answers quote the input; none of them is used here.
"""

from __future__ import annotations

import logging
import re
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab.auth import language_of
from lab.errors import LabError, where
from lab.model import Language
from lab.pages import shapes
from lab.words import explain, number

LOGGER = logging.getLogger("lab.http")
BODY_LIMIT = 1_000_000
"""Bytes: the largest body of a request to the API. What is larger is never read to disk."""
FILES = re.compile(r"/api/(?:sessions/[^/]+/attachments|policy/try-file)")
"""Where a file is the body: its limit is a setting."""
FIELDS = frozenset(
    name
    for shape in vars(shapes).values()
    if isinstance(shape, type) and issubclass(shape, shapes.Body)
    for name in shape.model_fields
)
"""Names of fields that an answer may repeat: ours only, since a caller's may hold anything."""
BY_STATUS = {401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "refused"}


def answer(error: LabError, language: Language, status: int | None = None) -> JSONResponse:
    """An error as the API says it."""
    headers = {"Cache-Control": "no-store"}
    if "seconds" in error.values:
        headers["Retry-After"] = str(error.values["seconds"])
    return JSONResponse(
        {"error": explain(error, language)}, status_code=status or error.status, headers=headers
    )


async def _lab_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LabError)  # noqa: S101 - registered for this type only
    return answer(error, language_of(request))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Only the places and kinds of what is wrong, never what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    places = sorted({".".join(str(part) for part in row["loc"][1:2]) for row in error.errors()})
    known = [place for place in places if place in FIELDS]
    return answer(
        LabError("bad_request", fields=", ".join(known) or "body"), language_of(request), 422
    )


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI could not read the body at all
        return answer(LabError("bad_request", fields="body"), language_of(request), 422)
    code = BY_STATUS.get(error.status_code, "refused")
    made = answer(LabError(code), language_of(request), error.status_code)
    made.headers.update(error.headers or {})  # such as which methods there are
    return made


def install(app: FastAPI) -> None:
    """Answer every error in the one shape."""
    app.add_exception_handler(LabError, _lab_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


class Unexpected:
    """Answers what nobody expected. It goes no further: the server's own log would quote it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 where nothing was answered yet; log the kind of the error and its lines."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001 - its text may hold a prompt
            LOGGER.error("a request failed: %s", where(error))  # noqa: TRY400 - no text
            if scope["type"] == "http" and not begun:
                language = language_of(Request(scope))
                await answer(LabError("internal"), language, 500)(scope, receive, send)


class TooLargeError(Exception):
    """A body grew over the limit while it was read."""


class BodyLimit:
    """Refuses bodies over a limit, by their declared length and by what really comes."""

    def __init__(self, app: ASGIApp, file_limit: int = BODY_LIMIT) -> None:
        """``file_limit``: bytes of a file that is attached."""
        self.app = app
        self._file_limit = file_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = next((v for n, v in scope["headers"] if n == b"content-length"), b"0")
        limit = self._file_limit if FILES.fullmatch(scope["path"]) else BODY_LIMIT

        async def refuse() -> None:
            too_large = LabError("too_large", limit=number(limit / 1_000_000))
            await answer(too_large, language_of(Request(scope)), 413)(scope, receive, send)

        if not declared.isdigit() or int(declared) > limit:
            await refuse()
            return
        read = 0
        begun = False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            if read > limit and not begun:  # FastAPI makes a 400 of what its reader raised
                raise TooLargeError
            begun = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except TooLargeError:
            if not begun:
                await refuse()
