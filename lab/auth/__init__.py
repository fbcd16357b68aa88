"""Signing in: people with passwords, trainees with a class code, and what a request may do."""

from lab.auth.first import Accounts, first_accounts
from lab.auth.http import (
    SIGNIN_COOKIE,
    clear_cookies,
    current_person,
    language_of,
    place_of,
    role_gate,
    same_origin,
    set_cookies,
    signed_in,
    token_fits,
    vault_secret,
)
from lab.auth.service import Auth, Joined
from lab.auth.words import clean_name, hash_password

__all__ = [
    "SIGNIN_COOKIE",
    "Accounts",
    "Auth",
    "Joined",
    "clean_name",
    "clear_cookies",
    "current_person",
    "first_accounts",
    "hash_password",
    "language_of",
    "place_of",
    "role_gate",
    "same_origin",
    "set_cookies",
    "signed_in",
    "token_fits",
    "vault_secret",
]
