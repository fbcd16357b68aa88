"""Numbers that were taken apart: separators, line breaks, digit words, letters for digits."""

from __future__ import annotations

import re

from lab.policy.text import Edit, View

_RUN = re.compile(r"\d+(?:[ .\-_\n]\d+)+")


def joined_numbers(view: View) -> View:
    """The view with the parts of each number put together."""
    edits: list[Edit] = []
    for match in _RUN.finditer(view.text):
        digits = re.sub(r"\D", "", match[0])
        if 9 <= len(digits) <= 19:
            edits.append((match.start(), match.end(), digits))
    return View.edited("numbers", view, edits)
