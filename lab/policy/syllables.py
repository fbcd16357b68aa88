"""What can be a Vietnamese syllable: the test of every guess at how a word was meant."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_TONES = str.maketrans("", "", "\u0300\u0301\u0303\u0309\u0323")
_ONSET = r"(?:ngh|ng|nh|gh|gi|g|kh|k|ph|p|th|tr|t|ch|c|qu|b|d|đ|h|l|m|n|r|s|v|x)?"
_OPEN = (
    "a|e|ê|i|o|ô|ơ|u|ư|y|ia|ya|ua|ưa|oa|oe|uê|uy|uơ|uya|ai|ay|ao|au|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|"
    "ưu|oai|oay|oeo|oao|uay|uây|uôi|ươi|ươu|iêu|yêu|uyu|uau"
)
_NASAL = "ă|â|a|e|ê|i|o|ô|ơ|u|ư|iê|yê|uô|ươ|oa|oă|oe|uâ|uê|uy|uyê|y"
_CODA = "(?:ch|nh|ng|c|m|n|p|t)"
_SYLLABLE = re.compile(rf"{_ONSET}(?:(?:{_NASAL}){_CODA}|(?:{_OPEN}))")
_BARE_SYLLABLE = re.compile(
    _SYLLABLE.pattern.translate(str.maketrans("ăâêôơưđ", "aaeooud")),
)
_LONGEST = 7


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Whether a word with its accents could be Vietnamese (one tone, and on a known rime)."""
    apart = unicodedata.normalize("NFD", word.lower())
    bare = apart.translate(_TONES)
    if len(apart) - len(bare) > 1:
        return False
    return _SYLLABLE.fullmatch(unicodedata.normalize("NFC", bare)) is not None


@lru_cache(maxsize=4096)
def is_bare_syllable(word: str) -> bool:
    """Whether a word without accents could be a Vietnamese one that lost them."""
    return len(word) <= _LONGEST and _BARE_SYLLABLE.fullmatch(word.lower()) is not None
