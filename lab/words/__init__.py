"""Every sentence that a user reads: ``words/vi/*.yaml`` and ``words/en/*.yaml``.

A file holds one area (``practice.yaml`` holds the keys ``practice.…``). Keys are dotted paths, a
sentence may have ``{gaps}``. ``tests/unit/test_words.py`` finds keys that are missing in one
language, unused in the code, or asked for and not there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from lab.errors import LabError
from lab.model import Language

HERE = Path(__file__).parent
LANGUAGES: tuple[Language, ...] = ("vi", "en")


def _flatten(prefix: str, node: Any, into: dict[str, str]) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            _flatten(f"{prefix}.{key}", value, into)
    else:
        into[prefix] = str(node).strip()


@cache
def area(name: str, language: Language) -> dict[str, str]:
    """All sentences of one area, by full key. Raises ``FileNotFoundError`` for an unknown area."""
    tree = YAML(typ="safe").load((HERE / language / f"{name}.yaml").read_text("utf-8"))
    sentences: dict[str, str] = {}
    _flatten(name, tree or {}, sentences)
    return sentences


def say(key: str, language: Language = "vi", **values: object) -> str:
    """The sentence of ``key`` with its gaps filled. Raises ``KeyError`` for an unknown key."""
    return area(key.split(".", 1)[0], language)[key].format(**values)


def number(value: float, language: Language = "vi", digits: int = 0) -> str:
    """A number as people write it: ``3.032`` and ``12,5`` in Vietnamese, ``3,032`` in English."""
    text = f"{value:,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text


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
