"""A prompt that is being written, kept by the server and never by the browser's storage.

It is sealed like the placeholder map: by a key that needs both our key and the secret in the
trainee's cookie. What the policy stops, what it could not check and what is never stored (a
password, a card number) stays in this process's memory, sealed too, and takes the place of what
was on disk. See ``docs/decisions/drafts.md``.
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lab.keys import Keys
from lab.log.base import Log
from lab.model import Action, Decision

if TYPE_CHECKING:
    from lab.policy.clear import Policy

MOST = 5_000
"""Drafts held in memory; of more the one touched longest ago is forgotten."""
_ABOUT = b"thao-truong draft 1"
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the boxes."""

    five: bool
    """Whether it is written in labelled boxes."""
    fields: tuple[str, ...]
    """The text of each box."""
    parent: str | None = None
    """The turn that it will follow, where an earlier prompt is being edited."""

    def __repr__(self) -> str:
        return f"Draft({len(self.fields)} fields)"

    @property
    def empty(self) -> bool:
        """Whether there is nothing worth keeping."""
        return not any(text.strip() for text in self.fields)


def storable(decision: Decision, policy: Policy) -> bool:
    """Whether a text that was decided on so may be kept on disk, sealed."""
    if decision.fault or decision.action is Action.BLOCK:
        return False
    return all(policy.rule(found.rule).restore for found in decision.findings)


@dataclass(frozen=True, slots=True)
class Drafts:
    """Where drafts are kept: one for each session and holder of a cookie."""

    log: Log
    keys: Keys
    _held: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    """Place -> sealed draft, of those that are not on disk."""

    async def keep(self, session: str, secret: str, draft: Draft, *, on_disk: bool) -> None:
        """Keep a draft in place of the one before. An empty one is dropped; without a secret
        nothing is kept, since nobody could open it again.
        """
        if draft.empty:
            await self.drop(session, secret)
        elif secret:
            place, sealed = self._place(session, secret), self._seal(session, secret, draft)
            if on_disk:
                await self.log.save_vault(place, sealed)
                self._held.pop(place, None)
            else:
                self._hold(place, sealed)
                await self._wipe(place)

    async def read(self, session: str, secret: str) -> tuple[Draft, bool] | None:
        """The draft, and whether it is on disk; None where there is none to be opened."""
        if not secret:
            return None
        place = self._place(session, secret)
        held = self._held.get(place)
        sealed = held or await self.log.vault(place)
        draft = self._unseal(session, secret, sealed) if sealed else None
        return None if draft is None else (draft, held is None)

    async def drop(self, session: str, secret: str) -> None:
        """Forget the draft."""
        if secret:
            place = self._place(session, secret)
            self._held.pop(place, None)
            await self._wipe(place)

    async def sent(self, session: str, secret: str, text: str) -> None:
        """Forget the draft where it is the one box whose ``text`` was sent, and nothing newer."""
        found = await self.read(session, secret)
        if found is not None and not found[0].five and found[0].fields == (text,):
            await self.drop(session, secret)

    def forget(self, session: str) -> None:
        """Forget what memory holds of a session, whoever wrote it."""
        for place in [place for place in self._held if place.startswith(f"{session}.")]:
            del self._held[place]

    def _hold(self, place: str, sealed: bytes) -> None:
        self._held[place] = sealed
        self._held.move_to_end(place)
        while len(self._held) > MOST:
            self._held.popitem(last=False)

    async def _wipe(self, place: str) -> None:
        if await self.log.vault(place):
            await self.log.save_vault(place, b"")

    def _place(self, session: str, secret: str) -> str:
        return f"{session}.{self.keys.hash('draft-place', secret)[:16]}.draft"

    def _key(self, session: str, secret: str) -> bytes:
        return self.keys.vault_key(secret, f"{session}.draft")

    def _seal(self, session: str, secret: str, draft: Draft) -> bytes:
        nonce = os.urandom(_NONCE)
        text = json.dumps(asdict(draft)).encode()
        return nonce + AESGCM(self._key(session, secret)).encrypt(nonce, text, _ABOUT)

    def _unseal(self, session: str, secret: str, sealed: bytes) -> Draft | None:
        """The draft; None where it is not one that this key sealed."""
        try:
            key = AESGCM(self._key(session, secret))
            row = json.loads(key.decrypt(sealed[:_NONCE], sealed[_NONCE:], _ABOUT))
        except (InvalidTag, ValueError):
            return None
        return Draft(row["five"], tuple(row["fields"]), row["parent"])
