"""Stamps of secrecy: a level on its own line, in a box, in brackets, in a cell, after ``Độ mật:``.

Also the words of the other stamps of a secret document (recall, addressee only, copy number), from
a list. ``GIẢI MẬT``, ``Độ mật: Thường``, honey and passwords are none; a level in a list of levels
is a lesson.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._words import Found, Reading, lexicon, outermost, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

_LEVEL = r"(?:tuyet|toi)\s{0,3}[\W_]?\s{0,3}mat|mat"
_EDGE = r"[^a-z0-9\n]{0,60}"
_AFTERWARDS = r"(?:ban|so|ban so|sao so)\s?[:.]?\s?\d+|thuong khan|hoa toc|khan|[abc]|\d+"
_LINE = re.compile(
    rf"^{_EDGE}(?:(?:do|dau|muc|cap|muc do|do bao)?\s?mat\s?[:=-]\s?)?(?P<level>{_LEVEL})"
    rf"(?:[^a-z0-9\n]{{1,30}}(?:{_AFTERWARDS}))?{_EDGE}$",
    re.MULTILINE,
)
_BOXED = re.compile(
    rf"[(\[{{<|«*~#=\t]\s{{0,8}}(?:dau\s)?(?P<level>{_LEVEL})\s{{0,8}}[)\]}}>|»*~#=\t\n]"
)
_LABEL = re.compile(
    r"\b(?:do (?:bao )?mat|muc do|cap (?:do )?mat|muc mat|dau (?:do )?mat|phan loai(?: mat)?"
    r"|do mat cua \w+(?: \w+)?|classification)\b"
    r"[\s\"'*_]{0,6}(?:[:=|→-]|\bla\b|\bghi\b)[\s\"'*_|\[(:-]{0,12}"
    rf"(?P<level>{_LEVEL}|top secret|secret|confidential)\b"
    r"(?P<more>[\s,/|;]{0,6}(?:(?:va|hoac|hay)\s)?(?:tuyet|toi)?\s?mat\b)?"
)
_NUMBERED = re.compile(
    r"(?<!\d)\d{1,5}\s?[-/]\s?[\w\-/]{2,20}[ \t]{0,8}[-–,:;]?[ \t]{0,8}[\"'*_(\[]{0,4}"
    rf"(?P<level>{_LEVEL})\b"
)
_BARE = re.compile(r"(?<![\w-])M[ẬA]T(?![\w-])")
_COPY = re.compile(
    r"(?m)^[\W_]{0,20}ban (?:sao )?so\s?[:.]\s?\d{1,3}(?:\s?/\s?\d{1,3})?[\W_]{0,20}$"
    r"|\bban so\s?:\s?\d{1,3}\b"
)
_LESSON = {"learning", "asking", "permission", "forbidding", "tools", "question", "figure"}
_GAP = r"[\s.*·_~|^'`\-]"
_SCATTERED = re.compile(
    rf"(?<![a-z])t{_GAP}?(?:u{_GAP}?y{_GAP}?e{_GAP}?t|o{_GAP}?i){_GAP}{{0,3}}m{_GAP}?a{_GAP}?t"
    r"(?![a-z])"
)
_SPACED = re.compile(
    r"(?<!\w)(?<!\w[ ._*-])M[ ._*-]{1,3}[ẬÂA][ ._*-]{1,3}T(?!\w)(?![ ._*-]\w(?!\w))"
    r"|(?<!\w)(?<!\w[ ._*-])m[ ._*-]{1,3}ậ[ ._*-]{1,3}t(?!\w)(?![ ._*-]\w(?!\w))"
)
_PUNCTUATION = re.compile(_GAP)
_LEVEL_WORDS = re.compile(
    r"\b(?:tuyet mat|toi mat|(?<!tuyet )(?<!toi )(?<!do )(?<!bi )(?<!bao )mat)\b"
)
Span = tuple[int, int, str]
"""Offsets in the reading, and the name of the form."""


class SecrecyMark(Recognizer):
    """Finds stamps."""

    name = "secrecy_mark"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._stamps = lexicon(stamp=rule.words("stamps"))
        self._evidence = Evidence(rule)

    def find(self, views: Views) -> Iterator[Hit]:
        """Stamps in every view."""
        for reading in readings(views):
            for start, end, pattern in self._spans(reading):
                first, last = reading.view.span(start, end)
                yield Hit(first, last, 0.95, pattern, view=reading.view.name)

    def _spans(self, reading: Reading) -> Iterator[Span]:
        folded = reading.letters
        if "mat" in folded:
            yield from self._own_line(reading)
            yield from self._inline(reading)
            yield from self._capitals(reading)
        yield from _scattered(reading)
        for stamp in outermost(reading.find(self._stamps)):
            if _is_note(reading, stamp) or not self._is_lesson(reading, stamp.start, stamp):
                yield stamp.start, stamp.end, stamp.phrase
        if "ban so" in folded or "sao so" in folded:
            for found in _COPY.finditer(folded):
                yield *found.span(), "copy-number"

    @staticmethod
    def _own_line(reading: Reading) -> Iterator[Span]:
        """A line that holds a level and nothing else."""
        for found in _LINE.finditer(reading.letters):
            span = found.span("level")
            if not _written(reading.read(*span)):
                continue
            if not _in_list(reading.letters, found.start(), found.end()):
                yield *span, "own-line"

    def _inline(self, reading: Reading) -> Iterator[Span]:
        """A level after its label or the document's number, or in brackets."""
        folded = reading.letters
        for name, pattern in (("label", _LABEL), ("number", _NUMBERED), ("boxed", _BOXED)):
            for found in pattern.finditer(folded):
                start, end = found.span("level")
                written = reading.read(start, end)
                if not _written(written, lower=name != "boxed") and "s" not in found["level"]:
                    continue
                if name == "label" and (found["more"] or _choices(folded, end)):
                    continue
                if name == "number" and _goes_on(folded, end) and not written.isupper():
                    continue
                if _levels_beside(reading, start) > 1:
                    continue
                if name == "label" or not self._is_lesson(reading, start):
                    yield start, end, name

    def _capitals(self, reading: Reading) -> Iterator[Span]:
        """``MẬT`` in capitals among small letters."""
        for found in _BARE.finditer(reading.text):
            start, end = found.span()
            if _levels_beside(reading, start) > 1 or not _stands_out(reading.text, found):
                continue
            if not self._is_lesson(reading, start):
                yield start, end, "capitals"

    def _is_lesson(self, reading: Reading, offset: int, sign: Found | None = None) -> bool:
        """True where the sentence talks about secrecy and hands nothing over."""
        first = reading.first_word(offset)
        if sign is None and first < len(reading.words):
            place = (reading.starts[first], reading.ends[first])
            sign = Found("", "", first, first, (first,), *place)
        kinds = self._evidence.kinds(reading, sign) if sign else set()
        if kinds & {"content", "number"}:
            return False
        return bool(kinds & _LESSON)


def _scattered(reading: Reading) -> Iterator[Span]:
    """A level whose letters are pulled apart: ``tuy.ệt mậ.t``, ``M Ậ T``."""
    for found in _SCATTERED.finditer(reading.letters):
        whole = _PUNCTUATION.sub("", reading.text[found.start() : found.end()])
        if len(found[0]) > len(whole) + 1 and _spelled(whole):
            yield *found.span(), "scattered"
    for found in _SPACED.finditer(reading.text):
        yield *found.span(), "spaced"


def _is_note(reading: Reading, stamp: Found) -> bool:
    """True where the words begin a line: a stamp, whatever comes after."""
    before = reading.text[: stamp.start].rpartition("\n")[2]
    after = reading.text[stamp.end :].partition("\n")[0]
    rest = [word for word in after.split() if word.isalpha()]
    return before.strip(" *_#>|-[(") == "" and len(rest) <= 3 and "?" not in after  # noqa: PLR2004


def _written(level: str, *, lower: bool = False) -> bool:
    """Whether the characters are those of a level, not of ``mất`` or ``mặt``."""
    words = level.lower().split()
    last = words[-1][-3:]
    if last not in {"mật", "mat", "mât", "mạt"}:
        return False
    if len("".join(words)) <= 3 and not lower:  # noqa: PLR2004 - MẬT alone
        return level.isupper() or level == "Mật"
    first = "".join(words)[:-3].strip("-_./ ")
    return first in {"", "tuyệt", "tuyet", "tuyêt", "tuyẹt", "tối", "toi", "tói"}


def _levels_beside(reading: Reading, offset: int) -> int:
    """How many different levels the line names: two and more are a lesson or a choice."""
    text = reading.letters
    end = text.find("\n", offset)
    line = text[text.rfind("\n", 0, offset) + 1 : end if end >= 0 else len(text)]
    return len(set(_LEVEL_WORDS.findall(line)))


def _spelled(whole: str) -> bool:
    """Whether letters put together are a level: with an accent, or all in capitals."""
    return (
        whole.lower() in {"tuyệtmật", "tốimật"}
        or whole in {"TUYETMAT", "TOIMAT"}
        or (whole.lower() == "tuyetmat")
    )


def _in_list(folded: str, start: int, end: int) -> bool:
    """True where the line beside it is another level: a list of levels."""
    before = folded[:start].rstrip("\n").rpartition("\n")[2]
    after = folded[end:].lstrip("\n").partition("\n")[0]
    return any(
        re.fullmatch(r"[\W_\d]*(?:do\s+)?(?:tuyet |toi )?mat[\W_\d]*(?:nam\W*)?", line) is not None
        for line in (before, after)
    )


def _choices(folded: str, end: int) -> bool:
    """True for a form's choices: ``Độ mật: Mật / Tối mật / Tuyệt mật``."""
    return (
        re.match(
            r"[\s,/|;\])*\[(☐□-]*(?:va |hoac |hay )?(?:mat|toi mat|tuyet mat|thuong|khong)\b",
            folded[end:],
        )
        is not None
    )


def _goes_on(folded: str, end: int) -> bool:
    """True where the word goes on as another one: ``mật độ``, ``mật khẩu``."""
    return re.match(r" (?:do|khau|ong|ma|thiet|mia|hoa|so)\b", folded[end : end + 8]) is not None


def _stands_out(text: str, found: re.Match[str]) -> bool:
    """True for ``MẬT`` in capitals where the words beside it are not: a stamp, not a heading."""
    before = re.search(r"([^\W\d_]+)[\W_]*$", text[max(0, found.start() - 25) : found.start()])
    after = re.match(r"[^\w\n]*([^\W\d_]+)", text[found.end() : found.end() + 25])
    neighbours = [each[1] for each in (before, after) if each]
    edge = after is None or re.match(r"[ \t]*(?:\n|$|\t| {2})", text[found.end() :]) is not None
    if before and before[1].lower() in {
        "bí", "bảo", "thân", "túi", "sỏi", "giải", "bi", "bao", "giai", "trăng", "độ", "dấu",
    }:  # fmt: skip
        return before[1].lower() == "dấu" and not before[1].isupper() and "sau" in text.lower()
    if after and after[1].lower() in {
        "ong",
        "khẩu",
        "độ",
        "mã",
        "thiết",
        "mía",
        "hoa",
        "khau",
        "do",
    }:
        return False
    if edge and re.search(r"(?:\n|^|\t| {2,})[^\w\n]*$", text[: found.start()]):
        return True
    return all(not (each.isupper() and len(each) > 1) for each in neighbours)


RECOGNIZER = SecrecyMark
