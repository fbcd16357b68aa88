"""Names of people, in every way that Vietnamese officials write them.

Full names in title case, capitals or without accents, lower case after a word that announces a
person, initials, and a given name after a form of address. Historical and public figures, and the
streets, schools and places that carry a name, pass.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator

from lab.policy.name_context import Cue, Surroundings
from lab.policy.name_doubts import Doubts
from lab.policy.name_features import Kinds
from lab.policy.name_given import GivenNames
from lab.policy.name_run import Runs
from lab.policy.name_sets import (
    ADDRESS,
    BARE_ADDRESS,
    BARE_STREETS,
    COMMON,
    DOUBTFUL_ADDRESS,
    MOST,
    PAIR,
    STREET_WORDS,
    TELLING,
    TRIPLE,
)
from lab.policy.name_tagger import Tagger, trained
from lab.policy.name_words import Words
from lab.policy.names import CAPITALS, Around, Syllables
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import View, Views

_INITIALS = re.compile(
    r"(?<![\w.])(?:(?:[A-ZĐ]\s?\.\s?){1,3}[A-ZĐ](?!\w)|(?:[a-zđ]\.){2,3}[a-zđ](?![\w.]))"
)
_SHORT_SURNAME = re.compile(
    rf"(?<![\w.])(?:Ng|Ngn|Tr|Ph|Hg|Đg)\.?(?:\s?[{CAPITALS}][^\W\d_]*\.?){{1,3}}"
    rf"\s?[{CAPITALS}][^\W\d_]+"
)
"""``Ng. Trọng Đễ``, ``Ng.V. Hùng``: a surname cut short."""
_ROOM = 90
"""Characters around a disguised word that are read with it."""
_CERTAIN = 0.5
"""Score from which words are taken to be a name; below it, a name may begin within them."""
_BETTER = 0.15
"""By how much a shorter name must score better than a longer one."""
_JOINTS = frozenset(("và", "với", "va", "voi", "cùng", "cung"))
_BESIDE = 1.0
"""How much the tagger must like several words with capitals behind a name and one of these."""
_FIGURE_WORDS = 4
"""Most words of a public figure's name."""

Found = tuple[int, float, str, str | None]
"""Index of the word after a name, score, pattern, cue."""


class PersonRecognizer(Recognizer):
    """Finds the names of people."""

    name = "person"  # type: ignore[misc,unused-ignore]

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self.syllables = Syllables(rule)
        self.around = Surroundings(rule, self.syllables)
        self.tagger = Tagger(Kinds(self.syllables, self.around), trained())

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
        folded = view.folded[start:end]
        reader = _Reader(words, folded, self.syllables, self.around)
        known: set[int] = set()
        for first, last, score, pattern, cue in reader.read():
            known.update(range(bisect_left(words.starts, first), bisect_left(words.starts, last)))
            a, b = view.span(start + first, start + last)
            yield Hit(a, b, round(score, 3), pattern, cue, view.name)
        for index, stop, margin in self.tagger.names(words, folded, known):
            if known.issuperset(range(index, stop)):
                continue
            if margin < reader.least(index, stop, known) or reader.is_no_person(index, stop):
                continue
            known.update(range(index, stop))
            more = reader.doubts.goes_on(index, stop)
            first, last = words.starts[index], words.ends[stop - 1 + more]
            a, b = view.span(start + first, start + last)
            yield Hit(a, b, _likely(margin), "name-trained", None, view.name)


def _likely(margin: float) -> float:
    """A score for how much better the tagger likes a name than none."""
    return round(min(0.95, 0.6 + margin / 20), 3)


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
        self.runs = Runs(words, syllables)
        self.given = GivenNames(self.runs, around, folded)
        self.doubts = Doubts(words, syllables, around)
        self._led: bool | None = None
        self._last = 0

    def read(self) -> Iterator[tuple[int, int, float, str, str | None]]:
        """Start, end, score, pattern and cue of each name."""
        words, index = self.words, 0
        keys, shapes, surnames = words.keys, words.shapes, self.syllables.surnames
        while index < words.count:
            found: Found | None = None
            if keys[index] in surnames and self._worth(index):
                found, skip = self._full(index)
                if skip:
                    index = skip
                    continue
            if found is None and (self.given.lower or shapes[index] != "lower"):
                found = self.given.at(index)
            if found is None:
                index += 1
                continue
            last, score, pattern, cue = found
            yield words.starts[index], words.ends[last - 1], score, pattern, cue
            index = self._last = last
        yield from self._initials()

    def _worth(self, first: int) -> bool:
        """False for a word in lower case that cannot begin a name: the cheap half."""
        words, syllables = self.words, self.syllables
        if words.shapes[first] != "lower":
            return True
        if first + 1 >= words.count or words.shapes[first + 1] != "lower":
            return False
        cue = self.around.cue(words, first)
        word, following = words.keys[first], words.keys[first + 1]
        sure = word in syllables.bare_strong or following in MOST
        if cue and (sure or cue.label or words.keys[first - 1] not in DOUBTFUL_ADDRESS):
            return True
        least = TELLING if word.isascii() and following.isascii() else COMMON
        return syllables.surname(word) >= least and following in syllables.middles

    def _full(self, first: int) -> tuple[Found | None, int]:
        """A full name that begins at a word; or where to go on, if it is none for certain."""
        words = self.words
        end = self.runs.extent(first)
        if end - first < PAIR or self._is_word_before(first, end):
            return None, 0
        public = self._public(first, end)
        if not public and words.keys[first] in BARE_STREETS:
            public = self._public(first + 1, end)
        if public:
            return None, public
        shape = words.shapes[first]
        if shape != "lower" and self.around.of_place(words, first, end):
            return None, self._inner(first, end)
        cue = self.around.cue(words, first)
        shape = "upper" if shape == "letter" else shape
        score, stop = self._best(first, end, cue, shape)
        if score < _CERTAIN:
            return None, 0
        other = self.doubts.is_figure_by_title(first, stop)
        if other or self._is_known_for(first) or self.doubts.is_not_said_of_one(first, stop):
            return None, stop
        return (stop, score, f"name-{shape}", cue.word if cue else None), 0

    def _best(self, first: int, end: int, cue: Cue | None, shape: str) -> tuple[float, int]:
        """The best score of the run and its beginnings, and where that name ends."""
        words = self.words
        best, best_stop = 0.0, end
        for stop in range(end, first + 1, -1):
            around = Around(
                before=cue is not None or self._after_name(first),
                label=cue is not None and cue.label,
                other=self.runs.other_word(first),
                verb=self.around.acts(words, stop - 1),
                after=self.around.after(words, stop - 1, self.folded),
                start=words.begins(first),
                heading=self.runs.in_heading(first, stop, shape),
            )
            score = self.syllables.weigh(words.keys[first:stop], around, shape)
            if score > best + (_BETTER if stop < end else 0.0):
                best, best_stop = score, stop
            if shape == "title" and score > _CERTAIN:
                break
        return best, best_stop

    def _after_name(self, first: int) -> bool:
        """True behind another name and ``và``."""
        last, keys = self._last, self.words.keys
        return 0 < last == first - 1 and keys[last] in ("và", "với", "va", "voi")

    def _is_word_before(self, first: int, end: int) -> bool:
        """True where a weak surname is but a word before a name: ``Ong Nguyen``, ``Đường Trần``."""
        syllables = self.syllables
        word, second = self.words.keys[first : first + PAIR]
        cue = self.around.cue(self.words, first)
        if cue is not None and cue.label:
            return False
        if word in STREET_WORDS and second not in MOST:
            return True
        if end - first < TRIPLE or second in MOST or syllables.surname(word) >= TELLING:
            return False
        if word in ADDRESS:
            return syllables.surname(second) > 0
        return word in BARE_ADDRESS and second.isascii() and syllables.surname(second) >= 1.0

    def _inner(self, first: int, end: int) -> int:
        """Where a name may begin behind a place's (``xã Hòa Lam Nguyễn Văn Mẫu``), else the end."""
        keys = self.words.keys
        for index in range(first + 2, end - 1):
            if keys[index] in self.syllables.strong:
                return index
        return end

    def _public(self, first: int, end: int) -> int:
        """Where a public figure's name ends that begins at a word; 0 where it is none."""
        words, syllables = self.words, self.syllables
        for stop in range(min(end, first + _FIGURE_WORDS), first + 1, -1):
            said = words.join(first, stop)
            if stop < end and stop - first < TRIPLE and words.shapes[first] != "upper":
                break
            if self._has_more(first, stop):
                continue
            known = said in syllables.figures or (said in syllables.leaders and self._leading())
            if known and not self._private(first, stop):
                return stop
        return 0

    def _has_more(self, first: int, stop: int) -> bool:
        """True where one more name follows: ``Trần Quý Cáp Nhỡ`` is somebody else."""
        words = self.words
        if stop - first < TRIPLE or stop >= words.count or words.shapes[first] != "title":
            return False
        if words.shapes[stop] != "title" or words.between(stop - 1) != " ":
            return False
        last = stop + 1 >= words.count or words.between(stop) != " "
        return words.keys[stop] in self.syllables.givens and (
            last
            or (
                words.shapes[stop + 1] == "lower"
                and not self.syllables.is_ordinary(words.keys[stop], words.keys[stop + 1])
            )
        )

    def least(self, first: int, stop: int, known: Container[int]) -> float:
        """By how much the tagger must like some words; little behind a name and ``và``."""
        words = self.words
        joint = first > PAIR - 1 and first - PAIR in known and words.keys[first - 1] in _JOINTS
        if joint and words.shapes[first] == "title" and stop - first > 1:
            return _BESIDE
        return self.doubts.least_margin(first, stop)

    def is_no_person(self, first: int, end: int) -> bool:
        """True where words that the tagger takes for a name are a letter, a public figure's name
        (or a part of it) or a place's.
        """
        words = self.words
        head = words.keys[first]
        if end - first == 1 and (len(head) == 1 or self.doubts.is_of_people(first)):
            return True
        place = end - first > 1 and head in self.around.places
        if place and words.keys[first + 1] not in MOST and self.syllables.surname(head) < COMMON:
            return True
        said = words.join(first, end)
        public = said in self.syllables.figures and not self._private(first, end)
        if public or self._is_known_for(first) or self.doubts.is_not_said_of_one(first, end):
            return True
        if self.doubts.is_part_of_place(first, end) or self.doubts.is_figure_by_title(first, end):
            return True
        reach = range(max(0, first - TRIPLE), end - 1)
        if any(self._public(at, min(words.count, at + _FIGURE_WORDS)) >= end for at in reach):
            return True
        return words.shapes[first] != "lower" and self.around.of_place(words, first, end)

    def _is_known_for(self, first: int) -> bool:
        """True right behind a high office, or behind the name of a work and ``của``."""
        start = self.words.starts[first]
        return self.around.of_office(start, self.folded) or self.around.of_work(
            start, self.words.text
        )

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
        return (
            cue is not None
            and cue.label
            and cue.word != "tac gia"
            and self.around.after(words, stop - 1, self.folded)
        )

    def _initials(self) -> Iterator[tuple[int, int, float, str, str | None]]:
        """Initials after a word that announces a person: ``ông N.V.A``."""
        for match in _INITIALS.finditer(self.words.text):
            cue = self.around.cue(self.words, bisect_left(self.words.starts, match.start()))
            if cue:
                yield match.start(), match.end(), 0.75, "name-initials", cue.word
        for match in _SHORT_SURNAME.finditer(self.words.text):
            yield match.start(), match.end(), 0.7, "name-short", None


RECOGNIZER = PersonRecognizer
