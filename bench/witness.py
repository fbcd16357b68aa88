"""A real browser in the campaign of ``bench/faults.py``: somebody who types and never sends.

Whatever is broken under it, the page keeps what was typed, finds the lab again by itself, and has
its draft back when it is loaded anew.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self

from playwright.async_api import Error, Page, async_playwright

from bench.browser import FLAGS, READY, program
from bench.room import CODE, Room

WORDS = ("soạn", "giúp", "thông", "báo", "họp", "xóm", "sáng", "thứ", "bảy", "tuần", "này", "nhé")
LONGEST = 300
"""Characters after which the box is emptied and written anew."""
PATIENCE_MS = 60_000
BOX = "#prompt"
CHECKED = ".meter:not([data-state=unknown]):not([data-state=checking])"
"""How the meter tells that the lab has answered for what is in the box."""


@dataclass(slots=True)
class Witness:
    """One page of the practice room that stays open."""

    room: Room
    page: Page
    typed: str = ""
    looked: int = 0
    """How often the box was compared with what was typed."""
    wrong: list[dict[str, Any]] = field(default_factory=list)
    leaving: bool = False
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - a load

    @classmethod
    async def join(cls, room: Room) -> Self:
        """Start the browser and come in. Raises ``playwright`` errors and ``FileNotFoundError``."""
        async with AsyncExitStack() as stack:
            player = await stack.enter_async_context(async_playwright())
            browser = await player.chromium.launch(executable_path=program(), args=FLAGS)
            stack.push_async_callback(browser.close)
            page = await browser.new_page()
            page.set_default_timeout(PATIENCE_MS)
            await page.goto(room.url)
            form = page.locator("form.fields").first
            await form.locator("[name=class_code]").fill(CODE)
            await form.locator("[name=name]").fill("Người gõ mãi")
            await form.locator("button.primary").click()
            await page.locator("a.primary").click()
            await page.wait_for_selector(READY, state="attached")
            return cls(room, page, _stack=stack.pop_all())

    async def work(self) -> None:
        """Type a few words now and then, until it is told to leave."""
        while not self.leaving:
            await asyncio.sleep(self._dice.uniform(0.3, 1.5))
            if len(self.typed) > LONGEST:
                self.typed = ""
                await self.page.fill(BOX, "")
            more = " ".join(self._dice.choices(WORDS, k=3)) + " "
            await self.page.locator(BOX).press_sequentially(more)
            self.typed += more
            await self._look("while it was typed")

    async def accounts(self, _rows: dict[str, list[Any]]) -> list[dict[str, Any]]:
        """What went wrong; the lab serves again. The page is loaded anew at the end."""
        for what in ("after the last fault", "after the page was loaded anew"):
            try:
                await self.page.locator(BOX).press_sequentially("xong ")
                self.typed += "xong "
                await self.page.wait_for_selector(CHECKED)
                await self._look(what)
                await asyncio.sleep(3)  # the last check of what was typed keeps the draft
                await self.page.reload()
                await self.page.wait_for_selector(READY, state="attached")
                await self._look(what)
            except Error as error:
                self._miss(f"the page did not find the lab again {what}: {error.message[:200]}")
        return self.wrong

    async def close(self) -> None:
        """Close the browser."""
        await self._stack.aclose()

    async def _look(self, when: str) -> None:
        self.looked += 1
        found = await self.page.input_value(BOX)
        if found != self.typed:
            self._miss(f"the box has {len(found)} of {len(self.typed)} characters {when}")
            self.typed = found

    def _miss(self, what: str) -> None:
        self.wrong.append({"what": f"page: {what}", "fault": self.room.fault})
