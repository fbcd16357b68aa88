"""Stamps of secrecy: a level on its own line, in a box, in brackets, in a cell, after ``Độ mật:``.

Also the words of the other stamps of a secret document (recall, addressee only, copy number), from
a list. ``GIẢI MẬT``, ``Độ mật: Thường``, honey and passwords are none; a level that stands in a list
of levels is a lesson.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._words import Found, Reading, lexicon, outermost, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

_LEVEL = r"(?:tuye?t|toi)\s*[\W_]?\s*mat|mat"
_EDGE = r"[^\w\n]*(?:_+[^\w\n]*)*"
_LINE = re.compile(
    rf"^{_EDGE}(?:(?:do|dau|muc|cap|muc do|do bao)?\s*mat\s*[:=-]\s*)?(?P<level>{_LEVEL})"
    rf"(?:{_EDGE}(?:(?:ban|so|ban so|sao so)\s*[:.]?\s*\d+|thuong khan|hoa toc|khan|[abc]|\d+))?{_EDGE}$",
    re.MULTILINE,
)
_BOXED = re.compile(rf"[(\[{{<|«*~#=\t]\s*(?:dau\s+)?(?P<level>{_LEVEL})\s*[)\]}}>|»*~#=\t\n]")
_LABEL = re.compile(
    rf"\b(?:(?:muc )?do (?:bao )?mat|cap do mat|muc mat|cap mat|do bao mat|dau (?:do )?mat|do mat cua \w+(?: \w+)?|"
    rf"phan loai(?: mat)?|muc do|classification)\b[\s\"'*_]*(?:[:=|→-]|\bla\b|\bghi\b)[\s\"'*_|\[(:-]*"
    rf"(?P<level>{_LEVEL}|top secret|secret|confidential)\b(?P<more>[\s,/|;]*(?:(?:va|hoac|hay)\s+)?"
    rf"(?:tuyet|toi)?\s*mat\b)?"
)
_NUMBERED = re.compile(
    rf"\b\d{{1,5}}\s?[-/]\s?[\w\-/]{{2,20}}[ \t]*[-–,:;]?[ \t]*[\"'*_(\[]*(?P<level>{_LEVEL})\b"
)
_BARE = re.compile(r"(?<![\w-])M[ẬA]T(?![\w-])")
_ENGLISH = re.compile(
    r"^[^\w\n]*(?:_+[^\w\n]*)*(?P<level>(?:TOP|STRICTLY|HIGHLY|MOST)?\s?(?:SECRET|CONFIDENTIAL|CLASSIFIED|RESTRICTED|"
    r"EYES ONLY))(?:\s*[-/]+\s*\w+){0,2}[^\w\n]*(?:_+[^\w\n]*)*$|"
    r"[(\[{«*]\s*(?P<boxed>(?:TOP |STRICTLY )?(?:SECRET|CONFIDENTIAL|CLASSIFIED)|Top Secret|Secret|"
    r"Confidential)\s*[)\]}»*]|\b(?P<inside>TOP[ _-]?SECRET)\b"
    r"|^\W*(?P<head>CONFIDENTIAL|Confidential|TOP SECRET|Top Secret|SECRET)\s?(?:[:–—]|-\s|//)",
    re.MULTILINE,
)
_ENGLISH_WORDS = ("secret", "confidential", "classified", "restricted", "eyes only")
_COPY = re.compile(
    r"(?m)^[\W_]*ban (?:sao )?so\s*[:.]\s*\d{1,3}(?:\s*/\s*\d{1,3})?[\W_]*$|\bban so\s*:\s*\d{1,3}\b"
)
_CHOICE = re.compile(r"[,/|;\n]|\bva\b|\bhoac\b|\bhay\b")


_LESSON = {"learning", "asking", "permission", "forbidding", "tools", "question", "figure"}
_GAP = r"[\s.*·_~|^'`\-]"
_SPREAD = re.compile(
    rf"(?<![a-z])t{_GAP}?(?:u{_GAP}?y{_GAP}?e{_GAP}?t|o{_GAP}?i){_GAP}{{0,3}}m{_GAP}?a{_GAP}?t"
    r"(?![a-z])"
)
_LEVEL_WORDS = re.compile(
    r"\b(?:tuyet mat|toi mat|(?<!tuyet )(?<!toi )(?<!do )(?<!bi )(?<!bao )mat)\b"
)
_SPACED = re.compile(
    r"(?<!\w)(?<!\w[ ._*-])(?:[Mm][ ._*-]{1,3}[Ậậ][ ._*-]{1,3}[Tt]|M[ ._*-]{1,3}[ÂA][ ._*-]{1,3}T)"
    r"(?!\w)(?![ ._*-]\w(?!\w))"
)
_PUNCTUATION = re.compile(_GAP)


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

    def _spans(self, reading: Reading) -> Iterator[tuple[int, int, str]]:
        folded = reading.letters
        if "mat" in folded or _SPREAD.search(folded) or _SPACED.search(reading.text):
            yield from self._levels(reading)
        if any(word in folded for word in _ENGLISH_WORDS):
            for found in _ENGLISH.finditer(reading.text):
                span = next(found.span(n) for n in ("level", "boxed", "inside", "head") if found[n])
                if not self._is_lesson(reading, span[0]):
                    yield *span, "english"
        for stamp in outermost(reading.find(self._stamps)):
            if _is_note(reading, stamp) or not self._is_lesson(reading, stamp.start, stamp):
                yield stamp.start, stamp.end, stamp.phrase
        if "ban so" in folded or "sao so" in folded:
            for found in _COPY.finditer(folded):
                yield *found.span(), "copy-number"

    def _levels(self, reading: Reading) -> Iterator[tuple[int, int, str]]:
        text, folded = reading.text, reading.letters
        for found in _LINE.finditer(folded):
            span = found.span("level")
            if _written(reading.read(*span)) and not _in_list(folded, found.start(), found.end()):
                yield *span, "own-line"
        for name, pattern in (("label", _LABEL), ("number", _NUMBERED), ("boxed", _BOXED)):
            for found in pattern.finditer(folded):
                span = found.span("level")
                if name == "label" and (found["more"] or _choices(folded, span[1])):
                    continue
                written = reading.read(*span)
                if not _written(written, lower=name != "boxed"):
                    continue
                if name == "number" and _goes_on(folded, span[1]) and not written.isupper():
                    continue
                if _levels_beside(reading, span[0]) > 1:
                    continue
                if name == "label" or not self._is_lesson(reading, span[0]):
                    yield *span, name
        for found in _SPREAD.finditer(folded):
            whole = _PUNCTUATION.sub("", text[found.start() : found.end()])
            if len(found[0]) > len(whole) + 1 and not found[0][0].isspace() and _spelled(whole):
                yield *found.span(), "spread"
        for found in _SPACED.finditer(text):
            yield *found.span(), "spaced"
        for found in _BARE.finditer(text):
            if _levels_beside(reading, found.start()) > 1:
                continue
            if _stands_out(text, found) and not self._is_lesson(reading, found.start()):
                yield *found.span(), "capitals"

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
    return first in {"", "tuyệt", "tuyet", "tuyêt", "tuyẹt", "tối", "toi", "tôi", "tói"} and not (
        first == "tôi"
    )


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
