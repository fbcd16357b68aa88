"""Where a person lives: from the house number to the province, in old and new units.

An address is a chain of parts (house, street, hamlet, commune, district, province). A chain is
masked when it leads to a house, or when the words before it say that somebody lives there; the
name of a commune or a province alone, and the seat of an office, pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lab.policy.names import CAPITALS, key, phrase
from lab.policy.recognizers._homes import LOOK_BACK, Said, before, is_honoured, lives
from lab.policy.recognizers._houses import Part, with_house
from lab.policy.recognizers._tables import below
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import View, Views, fold

_LEVELS = {
    0: "số nhà|nhà số|sn|số|căn hộ|phòng|căn|tầng|lô|nhà|ki ốt|kiot",
    1: "đường|phố|đại lộ|ngõ|ngách|hẻm|kiệt|chung cư|khu chung cư|khu tập thể|ktt|tòa nhà|toà nhà"
    "|tòa|toà|block|ký túc xá|ktx|km|quốc lộ|tỉnh lộ|ql|tl|đường tỉnh",
    2: "xóm|thôn|bản|khối phố|khối xóm|khối|tổ dân phố|tdp|tổ|khu phố|khu dân cư"
    "|khu đô thị|khu tái định cư|khu nhà ở|tiểu khu|khu|ấp|buôn|làng"
    "|đội|cụm",
    3: "xã|phường|thị trấn|đặc khu|p|tt",
    4: "huyện|quận|thị xã|thành phố|tp|h|tx|q",
    5: "tỉnh|t",
}
_SHORT = frozenset(("p", "tt", "h", "tx", "q", "t", "tp", "sn"))
"""Abbreviations: with a full stop, or in capitals."""
_ALSO_BARE = frozenset(("duong", "phuong", "xom", "huyen"))
"""Words for units that are no other words without accents."""
_NUMBER = re.compile(r"(?:số\s+|so\s+)?(\d{1,5}[a-z]?(?:\s?[/-]\s?\d{1,4}[a-z]?){0,4})(?![\w])")
_CODE = re.compile(r"[a-zđ]{1,3}\.?\d{1,3}[a-z]?(?![\w])")
"""The name of a block or a plot: ``tòa CT2``, ``nhà N5``, ``lô B12``."""
_ROOM = re.compile(r"\.?\s?\d{3,4}(?![\w.,])")
"""Behind ``P.`` the number of a room rather than of a ward."""
_ROADS = frozenset(("km", "quốc lộ", "tỉnh lộ", "ql", "tl", "đường tỉnh"))
"""Roads between towns, whose numbers are no houses'."""
_WORD = re.compile(r"[^\W\d_]+")
_STREET = re.compile(rf"\s(?:[{CAPITALS}][^\W\d_]*)(?:\s[{CAPITALS}][^\W\d_]*){{1,4}}")
_GAP = re.compile(r"[\s,;.(\-–]{0,5}(?:thuộc\s+|của\s+|thuoc\s+)?")
_BARE_GAP = re.compile(r"\s*[,;\-–(]\s*|\s*\n\s*")
_OTHER_DISTRICT = re.compile(
    rf"([{CAPITALS}][^\W\d_]+) [{CAPITALS}][^\W\d_]+(?=\s*(?:[,;.)\n]|\Z))"
)
"""``, Hương Khê``: a district of another province, right behind a commune."""
_COMMUNE = 3
_ORIGIN = re.compile(r"(?:que|nguyen|sinh) quan|noi sinh")
"""Labels behind which a commune alone is somebody's too."""
_TRAILING_NUMBER = re.compile(r" \d{1,2}(?!\d)")
_ENDS = re.compile(r"\s*(?:[,;.)\n|\-–\"]|\Z)")
_COMMUNE_NEXT = re.compile(r",\s*(?:xã|phường|thị trấn|xa|phuong|thi tran)\s")
_COMMUNE_RIGHT_NEXT = re.compile(r"\s+(?:xã|phường|thị trấn|xa|phuong|thi tran)\s")
_NAME_AFTER = re.compile(
    rf"(?:\s+[{CAPITALS}][^\W\d_]*){{0,4}}"
    r"(?:[\s,;|\-–(:.\d/]|sinh|năm|ngày|[Nn]am|[Nn]ữ|[Ss][Nn]|tuổi|nam|nu|ngay|tuoi){0,40}"
)
"""Between a person's first word and a home: the rest of the name, the cells of a row."""
_ASIDE_OF_NAME = re.compile(
    rf"(?:\s*[{CAPITALS}][^\W\d_]*\.?){{1,4}}\s*[,;(–-]\s*(?:[^.!?\n,;]{{1,30}}[,;]\s*){{1,4}}"
    rf"(?:(?:ở|tại|trú|quê|nhà)\s+)?"
)
"""A name, and what is told of the person between commas: ``N.V.Thắng, 45 tuổi, sốt, xóm Bàu``."""
_NAME_AFTER_LOWER = re.compile(r"(?:\s+[^\W\d_]+){1,4}\s*[,;|\-–(]\s*")
_LOWER_STREET = re.compile(r"[\s.:]{0,3}[^\W\d_]+(?: [^\W\d_]+){0,2}(?=\s*(?:[,;.)\n|\-–\"]|\Z))")
_HEAD = re.compile(
    r"(?:dia ?chi|noi o|cho o|(?:noi )?thuong tru|tam tru|hktt|ho khau|que ?quan|que|tru quan"
    r"|noi cu tru|noi sinh|address|thon|xom|ban|lang|khoi|thon/xom|xom/thon|thon/ban|thon, ban"
    r"|to dan pho|tdp|thon \(.{1,20}\)|khoi/xom|khoi xom|dc)(?: .{0,16})?"
)
"""Heads of columns of homes."""
_HOME_CELL = re.compile(r"[a-z]{2}|\d")
_SAME_SENTENCE = re.compile(r"(?:(?!\n\s*\n)[^.!?\n]|\.(?!\s)|\n(?=[^\n]{0,40}\Z))*")
"""From a person to a home: no end of a sentence between."""
_ROW_OF_SOMEBODY = re.compile(
    r"(?<!\d)\d(?:[ .\-]?\d){8,11}\s*[,;|\t–-]\s*"
    r"(?:\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}\s*[,;|\t–-]\s*)?\Z"
)
"""A person's number, perhaps a birth, then the home: the items of somebody's row."""
_HOUSE_RIGHT_BEFORE = re.compile(r"(?:,|\A|(?<!\w)(?:la|o)|\n)\s*nha(?: o)?\s+\Z")
"""``nhà ấp Mỹ Thạnh, xã ...``."""
_AT_HOME = re.compile(
    r"(?:,|-|–|—|\||\(|\t|;|:)\s*\Z|(?<!\w)(?:o|tai|nha|que|thuoc|ve|den|tru|sang|cua|gui)\s+\Z"
)
"""What stands right before the home of somebody who was named."""
_FULL_NAME = re.compile(rf"[{CAPITALS}][^\W\d_]+(?: [{CAPITALS}][^\W\d_]*){{1,5}}")
_BESIDE, _AHEAD = 20, 12
"""Characters on each side that tell whether somebody types without accents."""
_NEUTRAL = frozenset(("dia chi", "address", "dia_chi", "d/c"))
"""Labels that offices have as well as people."""
_WARD_DIGITS, _MOST_PARTS, _CLOSE = 2, 8, 2
_HAMLET = 2
"""Level of a hamlet: what is below it leads to a home."""


class AddressRecognizer(Recognizer):
    """Finds home addresses."""

    name = "address"  # type: ignore[misc,unused-ignore]

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self.level = {word: level for level, words in _LEVELS.items() for word in words.split("|")}
        self.bare_level = {fold(word): level for word, level in self.level.items()}
        units = "|".join(sorted(map(re.escape, self.bare_level), key=len, reverse=True))
        self.unit = re.compile(rf"(?<![^\W_])({units})(?![^\W\d_])(?=[\s.:]{{0,3}}[\w])")
        places = phrase((*rule.words("places"), *rule.words("provinces")))
        self.places = places | frozenset(map(fold, places))
        self.home = before(rule.words("home_cues"))
        self.near_home = before(rule.words("weak_home_cues"))
        self.office = Said(rule.words("office_cues"))
        self.surnames = phrase(rule.words("surnames"))
        self.person = Said((*rule.words("person_cues"), *rule.words("surnames"), "[họ tên"))

    def find(self, views: Views) -> Iterable[Hit]:
        """Every home address in every reading of the text."""
        for view in views.everything():
            for start, end in below(view.folded, _HEAD):
                if _HOME_CELL.search(view.folded, start, end):
                    yield Hit(*view.span(start, end), 0.8, "home-column", None, view.name)
            lower = key(view.text)
            for parts in self._chains(view, lower):
                chain = with_house(view.text, parts)
                found = self._judge(view, lower, chain)
                if found:
                    score, pattern, cue = found
                    start, end = view.span(chain[0].start, chain[-1].end)
                    yield Hit(start, end, score, pattern, cue, view.name)

    # --- parts and chains -----------------------------------------------------------------

    def _chains(self, view: View, lower: str) -> Iterator[list[Part]]:
        """Runs of parts that stand right behind one another."""
        chain: list[Part] = []
        for part in self._parts(view, lower):
            gap = _GAP.fullmatch(lower, chain[-1].end, part.start) if chain else None
            if chain and (part.start < chain[-1].end or gap is None):
                if part.start < chain[-1].end:
                    continue
                yield self._with_bare_places(view, lower, chain)
                chain = []
            chain.append(part)
        if chain:
            yield self._with_bare_places(view, lower, chain)

    def _parts(self, view: View, lower: str) -> Iterator[Part]:
        done = 0
        number = -1
        for match in self.unit.finditer(view.folded):
            if match.start() < done:
                continue
            said = lower[match.start() : match.end()]
            level = self._level_of(view.text, lower, match)
            if level is None:
                continue
            named = self._name_end(view.text, lower, match.end(), level)
            if named is None and level == 1 and 0 <= match.start() - number <= _CLOSE:
                said_low = _LOWER_STREET.match(lower, match.end())
                named = (said_low.end(), False) if said_low else None
            if named is None:
                continue
            end, numbered = named
            number = end if numbered else -1
            if said == "nhà" and not _CODE.search(lower, match.end(), end):
                continue
            if level == 0 and not numbered:
                continue
            yield Part(level, match.start(), end, numbered and said not in _ROADS)
            done = end
            if level <= 1 and numbered:
                street = self._bare_street(view.text, end)
                if street:
                    yield Part(1, end, street, numbered=False)
                    done = street

    def _level_of(self, text: str, lower: str, match: re.Match[str]) -> int | None:
        """The level of a unit's word; None where it is another word here."""
        said = lower[match.start() : match.end()]
        level = self.level.get(said)
        if level is None and (_is_bare(text, match) or said in _ALSO_BARE):
            level = self.bare_level.get(said)
        if said == "p" and _ROOM.match(lower, match.end()):
            return 0
        return None if said in _SHORT and not self._is_short(text, match) else level

    @staticmethod
    def _is_short(text: str, match: re.Match[str]) -> bool:
        """True where an abbreviation is written as one: ``P. Bến Mới``, ``TP Vinh``."""
        said = text[match.start() : match.end()]
        return said.isupper() and (len(said) > 1 or text[match.end() : match.end() + 1] == ".")

    def _name_end(self, text: str, lower: str, at: int, level: int) -> tuple[int, bool] | None:
        """Where the number or the name behind a unit's word ends, and whether it is a number."""
        while at < len(text) and text[at] in " .:\t":
            at += 1
        number = _NUMBER.match(lower, at)
        if number:
            return (
                (number.end(), True) if level <= _HAMLET or len(number[1]) <= _WARD_DIGITS else None
            )
        code = _CODE.match(lower, at) if level <= 1 else None
        if code:
            return code.end(), True
        words: list[re.Match[str]] = []
        most = 5 if level == 1 else 3
        for word in _WORD.finditer(lower, at, at + 40):
            if words and lower[words[-1].end() : word.start()] != " ":
                break
            if not words and word.start() != at:
                break
            if words and word[0] in self.level and self._is_unit(text, word):
                break
            words.append(word)
            if len(words) == most:
                break
        return self._name_of(text, lower, words, level)

    @staticmethod
    def _is_unit(text: str, word: re.Match[str]) -> bool:
        """True for a unit's word rather than a part of a name (``Lý Thường Kiệt``)."""
        said = text[word.start() : word.end()]
        return said.islower() or (said.isupper() and len(said) > 1)

    def _name_of(
        self, text: str, lower: str, words: list[re.Match[str]], level: int
    ) -> tuple[int, bool] | None:
        """The longest known place, else the words with capitals, else two in lower case."""
        capitals = next(
            (n for n, word in enumerate(words) if not text[word.start()].isupper()), len(words)
        )
        size = capitals if level == 1 else min(capitals, 2)
        for known in range(min(len(words), 4), max(size, 1), -1):
            if level > 1 and " ".join(word[0] for word in words[:known]) in self.places:
                return words[known - 1].end(), False
        if size:
            end = words[size - 1].end()
            number = _TRAILING_NUMBER.match(lower, end) if level == _HAMLET else None
            return (number.end() if number else end), False
        if level >= _HAMLET and len(words) > 1:
            end = words[1].end()
            if _ENDS.match(lower, end) or (
                level == _HAMLET and _COMMUNE_RIGHT_NEXT.match(lower, end)
            ):
                return end, False
        if level == _HAMLET and words and _COMMUNE_NEXT.match(lower, words[0].end()):
            return words[0].end(), False
        return None

    @staticmethod
    def _bare_street(text: str, at: int) -> int:
        """Where a street's name ends that follows a house number with no word for street."""
        match = _STREET.match(text, at)
        if match and fold(match[0].split()[0]) not in {
            "xa",
            "phuong",
            "thon",
            "xom",
            "duong",
            "ngo",
        }:
            return match.end()
        return 0

    def _with_bare_places(self, view: View, lower: str, chain: list[Part]) -> list[Part]:
        """The chain with the places behind it that have no word for their kind (``, Nghệ An``)."""
        while len(chain) < _MOST_PARTS:
            gap = _BARE_GAP.match(lower, chain[-1].end)
            if gap is None:
                return chain
            words = list(_WORD.finditer(lower, gap.end(), gap.end() + 30))[:4]
            if not words or words[0].start() != gap.end():
                return chain
            for size in range(len(words), 0, -1):
                said = lower[words[0].start() : words[size - 1].end()]
                if said in self.places and (size > 1 or view.text[words[0].start()].isupper()):
                    chain.append(Part(4, words[0].start(), words[size - 1].end(), numbered=False))
                    break
            else:
                other = _OTHER_DISTRICT.match(view.text, gap.end())
                if other is None or chain[-1].level != _COMMUNE:
                    return chain
                if key(other[1]) in self.surnames:
                    return chain
                chain.append(Part(4, *other.span(0), numbered=False))
        return chain

    # --- does somebody live there? --------------------------------------------------------

    def _judge(
        self, view: View, lower: str, chain: list[Part]
    ) -> tuple[float, str, str | None] | None:
        """Score, pattern and cue of a chain that is a home; None for one that is not."""
        start = chain[0].start
        tail = lower[max(0, start - LOOK_BACK) : start]
        bare = tail.isascii()
        person = self.person.last(tail, bare=bare)
        of_office = self.office.last(tail, bare=bare) > person
        lowest = min(part.level for part in chain)
        long = len(chain) > 1
        folded = fold(tail)
        cue = self.home.search(folded)
        if cue and (lowest <= _HAMLET or long) and not (of_office and cue[1] in _NEUTRAL):
            return 0.9, "home-cue", cue[1]
        if cue and lowest == _COMMUNE and _ORIGIN.fullmatch(cue[1]):
            return 0.8, "origin", cue[1]
        there = lowest <= _HAMLET and (long or lowest > 0)
        if there and (lives(view.text, start) or (lowest and is_honoured(view.text, start))):
            return 0.7, "lives-in", None
        if long and lowest == _HAMLET and _HOUSE_RIGHT_BEFORE.search(folded):
            return 0.7, "lives-in", "nha"
        return None if of_office else self._of_person(view, chain, tail, person)

    def _of_person(
        self, view: View, chain: list[Part], tail: str, person: int
    ) -> tuple[float, str, str | None] | None:
        """A chain that leads to a house, or to somebody who is named."""
        start, long = chain[0].start, len(chain) > 1
        lowest = min(part.level for part in chain)
        if long and self._is_house(chain):
            return 0.8 if person >= 0 else 0.6, "house", None
        if 0 < lowest <= _HAMLET and self._is_of_somebody(view, start, tail, person):
            return 0.65, "of-somebody", None
        if long and lowest == _HAMLET and _ROW_OF_SOMEBODY.search(tail):
            return 0.7, "in-row", None
        return self._near_person(view, chain, tail, person) if long else None

    def _near_person(
        self, view: View, chain: list[Part], tail: str, person: int
    ) -> tuple[float, str, str | None] | None:
        """A longer chain behind a word for a person: ``anh Mẫu nhà ở ...``."""
        start, lowest = chain[0].start, min(part.level for part in chain)
        weak = self.near_home.search(fold(tail))
        near = person >= 0 and lowest <= _HAMLET
        if near and weak:
            return 0.7, "lives-in", weak[1]
        if not near:
            return None
        between = view.text[max(0, start - LOOK_BACK) + person : start]
        named = _NAME_AFTER.fullmatch(between)
        if named is None and view.text.islower():
            named = _NAME_AFTER_LOWER.fullmatch(between)
        if named or _ASIDE_OF_NAME.fullmatch(between):
            return 0.65, "after-name", None
        return None

    def _is_of_somebody(self, view: View, start: int, tail: str, person: int) -> bool:
        """True right behind somebody's name, or behind ``ở`` in the same sentence as one."""
        if person < 0 or not _AT_HOME.search(fold(tail)):
            return False
        said = tail[:person].rsplit(maxsplit=1)[-1].strip('(["“')
        if said in self.surnames and view.text[start - len(tail) + person - len(said)].islower():
            return False  # "cây ngô Đông"
        between = view.text[start - len(tail) + person : start]
        if not _SAME_SENTENCE.fullmatch(between):
            return False
        named = view.text[max(0, start - len(tail) + person - 8) : start]
        return _FULL_NAME.search(named) is not None

    @staticmethod
    def _is_house(chain: list[Part]) -> bool:
        """True where a number belongs to a house: with a street, or ``số nhà``."""
        if not any(part.level <= 1 and part.numbered for part in chain):
            return False
        if any(part.level == 1 for part in chain):
            return True
        return chain[0].level == 0 and len(chain) > 1 and 0 < chain[1].level <= _HAMLET


def _is_bare(text: str, match: re.Match[str]) -> bool:
    """True where the words around a unit are typed without accents."""
    return text[max(0, match.start() - _BESIDE) : match.end() + _AHEAD].isascii()


RECOGNIZER = AddressRecognizer
