"""What stands around a name: words that announce a person, a place, an office, a public figure."""

from __future__ import annotations

import re

from lab.policy.name_words import Words
from lab.policy.names import Syllables, phrase
from lab.policy.rules import Rule
from lab.policy.text import fold

BEFORE = 48
AFTER = 40
_SAME_LINE = re.compile(r"[ \t]{0,3}")
_ASCII_CUES = frozenset(
    "duong phuong truong huyen tinh khu thi xa thanh benh vien cong ty chua den nui song"
    " truong hoc quang truong cau".split()
)


def _any(words: tuple[str, ...] | frozenset[str]) -> str:
    ordered = sorted({fold(word) for word in words}, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ordered)


class Surroundings:
    """The cue words of the rule, compiled."""

    def __init__(self, rule: Rule, syllables: Syllables) -> None:
        self.syllables = syllables
        self.titles = phrase(rule.words("honorifics"))
        self.labels = rule.words("labels")
        self.places = phrase(rule.words("place_cues"))
        self.bare_places = frozenset(
            folded
            for folded in map(fold, self.places)
            if folded.split()[-1] in _ASCII_CUES or len(folded.split()) > 1
        )
        self.kinds = phrase(rule.words("school_kinds"))
        titles, labels = _any(self.titles), _any(self.labels)
        self.label = re.compile(
            rf"(?<![^\W_])({labels})(?:\s*\([^)\n]{{0,30}}\))?\s*[:=\-–|.]{{0,3}}\s*[\"“'*_]*\Z"
        )
        self.title = re.compile(
            rf"(?<![^\W_])({titles})(?:\s*\((?:ba|chi|ong|anh|co)\))?\s*[:/]?\s*[\"“'*_]*\Z"
        )
        offices = _any(rule.words("high_offices"))
        self.office = re.compile(
            rf"(?<!\w)(?:{offices})(?:\s+(?:bo|chinh phu|nuoc|quoc hoi|dang|viet nam|dong chi)"
            rf"(?:\s+[^\W\d_]+){{0,3}})?[\s,:]*\Z"
        )
        self.leading = re.compile(rf"(?<!\w)(?:{_any(rule.words('leader_cues'))})(?!\w)")
        self.follow = re.compile(
            r"[\s\"”'*_|]*(?:[,;(\-–:.]\s*)?(?:la\s+)?(?:"
            + _any(rule.words("follow"))
            + r")(?!\w)|\s*[,(]\s*(?:sn\s*)?(?:19|20)\d\d\s*[),;]|\s*[,|:(\-–]\s*(?:\+84|0)\d{3}|\s*[,|:(\-–]\s*\d{9,12}\b"
        )

    def before(self, words: Words, first: int, folded: str) -> str | None:
        """The word that announces a person right before a name."""
        start = words.starts[first]
        tail = folded[max(0, start - BEFORE) : start]
        found = self.label.search(tail) or self.title.search(tail)
        return found[1] if found else None

    def labelled(self, start: int, folded: str) -> str | None:
        """The label of a form right before a place in the text (``họ và tên:``)."""
        found = self.label.search(folded[max(0, start - BEFORE) : start])
        return found[1] if found else None

    def after(self, words: Words, last: int, folded: str) -> bool:
        """True where something follows that goes with people."""
        end = words.ends[last]
        return self.follow.match(folded[end : end + AFTER]) is not None

    def of_office(self, start: int, folded: str) -> bool:
        """True right after a high office of the State (``Thủ tướng``)."""
        return self.office.search(folded[max(0, start - BEFORE) : start]) is not None

    def of_place(self, words: Words, first: int, *, bare: bool) -> bool:
        """True right after a word such as ``đường``, ``trường THPT``, ``bệnh viện``."""
        at = first
        while at and words.keys[at - 1] in self.kinds and self._near(words, at - 1):
            at -= 1
        if at < first and words.keys[at] in ("thpt", "thcs", "tnhh", "ptdtnt", "bv", "đh", "tp"):
            return True
        if not at or not self._near(words, at - 1):
            return False
        previous = words.keys[at - 1]
        for size in (1, 2, 3, 4):
            if at < size or (size > 1 and not self._near(words, at - size)):
                return False
            said = words.join(at - size, at)
            if said in self.places and not self._role(words, at - size, size):
                return True
            if (
                said.isascii()
                and said in self.bare_places
                and (bare or size > 1 or previous in _ASCII_CUES)
            ):
                return not self._role(words, at - size, size)
        return False

    def _role(self, words: Words, at: int, size: int) -> bool:
        """True for ``hiệu trưởng`` typed without accents, which is no school."""
        if size > 1 or words.keys[at] != "truong" or not at:
            return False
        return words.keys[at - 1] in {
            "hieu",
            "to",
            "xom",
            "thon",
            "doi",
            "ban",
            "khoi",
            "bi",
            "pho",
        }

    @staticmethod
    def _near(words: Words, index: int) -> bool:
        return _SAME_LINE.fullmatch(words.between(index)) is not None
