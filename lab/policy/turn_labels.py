"""A label in one turn and its value in a later one: "Mật khẩu là gì nhỉ", then the password.

A label that nothing answers in its own message stays open; values of its kind in later messages
are put behind it, and the recognizers judge the pair as if it had been typed at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lab.policy.text import fold

REACH = 4000
"""Characters of a message, from its end and from its beginning, that are read for this."""
MOST = 3
"""Values of one message at most."""
_LABEL = re.compile(
    r"(?<!\w)(?:(?P<password>mat khau|password|pass|mk)|(?P<code>(?:ma )?otp|ma pin)"
    r"|(?P<account>so tai khoan|stk|so tk)|(?P<login>ten dang nhap|tai khoan dang nhap|username))"
    r"(?!\w)"
)
_OPEN = re.compile(r"[^?.!\n]{0,40}[\s?.…:]*")
"""What follows a label that waits for its value: the rest of a short sentence, and nothing more."""
_TALK = re.compile(r"manh|an toan|the nao|bao nhieu|cach|quen|nen |tao |quy dinh|la gi\b(?! nhi)")
_TOKEN = re.compile(r"[^\s,;:\"“”'()]*\d[^\s,;:\"“”'()]*|[a-z]+[._][a-z]+", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w.,/-])\d(?:[ .]?\d){7,18}(?![\w/-]|[.,]\d)")
_SIGN = re.compile(r"[@#$%!&*+=^_](?!\w+\.\w)")
_ANNOUNCED = re.compile(r"(?:^|[:=]|\bla|\bday|\broi,?)\W*$")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class OpenLabel:
    """A label without its value."""

    kind: str
    start: int
    end: int
    waits: bool
    """True where its message ends with it: then a plain value counts, too."""


def open_label(text: str, taken: Iterable[tuple[int, int]]) -> OpenLabel | None:
    """The last label of a message, unless something was found behind it (``taken``)."""
    floor = max(0, len(text) - REACH)
    folded = fold(text[floor:])
    labels = [*_LABEL.finditer(folded)]
    if not labels or any(end > floor + labels[-1].end() for _, end in taken):
        return None
    last = labels[-1]
    waits = (
        _OPEN.fullmatch(folded, last.end()) is not None and _TALK.search(folded, last.end()) is None
    )
    return OpenLabel(last.lastgroup or "", floor + last.start(), floor + last.end(), waits)


def values_for(label: OpenLabel, text: str) -> Iterator[tuple[int, int]]:
    """Where values of the label's kind stand in a later message."""
    head = text[:REACH]
    form = _DIGITS if label.kind == "account" else _TOKEN
    count = 0
    for found in form.finditer(head):
        value = found[0].rstrip(".!?…")
        announced = label.waits and _ANNOUNCED.search(fold(head[: found.start()])[-20:]) is not None
        if count < MOST and _fits(label.kind, value, announced=announced):
            count += 1
            yield found.start(), found.start() + len(value)


def _fits(kind: str, value: str, *, announced: bool) -> bool:
    """Whether a word may be what the label asks for."""
    if not 4 <= len(value) <= _LONGEST or "/" in value:  # noqa: PLR2004
        return False
    letters, digits = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    if kind == "password" and letters and digits and _SIGN.search(value):
        return True
    if kind == "password":
        return announced and digits
    if kind == "code":
        return announced and value.isdigit()
    return announced and (kind == "account" or letters)
