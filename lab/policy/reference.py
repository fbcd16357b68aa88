"""The reference of a decision, which people read out to each other."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRTUVWXYZ"
"""Nothing that looks like something else."""
LENGTH = 8


def reference() -> str:
    """A new reference, such as ``TT-7K2M-9Q4F``."""
    number = secrets.randbelow(len(ALPHABET) ** LENGTH)
    letters = ""
    for _ in range(LENGTH):
        number, nth = divmod(number, len(ALPHABET))
        letters += ALPHABET[nth]
    return f"TT-{letters[:4]}-{letters[4:]}"
