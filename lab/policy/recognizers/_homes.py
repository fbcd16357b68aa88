"""Words before a place that say that somebody lives there."""

from __future__ import annotations

import re

from lab.policy.names import CAPITALS, key
from lab.policy.text import fold

_ASIDE = (
    "ghi|trong|tren|theo|khi|can|lien he|hien tai|hien|nay|cua|nguoi|nhan|cu|moi|o|ly lich|ho so"
    "|hop dong|giay|giay to|can cuoc|the|so|hoc ba|to khai|don|bao tin|gui|ve|thuc te|giao"
)
"""Words that a label may have behind it: ``Quê quán ghi trong lý lịch:``."""
_HOUSE_OF = (
    r"nha (?:em|e|toi|t|minh|m|anh|chi|ong|ba|co|chu|bac|no|chau|con|ho|cu|be|ban|thay|nguoi)"
    r"(?: (?:ay|ta|no|yeu))?"
    r"(?: [a-z]{2,6})? (?:o|tai|trong|ngoai)"
)
"""``nhà em ở``, ``nhà ông Cảnh ở``."""
_WHO = (
    "ông|bà|anh|chị|em|cháu|cô|chú|bác|cụ|bố|mẹ|ba|má|cậu|dì|mợ|thím|bé|thầy|bạn|vợ|chồng|con"
    "|cử tri|giáo viên|học sinh|bệnh nhân|chủ hộ|hộ|thằng|mạ|mệ|mự|o|dượng|má|cu|đồng chí|đ/c"
    "|gia đình|vợ chồng|công dân"
)
_LIVES = re.compile(
    rf"(?:(?<!\w)(?i:{_WHO})(?: [{CAPITALS}][^\W\d_]*){{1,4}}"
    rf"|[{CAPITALS}][^\W\d_]*(?: [{CAPITALS}][^\W\d_]*){{2,4}})"
    r"(?:\s*\([^()\n]{1,30}\)|,[^,;.\n]{1,24},)?\s+(?:(?:nhà|hiện|đang|quê)\s+|(?:bán|làm|nuôi|trồng|buôn|sửa|chạy)(?:\s+[^\W\d_]+){1,2}\s+)?(?:ở|quê|nhà|ngụ|trú)"
    r"(?:\s+(?:tại|cuối|đầu|giữa))?\s+\Z"
)
"""``cô Lài (0950...) ở``, ``Vi Thị Khuyên nhà ở``: whose surname is no matter."""
_HONOURED = re.compile(
    rf"(?<!\w)(?i:{_WHO})(?: [{CAPITALS}][^\W\d_]*){{1,4}}"
    rf"\s*(?:\(|,|-|–|\s)\s*\Z"
)
"""``chị Lý (``, ``ông Thể ``: right behind somebody named by a form of address."""
LOOK_BACK = 90


class Said:
    """Words looked for with their accents, and without in a text that has none."""

    def __init__(self, words: tuple[str, ...]) -> None:
        exact = {key(word) for word in words}
        self.exact = _whole(exact)
        self.bare = _whole({fold(word) for word in exact})

    def last(self, text: str, *, bare: bool) -> int:
        """Where the last of the words ends, -1 where there is none."""
        ends = [match.end() for match in (self.bare if bare else self.exact).finditer(text)]
        return ends[-1] if ends else -1


def _whole(words: set[str]) -> re.Pattern[str]:
    ordered = sorted(words, key=len, reverse=True)
    said = "|".join(map(re.escape, ordered))
    return re.compile(
        rf"(?<!\w)(?<!anh )(?<!chị )(?<!chi )(?:{said})(?!\w)"
        r"(?!\s+(?:con|em|chị|chi|bà|ba|mẹ|me)(?!\w))"  # not "bà con", "anh chị em"
    )


def lives(text: str, start: int) -> bool:
    """True where what stands before says that somebody lives there."""
    return _LIVES.search(text, max(0, start - LOOK_BACK), start) is not None


def is_honoured(text: str, start: int) -> bool:
    """True right behind somebody who is named with a form of address."""
    return _HONOURED.search(text, max(0, start - LOOK_BACK), start) is not None


def _choice(words: tuple[str, ...]) -> str:
    ordered = sorted({fold(word) for word in words}, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ordered)


def before(words: tuple[str, ...]) -> re.Pattern[str]:
    """One of some cues right before a place in the text, a colon and the like between."""
    return re.compile(
        rf"(?<!\w)({_choice(words)}|{_HOUSE_OF})(?:\s*\([^)\n]{{0,25}}\))?"
        rf"(?:(?:[ ](?:{_ASIDE})){{1,6}}[ ]?:|(?:[ ](?:cu|moi|lien he|nhan hang)){{1,2}}(?=[ ]))?"
        rf"[\s:=|\"“*_.\-–]{{0,5}}"
        rf"(?:(?:hien nay|hien|tai|o|la|so|thuoc|cua|cuoi|dau|gan|nga ba)[\s:]+){{0,3}}\Z"
    )
