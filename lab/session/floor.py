"""The floor of a class: the live board, the class control and the help queue, started together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.session.board_feed import BoardFeed
from lab.session.help import HelpDesk
from lab.session.notices import Control

if TYPE_CHECKING:
    from lab.session.lab import Lab


@dataclass(frozen=True, slots=True)
class Floor:
    """What trainers and assistants work with while a class is running."""

    board: BoardFeed
    control: Control
    help: HelpDesk

    @classmethod
    def of(cls, lab: Lab) -> Floor:
        """The floor of a lab."""
        control = Control(lab.log, lab.policy, lambda: lab.course)
        return cls(BoardFeed(lab.log), control, HelpDesk(lab.log, lab.policy, control))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Start them from what the log says; at the end let every page go."""
        await self.board.start()
        await self.control.start()
        await self.help.start()
        telling = [
            asyncio.create_task(self.board.run(), name="board"),
            asyncio.create_task(self.board.presence.run(), name="presence"),
            asyncio.create_task(self.help.run(), name="help"),
        ]
        try:
            yield
        finally:
            for task in telling:
                task.cancel()
            await asyncio.gather(*telling, return_exceptions=True)
            self.close()

    def close(self) -> None:
        """End every stream: a server that stops waits for none of them."""
        self.board.close()
        self.control.close()
        self.help.close()
