"""A trainee holds a finding to be a mistake: the event keeps which rule, never a text.

Officers see which rules stop what they should not, and judge each (``lab.session.alarms``).
"""

from __future__ import annotations

from typing import Any

from lab.errors import NotFound
from lab.log import alarms
from lab.log.base import Log, Write
from lab.log.chain import canonical
from lab.model import Finding, SessionRow
from lab.session.alarms import alarm_of
from lab.session.holder import PolicyHolder
from lab.session.transcript import fold

_KEPT = ("entity", "tier", "action", "shape", "pattern", "view", "score")
"""What of a finding is told again: no offsets, no placeholder, no trace."""


async def dispute(log: Log, policy: PolicyHolder, row: SessionRow, turn_id: str, rule: str) -> None:
    """Note that the findings of one rule in one turn are held to be a mistake; once.

    Raises:
        NotFound: no such turn in this session, or the rule found nothing in it.
    """
    events = await log.events(row.id)
    transcript = fold(events)
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
    decided = next(
        (each.payload or {} for each in events if (each.payload or {}).get("turn") == turn_id), {}
    )
    alarm = alarm_of(row.id, turn, rule, decided, policy)

    def write(transaction: Write) -> None:
        transaction.append(row.id, "finding.disputed", canonical(payload))
        alarms.add(transaction, alarm)

    await log.write(write)


def _row(finding: Finding) -> dict[str, Any]:
    values = {name: getattr(finding, name) for name in _KEPT}
    return {name: value for name, value in values.items() if value not in (None, "")}
