"""A real lab, a real browser, and what every page must keep: its policy, its hosts, its silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from browsersupport import PATIENCE, WIDTHS, Visitor, lab_with_pages
from playwright.sync_api import Browser, sync_playwright
from support import LabProcess

from bench.browser import FLAGS, program
from lab.assistant.testing import Endpoint


@pytest.fixture(scope="session")
def model() -> Iterator[Endpoint]:
    """The endpoint that all browser tests of a worker talk to; each test sets how it behaves."""
    with Endpoint() as served:
        yield served


@pytest.fixture(scope="session")
def lab(model: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    """One lab for all browser tests of a worker, its pages loaded."""
    with lab_with_pages(tmp_path_factory.mktemp("browser"), model) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium.

    Ended with the module: Playwright keeps an event loop running in this thread meanwhile, beside
    which no async test of the same worker could run.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, lab: LabProcess, model: Endpoint) -> Iterator[Callable[..., Visitor]]:
    """Open a browser of one's own: ``visit(width=390, dark=True)``.

    At the end each must have stayed with the lab's host and within its content security policy.
    """
    model.behave(kind="answer", reply=None, echo=False, latency=0.0, rate=0.0, tokens=30)
    opened: list[Visitor] = []

    def make(width: int = 1280, *, dark: bool = False, language: str = "") -> Visitor:
        scheme = "dark" if dark else "light"
        context = chromium.new_context(
            viewport={"width": width, "height": WIDTHS[width]}, color_scheme=scheme
        )
        if language:
            cookie = {"name": "lab_lang", "value": language, "url": lab.url}
            context.add_cookies([cookie])  # type: ignore[list-item]
        visitor = Visitor(lab, context, context.new_page())
        visitor.page.set_default_timeout(PATIENCE)
        visitor.page.on("console", visitor.notice)
        visitor.page.on("pageerror", lambda error: visitor.noticed.append(str(error)))
        context.on("request", lambda request: visitor.hosts.add(urlsplit(request.url).netloc))
        opened.append(visitor)
        return visitor

    yield make
    for visitor in opened:
        noticed = list(visitor.noticed)  # closing aborts Gradio's streams, which it remarks upon
        visitor.context.close()
        assert noticed == [], "\n".join(noticed)
        assert visitor.hosts - {""} <= {urlsplit(lab.url).netloc}
