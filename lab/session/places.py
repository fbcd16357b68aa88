"""The policy as it stands where a session is: its site, class, exercise and the person's role."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.log.base import Log
    from lab.model import SessionRow
    from lab.policy.clear import Policy


async def here(log: Log, policy: Policy, row: SessionRow) -> Policy:
    """The same policy with the groups and exceptions of this session's place."""
    if not (policy.overlays.groups or policy.overlays.exceptions):
        return policy
    from lab.policy.groups import Place  # noqa: PLC0415 - the policy is imported late

    person = await log.person(row.person_id)
    rooms = {room.id: room for room in await log.classes()}
    room = rooms.get(row.class_id or "")
    site = (person.site if person else None) or (room.site if room else None)
    return policy.at(
        Place(
            site=site,
            class_code=room.code if room else None,
            exercise=row.exercise,
            role=str(person.role) if person else None,
        )
    )
