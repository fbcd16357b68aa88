"""Every error that the lab raises on purpose.

    LabError
    ├── Refused                 the caller may not, or asked for something that cannot be
    │   ├── NotSignedIn         401
    │   ├── Forbidden           403  (role, class, Origin, CSRF)
    │   ├── NotFound            404
    │   ├── Conflict            409
    │   ├── BadRequest          422
    │   └── TooMany             429
    ├── AssistantError          the model's side failed; always with a retry
    ├── PolicyError             the policy layer failed: the prompt is blocked (fail closed)
    ├── LogError                the log could not be written: nothing is sent
    ├── DataFileError           problems in exercises/ or policies/, with file, line and column
    └── Unavailable             503  (starting, disk full, no assistant)

An error carries a code; the sentences that people read are in ``words/*/error.yaml`` under
``error.<code>.message`` and ``error.<code>.help``. No error carries a trainee's text.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass


class LabError(Exception):
    """Root of all errors of the lab."""

    status: int = 500
    default_code: str = "internal"

    def __init__(self, code: str | None = None, **values: str | int) -> None:
        """``code`` selects the sentence; ``values`` fill its gaps, never with a trainee's text."""
        self.code = code or self.default_code
        self.values = values
        super().__init__(self.code)


class Refused(LabError):
    """The caller may not, or asked for something that cannot be."""

    status = 400
    default_code = "refused"


class NotSignedIn(Refused):
    """No valid sign-in comes with the request."""

    status = 401
    default_code = "not_signed_in"


class Forbidden(Refused):
    """Signed in, but not allowed: role, class, Origin or CSRF token."""

    status = 403
    default_code = "forbidden"


class NotFound(Refused):
    """No such thing, or not for this person."""

    status = 404
    default_code = "not_found"


class Conflict(Refused):
    """The thing exists already, or is busy."""

    status = 409
    default_code = "conflict"


class BadRequest(Refused):
    """The request's body does not have the documented shape."""

    status = 422
    default_code = "bad_request"


class TooMany(Refused):
    """Too many failures or requests; try again later."""

    status = 429
    default_code = "too_many"


class AssistantError(LabError):
    """The model's side failed. Codes: refused, unauthorized, rate_limited, server_error, cut,
    silent, stalled, bad_reply, not_allowed, no_recording, full_context.
    """

    status = 502
    default_code = "assistant_server_error"

    def __init__(self, code: str | None = None, *, retry: bool = True, **values: str | int) -> None:
        """``retry`` says whether trying the same prompt again can help."""
        super().__init__(code, **values)
        self.retry = retry


class PolicyError(LabError):
    """The policy layer failed. Whoever catches it must block."""

    default_code = "policy_fault"


class LogError(LabError):
    """The log could not be written. Nothing may be sent."""

    status = 503
    default_code = "log_unwritable"


class Unavailable(LabError):
    """The lab cannot serve this now."""

    status = 503
    default_code = "unavailable"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a data file."""

    file: str
    line: int
    """From 1; 0 where no line applies."""
    column: int
    """From 1; 0 where no column applies."""
    message: str
    """What is wrong, in Vietnamese."""
    help: str = ""
    """How to put it right."""
    source: str = ""
    """The line itself."""


class DataFileError(LabError):
    """One or more problems in data files."""

    status = 500
    default_code = "data_file"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """``problems``: at least one."""
        super().__init__()
        self.problems = problems


def where(error: BaseException) -> str:
    """An error's type and the lines it came through; never its text, which may quote a prompt."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at " + " < ".join(
        f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-4:])
    )
