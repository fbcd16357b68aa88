"""House numbers before a street with no word for either: ``243/17 Lạc Long Quân, phường ...``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.policy.names import CAPITALS

_NUMBER = r"(?<![\w/.,\-])\d{1,4}[A-Za-z]?(?:/\d{1,3}[A-Za-z]?){0,4}"
_HOUSE = re.compile(
    rf"(?P<house>{_NUMBER}\s+(?:[{CAPITALS}][^\W\d_]*)(?:\s[{CAPITALS}][^\W\d_]*){{1,3}})\s*,\s*\Z"
)
"""A number and a street's name right before a ward."""
_NUMBER_OF_STREET = re.compile(rf"(?P<house>{_NUMBER})\s+\Z")
"""A number right before the word for a street."""
_COUNTED = re.compile(
    r"(?:quý|tháng|ngày|năm|điều|khoản|mục|thứ|khóa|khoá|lớp|phần|bài|kỳ|đợt|lần|qua|và|có|của|cho)\s+\Z",
    re.IGNORECASE,
)
"""Words whose number it is otherwise, or that count streets."""
_SOMEBODY = re.compile(
    r"(?<!\w)(?i:ông|bà|anh|chị|em|cháu|cô|chú|bác|cụ|tôi|mình|nhà|ở|trú|ship|giao"
    r"|người (?:gửi|nhận|nộp)|nhận hàng|địa chỉ|hộ kinh doanh"
    r"|chủ (?:hộ|quán|tiệm|trọ|cửa hàng|cơ sở))(?!\w)"
    rf"|(?:[{CAPITALS}][^\W\d_]*\s){{2,4}}[{CAPITALS}][^\W\d_]*\s*[,;(|–-]\s*\Z"
)
"""Without a slash the number may count streets, or be a shop's: somebody must be near."""
_LOOK_BACK = 60
_WARD, _STREET = 3, 1


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an address: house 0, street 1, hamlet 2, commune 3, district 4, province 5."""

    level: int
    start: int
    end: int
    numbered: bool


def with_house(text: str, chain: list[Part]) -> list[Part]:
    """The chain, and before it the house that it belongs to, where one is written without its
    word: before a ward with the street's name, before a street's word alone.
    """
    first = chain[0]
    if first.level != _STREET and first.level < _WARD:
        return chain
    if first.level == _STREET and first.numbered:
        return chain
    pattern = _NUMBER_OF_STREET if first.level == _STREET else _HOUSE
    found = pattern.search(text, max(0, first.start - _LOOK_BACK), first.start)
    if found is None or _COUNTED.search(
        text, max(0, found.start("house") - 12), found.start("house")
    ):
        return chain
    before = text[max(0, found.start("house") - _LOOK_BACK) : found.start("house")]
    if "/" not in found["house"] and not _SOMEBODY.search(before):
        return chain
    return [Part(_STREET, *found.span("house"), numbered=True), *chain]
