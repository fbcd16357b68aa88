"""Words whose letters were set apart: ``T U Y Ệ T  M Ậ T``, ``t.u.y.ệ.t m.ậ.t``."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from lab.policy.view import Edit, View

_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:(?:[^\w\"()]|_){1,4}[^\W\d_](?![^\W_])){2,}")
_LETTER = re.compile(r"[^\W\d_]")
_SINGLES = re.compile(r"(?<!\S)\S([ \-])\S(?:\1\S){4,}(?!\S)")
_DIGIT = re.compile(r"\d")
_TWO_APART = re.compile(r"[\W_][^\W\d_][\W_]{1,4}[^\W\d_](?![^\W_])")
_FIVE_APART = re.compile(r"[ \-]\S[ \-]\S[ \-]\S[ \-]\S[ \-]")
"""What stands inside every run: quick to look for in a text that has none."""


def join_letters(view: View) -> View:
    """The view with letter-spaced words joined; the view itself where there is none.

    The separator that is used most stands between letters and goes; any other stands between
    words and becomes a space. Addresses and plates set apart character by character join, too.
    """
    if not (_TWO_APART.search(view.text) or _FIVE_APART.search(view.text)):
        return view
    edits: list[Edit] = []
    for run in _SINGLES.finditer(view.text):
        if "@" in run[0] or (_DIGIT.search(run[0]) and _LETTER.search(run[0])):
            edits.extend((at, at + 1, "") for at in range(run.start() + 1, run.end(), 2))
    mixed = {start for start, _, _ in edits}
    for run in _SPACED.finditer(view.text):
        places = [found.start() for found in _LETTER.finditer(view.text, *run.span())]
        gaps = [(left + 1, right) for left, right in pairwise(places)]
        if any(start in mixed for start, _ in gaps):
            continue
        counts = Counter(view.text[start:end] for start, end in gaps)
        usual = min(counts, key=lambda gap: (-counts[gap], len(gap)))
        edits.extend(
            (start, end, "" if view.text[start:end] == usual else " ") for start, end in gaps
        )
    return View.edited("joined", view, sorted(edits)) if edits else view
