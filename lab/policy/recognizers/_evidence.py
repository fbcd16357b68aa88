"""What speaks for and against a sign of secrecy, sentence by sentence.

One word never decides: ``tài liệu mật`` stands in a stamped report and in a lesson about the law.
So each recognizer of secrets adds up what stands beside its sign, and only in the same sentence:
a phrase that lets one sentence pass says nothing of the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lab.policy.recognizers._words import Found, Lexicon, Reading, lexicon
from lab.policy.rules import Rule

KINDS = (
    "learning", "asking", "permission", "forbidding", "tools", "figure", "public", "history",
    "content", "handling", "status", "planned", "tie",
)  # fmt: skip
_NUMBER = re.compile(
    r"\bso:? ?\d{1,5} ?[-/] ?[a-z]|\b\d{1,5} ?[-/] ?(?:\d{4} ?/ ?)?[a-z]{2,5} ?[-/] ?[a-z]{2,6}\b"
)
_DIGIT = re.compile(r"\d")
_LAW_NUMBER = re.compile(r"/ ?(?:20\d\d ?/ ?)?(?:qh\d|nd-cp|tt-|qd-ttg|ttg\b|ubtvqh)|-q[dy]/tw\b")
_POINTER = re.compile(r":\s*$|:\s*[\"“«]")
_AFTER = re.compile(r"\bsau\s*:|\bnay\s*:")


class Evidence:
    """The lists of a rule that weigh a sign."""

    def __init__(self, rule: Rule) -> None:
        """Reads the lists of ``rule`` whose names are in ``KINDS``."""
        self.lexicon: Lexicon = lexicon(
            **{kind: rule.words(kind) for kind in KINDS if kind in rule.lists}
        )

    def kinds(self, reading: Reading, sign: Found) -> set[str]:
        """The kinds of evidence in the sign's sentence, apart from the sign's own words."""
        sentence = reading.sentence_of[sign.first]
        return self.of_sentence(reading, sentence) | {
            each.label
            for each in reading.by_sentence(self.lexicon).get(sentence, ())
            if not each.overlaps(sign)
        }

    def beside(self, reading: Reading, sign: Found) -> list[str]:
        """The kinds of evidence in the sentence before and the one after."""
        sentence = reading.sentence_of[sign.first]
        grouped = reading.by_sentence(self.lexicon)
        return [
            kind
            for near in (sentence - 1, sentence + 1)
            for kind in {each.label for each in grouped.get(near, ())}
        ]

    def balance(
        self, reading: Reading, sign: Found, lifts: Mapping[str, float], holds: Mapping[str, float]
    ) -> float:
        """1, and what lifts the sign, less what holds it back."""
        kinds = self.kinds(reading, sign)
        if kinds & {"asking", "permission"}:
            kinds.discard("handling")
        return 1.0 + sum(lifts.get(kind, 0.0) - holds.get(kind, 0.0) for kind in kinds)

    @staticmethod
    def of_sentence(reading: Reading, sentence: int) -> set[str]:
        """Evidence that is no word: a question mark, a document's number, a colon at the end."""
        start, end = reading.bounds(sentence)
        text = reading.folded[start:end]
        kinds: set[str] = set()
        if text.rstrip().endswith("?"):
            kinds.add("question")
        if _DIGIT.search(text):
            kinds.add("figures")
        if _NUMBER.search(text) and not _LAW_NUMBER.search(text):
            kinds.add("number")
        if _AFTER.search(text) or _POINTER.search(text.rstrip()):
            kinds.add("content")
        return kinds
