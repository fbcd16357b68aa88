"""Passwords, one-time codes, PINs, keys of interfaces, private keys, addresses with a password.

Keys with a form of their own are found by the form. A password has none: it is found by the word
before it, and only where what follows looks like one (``mật khẩu mạnh gồm``, ``mật khẩu là gì``
do not).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import View, Views, fold

_KEYS = re.compile(
    r"(?P<private>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
    r"(?:[\s\S]{0,8000}?-----END [A-Z ]{0,30}KEY-----)?)"
    r"|\b(?P<aws>(?:AKIA|ASIA)[0-9A-Z]{16})\b"
    r"|\b(?P<sk>(?:sk|pk|rk)[-_][A-Za-z0-9_\-]{16,200})"
    r"|\b(?P<github>(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w\-]{20,100}))"
    r"|\b(?P<google>AIza[0-9A-Za-z_\-]{30,60})"
    r"|\b(?P<slack>xox[abposr]-[A-Za-z0-9\-]{10,200})"
    r"|\b(?P<hf>hf_[A-Za-z0-9]{20,60})\b"
    r"|\b(?P<jwt>eyJ[\w\-]{10,2000}\.[\w\-]{10,4000}\.[\w\-]{5,1000})"
    r"|\b(?P<live>[a-z]{2,8}_(?:live|test|prod)_[A-Za-z0-9]{12,100})\b"
    r"|\b(?:mysql|mysqldump|mariadb)\b[^\n]{0,80}? -p(?P<mysql>[^\s,;]{4,64})"
    r"|\b[Bb]earer\s+(?P<bearer>[A-Za-z0-9_\-.=+/]{16,2000})"
    r"|\b[a-z][a-z0-9+.\-]{1,20}://[^\s:/@]{1,100}:(?P<url>[^\s@/]{1,100})@[\w.\-]+"
)
_LABEL = r"(?:mat ?khau|mat ?ma|password|passwd|passcode|passphrase|pass|pwd|pw|mk|matkhau)"
_LINK = (
    r"(?:[^\n:=.,;?!@]{0,40}?(?:[:=]|->|\b(?:la|is|nhu sau|dat la|thanh|doi lai|doi sang)\b)"
    r"[\s:=>]{0,4}"
    r"|[ \t]+(?:(?:moi|cu|wifi|email|admin|zalo|vneid|phan dau|nua dau|phan cuoi|nua sau|dau|gom"
    r"|he thong(?:[ \t]+[a-z]+){1,3}?|may(?:[ \t]+tinh)?|cua [a-z]+|quan|nha|phong|cong ty"
    r"|(?:dang nhap|vao|mo|phan mem|tai khoan|ung dung|app)(?:[ \t]+[a-z]+){0,4}?)[ \t]+)?)"
)
_PASSWORD = re.compile(rf"(?<![\w@]){_LABEL}{_LINK}[\"'“”`(\[]?(?P<value>[^\s\"'“”`)\]]{{4,64}})")
_ACCOUNT = re.compile(
    r"(?<!\w)(?:tai khoan|tk|user(?:name)?|login|dang nhap|account)[^\n:]{0,30}[:=]?[ \t]*"
    r"[\w.@\-]{3,40}[ \t]*(?:/|\|| - )[ \t]*(?P<value>[^\s/|,;]{6,64})"
)
_SECRET = re.compile(
    r"(?<!\w)(?:api[ _-]?key|apikey|access[ _-]?token|secret(?:[ _-]?key)?|client[ _-]?secret"
    r"|auth[ _-]?token|token|khoa (?:api|bi mat|truy cap)|ma (?:api|truy cap))"
    r"(?:[ \t]{1,3}(?:la|is|cua \w+))?[ \t]{0,3}[\"']?[ \t]{0,3}[:=]?[ \t]{0,3}[\"'`]?"
    r"(?P<value>[A-Za-z0-9_\-./+=]{12,300})"
)
_CODE = re.compile(
    r"(?<!\w)(?:(?:ma |so )?(?:otp|pin|puk|cvv|cvc|2fa)(?![a-z])"
    r"|ma (?:xac (?:thuc|minh|nhan)|kich hoat|bao mat|mo khoa|dang nhap|ket|khoa cua"
    r"|(?:mo |vao )(?:cua|cong|nha|kho))|mat ma|mat ?khau"
    r"|(?:otp|ma otp|pin (?:the|sim|usb|token|ket|may|dien thoai|atm|ngan hang|cua)"
    r"|ma (?:so )?pin)(?: [a-z]+){1,7}?)"
    r"(?:[^\n\d:=.,;?!]{0,40}?(?:[:=]|\b(?:la|is|ghi|nay)\b)|[^\n\d:=.,;?!]{0,12}?)"
    r"[ \t:]{0,4}[\"'“]?(?P<value>\d(?:[ .\-]?\d){2,7}[#*]?)(?![\d/.,]*\d)"
    r"(?!\s?(?:mah|wh|v|%|giay|phut|gio|ngay|ky tu|so|chu so|lan|dong|nam|k|w)\b)"
)
_AHEAD = re.compile(
    r"(?<![\d.,/-])(?P<value>\d{4,8}) (?:la|is) (?:ma |your )(?:otp|xac|pin|verification|kich hoat)"
)
_CODE_SAID = re.compile(
    r"otp|pin|puk|cvv|cvc|2fa|verif|kich hoat|your |mat ?(?:khau|ma)"
    r"|ma (?:xac|bao mat|mo|dang nhap|ket|khoa|vao)"
)
"""Without one of these there is no code: quick to look for."""
_KEY_BEGINS = re.compile(
    r"-----BEGIN|AKIA|ASIA|[spr]k[-_]|_(?:live|test|prod)_|mysql|mariadb|gh[pousr]_|github_pat|glpat-|AIza|xox|hf_|eyJ|earer|://"
)
_LABELLED = (
    ("password", ("khau", "pass", "pw", "mk", "mat ma"), _PASSWORD),
    ("account", ("khoan", "tk", "user", "login", "account", "dang nhap"), _ACCOUNT),
    ("secret", ("key", "token", "secret", "khoa ", "ma api", "ma truy"), _SECRET),
)
LONG = 8
"""Letters from which a plain word after ``mật khẩu là`` is taken for a password."""


class Credential(Recognizer):
    """Finds what opens an account."""

    name = "credential"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._talk = frozenset(map(fold, rule.words("talk")))

    def find(self, views: Views) -> Iterator[Hit]:
        """Values alone, without their labels."""
        seen: set[str] = set()
        for view in views.everything():
            if view.text in seen:
                continue
            seen.add(view.text)
            for start, end, pattern, score in self._spans(view):
                first, last = view.span(start, end)
                yield Hit(first, last, score, pattern, view=view.name)

    def _spans(self, view: View) -> Iterator[tuple[int, int, str, float]]:
        text, folded = view.text, view.folded
        if _KEY_BEGINS.search(text):
            yield from _keys(text)
        for name, words, pattern in _LABELLED:
            if any(word in folded for word in words):
                yield from self._labelled(text, folded, name, pattern)
        if _CODE_SAID.search(folded):
            for pattern in (_CODE, _AHEAD):
                for found in pattern.finditer(folded):
                    yield *found.span("value"), "code", 0.85

    def _labelled(
        self, text: str, folded: str, name: str, pattern: re.Pattern[str]
    ) -> Iterator[tuple[int, int, str, float]]:
        """Values after a label, where they look like a password or a key."""
        for found in pattern.finditer(folded):
            start, end = found.span("value")
            end = start + len(text[start:end].rstrip(".,;:!?)»…"))
            if folded[start:end] in self._talk:
                continue
            stated = name == "password" and _is_stated(folded[found.start() : start])
            if looks_secret(text[start:end], stated=stated):
                yield start, end, name, 0.9


def _keys(text: str) -> Iterator[tuple[int, int, str, float]]:
    """Keys that are known by their form."""
    for found in _KEYS.finditer(text):
        kind = found.lastgroup or ""
        start, end = found.span(kind)
        if kind != "sk" or any(char.isdigit() for char in text[start:end]):
            yield start, end, kind, 0.95


def _is_stated(label: str) -> bool:
    """True where the label says that the value comes: ``mật khẩu là``, ``pass:``."""
    return (
        re.search(r"(?:[:=>]|\b(?:la|is|thanh|doi lai|doi sang))[\s\"'“`(\[]*$", label) is not None
    )


def looks_secret(value: str, *, stated: bool) -> bool:
    """Whether a word looks like a password or key, not like a word of a sentence."""
    if len(value) < 4 or value.startswith(("[", "<", "{", "(")):  # noqa: PLR2004
        return False
    if set(value) <= set("*._-xX…"):
        return False
    digits = any(char.isdigit() for char in value)
    letters = any(char.isalpha() for char in value)
    signs = any(char in "@#$%^&*!_+=~" for char in value[:-1])
    mixed = any(char.isupper() for char in value[1:]) and any(char.islower() for char in value)
    if not letters and sum(char.isdigit() for char in value) < 4:  # noqa: PLR2004
        return False
    if digits and (letters or signs or stated):
        return True
    long = value.isascii() and len(value) >= LONG
    return (signs and letters) or (stated and (mixed or long))


RECOGNIZER = Credential
