"""Which versions of the policy there are, and what is in force: the log says so."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lab.errors import NotFound, PolicyError
from lab.keys import Keys
from lab.log import officers as told
from lab.log.base import Log, Write
from lab.log.officers import Proposal, Published
from lab.session.alarms import found_here
from lab.session.threads import Tell, deaf, in_thread
from lab.settings import Settings

if TYPE_CHECKING:
    from lab.policy.compare import Comparison
    from lab.policy.corpus import Case
    from lab.policy.drafts import Draft
    from lab.policy.versions import Staged

NUMBER = re.compile(r"v[0-9]{1,9}")
"""How a version is named."""


@dataclass(frozen=True, slots=True)
class Editions:
    """Versions, proposals and the draft, and how they differ."""

    log: Log
    keys: Keys
    settings: Settings

    async def start(self) -> int:
        """The version to put in force; the first start publishes the files as version 1.

        Raises:
            DataFileError: nothing was published, and the files have problems.
            PolicyError: the version that the log tells of is gone, or was changed.
            OSError: it cannot be read or written.
        """
        versions = await self.versions()
        if not versions:
            await self._first()
            versions = await self.versions()
        await asyncio.to_thread(self.files, versions[-1])
        return versions[-1].version

    async def _first(self) -> None:
        """Version 1, or the newest of a lab from before its log told of versions."""
        about, staged = await asyncio.to_thread(self._first_files)

        def work(write: Write) -> None:
            if told.published(write.db):
                return
            if staged is not None:
                staged.put()
            told.tell(write, told.PUBLISHED, told.row_of(about))

        await self.log.write(work)

    def _first_files(self) -> tuple[Published, Staged | None]:
        from lab.policy import rules, versions  # noqa: PLC0415 - the policy is imported late

        numbers = versions.published(self.settings)
        if numbers:
            folder = versions.intact(self.settings, numbers[-1], keys=self.keys)
            manifest, digest = versions.manifest_digest(folder), rules.digest(folder)
            return Published(numbers[-1], manifest, digest, how="adopt"), None
        source = self.settings.policies
        staged = versions.stage(self.settings, source, 1, keys=self.keys, about={"by": ""})
        digest = rules.digest(staged.folder)
        return Published(1, staged.manifest, digest, how="start"), staged

    async def versions(self) -> list[Published]:
        """All that were ever in force, oldest first."""
        return await self.log.read(told.published)

    async def proposals(self) -> list[Proposal]:
        """Weakenings that wait for a second officer."""
        return await self.log.read(told.pending)

    async def in_force(self) -> Published:
        """The newest version."""
        await self.start()
        return (await self.versions())[-1]

    async def folder(self, name: str) -> Path:
        """Files of a version (``v3``), of a proposal (its id), or of the ``draft``.

        Raises ``NotFound``, or ``PolicyError`` where they were changed.
        """
        if name == "draft":
            return self.settings.policies
        for version in await self.versions():
            if f"v{version.version}" == name:
                return await asyncio.to_thread(self.files, version)
        proposal = next((each for each in await self.proposals() if each.id == name), None)
        if proposal is None:
            raise NotFound("policy_no_version", version=name if NUMBER.fullmatch(name) else "?")
        return await asyncio.to_thread(self.kept_files, proposal)

    def files(self, version: Published) -> Path:
        """The files of a version, as they were published. Raises ``PolicyError``."""
        from lab.policy.versions import intact  # noqa: PLC0415 - the policy is imported late

        name = f"v{version.version}"
        if not (self.settings.home / "policies" / name).is_dir():
            raise PolicyError("policy_gone", version=name)
        return intact(self.settings, version.version, keys=self.keys, manifest=version.manifest)

    def kept_files(self, proposal: Proposal) -> Path:
        """The files of a proposal, as they were proposed. Raises ``PolicyError``."""
        from lab.policy import drafts  # noqa: PLC0415 - the policy is imported late

        if not drafts.is_kept(self.settings, proposal.digest):
            raise PolicyError("policy_changed", version=proposal.id, file="proposals")
        return drafts.kept(self.settings, proposal.digest)

    async def draft(self) -> Draft:
        """How the draft stands beside the version in force."""
        return await self.weighed(self.settings.policies, await self.in_force())

    async def between(self, old: str, new: str) -> Draft:
        """How one version, proposal or draft differs from another."""
        before, after = await self.folder(old), await self.folder(new)
        number = int(old[1:]) if old[:1] == "v" and old[1:].isdecimal() else 0
        return await asyncio.to_thread(_state, number, before, after)

    async def weighed(self, source: Path, base: Published) -> Draft:
        """How the files of ``source`` differ from a version."""
        before = await asyncio.to_thread(self.files, base)
        return await asyncio.to_thread(_state, base.version, before, source)

    async def compared(
        self, old: str, new: str, *, secrets: bool = False, tell: Tell = deaf
    ) -> Comparison:
        """Two of them over the corpus; with ``secrets`` over the cases of T1 and T2 only."""
        before, after = await self.folder(old), await self.folder(new)
        return await self.on_corpus(before, after, secrets=secrets, tell=tell)

    async def on_corpus(
        self, old: Path, new: Path, *, secrets: bool, tell: Tell = deaf
    ) -> Comparison:
        """Two folders over the corpus, and over the ways round the policy that were found here."""
        found = await found_here(self.log, self.keys)
        return await in_thread(partial(self._on_corpus, old, new, found, secrets), tell)

    def _on_corpus(
        self,
        old: Path,
        new: Path,
        found: Sequence[Case],
        secrets: bool,
        tell: Tell,
    ) -> Comparison:
        from lab.policy import compare, corpus  # noqa: PLC0415 - the policy is imported late
        from lab.policy.clear import Policy  # noqa: PLC0415

        cases = [*corpus.read(self.settings.policies / "corpus"), *found]
        cases = compare.secrets_of(cases) if secrets else cases
        one, other = (Policy.load(folder, workers=0) for folder in (old, new))
        total = 2 * len(cases)
        work = compare.compare(one, other, cases, tell=lambda done: tell(done, total))
        return asyncio.run(work)


def _state(base: int, old: Path, source: Path) -> Draft:
    from lab.policy import drafts  # noqa: PLC0415 - the policy is imported late

    return drafts.state(base, old, source)
