"""The server's keys: made once, readable by their owner only, kept apart from the data.

``signing.key`` (Ed25519, signs the log's anchors and certificates), ``trace.key`` (HMAC-SHA256,
blind match of findings, hashes of tokens and resume codes, seeds of canaries), ``vault.key`` (input
of HKDF for the placeholder maps). Whoever holds only the data, or only the keys, can read no
placeholder map.

A rotation makes three new ones. Of an old signing key only the public half stays, in a statement
that the old key signed (``rotations.jsonl``): who trusts one key can follow to the newest. Old
trace and vault keys stay in ``old/``, so that what was hashed or sealed with them can be read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SIZE = 32
"""Bytes of each key."""
ROTATION = "lab.rotation.1"
"""First element of what a rotation signs: keeps it apart from rows, anchors and certificates."""
ROTATIONS = "rotations.jsonl"


@dataclass(frozen=True, slots=True)
class Rotation:
    """The old key says which key follows it."""

    version: int
    """Of the new key; the first key that a lab has is version 1."""
    at: int
    """Unix time in seconds."""
    previous: str
    """The old public key (hex)."""
    key: str
    """The new one."""
    signature: str

    @classmethod
    def read(cls, row: Any) -> Rotation:
        """From the object of its line. Raises ``ValueError`` for anything else."""
        try:
            made = cls(**row)
        except TypeError:
            raise ValueError("not a rotation") from None
        words = (made.previous, made.key, made.signature)
        if not all(isinstance(word, str) for word in words):
            raise ValueError("not a rotation")
        return made

    @property
    def holds(self) -> bool:
        """Whether the old key signed this."""
        try:
            old = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.previous))
            old.verify(
                bytes.fromhex(self.signature),
                _digest(self.version, self.at, self.previous, self.key),
            )
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The three keys in use, in memory, and what is left of older ones (the newest first)."""

    signing: Ed25519PrivateKey
    trace: bytes
    vault: bytes
    rotations: tuple[Rotation, ...] = ()
    old_traces: tuple[bytes, ...] = ()
    old_vaults: tuple[bytes, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """Read the keys of ``folder``, making those that are missing (mode 0600, folder 0700).

        Raises:
            OSError: the folder cannot be read or written.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        signing = Ed25519PrivateKey.from_private_bytes(_key(folder / "signing.key"))
        rotations = _leading_to(_public(signing), _read_rotations(folder))
        olds = range(len(rotations), 0, -1)
        return cls(
            signing=signing,
            trace=_key(folder / "trace.key"),
            vault=_key(folder / "vault.key"),
            rotations=rotations,
            old_traces=tuple(_sized(folder / f"old/{n}.trace.key") for n in olds),
            old_vaults=tuple(_sized(folder / f"old/{n}.vault.key") for n in olds),
        )

    @property
    def version(self) -> int:
        """Of the keys in use: 1, and one more with each rotation."""
        return len(self.rotations) + 1

    @property
    def verifiers(self) -> tuple[Ed25519PublicKey, ...]:
        """The public keys whose signatures hold: the one in use, then older ones."""
        olds = [bytes.fromhex(each.previous) for each in reversed(self.rotations)]
        return (
            self.signing.public_key(),
            *(Ed25519PublicKey.from_public_bytes(old) for old in olds),
        )

    def signed(self, signature: bytes, data: bytes) -> bool:
        """Whether one of our keys, the present one or an older one, signed ``data``."""
        for key in self.verifiers:
            try:
                key.verify(signature, data)
            except InvalidSignature:
                continue
            return True
        return False

    def hash(self, purpose: str, value: str) -> str:
        """Keyed hash (hex, 64 characters) of a value; ``purpose`` keeps the uses apart."""
        return _hmac(self.trace, purpose, value)

    def hashes(self, purpose: str, value: str) -> tuple[str, ...]:
        """The same with every key that we ever had, the newest first: to look for older rows."""
        return tuple(_hmac(key, purpose, value) for key in (self.trace, *self.old_traces))

    def hash_of(self, version: int, purpose: str, value: str) -> str:
        """The same with the key of one version. Raises ``KeyError`` for one we never had."""
        if not 1 <= version <= self.version:
            raise KeyError(version)
        return self.hashes(purpose, value)[self.version - version]

    def drawn(self, version: int, value: str, below: int) -> int:
        """A number below ``below`` for a canary: the same each time for one value and version."""
        return int(self.hash_of(version, "canary", value), 16) % below

    def vault_key(self, secret: str, session: str) -> bytes:
        """Key (32 bytes) of one session's placeholder map, from ours and the trainee's secret."""
        return _derived(self.vault, secret, session)

    def vault_keys(self, secret: str, session: str) -> tuple[bytes, ...]:
        """The same with every key that we ever had, the newest first."""
        return tuple(_derived(key, secret, session) for key in (self.vault, *self.old_vaults))


def rotate(folder: Path) -> Rotation:
    """Make new keys, and keep what is needed to read and verify what older ones made.

    The statement is on disk before the new key is, so that a crash between them leaves the old
    keys in use and a statement that leads nowhere, which is passed over.

    Raises:
        OSError: the folder cannot be read or written; the old keys are still in use.
    """
    keys = Keys.load(folder)
    old, new = _public(keys.signing), Ed25519PrivateKey.generate()
    version, at = keys.version + 1, int(time.time())
    signature = keys.signing.sign(_digest(version, at, old, _public(new))).hex()
    made = Rotation(version, at, old, _public(new), signature)
    (folder / "old").mkdir(exist_ok=True, mode=0o700)
    write_private(folder / f"old/{keys.version}.trace.key", keys.trace)
    write_private(folder / f"old/{keys.version}.vault.key", keys.vault)
    lines = [json.dumps(asdict(each)) for each in (*keys.rotations, made)]
    write_private(folder / ROTATIONS, "".join(f"{line}\n" for line in lines).encode())
    write_private(folder / "signing.key", new.private_bytes_raw())
    write_private(folder / "trace.key", secrets.token_bytes(SIZE))
    write_private(folder / "vault.key", secrets.token_bytes(SIZE))
    return made


def followed(trusted: Iterable[str], rotations: Iterable[Rotation]) -> set[str]:
    """Public keys (hex) that hold for somebody who trusts some of them: those, and all that
    follow by statements that the one before signed.
    """
    known = set(trusted)
    for each in rotations:
        if each.previous in known and each.holds:
            known.add(each.key)
    return known


def public_keys(folder: Path) -> tuple[Ed25519PublicKey, ...]:
    """The public half of the signing key of ``folder`` and those before it; nothing is made.

    Raises:
        OSError: there is no such key, or it cannot be read.
    """
    if not (folder / "signing.key").is_file():
        raise FileNotFoundError(folder / "signing.key")
    ours = Ed25519PrivateKey.from_private_bytes(_key(folder / "signing.key"))
    rotations = _leading_to(_public(ours), _read_rotations(folder))
    olds = [bytes.fromhex(each.previous) for each in reversed(rotations)]
    return (ours.public_key(), *(Ed25519PublicKey.from_public_bytes(old) for old in olds))


def _digest(version: int, at: int, previous: str, key: str) -> bytes:
    body = json.dumps([ROTATION, version, at, previous, key], separators=(",", ":"))
    return hashlib.sha256(body.encode()).digest()


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _hmac(key: bytes, purpose: str, value: str) -> str:
    return hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def _derived(key: bytes, secret: str, session: str) -> bytes:
    kdf = HKDF(SHA256(), SIZE, salt=key, info=f"vault\0{session}".encode())
    return kdf.derive(secret.encode())


def _read_rotations(folder: Path) -> Iterator[Rotation]:
    path = folder / ROTATIONS
    if not path.is_file():
        return
    for line in path.read_text("utf-8").splitlines():
        try:
            yield Rotation.read(json.loads(line))
        except ValueError:
            message = f"{path}: a line of it is no statement of a rotation"
            raise OSError(message) from None


def _leading_to(ours: str, rotations: Iterable[Rotation]) -> tuple[Rotation, ...]:
    """The statements up to the key in use; a last one that never came into use is passed over."""
    found: list[Rotation] = []
    for each in rotations:
        if each.previous == ours:
            break
        found.append(each)
    if found and (found[-1].key != ours or not all(each.holds for each in found)):
        message = f"{ROTATIONS} does not lead to signing.key"
        raise OSError(message)
    return tuple(found)


def _key(path: Path) -> bytes:
    try:
        return _sized(path)
    except FileNotFoundError:
        key = secrets.token_bytes(SIZE)
        write_private(path, key, new=True)
        return key


def _sized(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != SIZE:
        message = f"{path}: a key has {SIZE} bytes, this file has {len(key)}"
        raise OSError(message)
    return key


def write_private(path: Path, data: bytes, *, new: bool = False) -> None:
    """A file for its owner only, whole or not at all.

    Raises:
        FileExistsError: ``new``, and it is there already.
        OSError: it cannot be written; what was there before is still there.
    """
    draft = path if new else path.with_name(path.name + ".new")
    if not new:
        draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if not new:
        draft.replace(path)
