"""A trainee holds a finding to be a mistake: the log keeps which rule, never a text.

Officers read these events to see which rules stop what they should not.
"""

from __future__ import annotations

from typing import Any

from lab.errors import NotFound
from lab.log.base import Log
from lab.model import Finding, SessionRow
from lab.session.transcript import fold

_KEPT = ("entity", "tier", "action", "shape", "pattern", "view", "score")
"""What of a finding is told again: no offsets, no placeholder, no trace."""


async def dispute(log: Log, row: SessionRow, turn_id: str, rule: str) -> None:
    """Note that the findings of one rule in one turn are held to be a mistake; once.

    Raises:
        NotFound: no such turn in this session, or the rule found nothing in it.
    """
    transcript = fold(await log.events(row.id))
    turn = next((each for each in transcript.turns if each.id == turn_id), None)
    found = [finding for finding in turn.findings if finding.rule == rule] if turn else []
    if turn is None or not found:
        raise NotFound("no_turn")
    if (turn_id, rule) in transcript.disputed:
        return
    payload: dict[str, Any] = {
        "turn": turn_id,
        "rule": rule,
        "reference": turn.reference,
        "policy": turn.policy,
        "action": str(turn.decision),
        "findings": [_row(finding) for finding in found],
    }
    await log.append(row.id, "finding.disputed", payload)


def _row(finding: Finding) -> dict[str, Any]:
    values = {name: getattr(finding, name) for name in _KEPT}
    return {name: value for name, value in values.items() if value not in (None, "")}
