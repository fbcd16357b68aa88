"""The browser of benches and tests: the system's Chromium, and how the practice room is ready."""

from __future__ import annotations

import os
import shutil

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
"""Chromium without its own window comes first: it draws the same pages with half the work."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
READY = ".room[data-ready=yes]"
"""How the practice room tells that it can be used."""


def program() -> str:
    """Path of the browser: that of ``CHROMIUM``, else the first of ``BROWSERS`` that is there.

    Raises ``FileNotFoundError`` where there is none.
    """
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise FileNotFoundError("no Chromium: apt-get install chromium (make setup-test does)")
    return found
