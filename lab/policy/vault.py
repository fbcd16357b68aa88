"""The placeholders of one session: a one-to-one map between what stands in a text and its value.

A vault knows nothing of rules. It is kept sealed (AES-GCM); what must never be restored (passwords,
one-time codes, keys, card numbers) is not in it: of such values only a keyed hash lives in memory,
so that the same value gets the same placeholder while the process lives.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lab.errors import PolicyError

TOKEN = re.compile(r"\[([^\[\]\d\n]{1,40}) (\d{1,4})\]")
"""A placeholder with its label and number, whoever wrote it."""
_NUMBER = re.compile(r"[\s.\-_/()+]*(?:\d[\s.\-_/()]*){4,}")
_ABOUT: Final = b"thao-truong vault 1"
_NONCE = 12


def digits_of(value: str) -> str:
    """The digits of a value that is nothing but a number with separators; else empty."""
    plain = unicodedata.normalize("NFKC", value)
    if not _NUMBER.fullmatch(plain):
        return ""
    return "".join(str(unicodedata.digit(char)) for char in plain if char.isdigit())


def canonical(value: str) -> str:
    """What two spellings of the same value share: digits of a number; else NFC, case and spaces."""
    digits = digits_of(value)
    if digits:
        return "0" + digits[2:] if value.lstrip().startswith("+84") else digits
    return _tones(" ".join(unicodedata.normalize("NFKC", value).casefold().split()))


def shape(value: str) -> str:
    """The form of a number, such as ``0ddd ddd ddd``; empty for all else."""
    if not digits_of(value):
        return ""
    rest = "".join("d" if char.isdigit() else char for char in value[1:])
    return (value[0] if value[0] in "0+" else "d" if value[0].isdigit() else value[0]) + rest


_TONES = {"òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ"}
_TONES |= {"òe": "oè", "óe": "oé", "ỏe": "oẻ", "õe": "oẽ", "ọe": "oẹ"}
_TONES |= {"ùy": "uỳ", "úy": "uý", "ủy": "uỷ", "ũy": "uỹ", "ụy": "uỵ"}
_OLD = re.compile("(?:" + "|".join(_TONES) + r")(?!\w)")


def _tones(text: str) -> str:
    """One place for the tone mark: ``Hòa`` and ``Hoà`` are the same name."""
    return _OLD.sub(lambda found: _TONES[found.group()], text)


class Vault:
    """One session's map. Made empty; grows while prompts are masked."""

    def __init__(self) -> None:
        self.changed = False
        """Whether there is something new to keep."""
        self._values: dict[str, str] = {}
        self._entities: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._unstored: dict[bytes, str] = {}
        self._last: dict[str, int] = {}
        self._salt = os.urandom(16)

    def __repr__(self) -> str:
        return f"Vault({len(self._values)} values)"

    @property
    def tokens(self) -> frozenset[str]:
        """Every placeholder that can be restored."""
        return frozenset(self._values)

    def known(self) -> list[tuple[str, str, str]]:
        """(value, entity, placeholder) of all that is stored."""
        return [(value, self._entities[token], token) for token, value in self._values.items()]

    def placeholder(
        self, entity: str, value: str, *, label: str | None = None, restore: bool = True
    ) -> str:
        """What stands for a value: the same for the same value, however it is spelled.

        ``label`` is the words in the placeholder (the entity where it is missing). With ``restore``
        False the value is neither stored nor ever restored.
        """
        label = label or entity
        key = canonical(value)
        mark = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=self._salt).digest()
        known = self._tokens.get(key) or self._unstored.get(mark)
        if known is not None:
            if not restore:
                self._forget(key, mark)
            return known
        number = self._last.get(label, 0) + 1
        self._last[label] = number
        token = f"[{label} {number}]"
        if restore:
            self._tokens[key] = token
            self._values[token] = value
            self._entities[token] = entity
        else:
            self._unstored[mark] = token
        self.changed = True
        return token

    def placeholder_of_model(self, entity: str, value: str, *, label: str | None = None) -> str:
        """What stands for a value in the model's own words: the trainee's placeholder where it is
        the trainee's value, else a new one that is never restored.
        """
        known = self._tokens.get(canonical(value))
        return known or self.placeholder(entity, value, label=label, restore=False)

    def _forget(self, key: str, mark: bytes) -> None:
        """A value that was stored turned out to be one that must not be."""
        token = self._tokens.pop(key, None)
        if token is not None:
            del self._values[token], self._entities[token]
            self._unstored[mark] = token
            self.changed = True

    def note_seen(self, text: str) -> None:
        """Numbers that people or the model typed are not given to another value later."""
        if "[" not in text:
            return
        for label, number in TOKEN.findall(text):
            if int(number) > self._last.get(label, 0):
                self._last[label] = int(number)

    def restore(self, text: str) -> str:
        """The text with this vault's own placeholders replaced by their values."""
        if not self._values or "[" not in text:
            return text
        return TOKEN.sub(lambda found: self._values.get(found.group(), found.group()), text)

    def copy(self) -> Vault:
        """One that may grow without changing this one."""
        twin = Vault()
        twin.changed = self.changed
        twin._values = dict(self._values)
        twin._entities = dict(self._entities)
        twin._tokens = dict(self._tokens)
        twin._unstored = dict(self._unstored)
        twin._last = dict(self._last)
        twin._salt = self._salt
        return twin

    def become(self, other: Vault) -> None:
        """Take over everything that ``other`` (a grown copy of this one) holds."""
        self.changed = other.changed
        self._values, self._entities, self._tokens = other._values, other._entities, other._tokens
        self._unstored, self._last, self._salt = other._unstored, other._last, other._salt

    def seal(self, key: bytes) -> bytes:
        """Everything that may be stored, encrypted."""
        rows = [(token, self._entities[token], value) for token, value in self._values.items()]
        text = json.dumps({"rows": rows, "last": self._last}, ensure_ascii=True)
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(key).encrypt(nonce, text.encode(), _ABOUT)

    @classmethod
    def unseal(cls, sealed: bytes, key: bytes) -> Vault:
        """The vault that ``seal`` made.

        Raises:
            PolicyError: another key, or not what ``seal`` made.

        """
        try:
            text = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _ABOUT)
            kept: dict[str, Any] = json.loads(text)
            vault = cls()
            for token, entity, value in kept["rows"]:
                vault._values[token] = value
                vault._entities[token] = entity
                vault._tokens[canonical(value)] = token
            vault._last = {str(label): int(number) for label, number in kept["last"].items()}
        except (InvalidTag, ValueError, KeyError, TypeError):
            raise PolicyError("policy_vault") from None
        return vault
