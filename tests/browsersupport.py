"""One person's browser in the browser tests, and what every page must keep."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page
from support import PASSWORD, LabProcess, serving

from bench.browser import READY
from lab.assistant.testing import Endpoint

WIDTHS = {1280: 800, 390: 844}
PATIENCE = 20_000
LEAVING = (
    "Failed to load resource",
    "AbortError: signal is aborted",
    "AbortError: BodyStreamBuffer was aborted",
    "Connection errored out",
)
PAGES_SECONDS = 120
"""Longest that Gradio may take to import beside everything else that a test run does."""


@contextmanager
def lab_with_pages(home: Path, model: Endpoint, **more: str) -> Iterator[LabProcess]:
    """A lab whose assistant is this endpoint, its pages loaded."""
    settings = {
        "LAB_ASSISTANT": "openai",
        "LAB_OPENAI_BASE_URL": model.base_url,
        "LAB_OPENAI_API_KEY": "khoa-thu",
        "LAB_OPENAI_MODEL": "fake",
        "LAB_PREVIEW_SECONDS": "0.5",
        "LAB_RECORDED_WORD_SECONDS": "0.001",
    }
    with serving(home, **settings | more) as running:
        somebody, limit = running.staff("admin"), time.monotonic() + PAGES_SECONDS
        while "gradio_config" not in somebody.call("GET", "/officer/").text:
            assert time.monotonic() < limit, "the pages did not load"
            time.sleep(0.5)
        yield running


def accessible(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2, levels A and AA: rule and place."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    options = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['failureSummary'][:300]}"
        for each in found
        for node in each["nodes"]
    ]


@dataclass
class Visitor:
    """One person's browser, and all that it noticed."""

    lab: LabProcess
    context: BrowserContext
    page: Page
    noticed: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def go(self, path: str) -> None:
        """Open a path of the lab."""
        self.page.goto(self.lab.url + path)

    def join(self, name: str, code: str = "") -> str:
        """Come in by the class code (and a resume code), and stand in the practice room.

        Returns the code to come back with.
        """
        self.go("/")
        form = self.page.locator("form.fields").first
        form.locator("[name=class_code]").fill("THU")
        form.locator("[name=name]").fill(name)
        if code:
            form.locator("summary").click()
            form.locator("[name=resume_code]").fill(code)
        form.locator("button.primary").click()
        if not code:
            code = "".join(self.page.locator(".resume-code").inner_text().split())
            self.page.locator("a.primary").click()
        self.room()
        return code

    def sign_in(self, role: str) -> None:
        """Come in as the person of a role."""
        self.enter(f"Test {role}")

    def enter(self, name: str) -> None:
        """Come in with a password."""
        self.go("/")
        self.page.locator(".staff > summary").click()
        form = self.page.locator(".staff form")
        form.locator("[name=name]").fill(name)
        form.locator("[name=password]").fill(PASSWORD)
        form.locator("button").click()
        self.page.locator(".menu").wait_for()

    def room(self) -> None:
        """Wait until the practice room is ready."""
        self.page.locator(READY).wait_for(state="attached", timeout=PATIENCE)

    def pane(self, name: str) -> None:
        """Bring a part to the front, where it is not there already."""
        if self.page.locator(".panes").is_visible():
            self.page.locator(f".panes [data-pane={name}]").click()
        elif self.page.locator(f"[data-tab={name}]").is_visible():
            self.page.locator(f"[data-tab={name}]").click()

    def write(self, text: str) -> None:
        """Put a text into the box, at once."""
        self.page.locator("#prompt").fill(text)

    def send(self, text: str) -> None:
        """Write a prompt and press Enter."""
        self.write(text)
        self.page.locator("#prompt").press("Enter")

    def notice(self, message: ConsoleMessage) -> None:
        """Keep what the console says went wrong; a page that is left cuts Gradio's own stream."""
        left = any(words in message.text for words in LEAVING)
        if message.type == "error" and not left:
            self.noticed.append(message.text)
