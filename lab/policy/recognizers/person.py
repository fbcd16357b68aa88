"""Names of people, in every way that Vietnamese officials write them.

Full names in title case, capitals or without accents, lower case after a word that announces a
person, initials, and a given name after a form of address. Historical and public figures, and the
streets, schools and places that carry a name, pass.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import ClassVar

from lab.policy.name_context import Surroundings
from lab.policy.name_words import Words
from lab.policy.names import NAME_LENGTH, Around, Syllables
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import View, Views

_GLUE = re.compile(r"[ \t]{1,3}|_|")
_MARKS = ("-", "+", ".", "·", "/")
"""What people put between the parts of a name in place of a space."""
_DOTS = re.compile(r"\.\s?|\s")
_BREAK = re.compile(r"[ \t]*\n[ \t>|]*|[ \t]*\|[ \t]*|\t+")
_INITIALS = re.compile(r"(?<![\w.])(?:[A-ZĐ]\s?\.\s?){1,3}[A-ZĐ](?!\w)")
_AFTER_GIVEN = frozenset(("ở", "là", "sinh", "trú", "sn", "và", "có", "bị", "hiện", "quê", "thường", "gửi"))
_ROOM = 90
"""Characters around a disguised word that are read with it."""
_CERTAIN = 0.5
"""Score from which words are taken to be a name; below it, a name may begin within them."""
_ROLE_STARTS = frozenset(
    "bí phó chủ trưởng giám chánh ủy đảng cán kế thư tổ hội đội thường bi pho chu truong giam".split()
)
"""First words of offices, which follow a name without a comma."""
_LINE_ENDS = ("", ".", ",", ";")
_ALMOST = frozenset(("văn", "thị", "van", "thi"))
_STREET_WORDS = frozenset("đường đình cầu khu làng xóm bản quán cống trại đền".split())
_ORDER_NAMES = frozenset("hai ba tư năm sáu bảy tám chín út cả".split())
_SOLE = frozenset("ông bà anh chị em cháu cô chú bác dì cậu thầy cụ".split())
_DOUBTFUL_TITLES = frozenset("ba co chi con bac di cau be cha me bo ho vo ban chu".split())
"""Forms of address that, without accents, are many other words."""
_BARE_SOLE = frozenset("ong ba anh chi em chau co chu bac di cau thay cu".split())
"""Forms of address that are one word, and begin many other expressions."""


Found = tuple[int, float, str, str | None]
"""Index of the word after a name, score, pattern, cue."""


class PersonRecognizer(Recognizer):
    """Finds the names of people."""

    name: ClassVar[str] = "person"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self.syllables = Syllables(rule)
        self.around = Surroundings(rule, self.syllables)

    def find(self, views: Views) -> Iterable[Hit]:
        """Every name in every reading of the text."""
        plain = views.plain
        yield from self._read(plain, 0, len(plain.text))
        for view in views.everything():
            if view is not plain:
                for start, end in _changed(plain, view):
                    yield from self._read(view, start, end)

    def _read(self, view: View, start: int, end: int) -> Iterator[Hit]:
        words = Words(view.text[start:end], self.syllables)
        reader = _Reader(words, view.folded[start:end], self.syllables, self.around)
        for first, last, score, pattern, cue in reader.read():
            a, b = view.span(start + first, start + last)
            yield Hit(a, b, round(score, 3), pattern, cue, view.name)


def _changed(plain: View, view: View) -> Iterable[tuple[int, int]]:
    """The parts of a reading that are not as in the plain one, with room for cue words."""
    edits = view.edits(plain, _ROOM)
    return [(0, len(view.text))] if edits is None else edits


class _Reader:
    """One pass over the words of one reading."""

    def __init__(
        self, words: Words, folded: str, syllables: Syllables, around: Surroundings
    ) -> None:
        self.words = words
        self.folded = folded
        self.syllables = syllables
        self.around = around
        self.bare = words.text.isascii()
        self._led: bool | None = None

    def read(self) -> Iterator[tuple[int, int, float, str, str | None]]:
        """Start, end, score, pattern and cue of each name."""
        words, index = self.words, 0
        keys, shapes, surnames = words.keys, words.shapes, self.syllables.surnames
        while index < words.count:
            found: Found | None = None
            if keys[index] in surnames:
                found, skip = self._full(index)
                if skip:
                    index = skip
                    continue
            if found is None and shapes[index] != "lower":
                found = self._announced(index)
            if found is None:
                index += 1
                continue
            last, score, pattern, cue = found
            yield words.starts[index], words.ends[last - 1], score, pattern, cue
            index = last
        yield from self._initials()

    # --- a full name ----------------------------------------------------------------------

    def _full(self, first: int) -> tuple[Found | None, int]:
        """A full name that begins at a word; or where to go on, if it is none for certain."""
        words, folded = self.words, self.folded
        if words.shapes[first] == "lower" and not self._worth(first):
            return None, 0
        end = self._extent(first)
        if end - first < 2 or self._next_is_surname(first, end):
            return None, 0
        public = self._public(first, end)
        if public:
            return None, public
        shape = words.shapes[first]
        if shape != "lower" and self.around.of_place(words, first, end, bare=self.bare):
            return None, self._inner(first, end)
        shape = "upper" if shape == "letter" else shape
        if self._is_street_word(first):
            return None, 0
        cue = self.around.cue(words, first)
        best: tuple[float, int] = (0.0, end)
        for stop in range(end, first + 1, -1):
            around = Around(
                before=cue is not None,
                other=self._other_word(first),
                verb=self.around.acts(words, stop - 1),
                label=cue is not None and cue.label,
                after=self.around.after(words, stop - 1, folded),
                start=words.begins(first),
                heading=self._in_heading(first, stop, shape),
            )
            score = self.syllables.weigh(words.keys[first:stop], around, shape)
            if score > best[0] + (0.15 if stop < end else 0.0):
                best = (score, stop)
            if shape == "title" and score > 0.5:
                break
        score, stop = best
        if score < _CERTAIN:
            return None, 0
        if self.around.of_office(words.starts[first], folded):
            return None, stop
        return (stop, score, f"name-{shape}", cue.word if cue else None), 0

    def _worth(self, first: int) -> bool:
        """False for a word in lower case that cannot begin a name: the cheap half."""
        words, syllables = self.words, self.syllables
        if first + 1 >= words.count or words.shapes[first + 1] != "lower":
            return False
        cue = self.around.cue(words, first)
        sure = words.keys[first] in syllables.bare_strong or words.keys[first + 1] in _ALMOST
        if cue and (sure or cue.label or words.keys[first - 1] not in _DOUBTFUL_TITLES):
            return True
        return (
            syllables.surname(words.keys[first]) >= 2.0
            and words.keys[first + 1] in syllables.middles
        )

    def _next_is_surname(self, first: int, end: int) -> bool:
        """True where a weak surname is but a title before a strong one (``Ong Nguyen Van ...``)."""
        keys, syllables = self.words.keys, self.syllables
        first_key, second = keys[first], keys[first + 1]
        if end - first < 3 or second in _ALMOST or syllables.surname(first_key) >= 2.0:
            return False
        if first_key in _SOLE:
            return syllables.surname(second) > 0
        return first_key in _BARE_SOLE and second.isascii() and syllables.surname(second) >= 1.0

    def _is_street_word(self, first: int) -> bool:
        """True for ``Đường Trần ...``: a surname on paper, but here the word for a street."""
        keys = self.words.keys
        return keys[first] in _STREET_WORDS and keys[first + 1] not in _ALMOST

    def _inner(self, first: int, end: int) -> int:
        """Where a name may begin behind a place's (``xã Hòa Lam Nguyễn Văn Mẫu``), else the end."""
        keys = self.words.keys
        for index in range(first + 2, end - 1):
            if keys[index] in self.syllables.strong:
                return index
        return end

    def _extent(self, first: int) -> int:
        """Where the run of words that may be one name ends."""
        words, syllables = self.words, self.syllables
        capital = words.shapes[first] != "lower"
        index = first + 1
        while index < words.count and index - first < NAME_LENGTH:
            word, shape = words.keys[index], words.shapes[index]
            if (shape != "lower") != capital:
                break
            if not self._joined(first, index):
                break
            if self._ends_before(first, index, capital=capital):
                break
            index += 1
            if len(word) == 1 and capital and index - first > 2 and self._initial_ends(index):
                break
        if (
            index - first > 2
            and index < words.count
            and words.between(index - 1) == " "
            and words.keys[index - 1] in _ROLE_STARTS
            and syllables.is_ordinary(words.keys[index - 1], words.keys[index])
        ):
            index -= 1
        return index

    def _initial_ends(self, index: int) -> bool:
        return index >= self.words.count or len(self.words.keys[index]) > 1

    def _joined(self, first: int, index: int) -> bool:
        """True where a word may belong to the same name as the one before it."""
        words, syllables = self.words, self.syllables
        between = words.between(index - 1)
        if _GLUE.fullmatch(between):
            return True
        previous = words.keys[index - 1]
        if between in _MARKS:
            return previous in _ALMOST or words.keys[index] in _ALMOST
        if words.shapes[index - 1] == "letter" or words.shapes[index] == "letter":
            return _DOTS.fullmatch(between) is not None
        if _BREAK.fullmatch(between) is None or words.shapes[index] == "lower":
            return False
        if previous in ("văn", "thị", "van", "thi") and index - first == 2:
            return words.keys[index] in syllables.givens
        return (
            index - first == 1
            and previous in syllables.strong
            and index + 1 < words.count
            and words.keys[index] in ("văn", "thị")
        )

    def _ends_before(self, first: int, index: int, *, capital: bool) -> bool:
        """True where a name must end before a word: the next name, a title, a verb."""
        words, syllables = self.words, self.syllables
        word, done = words.keys[index], index - first
        if done < 2:
            return False
        previous = words.keys[index - 1]
        third = done == 2 and word in syllables.givens and previous in syllables.middles
        following = words.keys[index + 1] if index + 1 < words.count else ""
        if following and words.between(index) in (" ", "\n"):
            if syllables.is_ordinary(word, following) and self._is_role(index, previous):
                return not (third and previous in _ALMOST)
        if len(word) == 1 and previous in _ALMOST:
            return False
        given = word in syllables.givens
        likely = third or (given and (capital or self._closes(index)))
        if given and not likely and not self.bare and previous in syllables.middles:
            likely = following in syllables.function
        if word in syllables.function and not likely:
            return True
        if word in syllables.strong and not self._closes(index):
            if words.shapes[index + 1] != "lower" and (done > 2 or following in _ALMOST):
                return True
        if words.shapes[first] == "title" or (capital and not self._run_on(index)):
            return False
        if done > 2 and not self._closes(index):
            return not (word in syllables.givens and previous in syllables.middles)
        return False

    def _is_role(self, index: int, previous: str) -> bool:
        """True where an ordinary expression ends a name: a title, or, in capitals, any."""
        words, middles = self.words, self.syllables.middles
        if words.shapes[index] == "upper" and words.shapes[index + 1] == "lower":
            return False
        if words.shapes[index] == "title":
            return words.keys[index] in _ROLE_STARTS
        named = previous in middles and words.keys[index] in middles and self._closes(index + 1)
        return not named

    def _closes(self, index: int) -> bool:
        """True where nothing but the end of a line or a mark follows a word."""
        return index + 1 >= self.words.count or not _GLUE.fullmatch(self.words.between(index))

    def _run_on(self, index: int) -> bool:
        """True where a word is followed by another in capitals."""
        return not self._closes(index) and self.words.shapes[index + 1] == "upper"

    def _other_word(self, first: int) -> bool:
        """True where the first word makes an expression with the one before (``có lẽ``)."""
        words = self.words
        return (
            first > 0
            and words.between(first - 1) == " "
            and words.shapes[first] == "lower"
            and self.syllables.is_ordinary(words.keys[first - 1], words.keys[first])
        )

    def _in_heading(self, first: int, stop: int, shape: str) -> bool:
        """True where the run is part of a heading rather than of a sentence."""
        if shape == "upper":
            return self._in_capitals(first, stop)
        if shape == "title" and self._goes_on(stop):
            return True
        return (
            shape == "title"
            and first > 0
            and self.syllables.surname(self.words.keys[first]) < 2.0
            and self.words.shapes[first - 1] == "title"
            and self.words.between(first - 1) == " "
            and not self.words.begins(first - 1)
        )

    def _goes_on(self, stop: int) -> bool:
        """True where the word behind a run has a capital and begins neither a name nor a title."""
        words = self.words
        return (
            stop < words.count
            and words.between(stop - 1) == " "
            and words.shapes[stop] == "title"
            and words.keys[stop] not in self.syllables.strong
            and words.keys[stop] not in _ROLE_STARTS
        )

    def _in_capitals(self, first: int, stop: int) -> bool:
        """True where the words beside a run in capitals, on its line, are in capitals too."""
        words = self.words
        for inner, outer in ((first - 1, first - 1), (stop - 1, stop)):
            if 0 <= inner and outer < words.count and "\n" not in words.between(inner):
                if words.shapes[outer] == "upper" and not words.between(inner).strip(" -–"):
                    return True
        return False

    # --- who is public --------------------------------------------------------------------

    def _public(self, first: int, end: int) -> int:
        """Where a public figure's name ends that begins at a word; 0 where it is none."""
        words, syllables = self.words, self.syllables
        for stop in range(min(end, first + 4), first + 1, -1):
            said = words.join(first, stop)
            if stop < end and stop - first < 3 and words.shapes[first] != "upper":
                break
            known = said in syllables.figures or (said in syllables.leaders and self._leading())
            if known and not self._private(first, stop):
                return stop
        return 0

    def _leading(self) -> bool:
        """True where the text speaks of leaders by their office."""
        if self._led is None:
            self._led = self.around.leading.search(self.folded) is not None
        return self._led

    def _private(self, first: int, stop: int) -> bool:
        """True where a public figure's name is filled into a form by a private person."""
        words = self.words
        if self.around.privately(words, stop - 1):
            return True
        cue = self.around.cue(words, first)
        return cue is not None and cue.label and self.around.after(words, stop - 1, self.folded)

    # --- a given name after a form of address ---------------------------------------------

    def _announced(self, first: int) -> Found | None:
        """A given name, or a foreign one, right after a word that announces a person."""
        words, syllables = self.words, self.syllables
        if words.shapes[first] not in ("title", "upper") or not first:
            return None
        cue = self.around.cue(words, first)
        if cue is None or self.around.continues(cue.word, words.keys[first]):
            return None
        if not self._speaks_of_person(first):
            return None
        end = first + 1
        while end < words.count and end - first < 4 and words.shapes[end] in ("title", "upper"):
            if not _GLUE.fullmatch(words.between(end - 1)):
                break
            if self._ends_before(first - 1, end, capital=True):
                break
            end += 1
        if not self._may_be_given(first, end):
            return None
        if words.keys[end - 1] in syllables.givens:
            score = 0.85 if end - first < 4 else 0.6
        else:
            score = (
                0.7
                if cue.label or end - first > 1 or cue.word in ("ong", "ba", "dong chi")
                else 0.6
            )
        return (end, score, "name-labelled" if cue.label else "name-given", cue.word)

    def _speaks_of_person(self, first: int) -> bool:
        """True where the form of address is one: not ``tiếng Anh``, not ``Bà Rịa``."""
        words = self.words
        said = words.keys[first - 1]
        if said not in _SOLE:
            return True
        if words.between(first - 1).strip(" \t:\"“'"):
            return False
        shape = words.shapes[first - 1]
        if shape == "lower" or said in ("ông", "bà"):
            return True
        return words.begins(first - 1) or (shape == "upper" and words.shapes[first] == "upper")

    def _may_be_given(self, first: int, end: int) -> bool:
        """True unless the words are a title, a place or a public figure."""
        words, syllables = self.words, self.syllables
        following = words.keys[end] if end < words.count and words.between(end - 1) == " " else ""
        keys = words.keys[first:end]
        if (
            "\n" in words.between(first - 1)
            and words.text[words.ends[end - 1] :][:2].strip() not in _LINE_ENDS
        ):
            return False
        if following and syllables.is_ordinary(keys[-1], following):
            return False
        if any(syllables.is_ordinary(a, b) for a, b in zip(keys, keys[1:], strict=False)):
            return False
        if (
            syllables.is_ordinary(words.keys[first - 1], keys[0])
            and not words.between(first - 1).strip()
        ):
            return False
        if len(keys) == 1 and self._no_name(first, following):
            return False
        if len(keys) == 1 and (keys[0] in _ORDER_NAMES or len(keys[0]) == 1):
            return False
        if keys[0] in syllables.function and not keys[0] in syllables.givens:
            return False
        if len(keys) > 1 and " ".join(keys) in syllables.places:
            return False
        whole = words.join(first - 1, end)
        if whole in syllables.figures or " ".join(keys) in syllables.figures:
            return False
        if words.shapes[first - 1] != "lower" and whole in syllables.places:
            return False
        return not self.around.of_office(words.starts[first], self.folded)

    def _no_name(self, first: int, following: str) -> bool:
        """True for one word after a label that begins a sentence, and for an abbreviation."""
        words = self.words
        cue = self.around.cue(words, first)
        if words.shapes[first] == "upper" and words.keys[first] not in self.syllables.givens:
            return True
        return (
            cue is not None
            and cue.label
            and bool(following)
            and words.shapes[first + 1] == "lower"
            and following not in _AFTER_GIVEN
        )

    def _initials(self) -> Iterator[tuple[int, int, float, str, str | None]]:
        """Initials after a word that announces a person: ``ông N.V.A``."""
        for match in _INITIALS.finditer(self.words.text):
            cue = self.around.cue(self.words, bisect_left(self.words.starts, match.start()))
            if cue:
                yield match.start(), match.end(), 0.75, "name-initials", cue.word


RECOGNIZER = PersonRecognizer
