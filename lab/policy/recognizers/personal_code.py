"""Codes that an office gives to one person: dossier, personnel, pupil, patient, land certificate.

Format: each office's own, such as 000.00.00.H41-250701-0001 on the public service portal (Thông tư
01/2023/TT-VPCP) or AB 123456 on a land certificate; no check digit. So only what stands right
behind one of the rule's labels counts, and it must hold digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._numbers import CERTAIN
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views, fold

_LINK = (
    r"(?:\s+(?:một cửa|dịch vụ công|trực tuyến|điện lực|điện|nước|internet|vào sổ|phát hành|cấp"
    r"|cũ|mới|gốc|seri|serial|mot cua|dien luc|dien|nuoc|vao so|phat hanh))*"
    r"(?:\s*(?:của|cua)(?:\s+[^\s:,;\d]+){1,6})?(?:\s+(?:số|so|là|la))?"
    r"\s*[:=\-]?\s*(?:số|so)?\s*"
)
_CODE = (
    r"(?P<code>(?=[A-Z\d]{4,14}\d{3,6}(?!\w))[A-Z\d]{15,17}"
    r"|(?:[A-ZĐ]{1,4}[ .\-]?)?(?=[^\W\d]{0,8}[./\-]?\d[\w./\-]?\d[\w./\-]{0,2}\d)"
    r"\w[\w./\-]{2,39}(?<![./\-]))(?!\w)"
)
_SHORTEST = 5
"""Fewer digits, with nothing else, are a count."""
_DOCUMENT = re.compile(
    r"\d{1,5}[/\-](?:\d{4}/)?[A-ZĐ]{2}[^\d]*|(?:\d{1,2}[/.\-]){1,2}(?:19|20)\d\d"
)


class PersonalCodeRecognizer(Recognizer):
    """The token right behind a label."""

    name = "personal_code"  # type: ignore[misc,unused-ignore]

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        words = sorted({fold(word) for word in rule.context}, key=len, reverse=True)
        labels = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
        self._label = re.compile(rf"(?<!\w)(?:{labels})(?!\w)")
        self._code = re.compile(_LINK + _CODE)

    def find(self, views: Views) -> Iterator[Hit]:
        """Labelled codes in every reading."""
        for view in views.everything():
            for label in self._label.finditer(view.folded):
                found = self._code.match(view.text, label.end())
                if found is None or _DOCUMENT.fullmatch(found["code"]) or _is_count(found["code"]):
                    continue
                span = view.span(*found.span("code"))
                yield Hit(*span, CERTAIN, "code", " ".join(label[0].split()), view.name)


def _is_count(code: str) -> bool:
    """Whether it is more likely how many than which one."""
    return code.isdigit() and len(code) < _SHORTEST


RECOGNIZER = PersonalCodeRecognizer
