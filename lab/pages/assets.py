"""Files that anybody may fetch: put together and compressed once, kept by browsers for long."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache

from starlette.datastructures import Headers
from starlette.responses import Response

from lab.pages.bundle import bundled
from lab.pages.theme import STATIC

FOREVER = "public, max-age=31536000, immutable"
FOLDERS = (STATIC, STATIC / "widgets")
"""Where our own are."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    packed: bytes
    """Compressed; empty where that saves nothing."""
    kind: str
    digest: str

    @classmethod
    def of(cls, name: str, content: bytes) -> Asset:
        """A file of this name."""
        kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
        packed = gzip.compress(content, 6)
        return cls(
            content,
            packed if len(packed) < len(content) else b"",
            kind or "application/octet-stream",
            hashlib.sha256(content).hexdigest()[:12],
        )

    def answer(self, headers: Headers, caching: str) -> Response:
        """The response to a request with these headers."""
        tag = f'"{self.digest}"'
        more = {"Cache-Control": caching, "ETag": tag, "Vary": "Accept-Encoding"}
        if headers.get("if-none-match") in {tag, f"W/{tag}"}:
            return Response(status_code=304, headers=more)
        content = self.content
        if self.packed and "gzip" in headers.get("accept-encoding", ""):
            more["Content-Encoding"] = "gzip"
            content = self.packed
        return Response(content, media_type=self.kind, headers=more)


@cache
def own(name: str) -> Asset:
    """One of our own files; a script has with it all that it imports.

    Raises:
        OSError: there is no such file.
    """
    file = STATIC / name
    if file.parent not in FOLDERS or str(file) != f"{STATIC}/{name}" or not file.is_file():
        raise FileNotFoundError(name)
    content = bundled(file).encode() if name.endswith(".js") else file.read_bytes()
    return Asset.of(name, content)


def asset(name: str) -> str:
    """Address of one of our own files; it changes with the file, so that it may be kept for long.

    Raises:
        OSError: there is no such file.
    """
    return f"/static/{name}?v={own(name).digest}"
