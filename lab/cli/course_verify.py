"""``lab course verify|key``: certificates checked without a network, and the key to check with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lab.cli.out import tell, tell_text
from lab.settings import Settings
from lab.words import say

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from lab.session.certificate import Certificate

MOST = 20_000_000
"""Bytes of a file that are read: a certificate has 40 thousand."""


def verify(
    given: Annotated[str, typer.Argument(metavar="FILE|TEXT", help=say("certificate.cli.given"))],
    key: Annotated[Path | None, typer.Option(help=say("certificate.cli.key"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("certificate.cli.json"))] = False,
) -> None:
    """Say whether a certificate is valid, or what is wrong; exit 0 or 1."""
    from lab.session.certificate import NoCertificate

    try:
        found = _of_any(given, _public_keys(key))
    except NoCertificate as error:
        reason = say(f"certificate.bad.{error.code}", "vi", **error.values)
        told: dict[str, Any] = {"valid": False, "problem": error.code, "sentence": reason}
        tell(
            json.dumps(told, ensure_ascii=False)
            if as_json
            else say("certificate.cli.bad", reason=reason)
        )
        raise typer.Exit(1) from None
    if as_json:
        tell(json.dumps({"valid": True, "certificate": asdict(found)}, ensure_ascii=False))
    else:
        tell(say("certificate.cli.good", "vi", **_gaps(found)))


def key(
    out: Annotated[Path | None, typer.Option(help=say("certificate.cli.key_out"))] = None,
) -> None:
    """Write the lab's public key as PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from lab.keys import Keys
    from lab.session.certificate import key_id

    ours = Keys.load(Settings().keys_dir).signing.public_key()
    pem = ours.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if out is None:
        tell_text(pem.decode().rstrip("\n"))
        return
    out.write_bytes(pem)
    tell(say("certificate.cli.key_done", signer=key_id(ours), file=out))


def _of_any(given: str, publics: Sequence[Ed25519PublicKey]) -> Certificate:
    """The certificate, where one of our keys signed it; keys are rotated, certificates stay."""
    from lab.session.certificate import NoCertificate

    for older in publics[:0:-1]:
        with suppress(NoCertificate):
            return _checked(given, older)
    return _checked(given, publics[0])


def _checked(given: str, public: Ed25519PublicKey) -> Certificate:
    """The certificate of a text, a file with one, or a PDF."""
    from lab.session.certificate import PREFIX, NoCertificate, verify

    if given.strip().startswith(PREFIX):
        return verify(given, public)
    data = _read(given)
    if not data.startswith(b"%PDF"):
        return verify(data.decode("utf-8", "replace").removeprefix("\ufeff"), public)
    from lab.pages.certificate import read_pdf

    printed = read_pdf(data)
    found = verify(printed.text, public)
    if not printed.agrees(found):
        raise NoCertificate("printed", **_gaps(found))
    return found


def _read(given: str) -> bytes:
    from lab.session.certificate import NoCertificate

    try:
        with Path(given).open("rb") as file:
            return file.read(MOST)
    except (OSError, ValueError):
        shown = given if len(given) <= 200 else f"{given[:200]}…"  # noqa: PLR2004 - a long path
        raise NoCertificate("file", file=shown) from None


def _public_keys(file: Path | None) -> tuple[Ed25519PublicKey, ...]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    from lab.keys import public_keys
    from lab.session.certificate import NoCertificate

    if file is None:
        try:
            return public_keys(Settings().keys_dir)
        except OSError:
            raise NoCertificate("no_key") from None
    try:
        found = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        raise NoCertificate("key_file", file=str(file)) from None
    if not isinstance(found, Ed25519PublicKey):
        raise NoCertificate("key_file", file=str(file))
    return (found,)


def _gaps(certificate: Certificate) -> dict[str, str]:
    from lab.pages.certificate import spaced

    fields = {name: str(value) for name, value in asdict(certificate).items()}
    fields["class_name"] = certificate.class_name or say("certificate.cli.no_class")
    fields["signer"] = fields.pop("key")
    fields["serial"] = spaced(certificate.serial)
    return fields
