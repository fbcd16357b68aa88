r"""What commands print. A value of a database or a file paints nothing, hides nothing, adds no row.

Names and notes may come from another lab's log or from an older one: a sign that a terminal obeys
(an escape sequence, a change of the direction of writing) is printed as ``\u001b`` instead.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import typer

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of signs that are not seen, but do something."""


def visible(value: object, keep: str = "") -> str:
    """``value`` with its control signs as JSON escapes: JSON stays the same JSON by this."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(
        _escape(sign) if sign not in keep and unicodedata.category(sign) in _OBEYED else sign
        for sign in text
    )


def tell(*cells: object, err: bool = False) -> None:
    """Print one line; cells with a tab between them. A tab or a line break inside is visible."""
    typer.echo("\t".join(map(visible, cells)), err=err)


def tell_text(text: str, *, err: bool = False) -> None:
    """Print a text that has lines of its own."""
    typer.echo(visible(text, keep="\n\t"), err=err)


def tell_refusal(words: Mapping[str, str]) -> None:
    """Print an error in its words, and what helps."""
    tell(words["message"], err=True)
    tell("  -> " + words["help"], err=True)


def _escape(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
