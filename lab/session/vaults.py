"""Opening and keeping a session's placeholder map, sealed with our key and the trainee's secret."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from lab.errors import PolicyError
from lab.keys import Keys
from lab.log.base import Log

if TYPE_CHECKING:
    from lab.policy.vault import Vault


@dataclass(frozen=True, slots=True)
class Vaults:
    """Where placeholder maps are kept between turns: sealed in the log's database, nowhere else."""

    log: Log
    keys: Keys
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def lock(self, session: str) -> asyncio.Lock:
        """Held from opening a session's map until it is saved: a file and a prompt of one session
        may be checked at the same time, and neither may lose what the other one adds.
        """
        held = self._locks.get(session)
        if held is None:
            held = self._locks[session] = asyncio.Lock()
        return held

    def _places(self, session: str, secret: str) -> list[str]:
        # One map for each holder of a secret: another computer never overwrites the first one's.
        # Keys may have been rotated since it was kept: the newest place comes first.
        return [f"{session}.{each[:16]}" for each in self.keys.hashes("vault-place", secret)]

    async def open(self, session: str, secret: str) -> Vault:
        """The map of this session for the holder of ``secret``; empty where there is none, or where
        it cannot be opened (its placeholders then stay as they are).
        """
        from lab.policy.vault import Vault  # noqa: PLC0415 - the policy is imported late

        if not secret:
            return Vault()
        keys = self.keys.vault_keys(secret, session)
        for place, key in zip(self._places(session, secret), keys, strict=True):
            sealed = await self.log.vault(place)
            if sealed is not None:
                with suppress(PolicyError):
                    return Vault.unseal(sealed, key)
        return Vault()

    async def save(self, session: str, secret: str, vault: Vault) -> None:
        """Keep the map where it holds something and somebody can open it again."""
        if secret and vault.changed:
            sealed = vault.seal(self.keys.vault_key(secret, session))
            await self.log.save_vault(self._places(session, secret)[0], sealed)
