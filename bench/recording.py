"""What a real browser loads with the practice page: recorded once, replayed by thousands."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from bench.browser import FLAGS, READY, program
from bench.hall import model, opened

SETTLED_MS = 6000
PATIENCE_MS = 60_000


def recorded() -> list[str]:
    """Paths of the files that the practice page loads with an empty cache, each once."""
    with (
        model(10, 0, 0, 0) as (base, _),
        opened(1, known=True, endpoint=base, seed=1, preview=3) as hall,
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as player,
    ):
        browser = player.chromium.launch_persistent_context(
            Path(folder),
            executable_path=program(),
            args=FLAGS,
        )
        page = browser.pages[0]
        page.goto(hall.url)
        me = hall.trainees[0]
        form = page.locator("form.fields").first
        form.locator("[name=class_code]").fill(me.code)
        form.locator("[name=name]").fill(me.name)
        form.locator("summary").click()
        form.locator("[name=resume_code]").fill(me.resume)
        seen: dict[str, None] = {}
        page.on("request", lambda request: seen.setdefault(_path(request.url)))
        form.locator("button.primary").click()
        page.wait_for_selector(READY, state="attached", timeout=PATIENCE_MS)
        page.wait_for_timeout(SETTLED_MS)
        browser.close()
    return [path for path in seen if path.startswith(("/static/", "/gradio/"))]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
