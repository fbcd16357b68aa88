"""Every sentence that a user reads: ``words/vi/*.yaml`` and ``words/en/*.yaml``.

A file holds one area (``practice.yaml`` holds the keys ``practice.…``). Keys are dotted paths, a
sentence may have ``{gaps}``. ``tests/unit/test_words.py`` finds keys that are missing in one
language, unused in the code, or asked for and not there.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from lab.errors import LabError
from lab.model import Language

HERE = Path(__file__).parent
FIRST: Language = "vi"
"""Whole; what another language does not say yet is said in this one."""
FOLDERS = [HERE, *map(Path, filter(None, os.environ.get("LAB_WORDS", "").split(os.pathsep)))]
"""Where languages are: each a folder of files, named by its code."""
_CODE = re.compile(r"[a-z]{2,3}")


@cache
def languages() -> tuple[Language, ...]:
    """Vietnamese, English, then the others by their codes."""
    found = {
        path.parent.name
        for folder in FOLDERS
        for path in folder.glob("*/page.yaml")
        if _CODE.fullmatch(path.parent.name)
    }
    return (FIRST, "en", *sorted(found - {FIRST, "en"}))


def language_or(chosen: object, default: Language) -> Language:
    """What somebody chose, where it is a language that there is."""
    return chosen if isinstance(chosen, str) and chosen in languages() else default


def _flatten(prefix: str, node: Any, into: dict[str, str]) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            _flatten(f"{prefix}.{key}", value, into)
    else:
        into[prefix] = str(node).strip()


@cache
def area(name: str, language: Language) -> dict[str, str]:
    """All sentences of one area, by full key. Raises ``FileNotFoundError`` for an unknown area."""
    if language not in (FIRST, "en"):
        return area(name, FIRST) | _read(name, language)
    return _read(name, language)


def _read(name: str, language: Language) -> dict[str, str]:
    paths = [folder / language / f"{name}.yaml" for folder in FOLDERS]
    path = next(filter(Path.exists, paths), None)
    if path is None and language not in (FIRST, "en"):
        return {}
    tree = YAML(typ="safe").load((path or paths[0]).read_text("utf-8"))
    sentences: dict[str, str] = {}
    _flatten(name, tree or {}, sentences)
    return sentences


def say(key: str, language: Language = "vi", **values: object) -> str:
    """The sentence of ``key`` with its gaps filled. Raises ``KeyError`` for an unknown key."""
    return area(key.split(".", 1)[0], language)[key].format(**values)


def number(value: float, language: Language = "vi", digits: int = 0) -> str:
    """A number as people write it: ``3.032`` and ``12,5`` in Vietnamese, ``3,032`` in English."""
    text = f"{value:,.{digits}f}"
    comma = say("page.decimal", language) == ","
    return text.translate(str.maketrans(",.", ".,")) if comma else text


class _Gaps(dict[str, object]):
    """Values of gaps; one that nobody filled shows as an ellipsis, since errors must be sayable."""

    def __missing__(self, key: str) -> str:
        return "…"


def explain(error: LabError, language: Language = "vi") -> dict[str, str]:
    """The one shape of every error that a user sees: ``code``, ``message``, ``help``."""
    code = error.code
    known = area("error", language)
    if f"error.{code}.message" not in known:
        code = "internal"
    gaps = _Gaps(error.values)
    return {
        "code": error.code,
        "message": known[f"error.{code}.message"].format_map(gaps),
        "help": known[f"error.{code}.help"].format_map(gaps),
    }
