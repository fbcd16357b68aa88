"""The words that people sign in with: names, passwords, class codes, resume codes."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lab.errors import BadRequest
from lab.keys import Keys

NAME_CHARS = 80
CODE_CHARS = (3, 40)
PASSWORD_CHARS = (8, 256)
RESUME_DIGITS = 6
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters of made passwords and codes: none that look alike when read aloud or printed."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id with OWASP's parameters for small servers: about 30 ms and 19 MiB a password."""
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="password")
"""Passwords checked at once: no burst of sign-ins may take all processors or much memory."""


def readable(text: str) -> str:
    """A text that UTF-8 can hold: JSON may carry lone surrogates, which no hash or row takes."""
    return text.encode("utf-8", "replace").decode()


def clean_name(name: str) -> str:
    """A name in NFC with single spaces. Raises ``BadRequest`` for an empty or unreadable one."""
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if any(unicodedata.category(sign)[0] == "C" for sign in clean):
        raise BadRequest("bad_name")
    if not 1 <= len(clean) <= NAME_CHARS:
        raise BadRequest("bad_name")
    return clean


def clean_class_code(code: str) -> str:
    """A class code as it is kept. Raises ``BadRequest`` for one that people cannot pass on."""
    clean = unicodedata.normalize("NFC", code).strip().upper()
    if not CODE_CHARS[0] <= len(clean) <= CODE_CHARS[1] or not clean.isprintable():
        raise BadRequest("bad_code")
    return clean


async def hash_password(password: str) -> str:
    """The argon2 hash. Raises ``BadRequest`` for a password that is too short or too long."""
    least, most = PASSWORD_CHARS
    clean = _typed(password)
    if not least <= len(clean) <= most:
        raise BadRequest("bad_password", least=least, most=most)
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, clean)


async def password_fits(hashed: str | None, password: str) -> bool:
    """Whether this is the password. Takes as long where there is no such account."""
    clean = _typed(password)
    if len(clean) > PASSWORD_CHARS[1]:
        clean = ""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _fits, hashed, clean)


def _fits(hashed: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(hashed or _nobody(), password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that no password of a person fits."""
    return _HASHER.hash(secrets.token_hex(16))


def _typed(password: str) -> str:
    """The same password whatever keyboard or input method it was typed with."""
    return unicodedata.normalize("NFKC", readable(password))


def made_password() -> str:
    """A random password that can be copied by hand: four groups of four, 79 bits."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def made_class_code() -> str:
    """A random class code."""
    return "".join(secrets.choice(LETTERS) for _ in range(RESUME_DIGITS)).upper()


def made_resume_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**RESUME_DIGITS):0{RESUME_DIGITS}d}"


def hash_resume_code(keys: Keys, code: str) -> str:
    """Salt and keyed hash: of no use to somebody who holds the data without the keys."""
    salt = secrets.token_hex(8)
    return f"{salt}${keys.hash('resume', salt + code)}"


def resume_code_fits(keys: Keys, hashed: str | None, code: str) -> bool:
    """Whether this is the code, however it was spaced or typed."""
    salt, _, due = (hashed or "").partition("$")
    digits = "".join(unicodedata.normalize("NFKC", readable(code)).split())
    hashes = keys.hashes("resume", salt + digits)
    return any(hmac.compare_digest(each, due) for each in hashes)
