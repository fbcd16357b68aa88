"""Papers that are made in the background, while the page tells how far they are."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from lab.errors import NotFound

LOGGER = logging.getLogger("lab.jobs")
MOST_JOBS = 40
JOB_SECONDS = 3600.0
"""A paper is kept so long."""
Make = Callable[[Callable[[float], None]], Awaitable[bytes]]
"""Makes a paper, and tells how far it is, from 0 to 1."""


@dataclass(slots=True)
class Job:
    """A PDF that is being made."""

    id: str
    owner: str
    at: float
    done: float = 0.0
    """Share of the work that is done."""
    pdf: bytes | None = None
    failed: bool = False
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class Jobs:
    """All that are under way or not yet taken."""

    _jobs: OrderedDict[str, Job] = field(default_factory=OrderedDict)

    def begin(self, owner: str, make: Make) -> Job:
        """Begin to make a paper."""
        job = Job(secrets.token_hex(12), owner, time.time())
        self._jobs[job.id] = job
        self._tidy()
        job.task = asyncio.create_task(_made(job, make), name="paper")
        return job

    def job(self, owner: str, job_id: str) -> Job:
        """One's own. Raises ``NotFound``."""
        job = self._jobs.get(job_id)
        if job is None or job.owner != owner:
            raise NotFound("report_gone")
        return job

    def _tidy(self) -> None:
        """Forget old ones, and the oldest where there are many."""
        for each in list(self._jobs.values()):
            if len(self._jobs) > MOST_JOBS or time.time() - each.at > JOB_SECONDS:
                del self._jobs[each.id]


async def _made(job: Job, make: Make) -> None:
    def told(share: float) -> None:
        job.done = share

    try:
        job.pdf = await make(told)
        told(1.0)
    except Exception as error:  # noqa: BLE001 - whatever it was, the page says that it failed
        job.failed = True
        LOGGER.error("a paper failed: %s", type(error).__name__)  # noqa: TRY400 - no text
