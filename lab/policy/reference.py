"""The reference of a decision, which people read out to each other."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRTUVWXYZ"
"""Nothing that looks like something else."""


def reference() -> str:
    """A new reference, such as ``TT-7K2M-9Q4F``."""
    letters = [secrets.choice(ALPHABET) for _ in range(8)]
    return f"TT-{''.join(letters[:4])}-{''.join(letters[4:])}"
