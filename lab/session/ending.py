"""How a turn's end comes to be written, also where the log cannot be written just then.

The page is told at once. The row is written as soon as the disk has room again; a process that ends
before leaves the turn to the next start, which finds it open.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lab.errors import AssistantError, LabError, LogError, where
from lab.log.base import Log, Tally, Write
from lab.log.chain import canonical
from lab.log.sessions import append, is_open
from lab.model import Failed, Finding, Status, Usage
from lab.session.transcript import log_finding

LOGGER = logging.getLogger("lab.turn")
PAUSES = (1.0, 2.0, 5.0, 15.0)
"""Seconds before each further try; the last one repeats."""
NOT_SENT = Failed("turn_not_sent", retry=True)
"""What the page hears of a turn that was cut short before its decision was on disk."""


def failed(error: LabError) -> Failed:
    """What the page hears of an error; whether trying again can help."""
    retry = error.retry if isinstance(error, AssistantError) else True
    return Failed(error.code, retry, error.values)


def ended_row(
    turn: str,
    status: Status,
    reply: str,
    error: str | None,
    seconds: float,
    usage: Usage,
    findings: Sequence[Finding],
) -> dict[str, Any]:
    """The payload of ``turn.ended``: the masked reply, seconds from the prompt to its end."""
    return {
        "turn": turn,
        "status": str(status),
        "reply": reply,
        "error": error,
        "seconds": round(seconds, 3),
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
        },
        "findings": [log_finding(finding) for finding in findings],
    }


@dataclass(frozen=True, slots=True)
class Ending:
    """The last row of one turn."""

    log: Log
    session: str
    row: dict[str, Any]
    tally: Tally

    async def write(self, *, unsure: bool) -> Failed | None:
        """Write it now; what the page hears where there is no such end in the log.

        ``unsure``: the wait for the turn's decision was cut short. That write comes before this
        one; where it failed, the turn is not in the log, and gets no end.
        """
        try:
            if not unsure:
                await self.log.append(self.session, "turn.ended", self.row, tally=self.tally)
            elif not await self.log.write(self._once):
                return NOT_SENT
        except LabError as error:
            return Failed(error.code, retry=False, values=error.values)
        return None

    async def later(self) -> None:
        """Write it as soon as the log takes it, unless the turn is not open (any more): its
        decision was never written, or its end was after all.
        """
        for number in range(1_000_000):
            await asyncio.sleep(PAUSES[min(number, len(PAUSES) - 1)])
            try:
                await self.log.write(self._once)
            except LogError as error:
                if error.code == "log_closed":
                    return
            except Exception as error:  # noqa: BLE001 - it is tried again whatever it was
                LOGGER.error("the end of turn %s: %s", self.row["turn"], where(error))  # noqa: TRY400
            else:
                return

    def _once(self, transaction: Write) -> bool:
        turn = str(self.row["turn"])
        open_still = is_open(transaction.db, self.session, turn)
        if open_still:
            content = canonical(self.row)
            append(transaction, self.session, "turn.ended", self.row, content, self.tally)
        return open_still
