"""What stands around a name: words that announce a person, a place, an office, a public figure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.policy.name_sets import PAIR
from lab.policy.name_words import Words
from lab.policy.names import CAPITALS, Syllables, key, phrase
from lab.policy.rules import Rule
from lab.policy.text import fold

BEFORE = 48
AFTER = 40
_UNITS = frozenset(("xã", "phường", "thôn", "bản", "xóm", "làng", "khối", "huyện", "tỉnh"))
"""Units whose names are two syllables: what follows them in three may be their head."""
_UNITS_AND_THINGS = _UNITS | frozenset(
    (
        *("nước", "phở", "bún", "sữa", "quán", "rượu", "trà sữa", "cà phê", "taxi", "nhà hàng"),
        *("xe khách", "nhà xe", "bảo hiểm", "khu vực", "giáo xứ", "giáo họ", "cửa hàng", "họ"),
        *("gara", "trang trại", "nhà thuốc", "khách sạn", "siêu thị", "bánh mì", "chuyên"),
    )
)
"""The same, and what people sell or where they pray: ``hộ bán phở Lê Văn Mẫu``."""
_LETTERS = frozenset(("a", "c", "e"))
"""``anh``, ``chị``, ``em`` in messages: in lower case, right before the name."""
_OWNERS = frozenset(("tôi", "tui", "mình", "toi", "minh"))
"""Last words of ``vợ tôi``; alone they announce nobody."""
_LEADS = frozenset(
    ("trưởng", "phó", "hiệu", "tổ", "già", "gia", "chủ", "truong", "pho", "hieu", "to")
)
"""Before the word of a place they make a person of it: ``già làng``; or a home: ``gia đình``."""
_BARE_HEADS = frozenset(("hieu", "to", "xom", "thon", "doi", "ban", "khoi", "bi", "pho"))
_SURE_KINDS = ("thpt", "thcs", "tnhh", "ptdtnt", "bv", "đh", "tp")
_FULL_MIDDLES = ("văn", "thị", "đức", "hữu")
_PLACE_WORDS = 4
"""Most words of a cue such as ``trường trung học cơ sở``."""
_SAME_LINE = re.compile(r"[ \t]{0,3}")
_ASCII_CUES = frozenset(
    [
        "duong",
        "phuong",
        "truong",
        "huyen",
        "tinh",
        "khu",
        "thi",
        "xa",
        "thanh",
        "benh",
        "vien",
        "cong",
        "ty",
        "chua",
        "den",
        "nui",
        "song",
        "truong",
        "hoc",
        "quang",
        "truong",
        "cau",
    ]
)


_ACCENTED = frozenset(("o", "ả", "mụ", "má", "lão", "mệ", "mự", "eng"))
"""Forms of address that only a text with accents shows: ``o Vinh`` is ``ở Vinh`` without."""
_ONLY_ACCENTED = _ACCENTED | {"chong", "lao", "ma", "me"}
_LEADS_TO = re.compile(r"\)?\s*[:=\-|.–/]{0,3}\s*[\"“”'*_>]{0,4}\s*")
"""What may stand between a cue and the name: a colon, a line break, quotes."""
_LISTED = re.compile(r"(?<!\w)[bd][.)]\s")
"""Between ``a.`` and ``c.``: they number what follows."""
_STOP = re.compile(r"\.\s")
_VOWEL = re.compile(r"\w[aeiouy]|[aeiouy]\w")
_FAR = 8
"""Characters of white space from which two words do not belong together."""
_IN_CUE = re.compile(r"\s{1,3}|\s?[/,]\s?")


_PRIVATE = re.compile(
    r"(?<!\w)(?:cccd|cmnd|can cuoc|sdt|so dien thoai|thuong tru|tam tru|tru tai|so tai khoan)(?!\w)"
)


_WORK = re.compile(
    r"(?<!\w)(?:[Bb]ài(?: thơ| hát)?|[Tt]ập thơ|[Cc]a khúc|[Tt]ác phẩm|[Tt]ruyện(?: ngắn)?"
    r"|[Tt]iểu thuyết|[Bb]ức tranh|[Vv]ở(?: kịch)?|[Bb]út ký|[Hh]ồi ký|[Tt]hi phẩm|[Tt]ùy bút) "
    rf"[\"“]?[{CAPITALS}][^.\n]{{1,32}} của \Z"
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that announces a person."""

    word: str
    """Without accents, as a finding reports it."""
    label: bool
    """The label of a form, or a self-introduction; else a form of address."""
    gap: str
    """What stands between the cue and the name: ``near`` (a space), ``mark`` (a colon, an edge
    of a table), ``line`` (a line break alone) or ``loose``.
    """


def _spoken(entry: str) -> str:
    """An entry of a list as its words alone: ``đ/c`` is ``đ c``."""
    return " ".join(re.findall(r"[^\W\d_]+", key(entry)))


def _gap(words: Words, last: int, first: int) -> str:
    """How a cue and a name stand to one another."""
    text = words.text[words.ends[last] : words.starts[first]]
    rest = text.strip(" \t\"“”'*_>")
    if not rest:
        return "near" if len(text) < _FAR else "loose"
    if rest == ".":
        return "near"  # a short form: a full stop that ends a sentence is no cue at all
    if any(mark in rest for mark in ":=|"):
        return "mark"
    return "line" if not rest.strip() else "loose"


def _any(words: tuple[str, ...] | frozenset[str]) -> str:
    ordered = sorted({fold(word) for word in words}, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ordered)


def _follow(words: str) -> re.Pattern[str]:
    """What goes with people, right behind a name: a word, a year of birth, a number."""
    return re.compile(
        rf"[\s\"”'*_|]*(?:[,;(\-–:.]\s*)?(?:là\s+|la\s+)?(?:{words})(?!\w)"
        r"|\s*[,(]\s*(?:sn\s*)?(?:19|20)\d\d\s*[),;]"
        r"|\s*[,|:(\-–]\s*(?:(?:\+84 ?|0)\d{3}|(?:\d[ .\-]?){9,12}(?!\d)"
        r"|\d{1,2}[/\-.]\d{1,2}[/\-.](?:19|20)\d\d(?!\d))"
    )


class Surroundings:
    """The cue words of the rule, compiled."""

    def __init__(self, rule: Rule, syllables: Syllables) -> None:
        self.syllables = syllables
        self.titles = frozenset(map(_spoken, rule.words("honorifics")))
        self.labels = frozenset(map(_spoken, rule.words("labels")))
        self.bare_labels = frozenset(map(fold, self.labels))
        self.longest = max(len(cue.split()) for cue in self.titles | self.labels)
        self.places = phrase(rule.words("place_cues"))
        self.bare_places = frozenset(
            folded
            for folded in map(fold, self.places)
            if folded.split()[-1] in _ASCII_CUES or len(folded.split()) > 1
        )
        self.bare_place_words = frozenset(map(fold, self.places))
        self.kinds = phrase(rule.words("school_kinds"))
        last = {cue.split()[-1] for cue in self.labels | self.titles}
        self.last_words = frozenset(last | set(map(fold, last - _ACCENTED)))
        self.leads = self.last_words - _LETTERS - _OWNERS
        self.place_ends = frozenset(word.split()[-1] for word in self.places | self.bare_places)
        self.bare_cues = frozenset(map(fold, self.labels | self.titles))
        offices = _any(rule.words("high_offices"))
        self.office = re.compile(
            rf"(?<!\w)(?:{offices})(?:\s+(?:bo|chinh phu|nuoc|quoc hoi|dang|viet nam|dong chi)"
            rf"(?:\s+[^\W\d_]+){{0,3}})?[\s,:]*\Z"
        )
        self.leading = re.compile(rf"(?<!\w)(?:{_any(rule.words('leader_cues'))})(?!\w)")
        follow = rule.words("follow")
        self.follow = _follow("|".join(sorted(map(re.escape, map(key, follow)), reverse=True)))
        self.verbs = re.compile(rf"\s(?:{_any(rule.words('follow_verbs'))})(?!\w)")
        self.bare_follow = _follow(_any(follow))

    def cue(self, words: Words, first: int) -> Cue | None:
        """The word that announces a person right before a word, longest first."""
        last = first - 1
        if last < 0 or not _LEADS_TO.fullmatch(words.between(last)):
            return None
        if self._ends_sentence(words, last):
            return None
        if words.between(last).startswith(")"):
            last = self._before_bracket(words, last)
        if last >= 1 and words.keys[last] in ("là", "la", "tên", "ten"):
            found = self._cue_ending(words, last, first)
            return found or self._cue_ending(words, last - 1, first)
        return self._cue_ending(words, last, first)

    @staticmethod
    def _ends_sentence(words: Words, last: int) -> bool:
        """True where a full stop stands behind a word (``Chào bạn. Lập lịch``), not behind a short
        form (``Bs. Lan``, ``Đ/c. Thử``).
        """
        stop = _STOP.match(words.between(last)) is not None
        return stop and _VOWEL.search(fold(words.keys[last])) is not None

    def _cue_ending(self, words: Words, last: int, first: int) -> Cue | None:
        """The longest cue whose last word is at an index."""
        keys = words.keys
        if last < 0 or keys[last] not in self.last_words:
            return None
        said, found = "", None
        for at in range(last, max(-1, last - self.longest), -1):
            if at < last and _IN_CUE.fullmatch(words.between(at)) is None:
                break
            said = f"{keys[at]} {said}" if said else keys[at]
            exact = said in self.labels or said in self.titles
            if at == last and said in _LETTERS and not self._is_short_address(words, at):
                continue
            if at == last and said in _ONLY_ACCENTED and words.is_bare(at, first):
                continue
            if not exact and not (said in self.bare_cues and words.is_bare(at, first)):
                continue
            if at == last and self._is_compound(words, at):
                continue
            label = said in (self.labels if exact else self.bare_labels)
            found = Cue(fold(said), label, _gap(words, last, first))
        return found

    def _is_short_address(self, words: Words, at: int) -> bool:
        """True for ``a``, ``c``, ``e`` in lower case with nothing but a space behind, or with a
        full stop inside a line (``a. Quyết - c. Mận``) that is no list of a, b, c.
        """
        if words.shapes[at] != "lower" or words.between(at) == " ":
            return words.shapes[at] == "lower"
        if words.between(at) != ". " or not at or "\n" in words.between(at - 1):
            return False
        here = words.starts[at]
        listed = _LISTED.search(words.lower, max(0, here - AFTER), here + AFTER)
        polite = words.is_bare(at, at + 1)  # ``ạ`` at the end of a sentence without accents
        if listed or polite or words.shapes[at + 1] == "lower":
            return False
        after = at + 2 < len(words.keys) and self._near(words, at + 1)
        return not (after and self.syllables.is_ordinary(*words.keys[at + 1 : at + 3]))

    def _is_compound(self, words: Words, at: int) -> bool:
        """True where a cue of one syllable is but the end of another word: ``công cụ``."""
        if not at or words.between(at - 1) != " ":
            return False
        return self.syllables.is_ordinary(words.keys[at - 1], words.keys[at])

    @staticmethod
    def _before_bracket(words: Words, last: int) -> int:
        """Index of the word before ``(…)``: ``Họ và tên (chữ in hoa):``."""
        for at in range(last - 1, max(-1, last - 7), -1):
            if "(" in words.between(at):
                return at
        return -1

    def continues(self, cue: str, word: str) -> bool:
        """True where a word belongs to the cue itself (``người lập biểu``)."""
        return f"{cue} {fold(word)}" in self.bare_cues

    def after(self, words: Words, last: int, folded: str) -> bool:
        """True where something follows that goes with people."""
        end = words.ends[last]
        if words.text.isascii():
            return self.bare_follow.match(folded, end, end + AFTER) is not None
        return self.follow.match(words.lower, end, end + AFTER) is not None

    def acts(self, words: Words, last: int) -> bool:
        """True where a verb follows that people do: ``đề nghị``, ``cho biết``."""
        end = words.ends[last]
        return self.verbs.match(fold(words.lower[end : end + 16])) is not None

    @staticmethod
    def privately(words: Words, last: int) -> bool:
        """True where a private person's data follow a name that a public figure has as well."""
        end = words.ends[last]
        return _PRIVATE.search(fold(words.lower[end : end + AFTER])) is not None

    def of_office(self, start: int, folded: str) -> bool:
        """True right after a high office of the State (``Thủ tướng``)."""
        return self.office.search(folded[max(0, start - BEFORE) : start]) is not None

    @staticmethod
    def of_work(start: int, text: str) -> bool:
        """True for whoever wrote what is named before: ``bài Quê hương của ...``."""
        return _WORK.search(text, max(0, start - BEFORE), start) is not None

    def of_place(self, words: Words, first: int, end: int) -> bool:
        """True right after a word such as ``đường``, ``trường THPT``, ``bệnh viện``."""
        at = first
        while at and words.keys[at - 1] in self.kinds and self._near(words, at - 1):
            at -= 1
        if at < first and words.keys[at] in _SURE_KINDS:
            return True
        full = end - first > PAIR and words.keys[first] in self.syllables.strong
        person = full and words.keys[first + 1] in _FULL_MIDDLES
        for size in range(1, _PLACE_WORDS + 1):
            if at < size or not self._near(words, at - size):
                return False
            if size == 1 and words.keys[at - 1] not in self.place_ends:
                return False
            said = words.join(at - size, at)
            if person and said in _UNITS_AND_THINGS:
                return False
            if self._is_place_cue(words, said):
                role = size == 1 and self._role(words, at - 1)
                return not (role or self._titled(words, at, size))
        return False

    def _titled(self, words: Words, at: int, size: int) -> bool:
        """True where a title of more than ``size`` words ends at ``at``: ``thủ quỹ`` is no fund,
        ``chủ tịch xã`` no commune.
        """
        for more in range(size + 1, self.longest + 1):
            if at < more or not self._near(words, at - more):
                return False
            said = words.join(at - more, at)
            if said in self.titles or (words.text.isascii() and said in self.bare_cues):
                return True
        return False

    def _is_place_cue(self, words: Words, said: str) -> bool:
        """True for a cue with its accents; without, for one that is no other word."""
        if said in self.places:
            return True
        if said not in self.bare_places:
            return False
        return words.text.isascii() or " " in said or said in _ASCII_CUES

    def _role(self, words: Words, at: int) -> bool:
        """True for the head of a unit (``trưởng bản``, ``hieu truong``), who is a person."""
        if not at or not self._near(words, at - 1):
            return False
        previous = words.keys[at - 1]
        return previous in (_BARE_HEADS if words.keys[at] == "truong" else _LEADS)

    @staticmethod
    def _near(words: Words, index: int) -> bool:
        return _SAME_LINE.fullmatch(words.between(index)) is not None
