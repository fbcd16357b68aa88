"""``lab log verify --receipt``: one receipt, checked with a public key or kept anchors alone."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lab.cli.out import tell
from lab.keys import public_keys
from lab.log.chain import Anchor
from lab.log.receipts import NoReceipt, Told, checked
from lab.settings import Settings
from lab.words import number, say

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MOST = 50_000_000
"""Bytes of a receipt that are read."""


def verify_receipt(
    path: Path, key: Path | None, kept: Sequence[Anchor], *, as_json: bool = False
) -> int:
    """Print what a receipt proves, and what vouches for it; 0 where it holds, else 1."""
    try:
        told, by = _checked(path, key, kept)
    except NoReceipt as error:
        return refused("receipt", error.code, as_json=as_json)
    if as_json:
        tell(json.dumps({"valid": True, "by": by, "receipt": asdict(told)}, ensure_ascii=False))
    else:
        for sentence in sentences(told, by):
            tell(sentence)
    return 0


def refused(what: Literal["receipt", "head"], code: str, *, as_json: bool) -> int:
    """Print why something proves nothing; the exit status."""
    sentence = say(f"proof.bad.{code}")
    if as_json:
        tell(
            json.dumps({"valid": False, "problem": code, "sentence": sentence}, ensure_ascii=False)
        )
    else:
        tell(say(f"proof.{what}.bad", reason=sentence))
    return 1


def sentences(told: Told, by: str) -> list[str]:
    """What a receipt says, in words."""
    lines = [
        say(
            "proof.receipt.good",
            reference=told.reference,
            at=_time(told.at),
            policy=told.policy,
            action=say(f"proof.action.{told.action}"),
        )
    ]
    lines += [
        say(
            "proof.receipt.sent",
            at=_time(each.at),
            host=each.host,
            digest=each.digest,
            size="?" if each.size is None else number(each.size),
        )
        for each in told.sendings
    ]
    if not told.sendings:
        lines.append(say("proof.receipt.nothing", last=told.last))
    lines.append(
        say(
            "proof.receipt.place",
            session=told.session,
            first=told.first,
            last=told.last,
            anchor=told.anchor,
            at=_time(told.anchored_at),
        )
    )
    return [*lines, say(f"proof.by.{by}", signer=told.key[:16])]


def _checked(path: Path, key: Path | None, kept: Sequence[Anchor]) -> tuple[Told, str]:
    """The receipt, and what vouched: ``kept``, ``key`` or ``own``."""
    receipt = read(path, lacks="no_receipt")
    if key is not None:
        return checked(receipt, keys=[key_of(key)], kept=kept), "key"
    if kept:
        told = checked(receipt, keys=own_keys(), kept=kept)
        return told, "kept" if any(told.anchor == each.number for each in kept) else "own"
    ours = own_keys()
    if not ours:
        raise NoReceipt("no_key")
    return checked(receipt, keys=ours), "own"


def read(path: Path, *, lacks: str) -> Any:
    """What a file of JSON holds. Raises ``NoReceipt``: ``file``, or ``lacks`` for no JSON."""
    try:
        with path.open("rb") as file:
            return json.loads(file.read(MOST))
    except OSError:
        raise NoReceipt("file") from None
    except (ValueError, RecursionError):
        raise NoReceipt(lacks) from None


def own_keys() -> Sequence[Ed25519PublicKey]:
    """The public keys of this installation, where there is one."""
    try:
        return public_keys(Settings().keys_dir)
    except OSError:
        return ()


def key_of(path: Path) -> Ed25519PublicKey:
    """The public key of a file. Raises ``NoReceipt``."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        found = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        raise NoReceipt("key_file") from None
    if not isinstance(found, Ed25519PublicKey):
        raise NoReceipt("key_file")
    return found


def _time(at: float) -> str:
    return dt.datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
