"""Accounts of a person on networks: Facebook, Zalo, TikTok, Telegram and the like.

A profile's address with a number, an address or a handle near words that tie it to a person, or a
handle behind the name of a network. Source: Nghị định 356/2025/NĐ-CP, Điều 3 (digital accounts);
the addresses as the networks form them. Pages of offices pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._numbers import CERTAIN, LIKELY, Labels
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.syllables import is_bare_syllable
from lab.policy.text import View, Views

_NETWORKS = (
    "fb", "facebook", "zalo", "t.me", "tiktok", "telegram", "instagram", "skype", "viber",
    "twitter", "x.com", "threads", "youtube.com", "messenger", "wechat", "ig", "insta", "tele",
    "discord", "line id", "nick", "acc", "youtube",
)  # fmt: skip
_DOMAINS = (
    "facebook.com", "fb.com", "fb.me", "t.me", "tiktok.com/@", "instagram.com", "zalo.me",
    "twitter.com", "x.com", "threads.net/@", "youtube.com/@",
)  # fmt: skip
"""Without one of these there is no address: quick to look for."""
_PROFILE = re.compile(
    r"(?:https?://)?(?:www\.|m\.)?(?:facebook|fb)\.com/(?:profile\.php\?id=\d{6,}|\d{8,}|people/[^\s/]+/\d{6,})"
    r"|(?:https?://)?zalo\.me/\d{9,}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.|m\.)?(?:facebook\.com|fb\.com|fb\.me|t\.me|tiktok\.com/@|instagram\.com|"
    r"zalo\.me|twitter\.com|x\.com|threads\.net/@|youtube\.com/@)/?(?P<name>[\w.\-]{3,50})",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<!\w)(?:facebook|fb|face|zalo|tiktok|telegram|tele|instagram|insta|ig|skype|viber|twitter"
    r"|messenger|wechat|threads|discord|line|tiktoker|youtuber?|facebooker|nick|acc)"
    r"(?=[ :=@])"
    r"(?:[ ](?:id|cá nhân|nick|tên|là|acc|tài khoản|zalo|facebook|fb|tiktok"
    r"|của (?:em|e|anh|a|chị|c|tôi|mình|cháu|nó|bạn|bà|ông|cô|chú|bác|thầy)"
    r"(?: (?:ấy|ta|này|ý))?)){0,3}"
    r"[ ]?[:=]?[ ]{0,2}"
    r"(?P<handle>@[A-Za-z][\w.]{3,30}|(?=[A-Za-z.]*[\d_.])[A-Za-z][A-Za-z0-9_.]{4,30})(?<![.])(?!\w)",
    re.IGNORECASE | re.ASCII,
)
_LOGIN = re.compile(
    r"(?<![\w.])(?P<label>tai khoan|ten dang nhap|dang nhap(?: (?:bang|voi|qua))?|username|user"
    r"|login|uid|nick(?:name)?|acc|account|tk|nguoi dung)[\"']?"
    r"(?:[ ](?:quan tri|dang nhap|cua [a-z]{2,6}|admin|he thong|ca nhan|zalo|facebook|vneid|mail"
    r"|id))?"
    r"(?P<link>[ ]?[:=][ ]?|[ ](?:la|is|ten)[ ]|[ ]{1,2}|(?==))[\"'“`(]?"
    r"(?P<handle>@?[a-z][\w.\-]{2,38}\w(?:@[a-z][a-z0-9\-]{2,20})?)(?![\w@/([{]|[.\-]\w)"
)
_LOGIN_FAR = re.compile(
    r"(?<![\w.])(?P<label>tai khoan(?: dang nhap)?|ten dang nhap)(?:[ ][a-z]{2,12}){1,7}"
    r"(?P<link>[ ]?[:=][ ]?)[\"'“`(]?(?P<handle>[a-z][\w.\-]{2,38}\w)(?![\w@/([{]|[.\-]\w)"
)
"""``Tên đăng nhập hệ thống quản lý văn bản: ...``: only before a password."""
_PASSWORD_NEXT = re.compile(r"[\"'”`)]?[\s,;/|-]{1,3}(?:pass(?:word|w)?|mk|mat khau|pwd)(?!\w)")
"""A password next to it: whatever stands before is a login."""
_NAMED = re.compile(r"[a-z]{2,}[\w\-]*(?:[._]\w{2,}){1,3}|[a-z]{3,}\d{1,8}|@.+", re.ASCII)
"""The form of a login name: two parts with a dot or a line between, or letters with digits."""
_ADDRESS_END = re.compile(
    r"\.(?:vn|com|net|org|gov|edu|info|io|html?|php|py|js|docx?|xlsx?|pdf|jpg)$"
)
_CODE = re.compile(r"(?:self|this|request|req|os|env|config|settings|ctx|session|data|args|db)[._]")
_PLAIN = frozenset(
    (
        "string", "admin", "root", "guest", "users", "username", "email", "system", "password",
        "example", "anonymous", "default", "account", "login",
    )
)  # fmt: skip
_OFFICE = re.compile(
    r"ubnd|hdnd|tinh|huyen|xa[_.\-]|xa(?=[a-z]{5})|phuong|truong|thpt|thcs|official|news|page|group|tin|bao|congan"
    r"|conganh|uyban|dang|doan|hoi|so[_.\-]|trungtam|benhvien|vn$|gov|shop|store|tv|radio|posts|watch"
    r"|share|events|hashtag|search|login|help|about|joinchat",
    re.IGNORECASE,
)
"""Parts of a page's name: an office's, a shop's, or the network's own."""
_STATED = frozenset({"ten dang nhap", "username", "user", "login"})
_LEAST = 5


class OnlineAccountRecognizer(Recognizer):
    """Profiles, and handles that a text ties to a person."""

    name = "online_account"  # type: ignore[misc,unused-ignore]

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._labels = Labels(rule.context, rule.words("public"))

    def find(self, views: Views) -> Iterator[Hit]:
        """Accounts in every reading."""
        for view in views.everything():
            yield from self._logins(view)
            if not any(network in view.folded for network in _NETWORKS):
                continue
            addressed = any(domain in view.folded for domain in _DOMAINS)
            for found in _PROFILE.finditer(view.text) if addressed else ():
                yield self._hit(view, found.span(), "profile", CERTAIN)
            for found in _ADDRESS.finditer(view.text) if addressed else ():
                label = self._labels.of(view, found.start(), found.end())
                if label.own or (not label.other and _is_personal(found["name"])):
                    yield self._hit(view, found.span(), "address", LIKELY, label.own)
            for found in _HANDLE.finditer(view.text):
                label = self._labels.of(view, found.start(), found.end())
                if not label.other and ".com" not in found["handle"].lower():
                    yield self._hit(view, found.span("handle"), "handle", LIKELY, label.own)

    def _logins(self, view: View) -> Iterator[Hit]:
        """Names for a system behind the word for them."""
        near = [found for found in _LOGIN.finditer(view.folded) if _is_login(found)]
        for found in (*near, *_LOGIN_FAR.finditer(view.folded)):
            if found in near or _PASSWORD_NEXT.match(view.folded, found.end()):
                yield self._hit(view, found.span("handle"), "login", LIKELY, found["label"])

    @staticmethod
    def _hit(
        view: View, span: tuple[int, int], pattern: str, score: float, label: str | None = None
    ) -> Hit:
        return Hit(*view.span(*span), score, pattern, label, view.name)


def _is_personal(name: str) -> bool:
    """Whether the last part of an address reads as a person's: two parts, or a number in it."""
    name = name.strip(".-_/")
    return _NAMED.fullmatch(name.lower()) is not None and _OFFICE.search(name) is None


def _is_login(found: re.Match[str]) -> bool:
    """Whether what follows the label is a person's name for a system, not a word or a site."""
    handle = found["handle"]
    if _ADDRESS_END.search(handle) or _CODE.match(handle) or handle in _PLAIN:
        return False
    if _NAMED.fullmatch(handle) or (
        len(handle) >= _LEAST and _PASSWORD_NEXT.match(found.string, found.end())
    ):
        return True
    stated = found["label"] in _STATED and found["link"].strip() in {":", "=", "la", "is"}
    return stated and handle.isalpha() and len(handle) >= _LEAST and not is_bare_syllable(handle)


RECOGNIZER = OnlineAccountRecognizer
