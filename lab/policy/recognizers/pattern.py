"""Officers' own rules: words, or forms such as ``DA-####/NB``, written in the rule itself.

Officers write no regular expressions: those can take exponential time, and Python's engine cannot
be stopped cheaply. A form becomes an expression without any nested or overlapping repetition, so
every pattern here runs in time linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Pattern, Rule
from lab.policy.text import Views, fold

_SIGNS = {"#": r"\d", "@": r"[^\W\d_]"}


class OwnPattern(Recognizer):
    """Finds what the patterns of its rule say."""

    name = "pattern"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._patterns = [(each, _compiled(each)) for each in rule.patterns]

    def find(self, views: Views) -> Iterator[Hit]:
        """Every pattern in every view; the context words of the rule raise the score."""
        for view in views.everything():
            for pattern, compiled in self._patterns:
                text = view.text if pattern.exact else view.folded
                for found in compiled.finditer(text):
                    start, end = view.span(*found.span())
                    cue = self.cue(view, *found.span())
                    score = min(1.0, pattern.score + 0.15) if cue else pattern.score
                    yield Hit(start, end, score, pattern.name, cue, view.name)


def _compiled(pattern: Pattern) -> re.Pattern[str]:
    """The expression of a pattern: literal characters, one class a sign, runs of spaces."""
    forms = pattern.words or (pattern.form.strip(),)
    forms = tuple(unicodedata.normalize("NFC", form) for form in forms)
    if not pattern.exact:
        forms = tuple(map(fold, forms))
    signs = _SIGNS if pattern.form else {}
    each = [_expression(form, signs) for form in sorted(forms, key=len, reverse=True)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)")


def _expression(form: str, signs: dict[str, str]) -> str:
    pieces = ("".join(signs.get(char) or re.escape(char) for char in word) for word in form.split())
    return r"\s{1,8}".join(pieces)


RECOGNIZER = OwnPattern
