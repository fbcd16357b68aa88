"""Recognizers, one a file. A rule names the module; there is no list of them to keep up to date."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from lab.errors import PolicyError

if TYPE_CHECKING:
    from lab.policy.recognizers.base import Recognizer


@cache
def names() -> tuple[str, ...]:
    """Every recognizer that a rule may name, in order. Imports none of them."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in modules if name != "base" and not name.startswith("_")))


def recognizer(name: str) -> type[Recognizer]:
    """The class in the module of that name.

    Raises:
        PolicyError: there is no such module, or it exports no ``RECOGNIZER``.

    """
    if name not in names():
        raise PolicyError("policy_recognizer", name=name)
    found = getattr(import_module(f"{__name__}.{name}"), "RECOGNIZER", None)
    if not isinstance(found, type):
        raise PolicyError("policy_recognizer", name=name)
    return found
