"""The check of the model's words as they stream, then placeholders are restored.

Whatever the boundaries of the chunks, the same text comes out: every decision depends on whole
*elements* of the text only (a word with the space after it, a placeholder of the vault), never on
how they arrived. Plain lower-case words are handed on at once. A word that could begin personal
data or a mark (capitals, digits, ``@``, ``mật``) opens a *hold*, which the next plain word, the end
of a sentence or a line closes; what was held is then read by the recognizers together with the
words before it. So a reply costs a few short readings, and nobody waits for more than a phrase.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from lab.errors import PolicyError
from lab.model import Action, Finding
from lab.policy.deadline import Overrun, limit
from lab.policy.vault import Vault

if TYPE_CHECKING:
    from lab.policy.clear import Policy
    from lab.policy.detect import Sign

BEFORE = 100
"""Characters before what is held that the recognizers read along."""
LONGEST = 300
"""Characters that are held at most."""
LONGEST_WORD = 200
"""A run without any space is cut here."""
READING_SECONDS = 1.0

_WORD = re.compile(r"\[?[^\s\[]*")
_EDGES = ".,;:!?…\"'“”‘’()[]{}<>*_#~`|/–—-"
_STOP = re.compile(r"[.!?;…][\"'”’)*_]*\s$")
_LISTED = re.compile(r"\d{1,2}[.)]\s?")
_STARTERS = ".!?:…\n*#-–•>|"
_HOLDS = frozenset({"mật", "mat", "mât", "secret", "confidential"})
_DIGITS = frozenset(
    ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "bẩy", "tám", "chín", "linh", "lẻ")
)
_KEEPS = _DIGITS | frozenset(
    (
        *("số", "ngày", "tháng", "đường", "phố", "ngõ", "ngách", "hẻm", "thôn", "xóm", "khối"),
        *("bản", "tổ", "phường", "xã", "huyện", "quận", "tỉnh", "thị", "trấn", "thành"),
        *("chấm", "còng", "a", "nội", "bộ"),
    )
)
"""Words that go on with what is held: parts of dates, addresses and spelled-out mail."""
_OPENERS = frozenset(
    (
        *("kính", "dưới", "để", "đây", "đó", "sau", "trong", "theo", "khi", "nếu", "các", "những"),
        *("tôi", "bạn", "chúng", "vâng", "dạ", "chào", "cảm", "xin", "rất", "tuy", "vì", "do"),
        *("với", "cần", "nên", "hãy", "ngoài", "trên", "trước", "đối", "về", "mỗi"),
        *("cụ", "tóm", "như", "việc", "và", "hoặc", "sẽ", "đã", "có"),
    )
)
"""First words of sentences that begin no value of any kind: they need not wait for the next."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some more of a reply: ``shown`` has the trainee's values back, ``logged`` never has."""

    shown: str
    logged: str


class _Kind(Enum):
    """What an element of a reply may be part of."""

    PLAIN = auto()
    NEUTRAL = auto()
    OPENING = auto()
    """A capital that only begins a sentence, until the next word says otherwise."""
    RISKY = auto()
    TOKEN = auto()


def _plain_pair(word: str) -> bool:
    """Whether it is plain words with a stroke between them, such as ``anh/chị``."""
    parts = word.split("/")
    plain = all(part.isalpha() and part.islower() for part in parts)
    return plain and _HOLDS.isdisjoint(parts) and _DIGITS.isdisjoint(parts)


class ReplyGuard:
    """Checks one reply. Where the check fails it raises ``PolicyError`` and shows nothing more."""

    def __init__(self, policy: Policy, vault: Vault) -> None:
        """The placeholders that are restored are those that ``vault`` holds now."""
        self._policy = policy
        self._vault = vault
        self._tokens = vault.tokens
        self._pending = ""
        self._held: list[str] = []
        self._length = 0
        self._kind = _Kind.PLAIN
        self._said = ""
        self._last_word = ""
        self._offset = 0
        self._findings: list[Finding] = []
        self._broken = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Personal data and marks of the model's own making, offsets in the reply as it came."""
        return tuple(self._findings)

    def feed(self, delta: str) -> Piece:
        """Some more characters of the model; what of the reply can be shown now."""
        self._pending += delta
        return self._run(last=False)

    def finish(self) -> Piece:
        """The rest. A second call gives nothing."""
        return self._run(last=True)

    def _run(self, *, last: bool) -> Piece:
        if self._broken:
            raise PolicyError("policy_reply")
        try:
            pieces = self._pieces(last=last)
        except (Overrun, Exception):  # noqa: BLE001 - fail closed, whatever it was
            self._broken = True
            raise PolicyError("policy_reply") from None
        return Piece("".join(p.shown for p in pieces), "".join(p.logged for p in pieces))

    def _pieces(self, *, last: bool) -> list[Piece]:
        out: list[Piece] = []
        text, at = self._pending, 0
        while at < len(text):
            element, is_token = self._element(text, at, last=last)
            if not element:
                break
            at += len(element)
            out += self._take(element, is_token=is_token)
        self._pending = text[at:]
        if last:
            out += self._release(read=self._kind is not _Kind.PLAIN)
        return out

    def _element(self, text: str, at: int, *, last: bool) -> tuple[str, bool]:
        """The next whole element, and whether it is a placeholder; empty where more must come."""
        if text[at].isspace():
            return text[at], False
        if text[at] == "[":
            rest = text[at : at + 60]
            for token in self._tokens:
                if rest.startswith(token):
                    return token, True
            if not last and any(token.startswith(rest) for token in self._tokens):
                return "", False
        found = _WORD.match(text, at, at + LONGEST_WORD)
        end = found.end() if found else at + 1
        if end - at >= LONGEST_WORD:
            return text[at:end], False
        if end == len(text):
            return (text[at:end], False) if last else ("", False)
        return text[at : end + (text[end] != "[")], False

    def _take(self, element: str, *, is_token: bool) -> list[Piece]:
        """One more element: hold it, or let go what was held."""
        kind = _Kind.TOKEN if is_token else self._kind_of(element)
        if kind is not _Kind.NEUTRAL:
            self._last_word = element.strip().strip(_EDGES).lower()
        self._held.append(element)
        self._length += len(element)
        before = self._kind
        if kind is _Kind.RISKY:
            self._kind = _Kind.RISKY
        elif kind is _Kind.OPENING and before is _Kind.PLAIN:
            self._kind = _Kind.OPENING
        if self._length >= LONGEST or self._closes(kind, element):
            return self._release(read=self._kind is _Kind.RISKY)
        return []

    def _closes(self, kind: _Kind, element: str) -> bool:
        """Whether what is held is complete with this element."""
        if self._kind is _Kind.PLAIN or kind is _Kind.TOKEN or element.endswith("\n"):
            return True
        if kind is _Kind.PLAIN:
            return self._kind is _Kind.OPENING or self._last_word not in _KEEPS
        word = self._last_word
        return _STOP.search(element) is not None and len(word) > 2 and word.isalpha()  # noqa: PLR2004

    def _kind_of(self, element: str) -> _Kind:
        word = element.strip()
        core = word.strip(_EDGES)
        if not core:
            return _Kind.NEUTRAL
        if core.isalpha():
            if core.islower():
                spelled = core in _DIGITS and self._last_word in _DIGITS
                return _Kind.RISKY if core in _HOLDS or spelled else _Kind.PLAIN
            said = "".join((self._said, *self._held)).rstrip(" \t\"'“‘(")
            if core[0].isupper() and core[1:].islower() and (not said or said[-1] in _STARTERS):
                return _Kind.PLAIN if core.lower() in _OPENERS else _Kind.OPENING
        elif _LISTED.fullmatch(element) and "".join((self._said, *self._held))[-1:] in ("", "\n"):
            return _Kind.NEUTRAL
        elif _plain_pair(core):
            return _Kind.PLAIN
        return _Kind.RISKY

    def _release(self, *, read: bool) -> list[Piece]:
        """Let go what is held, read by the recognizers first where it must be."""
        held = "".join(self._held)
        if not held:
            return []
        signs: list[Sign] = []
        if read:
            with limit(READING_SECONDS):
                signs = self._policy.signs(self._said + held)
        logged: list[str] = []
        done, shift = 0, len(self._said)
        for sign in signs:
            start, end = max(sign.start - shift, 0), sign.end - shift
            if end <= 0:
                continue
            finding = self._finding(sign, start, end, held)
            if finding.placeholder:
                logged += (held[done:start], finding.placeholder)
                done = end
            self._findings.append(finding)
        logged.append(held[done:])
        self._offset += len(held)
        self._said = (self._said + held)[-BEFORE:]
        self._held, self._length, self._kind = [], 0, _Kind.PLAIN
        text = "".join(logged)
        return [Piece(self._vault.restore(text), text)]

    def _finding(self, sign: Sign, start: int, end: int, held: str) -> Finding:
        """A finding in the reply, with what stands in its place where it is masked."""
        rule = self._policy.rule(sign.rule)
        token = None
        if rule.action in (Action.MASK, Action.BLOCK):
            token = self._vault.placeholder_of_model(
                rule.entity, held[start:end], label=rule.placeholder
            )
        return Finding(
            entity=rule.entity,
            rule=rule.id,
            tier=rule.tier,
            action=rule.action,
            start=self._offset + start,
            end=self._offset + end,
            score=sign.score,
            pattern=sign.pattern,
            context=sign.context,
            view=sign.view,
            placeholder=token,
        )
