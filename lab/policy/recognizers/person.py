"""Names of people, in every way that Vietnamese officials write them.

Full names in title case, capitals or without accents, lower case after a word that announces a
person, initials, and a given name after a form of address. Historical and public figures, and the
streets, schools and places that carry a name, pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from lab.policy.name_context import Surroundings
from lab.policy.name_words import Words
from lab.policy.names import NAME_LENGTH, Around, Syllables
from lab.policy.recognizers.base import Hit, Recognizer
from lab.policy.rules import Rule
from lab.policy.text import View, Views

_GLUE = re.compile(r"[ \t]{1,3}|[_\-]|")
_DOTS = re.compile(r"\.\s?|\s")
_BREAK = re.compile(r"[ \t]*\n[ \t>|]*|[ \t]*\|[ \t]*|\t+")
_INITIALS = re.compile(r"(?<![\w.])(?:[A-ZĐ]\s?\.\s?){1,3}[A-ZĐ]\b\.?(?!\w)")
_ORDER_NAMES = frozenset("hai ba tư năm sáu bảy tám chín út cả".split())
_SOLE = frozenset("ông bà anh chị em cháu cô chú bác dì cậu thầy cụ".split())
_BARE_SOLE = frozenset("ong ba anh chi em chau co chu bac di cau thay cu".split())
"""Forms of address that are one word, and begin many other expressions."""


class PersonRecognizer(Recognizer):
    """Finds the names of people."""

    name: ClassVar[str] = "person"

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule)
        self.syllables = Syllables(rule)
        self.around = Surroundings(rule, self.syllables)

    def find(self, views: Views) -> Iterable[Hit]:
        """Every name in every reading of the text."""
        for view in views.everything():
            yield from self._read(view)

    def _read(self, view: View) -> Iterator[Hit]:
        words = Words(view.text, self.syllables)
        folded = view.folded
        reader = _Reader(words, folded, self.syllables, self.around)
        for start, end, score, pattern, cue in reader.read():
            first, last = view.span(start, end)
            yield Hit(first, last, round(score, 3), pattern, cue, view.name)


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
        while index < len(words):
            found: tuple[int, float, str, str | None] | None = None
            if self.syllables.surname(words.keys[index]):
                end, skip = self._full(index)
                if skip:
                    index = skip
                    continue
                found = end
            if found is None:
                found = self._announced(index)
            if found is None:
                index += 1
                continue
            last, score, pattern, cue = found
            yield words.starts[index], words.ends[last - 1], score, pattern, cue
            index = last
        yield from self._initials()

    # --- a full name ----------------------------------------------------------------------

    def _full(self, first: int) -> tuple[tuple[int, float, str, str | None] | None, int]:
        """A full name that begins at a word; or where to go on, if it is none for certain."""
        words, folded = self.words, self.folded
        end = self._extent(first)
        if end - first < 2 or self._next_is_surname(first, end):
            return None, 0
        public = self._public(first, end)
        if public:
            return None, public
        if self.around.of_place(words, first, bare=self.bare):
            return None, end
        shape = words.shapes[first]
        shape = "upper" if shape == "letter" else shape
        cue = self.around.before(words, first, folded)
        label = self.around.labelled(words.starts[first], folded) is not None
        best: tuple[float, int] = (0.0, end)
        for stop in range(end, first + 1, -1):
            around = Around(
                before=cue is not None,
                label=label,
                after=self.around.after(words, stop - 1, folded),
                start=words.begins(first),
                heading=shape == "upper" and self._in_capitals(first, stop),
            )
            score = self.syllables.weigh(words.keys[first:stop], around, shape)
            if score > best[0] + (0.15 if stop < end else 0.0):
                best = (score, stop)
            if shape == "title" and score > 0.5:
                break
        score, stop = best
        if score < 0.35:
            return None, 0
        if self.around.of_office(words.starts[first], folded):
            return None, stop
        return (stop, score, f"name-{shape}", cue), 0

    def _next_is_surname(self, first: int, end: int) -> bool:
        """True where a weak surname is but a title before a strong one (``Ong Nguyen Van ...``)."""
        keys, syllables = self.words.keys, self.syllables
        return (
            end - first > 2
            and syllables.surname(keys[first]) < 2.0
            and (keys[first] in _SOLE or keys[first] in _BARE_SOLE)
            and syllables.surname(keys[first + 1]) > 0
        )

    def _extent(self, first: int) -> int:
        """Where the run of words that may be one name ends."""
        words, syllables = self.words, self.syllables
        capital = words.shapes[first] != "lower"
        index = first + 1
        while index < len(words) and index - first < NAME_LENGTH:
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
            and index < len(words)
            and words.between(index - 1) == " "
            and syllables.is_ordinary(words.keys[index - 1], words.keys[index])
            and not (words.shapes[index] != "lower" and index - first < 4)
        ):
            index -= 1
        return index

    def _initial_ends(self, index: int) -> bool:
        return index >= len(self.words) or len(self.words.keys[index]) > 1

    def _joined(self, first: int, index: int) -> bool:
        """True where a word may belong to the same name as the one before it."""
        words, syllables = self.words, self.syllables
        between = words.between(index - 1)
        if _GLUE.fullmatch(between):
            return True
        previous = words.keys[index - 1]
        if words.shapes[index - 1] == "letter" or words.shapes[index] == "letter":
            return _DOTS.fullmatch(between) is not None
        if _BREAK.fullmatch(between) is None or words.shapes[index] == "lower":
            return False
        if previous in ("văn", "thị", "van", "thi") and index - first == 2:
            return syllables.given(words.keys[index])
        return (
            index - first == 1
            and previous in syllables.strong
            and index + 1 < len(words)
            and words.keys[index] in ("văn", "thị")
        )

    def _ends_before(self, first: int, index: int, *, capital: bool) -> bool:
        """True where a name must end before a word: the next name, a title, a verb."""
        words, syllables = self.words, self.syllables
        word, done = words.keys[index], index - first
        if done < 2:
            return False
        following = words.keys[index + 1] if index + 1 < len(words) else ""
        if following and words.between(index) in (" ", "\n") and syllables.is_ordinary(word, following):
            return not (syllables.given(word) and done == 2 and words.keys[index - 1] in ("văn", "thị"))
        if syllables.is_function(word) and (not capital or not syllables.given(word)):
            return True
        if not capital:
            return done > 2 and not (syllables.given(word) and syllables.middle(words.keys[index - 1]))
        if word in syllables.strong and done > 2:
            return True
        return word in syllables.strong and following in ("văn", "thị")

    def _in_capitals(self, first: int, stop: int) -> bool:
        """True where the words beside a run in capitals, on its line, are in capitals too."""
        words = self.words
        for inner, outer in ((first - 1, first - 1), (stop - 1, stop)):
            if 0 <= inner and outer < len(words) and "\n" not in words.between(inner):
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
            known = syllables.is_figure(said) or (syllables.is_leader(said) and self._leading())
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
        label = self.around.labelled(self.words.starts[first], self.folded)
        return label is not None and self.around.after(self.words, stop - 1, self.folded)

    # --- a given name after a form of address ---------------------------------------------

    def _announced(self, first: int) -> tuple[int, float, str, str | None] | None:
        """A given name, or a foreign one, right after a word that announces a person."""
        words, syllables = self.words, self.syllables
        if words.shapes[first] not in ("title", "upper") or not first:
            return None
        cue = self.around.before(words, first, self.folded)
        if cue is None or not self._speaks_of_person(first, cue):
            return None
        end = first + 1
        while end < len(words) and end - first < 4 and words.shapes[end] in ("title", "upper"):
            if not _GLUE.fullmatch(words.between(end - 1)):
                break
            if self._ends_before(first - 1, end, capital=True):
                break
            end += 1
        said = words.join(first, end)
        if not self._may_be_given(first, end, cue):
            return None
        label = self.around.labelled(words.starts[first], self.folded) is not None
        if syllables.given(words.keys[end - 1]):
            score = 0.85 if end - first < 4 else 0.6
        else:
            score = 0.7 if label or end - first > 1 or cue in ("ong", "ba", "dong chi") else 0.6
        return (end, score, "name-labelled" if label else "name-given", cue) if said else None

    def _speaks_of_person(self, first: int, cue: str) -> bool:
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

    def _may_be_given(self, first: int, end: int, cue: str) -> bool:
        """True unless the words are a title, a place or a public figure."""
        words, syllables = self.words, self.syllables
        following = words.keys[end] if end < len(words) and words.between(end - 1) == " " else ""
        keys = words.keys[first:end]
        if following and syllables.is_ordinary(keys[-1], following):
            return False
        if any(syllables.is_ordinary(a, b) for a, b in zip(keys, keys[1:], strict=False)):
            return False
        if syllables.is_ordinary(words.keys[first - 1], keys[0]) and not words.between(first - 1).strip():
            return False
        if len(keys) == 1 and (keys[0] in _ORDER_NAMES or len(keys[0]) == 1):
            return False
        if syllables.is_function(keys[0]) and not syllables.given(keys[0]):
            return False
        if len(keys) > 1 and syllables.is_place(" ".join(keys)):
            return False
        whole = words.join(first - 1, end)
        if syllables.is_figure(whole) or syllables.is_figure(" ".join(keys)):
            return False
        if words.shapes[first - 1] != "lower" and syllables.is_place(whole):
            return False
        return not self.around.of_office(words.starts[first], self.folded)

    def _initials(self) -> Iterator[tuple[int, int, float, str, str | None]]:
        """Initials after a word that announces a person: ``ông N.V.A``."""
        for match in _INITIALS.finditer(self.words.text):
            start, end = match.span()
            tail = self.folded[max(0, start - 48) : start]
            found = self.around.label.search(tail) or self.around.title.search(tail)
            if found:
                yield start, end, 0.75, "name-initials", found[1]


RECOGNIZER = PersonRecognizer
