"""What a running lab must end and forget before somebody's data are erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.auth import Auth
from lab.session.lab import Lab


@dataclass(frozen=True, slots=True)
class Quieting:
    """Ends turns, forgets drafts in memory and sign-ins that were read a moment ago."""

    lab: Lab
    auth: Auth

    async def __call__(self, sessions: Sequence[str], people: Sequence[str]) -> None:
        """For these sessions and people."""
        for person in people:
            self.auth.forget(person)
        for session in sessions:
            await self.lab.live.end(session)
            self.lab.drafts.forget(session)
