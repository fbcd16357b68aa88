"""Words that say that a document is secret: ``tài liệu đóng dấu mật``, ``báo cáo tối mật số ...``.

A lesson about the law uses the same words. What decides is the balance of the sentence: what
hands the content over (a number, ``sau đây``, a request to summarise, capitals) against what only
speaks about secrecy (the law's name, a definition, a question, a prohibition, a list of levels).
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.policy.recognizers._evidence import Evidence
from lab.policy.recognizers._words import Found, Reading, lexicon, outermost, readings
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import Views

LEVELS = ("tuyệt mật", "tối mật", "tuyệtmật", "tốimật")
DOCUMENTS = frozenset(
    [
        "tai",
        "lieu",
        "van",
        "ban",
        "cong",
        "cao",
        "ho",
        "so",
        "nghi",
        "quyet",
        "to",
        "trinh",
        "ke",
        "hoach",
        "quyet",
        "dinh",
        "thong",
        "chi",
        "thi",
        "ket",
        "luan",
        "de",
        "an",
        "phuong",
        "dien",
        "dau",
        "do",
        "loai",
        "muc",
        "thuoc",
        "dien",
        "file",
        "tep",
        "ban",
        "bien",
        "cap",
        "hang",
        "bi",
        "che",
        "dong",
        "chu",
        "xep",
    ]
)
AGAINST = {
    "learning": 2.0,
    "question": 1.0,
    "asking": 2.0,
    "permission": 3.0,
    "tools": 3.5,
    "forbidding": 2.5,
    "figure": 4.0,
}
FOR = {"content": 2.0, "number": 2.0, "handling": 1.0}
_UNSURE = frozenset({"hop", "anh", "ban", "phan", "thu", "muc", "noi"})
"""Without accents, ``hop mat`` is rather ``họp mặt``."""
_BETWEEN = frozenset({"va", "hoac", "hay", "den", "a", "b", "c", "do", "dau"})


class SecrecyProse(Recognizer):
    """Finds levels of secrecy and secret documents in running text."""

    name = "secrecy_prose"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self._signs = lexicon(level=LEVELS, prose=rule.words("phrases"))
        self._evidence = Evidence(rule)
        self._not_after = frozenset(rule.words("not_after"))
        self._not_before = frozenset(rule.words("not_before"))

    def find(self, views: Views) -> Iterator[Hit]:
        """Signs whose sentence hands content over more than it talks about secrecy."""
        for reading in readings(views):
            signs = [each for each in reading.find(self._signs) if self._is_sign(reading, each)]
            if not signs:
                continue
            for sign in outermost(signs):
                weight = self._weigh(reading, sign, signs)
                if weight >= 1:
                    start, end = reading.view.span(sign.start, sign.end)
                    score = min(0.95, 0.7 + weight / 20)
                    yield Hit(start, end, score, sign.phrase, view=reading.view.name)

    def _is_sign(self, reading: Reading, sign: Found) -> bool:
        """False where the words are part of others: ``mật độ``, ``buổi tối, mật``, ``tôi mất``."""
        if not all(reading.joined(i, i + 1) for i in range(sign.first, sign.last)):
            return False
        if reading.words[sign.last] == "mat" and reading.follows(sign.last, self._not_after):
            return False
        if sign.label != "level":
            bare = reading.text[sign.start : sign.end].isascii()
            return not (bare and reading.words[sign.last - 1] in _UNSURE)
        if reading.precedes(sign.first, self._not_before):
            return False
        return self._certain(reading, sign)

    @staticmethod
    def _certain(reading: Reading, sign: Found) -> bool:
        """For ``toi mat`` (``tôi mất``, too): only beside a document or in capitals."""
        written = reading.text[sign.start : sign.end]
        if reading.words[sign.first] != "toi":
            return True
        first = written.lower().split()[0]
        if first.startswith("tối") or any(char.isdigit() for char in written):
            return True
        if not first.isascii():
            return False
        sentence = reading.sentence_of[sign.first]
        begins = reading.first_word(reading.bounds(sentence)[0])
        before = reading.words[max(begins, sign.first - 3) : sign.first]
        return written.isupper() or bool(DOCUMENTS.intersection(before))

    def _weigh(self, reading: Reading, sign: Found, signs: list[Found]) -> float:
        """How much more the sentence hands over than it talks about."""
        weight = self._evidence.balance(reading, sign, FOR, AGAINST)
        near = self._evidence.beside(reading, sign)
        weight += 0.5 * near.count("content") - 0.5 * near.count("learning")
        written = reading.text[sign.start : sign.end]
        if written.isupper() and not _all_capitals(reading, reading.sentence_of[sign.first]):
            weight += 1.0
        if _listed(reading, sign, signs):
            weight -= 2.5
        return weight


def _all_capitals(reading: Reading, sentence: int) -> bool:
    start, end = reading.bounds(sentence)
    return reading.text[start:end].isupper()


def _listed(reading: Reading, sign: Found, signs: list[Found]) -> bool:
    """True for a list of levels: ``Tuyệt mật, Tối mật và Mật``, or one level a line."""
    for other in signs:
        if other.label != "level" or other.phrase == sign.phrase:
            continue
        low, high = sorted((sign, other), key=lambda each: each.first)
        between = reading.words[low.last + 1 : high.first]
        if low.last < high.first and len(between) <= 2 and _BETWEEN.issuperset(between):  # noqa: PLR2004
            return True
        lines = reading.sentence_of[high.first] - reading.sentence_of[low.first]
        if 0 < lines <= 2 and _begins(reading, low) and _begins(reading, high):  # noqa: PLR2004
            return True
    if sign.label != "level":
        return False
    tail = reading.words[sign.last + 1 : sign.last + 3]
    return tail[:1] == ["mat"] or (tail[1:] == ["mat"] and tail[0] in _BETWEEN)


def _begins(reading: Reading, sign: Found) -> bool:
    """True where only a bullet or a number stands before the sign on its line."""
    line = reading.text[: sign.start].rpartition("\n")[2]
    return not any(char.isalpha() for char in line)


RECOGNIZER = SecrecyProse
