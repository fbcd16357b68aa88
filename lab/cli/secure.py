"""``lab serve --tls``: the certificate of a room, told to the administrator and kept fresh."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lab.cli.out import tell, tell_text
from lab.errors import LabError, Unavailable
from lab.tls import Served, ensure
from lab.words import say

if TYPE_CHECKING:
    from uvicorn import Config

    from lab.settings import Settings

LOGGER = logging.getLogger("lab.serve")
LOOK_SECONDS = 6 * 3600
"""Seconds between two looks at how long the certificate still holds."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def secured(settings: Settings) -> Served | None:
    """The certificate to serve with; None where TLS is off.

    Raises:
        Unavailable: the authority's files cannot be read.
    """
    if not settings.tls:
        return None
    host = urlsplit(settings.public_url or "").hostname
    bound = [] if settings.host in {*LOOPBACK, "0.0.0.0", "::"} else [settings.host]  # noqa: S104 - compared
    try:
        return ensure(settings.tls_dir, [*([host] if host else []), *bound])
    except (OSError, ValueError) as error:
        raise Unavailable("tls_unreadable", folder=str(settings.tls_dir)) from error


def announce(settings: Settings, port: int, served: Served | None) -> None:
    """Where the lab is, and what is at risk or to be done before others come in."""
    shown = "localhost" if settings.host in {"127.0.0.1", "::1"} else settings.host
    if served is not None and settings.host not in LOOPBACK:
        shown = settings.host if settings.host in served.names else served.names[0]
    scheme = "https" if served else "http"
    tell(say("cli.serve.starting", url=f"{scheme}://{shown}:{port}/"))
    if served is not None:
        tell_text(say("cli.serve.tls", fingerprint=served.fingerprint, file=str(served.authority)))
        tell(say("cli.serve.tls_sheet", url=f"https://{shown}:{port}/tls/"))
    elif settings.host not in LOOPBACK:
        tell(say("cli.serve.no_tls"), err=True)


def keep_fresh(config: Config, settings: Settings) -> None:
    """From now on look at the certificate in a thread, and serve a renewed one without a pause."""

    def look() -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                served = secured(settings)
            except LabError as error:
                LOGGER.error("the certificate was not renewed: %s", error.code)  # noqa: TRY400 - the code is all
                continue
            if served is not None and served.renewed and config.ssl is not None:
                config.ssl.load_cert_chain(served.certificate, served.key)

    threading.Thread(target=look, name="tls", daemon=True).start()
