"""The server's keys: made once, readable by their owner only, kept apart from the data.

``signing.key`` (Ed25519, signs the log's anchors and certificates), ``trace.key`` (HMAC-SHA256,
blind match of findings and hashes of tokens and resume codes), ``vault.key`` (input of HKDF for the
placeholder maps). Whoever holds only the data, or only the keys, can read no placeholder map.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SIZE = 32
"""Bytes of each key."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The three keys, in memory."""

    signing: Ed25519PrivateKey
    trace: bytes
    vault: bytes

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """Read the keys of ``folder``, making those that are missing (mode 0600, folder 0700).

        Raises:
            OSError: the folder cannot be read or written.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(
            signing=Ed25519PrivateKey.from_private_bytes(_key(folder / "signing.key")),
            trace=_key(folder / "trace.key"),
            vault=_key(folder / "vault.key"),
        )

    def hash(self, purpose: str, value: str) -> str:
        """Keyed hash (hex, 64 characters) of a value; ``purpose`` keeps the uses apart."""
        return hmac.new(self.trace, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    def vault_key(self, secret: str, session: str) -> bytes:
        """Key (32 bytes) of one session's placeholder map, from ours and the trainee's secret."""
        kdf = HKDF(SHA256(), SIZE, salt=self.vault, info=f"vault\0{session}".encode())
        return kdf.derive(secret.encode())


def public_key(folder: Path) -> Ed25519PublicKey:
    """The public half of the signing key of ``folder``; nothing is made.

    Raises:
        OSError: there is no such key, or it cannot be read.
    """
    if not (folder / "signing.key").is_file():
        raise FileNotFoundError(folder / "signing.key")
    return Ed25519PrivateKey.from_private_bytes(_key(folder / "signing.key")).public_key()


def _key(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(SIZE)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    if len(key) != SIZE:
        message = f"{path}: a key has {SIZE} bytes, this file has {len(key)}"
        raise OSError(message)
    return key
