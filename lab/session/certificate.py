"""The certificate: a short signed text that anybody can check without this lab, and who gets one.

``TT1:`` and base32 (RFC 4648, no padding) of an Ed25519 signature followed by the fields as
canonical JSON: letters that a QR code packs tightly and that survive being typed. What is signed
is a digest, as with the log's anchors, with a first element of its own.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import datetime as dt
import hashlib
import json
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import astuple, dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lab.course import Course
from lab.errors import Conflict
from lab.keys import Keys
from lab.log.base import SYSTEM, Log
from lab.log.chain import canonical
from lab.model import Event, Person
from lab.session.progress import Progress, progress

CERTIFICATE = "lab.certificate.1"
"""First element of what is signed: keeps it apart from rows and anchors."""
PREFIX = "TT1:"
ISSUED = "certificate.issued"
_SIGNATURE = 64


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says."""

    course: str
    """Id of the course."""
    name: str
    """Of the person."""
    class_name: str
    date: str
    """Of issue, ``2026-09-09``."""
    count: int
    """Exercises that were passed."""
    serial: str
    key: str
    """Id of the key that signed it."""


class NoCertificate(ValueError):
    """A text is no valid certificate; the sentence is ``certificate.bad.<code>``."""

    def __init__(self, code: str, **values: str) -> None:
        self.code = code
        self.values = values
        super().__init__(code)


def key_id(key: Ed25519PublicKey) -> str:
    """A short name of a public key: 16 hex digits of its SHA-256."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def sign(certificate: Certificate, key: Ed25519PrivateKey) -> str:
    """The text of a certificate. The same fields and key give the same text."""
    held = key.sign(_digest(certificate)) + canonical(astuple(certificate))
    return PREFIX + base64.b32encode(held).decode().rstrip("=")


def verify(text: str, key: Ed25519PublicKey) -> Certificate:
    """The certificate of a text, once ``key`` is known to have signed it.

    White space is passed over, since long texts are broken when they are copied.

    Raises:
        NoCertificate: it says what is wrong.
    """
    signature, certificate = _read("".join(text.split()))
    if certificate.key != key_id(key):
        raise NoCertificate("other_key", theirs=certificate.key, ours=key_id(key))
    try:
        key.verify(signature, _digest(certificate))
    except InvalidSignature:
        raise NoCertificate("changed") from None
    return certificate


def _read(text: str) -> tuple[bytes, Certificate]:
    if not text.startswith(PREFIX):
        raise NoCertificate("no_text")
    coded = text[len(PREFIX) :]
    try:
        held = base64.b32decode(coded + "=" * (-len(coded) % 8))
        fields = json.loads(held[_SIGNATURE:])
    except (binascii.Error, ValueError, RecursionError):
        raise NoCertificate("broken") from None
    kinds = [str, str, str, str, int, str, str]
    if not isinstance(fields, list) or [type(each) for each in fields] != kinds:
        raise NoCertificate("broken")
    certificate = Certificate(*fields)
    written = held[:_SIGNATURE] + canonical(fields)
    if PREFIX + base64.b32encode(written).decode().rstrip("=") != text:  # one spelling only
        raise NoCertificate("broken")
    return held[:_SIGNATURE], certificate


def _digest(certificate: Certificate) -> bytes:
    return hashlib.sha256(canonical([CERTIFICATE, *astuple(certificate)])).digest()


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate, its text, and what was done for it, as of the day of issue."""

    certificate: Certificate
    text: str
    at: float
    done: Progress


@dataclass(frozen=True, slots=True)
class Certificates:
    """Issues certificates: one a person, the same whenever it is asked for."""

    log: Log
    keys: Keys
    course: Callable[[], Course]
    """As it is taught now."""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, person: Person) -> Issued:
        """The person's certificate; the first time its issue is logged.

        Raises:
            Conflict: not all exercises are passed yet; it says which are missing.
        """
        async with self._one_at_a_time:
            event = await self._issued(person) or await self._issue(person)
        return await self._drawn(person, event)

    async def _issued(self, person: Person) -> Event | None:
        """The first issue that stands in the log."""
        for event in await self.log.events_of_kind([ISSUED], since=0):
            if event.payload is not None and event.payload["person"] == person.id:
                return event
        return None

    async def _issue(self, person: Person) -> Event:
        missing = (await progress(self.log, self.course(), person)).missing
        if missing:
            numbers = ", ".join(map(str, sorted(step.exercise.number for step in missing)))
            raise Conflict("certificate_early", count=len(missing), numbers=numbers)
        serial = secrets.token_hex(6).upper()
        return await self.log.append(SYSTEM, ISSUED, {"person": person.id, "serial": serial})

    async def _drawn(self, person: Person, event: Event) -> Issued:
        """From the log as it was at the issue: a later attempt does not change it."""
        done = await progress(self.log, self.course(), person, until=event.at)
        rooms = {room.id: room.name for room in await self.log.classes()}
        serial = (event.payload or {})["serial"]
        certificate = Certificate(
            course=self.course().id,
            name=unicodedata.normalize("NFC", person.name),
            class_name=unicodedata.normalize("NFC", rooms.get(person.class_id or "", "")),
            date=dt.datetime.fromtimestamp(event.at).astimezone().date().isoformat(),
            count=len(done.passed),
            serial=serial,
            key=key_id(self.keys.signing.public_key()),
        )
        return Issued(certificate, sign(certificate, self.keys.signing), event.at, done)
