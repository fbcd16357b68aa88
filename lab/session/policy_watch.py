"""Telling officers when files of the policy break while the lab runs."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lab.errors import LabError
from lab.log.base import SYSTEM
from lab.words import explain

if TYPE_CHECKING:
    from lab.policy.watch import Watch
    from lab.session.lab import Lab

LOGGER = logging.getLogger("lab.policy")


async def watch_policy(lab: Lab) -> None:
    """Look again and again, for ever. The version in force stays in force whatever is found."""
    watches: dict[str, Watch] = {}
    while True:
        await asyncio.sleep(lab.settings.policy_watch_seconds)
        if not lab.policy.loaded:
            continue
        version = lab.policy.current.version
        watch = watches.get(version)
        if watch is None:
            from lab.policy.watch import Watch  # noqa: PLC0415 - the policy is imported late

            watch = Watch(lab.settings, lab.keys, version)
            watches = {version: watch}
        found = await asyncio.to_thread(watch.look)
        await _told(lab, version, found)


async def _told(lab: Lab, version: str, found: LabError | None) -> None:
    """Where it is not as it was: on the officer's page, at ``/readyz``, in the log."""
    before = lab.policy.trouble
    if (found and found.values, found and found.code) == (
        before and before.values,
        before and before.code,
    ):
        return
    lab.policy.trouble = found
    try:
        if found is None:
            await lab.log.append(SYSTEM, "policy.recovered", {"version": version})
        else:
            await lab.log.append(SYSTEM, "policy.trouble", {"code": found.code, **found.values})
    except LabError as error:
        LOGGER.error("%s could not be logged", error.code)  # noqa: TRY400 - the code is all
        lab.policy.trouble = before  # so that it is told again at the next look
        return
    if found is not None:
        words = explain(found, lab.settings.language)
        LOGGER.critical("%s\n  -> %s", words["message"], words["help"])
