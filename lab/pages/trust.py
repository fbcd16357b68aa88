"""How the site's computers come to trust this lab: the authority's certificate, and a sheet.

Open to anybody: who has not yet got the certificate cannot sign in safely. The sheet says to
compare the fingerprint with what the administrator read out, since a page alone proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse
from markupsafe import Markup

from lab.auth import language_of
from lab.errors import NotFound
from lab.pages.shell import render

if TYPE_CHECKING:
    from lab.tls import Served

router = APIRouter(include_in_schema=False)


def _served(request: Request) -> Served:
    served: Served | None = getattr(request.app.state, "tls", None)
    if served is None:
        raise NotFound
    return served


@router.get("/tls/authority.crt")
async def authority(request: Request) -> FileResponse:
    """The certificate that is installed on the site's computers."""
    return FileResponse(
        _served(request).authority,
        media_type="application/x-x509-ca-cert",
        filename="thao-truong.crt",
    )


@router.get("/tls/")
async def sheet(request: Request) -> HTMLResponse:
    """What to do on a computer or a phone, on one sheet of paper."""
    served, language = _served(request), language_of(request)
    pairs = served.fingerprint.split(":")
    rows = [" ".join(pairs[at : at + 8]) for at in range(0, len(pairs), 8)]
    base = str(request.base_url).rstrip("/")
    code = segno.make(f"{base}/tls/", error="m", micro=False)
    html = render(
        "trust.html",
        language,
        cookies=request.cookies,
        fingerprint=rows,
        address=base,
        addresses=[name for name in served.names if name not in {"127.0.0.1", "::1"}],
        until=served.until.timestamp(),
        qr=Markup(code.svg_inline(scale=8, border=4, omitsize=True)),  # noqa: S704 - squares only
    )
    return HTMLResponse(html)
