"""Dates and years of birth: after a word that says so, or right after a person's name.

Documents are full of ordinary dates, so a date alone is nothing. Years to come count: the values of
the course are fictional, and a mistyped year is still somebody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lab.policy.names import CAPITALS, NAME_LENGTH, key, phrase
from lab.policy.recognizers._tables import below
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import View, Views, fold

_YEAR = r"(?:19\d\d|20\d\d|21[0-4]\d)"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_SLASH = r"\s?[/.\-]\s?"
_VALUE = (
    rf"{_DAY}\s+thang\s+{_MONTH}\s*(?:,?\s*nam\s+|{_SLASH}){_YEAR}"
    rf"|{_DAY}{_SLASH}{_MONTH}{_SLASH}(?:{_YEAR}|\d\d)"
    rf"|{_YEAR}{_SLASH}{_MONTH}{_SLASH}{_DAY}"
    rf"|{_MONTH}(?:{_SLASH}|\s+nam\s+){_YEAR}"
    rf"|{_DAY} {_MONTH} {_YEAR}"
    rf"|{_DAY}(?:st|nd|rd|th)?\s+(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*,?\s+{_YEAR}"
    rf"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2]){_YEAR}"
    rf"|{_YEAR}"
)
_WORDY = re.compile(
    r"(?:ngay\s+)?(?:(?P<day>(?:mong\s+|mung\s+)?[a-z\d]+(?:\s[a-z]+){0,2}|ram)\s+)?"
    r"thang\s+(?P<month>[a-z\d]+(?:\s[a-z]+)?)\s+(?:am lich\s+)?(?:nam\s+)?"
    r"(?P<year>(?:19|20)\d\d|(?:[a-z]+(?:\s[a-z]+){2,6})|(?:(?:giap|at|binh|dinh|mau|ky|canh|tan|nham|quy)"
    r"\s(?:ty|suu|dan|mao|meo|thin|ngo|mui|than|dau|tuat|hoi)))(?![^\W_])"
)
_WORD_YEAR = re.compile(
    r"(?P<year>mot (?:chin|ngan|nghin)(?:\s[a-z]+){1,6}|hai (?:khong|ngan|nghin)(?:\s[a-z]+){1,6}"
    r"|(?:giap|at|binh|dinh|mau|ky|canh|tan|nham|quy)\s(?:ty|suu|dan|mao|meo|thin|ngo|mui|than|dau"
    r"|tuat|hoi))(?![^\W_])"
)
"""A year alone, in words or in the old calendar."""
_LUNAR = frozenset(
    (
        *("giap", "at", "binh", "dinh", "mau", "ky", "canh", "tan", "nham", "quy"),
        *("ty", "suu", "dan", "mao", "meo", "thin", "ngo", "mui", "than", "dau", "tuat", "hoi"),
    )
)
_NUMERALS = frozenset(
    [
        "khong",
        "mot",
        "hai",
        "ba",
        "bon",
        "tu",
        "nam",
        "lam",
        "sau",
        "bay",
        "tam",
        "chin",
        "muoi",
        "tram",
        "nghin",
        "ngan",
        "linh",
        "le",
        "rong",
    ]
)
_YEAR_WORDS = 3
"""Words of a year at least."""
_RECENT = (2015, 2090)
"""Years that behind a name are more often of a document; later ones are the course's fiction."""
_PAPERS = (2015, 2031)
"""The same for whole dates: none is that of a document to come in many years."""
_WHOSE = (
    r"(?:cua (?:[a-z]+ ){0,2}[a-z]+"
    r"|(?:ong|ba|anh|chi|em|chau|co|chu|bac|con|me|bo|vo|chong|toi|minh|be|thay|ban|cu|di|cau)"
    r"(?: [a-z]+){0,3}(?: (?:la|vao))?)"
)
"""``ngày sinh của con: ...``, ``sinh nhật chị Hạ là ...``: whose it is."""
_HOUR = (
    r"(?:\s+(?:luc|hoi)\s+\d{1,2}\s?(?:h|g|gio|:)\s?(?:\d{1,2}\s?(?:p|phut)?)?"
    r"(?:\s(?:sang|trua|chieu|toi|dem))?,?)?"
)
"""``sinh lúc 3h20 ngày ...``."""
_THIS_CENTURY = 26
_EARLIEST = 1905
"""Earlier births are history."""
_LIVING = 1925
"""The same where the words leave more doubt."""
_NOT_BORN = frozenset(
    [
        "học",
        "phát",
        "vệ",
        "khai",
        "thí",
        "nữ",
        "tân",
        "tuyển",
        "sản",
        "tái",
        "song",
        "hy",
        "ký",
        "nhân",
        "cứu",
        "chiêu",
        "phục",
        "thai",
        "dân",
        "môn",
        "an",
        "quyên",
        "gia",
        "sát",
        "triết",
        "lương",
        "giáo",
        "hộ",
        "trường",
        "đồng",
        "kháng",
        "bẩm",
        "sơ",
        "hoài",
        "hồi",
        "mưu",
        "ngoại",
        "nội",
    ]
)
"""Words that make another word with ``sinh`` (``học sinh``, ``phát sinh``)."""
_BARE_NOT_BORN = frozenset(map(fold, _NOT_BORN))
_LAST_WORD = re.compile(r"([^\W\d_]+)\s+\Z")
_DATE = rf"(?:{_DAY}{_SLASH}{_MONTH}{_SLASH}{_YEAR}|{_YEAR}{_SLASH}{_MONTH}{_SLASH}{_DAY})"
_NEXT = re.compile(
    rf"\s*(?:\(\s*(?:sn|sinh(?:\s+nam)?)?\s*(?P<b>{_VALUE})\s*[),;]"
    rf"|(?:\s*[,;|\t–-]+\s*(?:gioi tinh:?\s*)?(?:nam|nu)(?=\s*[,;|\t–-]))?"
    rf"(?:[\"']?\s*[,;|\t–-]+\s*[\"']?\d(?:[ .]?\d){{8,11}})?[\"']?\s*[,;|\t–-]+\s*[\"']?"
    rf"(?P<s>{_DATE}|(?:ngay )?{_DAY} thang {_MONTH} nam {_YEAR}|{_YEAR})"
    rf"(?=[\"']?\s*(?:[,;:|\t)\n–-]|\Z))"
    rf"|[\s,;(–-]{{1,4}}(?:sn|ns|sinh|s)[.:\s]{{0,3}}(?P<k>{_VALUE})(?![/.\-]?\d)"
    rf"|[ ]{{1,2}}(?P<d>{_DATE})(?![/.\-]?\d)"
    rf"|[ ]{{1,2}}(?P<y>(?:19[2-9]\d|200\d|201[0-4]))(?=\s*(?:[,;|\n)]|\.(?!\d)|\Z)))"
)
"""What follows a name: in brackets, in the next cell, after a short key, or right behind."""
_KEYED = re.compile(
    rf"(?<![^\W_])(?:ns|ngaysinh|nsinh|birth|bday)(?:[\"']?\s?[:=.]\s?[\"']?|\s)(?P<value>{_DATE})(?![/.\-]?\d)"
)
"""Short keys that mean it only before a whole date: ``ns`` is a budget elsewhere."""
_LATER = re.compile(
    rf"(?<!\w)(?:ngay|nam)(?:,? thang,?(?: nam)?)? sinh(?!\w)"
    rf"[^.:\n]{{1,60}}?(?<!\d)(?P<value>{_DATE})(?!\d)"
)
"""``sai ngày sinh, xin sửa thành ...``."""
_HEAD = re.compile(
    r"(?:ngay|nam|ngay thang nam|ngay,? thang,? nam|nam/ngay) ?sinh(?: .{0,12})?"
    r"|sinh (?:ngay|nam)|sinh|ntns|sn|ns|dob|birth ?(?:date|day)?|date of birth|ngaysinh|namsinh"
)
"""Heads of columns of births."""
_CELL = re.compile(_VALUE)
_ROW = re.compile(
    rf"(?:(?<=\n)|\A)[ \t]*(?:\d{{1,3}}\s?[.)|/\t]|[-+*•])\s{{0,3}}"
    rf"(?P<run>[{CAPITALS}][^\W\d_]{{0,8}}(?:[ ]{{1,2}}[{CAPITALS}][^\W\d_]{{0,8}}){{1,4}})"
)
"""A row of a list that begins with a name of whatever surname."""
_NO_SURNAME = frozenset(
    ("ban", "bo", "chi", "cong", "dai", "doan", "dang", "hoi", "khoi", "ky", "lien", "mat", "ngay",
     "phong", "quoc", "so", "thanh", "tinh", "to", "trung", "truong", "uy", "vien", "xa", "xom")
)  # fmt: skip
"""First words of offices and days in such rows."""
_RUN = re.compile(rf"[{CAPITALS}][^\W\d_]{{0,30}}(?:[ ]{{1,2}}[{CAPITALS}][^\W\d_]{{0,30}}){{1,5}}")


class DateOfBirthRecognizer(Recognizer):
    """Finds dates of birth."""

    name = "date_of_birth"  # type: ignore[misc,unused-ignore]

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        cues = sorted({fold(word) for word in rule.context}, key=len, reverse=True)
        said = "|".join(re.escape(cue).replace(r"\ ", r"[\s,]+") for cue in cues)
        self.said = re.compile(
            rf"(?<![^\W_])(?P<cue>{said})(?:\s+(?:ngay|thang|nam|vao|on|la))*{_HOUR}"
            rf"(?:\s+{_WHOSE})?\s*(?:\([^)\n]{{0,20}}\))?[\s:=|\"“”'*_.–(-]{{0,6}}(?:(?:ngay|mong|mung)\s+)*(?P<value>{_VALUE})(?!\d)"
        )
        self.worded = re.compile(
            rf"(?<![^\W_])(?P<cue>{said})(?:\s+(?:vao|la|ngay))*\s*:?\s*{_WORDY.pattern}"
        )
        self.word_year = re.compile(
            rf"(?<![^\W_])(?P<cue>{said})(?:\s+(?:nam|vao|la))*\s*:?\s*{_WORD_YEAR.pattern}"
        )
        self.surnames = phrase((*rule.words("surnames"), *rule.words("surnames_common")))
        self.bare_surnames = frozenset(map(fold, phrase(rule.words("surnames"))))
        self.figures = phrase(rule.words("figures"))
        self.some_cue = re.compile(
            r"sinh|chao doi|(?<!\w)de (?:nam|ngay)|born|birth|bday|dob|\bsn\b|\bns\b|\bs\.n\b"
        )

    def find(self, views: Views) -> Iterable[Hit]:
        """Every date of birth in every reading of the text."""
        for view in views.everything():
            if self.some_cue.search(view.folded):
                yield from self._after_key(view)
                yield from self._after_cue(view)
            yield from self._after_name(view)
            for start, end in below(view.folded, _HEAD):
                if _CELL.fullmatch(view.folded, start, end) and _plausible(view.folded[start:end]):
                    yield _hit(view, start, end, 0.85, "dob-column", None)

    @staticmethod
    def _after_key(view: View) -> Iterator[Hit]:
        """A whole date behind a short key, or further on in a sentence about a day of birth."""
        for match in _KEYED.finditer(view.folded):
            if _plausible(match["value"]):
                yield _hit(view, *match.span("value"), 0.85, "dob-key", None)
        for match in _LATER.finditer(view.folded):
            if _year(match["value"]) >= _LIVING and not _is_of_paper(match["value"]):
                yield _hit(view, *match.span("value"), 0.75, "dob-later", None)

    def _after_cue(self, view: View) -> Iterator[Hit]:
        for match in self.said.finditer(view.folded):
            if match["cue"].startswith("sinh") and _other_word(view.text, match.start()):
                continue
            if _plausible(match["value"]):
                yield _hit(view, match.start("value"), match.end("value"), 0.9, "dob", match["cue"])
        for match in (*self.worded.finditer(view.folded), *self.word_year.finditer(view.folded)):
            if match["cue"].startswith("sinh") and _other_word(view.text, match.start()):
                continue
            span = _worded(match)
            if span:
                yield _hit(view, *span, 0.8, "dob-words", match["cue"])

    def _after_name(self, view: View) -> Iterator[Hit]:
        """A year in brackets or in the next cell, right after a name."""
        rows = {match.start("run") for match in _ROW.finditer(view.text)}
        for match in _RUN.finditer(view.text):
            following = _NEXT.match(view.folded, match.end())
            if following is None:
                continue
            if not self._is_name(match[0]) and not (
                following["s"]
                and match.start() in rows
                and fold(match[0].split()[0]) not in _NO_SURNAME
            ):
                continue
            group = following.lastgroup or ""
            since, until = _RECENT if following[group].isdigit() else _PAPERS
            if group != "b" and since < _year(following[group]) < until:
                continue
            if _plausible(following[group]):
                start, end = following.span(group)
                yield _hit(view, start, end, 0.75, f"dob-after-name-{group}", None)

    def _is_name(self, run: str) -> bool:
        """True for capitalised words that end with a full name of a private person."""
        words = key(run).split()
        for at in range(len(words) - 1):
            said = words[at:]
            if said[0] in self.surnames or said[0] in self.bare_surnames:
                return len(said) <= NAME_LENGTH and " ".join(said) not in self.figures
        return False


def _worded(match: re.Match[str]) -> tuple[int, int] | None:
    """Where a date in words stands: up to the last word of its year that is a numeral."""
    words = match["year"].split()
    if words[0].isdigit():
        return _first(match), match.end("year")
    if set(words) <= _LUNAR:
        return _first(match), match.end("year")
    size = next((at for at, word in enumerate(words) if word not in _NUMERALS), len(words))
    if size < _YEAR_WORDS:
        return None
    return _first(match), match.start("year") + len(" ".join(words[:size]))


def _first(match: re.Match[str]) -> int:
    """Where its first part begins."""
    parts = [name for name in ("day", "month") if match.re.groupindex.get(name) and match[name]]
    return match.start(parts[0]) if parts else match.start("year")


def _other_word(text: str, start: int) -> bool:
    """True where ``sinh`` is the end of another word."""
    before = _LAST_WORD.search(text[max(0, start - 12) : start])
    if before is None:
        return False
    word = key(before[1])
    return word in (_BARE_NOT_BORN if text.isascii() else _NOT_BORN)


def _hit(view: View, start: int, end: int, score: float, pattern: str, cue: str | None) -> Hit:
    first, last = view.span(start, end)
    return Hit(first, last, score, pattern, cue, view.name)


def _year(value: str) -> int:
    """The year of a date; of two digits, one that somebody living may be born in."""
    years = re.findall(_YEAR, value)
    if years:
        return int(years[-1])
    short = int(re.findall(r"\d\d?", value)[-1])
    return 1900 + short if short > _THIS_CENTURY else 2000 + short


def _is_of_paper(value: str) -> bool:
    """True for a date that is more often a document's."""
    return _PAPERS[0] <= _year(value) < _PAPERS[1]


def _plausible(value: str) -> bool:
    """True for a year in which a person who is not history may be born."""
    return _year(value) >= _EARLIEST


RECOGNIZER = DateOfBirthRecognizer
