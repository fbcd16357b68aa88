"""E-mail addresses, also as people write them to get past a filter.

Format: the addr-spec of RFC 5322 as it is used (dot-atom local part, domain names). The at sign may
be ``[at]``, ``(at)``, ``a còng`` or ``a móc``, the dot ``chấm``, ``[dot]`` or ``(chấm)``, with
spaces around: then the last label must be a known top-level domain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._numbers import CERTAIN, LIKELY, Labels
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import View, Views

_AT = re.compile(
    r"[ ]{0,2}(?:@|[\[({<][ ]?(?:at|a|@|a còng|a cong|a-còng|acong|a móc)[ ]?[\])}>])[ ]{0,2}"
    r"|[ ]{1,2}(?:a còng|a cong|a-còng|a móc|a moc|acòng|acong|vòng a|at)[ ]{1,2}"
    r"|[-_]at[-_]",
    re.IGNORECASE,
)
_DOT = r"(?:[ ]?[.·][ ]?|[ ]?[\[({][ ]?(?:\.|dot|chấm|cham)[ ]?[\])}][ ]?|[ ](?:chấm|cham|dot)[ ])"
_TIGHT = re.compile(
    r"@([A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63}){0,5}\.[A-Za-z]{2,24})"
)
_LOOSE = re.compile(
    rf"(?!(?:the|a|this|our|my)\b)[A-Za-z0-9][A-Za-z0-9-]{{0,62}}(?:{_DOT}[A-Za-z0-9-]{{1,63}}){{0,4}}{_DOT}"
    r"(?:com|net|org|info|vn|gov|edu|example|test|invalid|biz|io|me|asia|name|mil)(?![\w-])"
    rf"(?:{_DOT}vn(?![\w-]))?",
    re.IGNORECASE,
)
_LOCAL = re.compile(
    rf"(?<![\w.+-])[A-Za-z0-9_](?:[\w.+%-]|(?<=[A-Za-z0-9_]){_DOT}(?=[A-Za-z0-9_])){{0,63}}$",
    re.ASCII | re.IGNORECASE,
)
_LONGEST_LOCAL = 80


class EmailRecognizer(Recognizer):
    """An address around each at sign."""

    name = "email"  # type: ignore[misc,unused-ignore]

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._roles = frozenset(rule.words("roles"))
        self._labels = Labels(rule.context, ())

    def find(self, views: Views) -> Iterator[Hit]:
        """Addresses in every reading."""
        for view in views.everything():
            for sign in _AT.finditer(view.text):
                if hit := self._around(view, sign):
                    yield hit

    def _around(self, view: View, sign: re.Match[str]) -> Hit | None:
        text = view.text
        tight = _TIGHT.match(text, sign.start()) if sign[0] == "@" else None
        domain = tight or _LOOSE.match(text, sign.end())
        if domain is None:
            return None
        floor = max(0, sign.start() - _LONGEST_LOCAL)
        local = _LOCAL.search(text[floor : sign.start()])
        if local is None:
            return None
        if local[0].lower() in self._roles:
            return None
        start = floor + local.start()
        span = view.span(start, domain.end())
        label = self._labels.of(view, start, domain.end()).own
        score, pattern = (CERTAIN, "address") if tight else (LIKELY, "spelled_address")
        return Hit(*span, score, pattern, label, view.name)


RECOGNIZER = EmailRecognizer
