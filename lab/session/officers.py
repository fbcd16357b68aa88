"""What officers do with the policy: publish, approve, roll back; for page, API and command.

One officer alone may strengthen. What may let more leave (``lab.policy.weaken``) is only kept as a
proposal, bound to the digest of its files, until another officer approves it. Which version is in
force is what the log says: editing files, deleting versions or starting anew changes nothing of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from lab.errors import BadRequest, Conflict, DataFileError, Forbidden, NotFound
from lab.log import officers as told
from lab.log.base import Log, Write
from lab.log.officers import Limit, Proposal, Published
from lab.model import Person, Role
from lab.session.editions import Editions
from lab.session.proving import Prover
from lab.settings import Settings

if TYPE_CHECKING:
    from lab.policy.drafts import Draft
    from lab.policy.versions import Staged

HOUR = 3600.0
LISTED = 10
"""Cases that a sentence names."""
REASON_CHARS = 1000


class NeedsSecond(Forbidden):
    """A weakening by one officer alone: nothing changed; it is kept as a proposal."""

    default_code = "policy_second"

    def __init__(self, proposal: str) -> None:
        """``proposal``: its id."""
        super().__init__(proposal=proposal)
        self.proposal = proposal


@dataclass(frozen=True, slots=True)
class Officers:
    """The desk of the security officers."""

    editions: Editions
    prover: Prover
    now: Callable[[], float] = time.time

    @property
    def log(self) -> Log:
        """Where everything is told."""
        return self.editions.log

    @property
    def settings(self) -> Settings:
        """Of this installation."""
        return self.editions.settings

    # --- what officers do ---------------------------------------------------------------------

    async def publish(
        self,
        who: Person,
        *,
        reason: str = "",
        acknowledge: Sequence[str] = (),
        limit: Limit | None = None,
    ) -> Published:
        """Publish the draft as the next version. A weakening, and a limit of false alarms that
        undoes it by itself, is kept as a proposal instead.

        Raises:
            Forbidden: not an officer, or one of too short a time.
            NeedsSecond: it weakens; nothing changed.
            Conflict: nothing differs, or a case of T1 or T2 is lost and was not acknowledged.
            BadRequest: a limit where rules of T1 or T2 differ.
            DataFileError: problems in the draft.
        """
        _officer(who)
        base = await self.editions.in_force()
        source = await asyncio.to_thread(_snapshot, self.settings)
        draft = await self.editions.weighed(source, base)
        if draft.problems:
            raise DataFileError(draft.problems)
        if not draft.differences:
            raise Conflict("policy_same", version=f"v{base.version}")
        if limit is not None:
            await self._may_limit(base, source, draft)
        old = await asyncio.to_thread(self.editions.files, base)
        found = await self.editions.on_corpus(old, source, secrets=True)
        lost = found.lost
        missing = [case for case in lost if case not in acknowledge]
        if missing:
            named = ", ".join(missing[:LISTED])
            raise Conflict("policy_recall", count=len(missing), cases=named)
        known = tuple(case for case in acknowledge if case in lost)
        if draft.weakens or limit is not None:
            proposal = self._drawn_up(who, draft, base, reason)
            await self._propose(who, replace(proposal, acknowledged=known, limit=limit), source)
        about = _about(draft, base, by=who.id, reason=reason, acknowledged=known)
        return await self._publish(source, about)

    async def _may_limit(self, base: Published, source: Path, draft: Draft) -> None:
        from lab.policy import drafts  # noqa: PLC0415 - the policy is imported late

        old = await asyncio.to_thread(self.editions.files, base)
        if await asyncio.to_thread(drafts.secret_rules, old, source, draft.differences):
            raise BadRequest("policy_limit_secret")

    async def approve(self, who: Person, name: str) -> Published:
        """Publish a proposal of another officer. ``name``: its id, ``draft`` for the only one, or
        the version that it becomes.

        Raises:
            Forbidden: one's own proposal, or an account of too short a time.
            NotFound: no such proposal, or another version came in between.
            PolicyError: its files are no longer those that were proposed.
        """
        _officer(who)
        proposal = await self._proposal(name)
        if proposal.by == who.id:
            raise Forbidden("policy_own", proposal=proposal.id)
        await self._free(who.id, proposal.by)
        source = await asyncio.to_thread(self.editions.kept_files, proposal)
        about = Published(
            version=proposal.base + 1,
            manifest="",
            digest=proposal.digest,
            by=proposal.by,
            approved_by=who.id,
            reason=proposal.reason,
            how="rollback" if proposal.restores else "approve",
            base=proposal.base,
            restores=proposal.restores,
            weakens=True,
            rules=tuple(dict.fromkeys(r["rule"] for r in proposal.changes if r.get("rule"))),
            changes=proposal.changes,
            acknowledged=proposal.acknowledged,
            limit=proposal.limit,
        )
        return await self._publish(source, about, proposal=proposal.id)

    async def withdraw(self, who: Person, name: str) -> Proposal:
        """Take a proposal away: one's own, or decline another's."""
        _officer(who)
        proposal = await self._proposal(name)
        row = {"proposal": proposal.id, "by": who.id, "proposed_by": proposal.by}
        await self.log.write(lambda write: told.tell(write, told.WITHDRAWN, row))
        return proposal

    async def roll_back(self, who: Person, number: int, *, reason: str = "") -> Published:
        """Bring back the files of an earlier version, as a new version.

        Alone only where two approved that version or nothing becomes milder; else a proposal.

        Raises:
            NotFound: there is no such version.
            Conflict: it is in force, or nothing differs.
            NeedsSecond: it weakens, and no second officer ever saw it; nothing changed.
        """
        _officer(who)
        base = await self.editions.in_force()
        known = {version.version: version for version in await self.editions.versions()}
        if number not in known:
            raise NotFound("policy_no_version", version=f"v{number}")
        source = await asyncio.to_thread(self.editions.files, known[number])
        draft = await self.editions.weighed(source, base)
        if not draft.differences:
            raise Conflict("policy_same", version=f"v{base.version}")
        if draft.weakens:
            if not _two_approved(known, number):
                proposal = self._drawn_up(who, draft, base, reason)
                await self._propose(who, replace(proposal, restores=number), source)
            await self._free(who.id)
        about = _about(draft, base, by=who.id, reason=reason, how="rollback", restores=number)
        return await self._publish(source, about)

    async def heed_disputes(self) -> Published | None:
        """Undo the version in force where more people hold its rules to be mistaken than was agreed
        when two published it; None where not. Rules of T1 and T2 are never among them.
        """
        versions = await self.editions.versions()
        newest = versions[-1] if versions else None
        if newest is None or newest.limit is None:
            return None
        since = max(newest.at, self.now() - newest.limit.hours * HOUR)
        found = await self.log.read(lambda db: told.disputes(db, since))
        version = f"v{newest.version}"
        people = {who for who, rule, of in found if of == version and rule in newest.rules}
        if len(people) < newest.limit.people:
            return None
        before = next(each for each in versions if each.version == newest.base)
        source = await asyncio.to_thread(self.editions.files, before)
        draft = await self.editions.weighed(source, newest)
        about = _about(draft, newest, how="automatic", restores=before.version)
        return await self._publish(source, about)

    # --- inside -------------------------------------------------------------------------------

    async def _free(self, *people: str) -> None:
        """Raise ``Forbidden`` where one of these was made or reset by another a short time ago."""
        hours = self.settings.officer_wait_hours
        held = await self.log.read(lambda db: told.barred(db, self.now() - hours * HOUR))
        if held & set(people):
            raise Forbidden("policy_wait", hours=f"{hours:g}")

    async def _proposal(self, name: str) -> Proposal:
        waiting = await self.editions.proposals()
        for each in waiting:
            if name in (each.id, each.digest, f"v{each.base + 1}"):
                return each
        if name.lower() == "draft" and len(waiting) == 1:
            return waiting[0]
        raise NotFound("policy_no_proposal", proposal=name)

    def _drawn_up(self, who: Person, draft: Draft, base: Published, reason: str) -> Proposal:
        return Proposal(
            id=draft.digest[:12],
            digest=draft.digest,
            at=self.now(),
            by=who.id,
            reason=reason[:REASON_CHARS],
            base=base.version,
            changes=tuple(each.row() for each in draft.differences),
        )

    async def _propose(self, who: Person, proposal: Proposal, source: Path) -> NoReturn:
        """Keep it for a second officer. Raises ``NeedsSecond``."""
        await self._free(who.id)
        await asyncio.to_thread(_keep, self.settings, source, proposal.digest)
        row = {
            "proposal": proposal.id,
            "digest": proposal.digest,
            "by": proposal.by,
            "reason": proposal.reason,
            "base": proposal.base,
            "restores": proposal.restores,
            "changes": [dict(each) for each in proposal.changes],
            "acknowledged": list(proposal.acknowledged),
            "limit": told.limit_row(proposal.limit),
        }
        await self.log.write(lambda write: told.tell(write, told.PROPOSED, row))
        raise NeedsSecond(proposal.id)

    async def _publish(self, source: Path, about: Published, proposal: str = "") -> Published:
        """Write the version, then its name and its event in one transaction."""
        staged = await asyncio.to_thread(self._stage, source, about)
        version = replace(about, manifest=staged.manifest, at=self.now())

        def work(write: Write) -> None:
            if told.published(write.db)[-1].version != about.base:
                raise Conflict("policy_moved")
            if proposal and proposal not in {each.id for each in told.pending(write.db)}:
                raise NotFound("policy_no_proposal", proposal=proposal)
            staged.put()
            row: dict[str, Any] = told.row_of(version)
            told.tell(write, told.PUBLISHED, row | ({"proposal": proposal} if proposal else {}))

        try:
            await self.log.write(work)
        finally:
            staged.drop()
        return version

    def _stage(self, source: Path, about: Published) -> Staged:
        from lab.policy import rules, versions  # noqa: PLC0415 - the policy is imported late

        signed = {"by": about.by, "approved_by": about.approved_by, "restores": about.restores}
        staged = versions.stage(
            self.settings, source, about.version, keys=self.editions.keys, about=signed
        )
        if rules.digest(staged.folder) != about.digest:  # an edit while it was weighed
            staged.drop()
            raise Conflict("policy_moved")
        return staged


def _about(draft: Draft, base: Published, **more: Any) -> Published:
    return Published(
        version=base.version + 1,
        manifest="",
        digest=draft.digest,
        base=base.version,
        weakens=draft.weakens,
        rules=draft.rules,
        changes=tuple(each.row() for each in draft.differences),
        **more,
    )


def _officer(who: Person) -> None:
    if who.role is not Role.OFFICER:
        raise Forbidden


def _two_approved(known: dict[int, Published], number: int) -> bool:
    """Whether two officers approved these files, under this number or under the one restored."""
    version = known.get(number)
    if version is None:
        return False
    return bool(version.approved_by) or _two_approved(known, version.restores)


def _keep(settings: Settings, source: Path, digest: str) -> None:
    from lab.policy import drafts  # noqa: PLC0415 - the policy is imported late

    drafts.keep(settings, source, digest)


def _snapshot(settings: Settings) -> Path:
    from lab.policy import drafts  # noqa: PLC0415 - the policy is imported late

    return drafts.snapshot(settings)
