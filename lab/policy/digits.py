"""Numbers that were taken apart: separators, line breaks, digit words, letters for digits.

A *run* is a row of digit groups with little between them. Where one number ends and the next
begins cannot be told from the run alone, so :func:`numbers_in` offers every reading, by how many
digits it has, and says of each whether it is *regular*: grouped as people group one number, not
as a table, a list of figures or an amount of money is. Recognizers choose by their own format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from weakref import WeakKeyDictionary

from lab.policy.digit_words import ALL_WORDS, BARE_WORDS, WORDS
from lab.policy.letters import fold
from lab.policy.view import Edit, View

LONGEST = 19
SHORTEST = 6

_BARE_RUN = 6
"""Digit words without accents are everyday words too: so many must follow each other."""
_LETTERS = str.maketrans("oil", "011")
_SPAN = re.Match.span

_ALTERNATIVES = "|".join(sorted({fold(word) for word in ALL_WORDS}, key=len, reverse=True))
_ATOM = re.compile(
    r"(?=[0-9oilkmhbtnscfze])(?:"
    r"(?:(?<![^\W_])[oil]{1,16}(?=[0-9]))?[0-9]+(?:[oil]{1,16}[0-9]+)*(?:[oil]{1,4}(?![^\W_]))?"
    r"|(?<![^\W_])(?:o{1,4}|[il]{1,4})(?![^\W_])"
    rf"|(?<![^\W\d_])(?:(?:{_ALTERNATIVES})(?![^\W\d_])|(?:{_ALTERNATIVES}){{4,20}}(?![^\W\d_])))"
)
"""A group of digits, of letters that stand for digits, or of digit words, in folded text."""
_WORD = re.compile(_ALTERNATIVES)
_FILLER = (
    r"(?:rồi(?:[ ]đến)?|tiếp(?:[ ](?:theo|đến))?(?:[ ]là)?|sau[ ]đó(?:[ ]là)?|và|"
    r"(?:số[ ]|phần[ ])?(?:cuối|giữa)(?:[ ]cùng)?(?:[ ]là)?|(?:dấu[ ])?(?:chấm|phẩy|cách)|"
    r"(?:dấu[ ])?gạch(?:[ ](?:ngang|nối|chéo|dưới))?|xuyệt|trừ)"
)
_GAP = re.compile(
    rf"[\W_]{{0,8}}|[\W_]{{0,4}}(?:{_FILLER}[\W_]{{1,3}}){{1,2}}|\n[ \t]*(?:>[ \t]*)+",
    re.IGNORECASE,
)
_THOUSANDS = 3
_BREAKS = 2
"""Most line breaks inside one number."""
_MANY = 4
"""More groups than this must be of one size."""
_BETWEEN = re.compile(r"[ ,]{1,3}(?:(?:muoi|gach(?: ngang)?|cham) )?")
"""What may be said between two digits of one row."""
_PAIR = 2
_SMALL_STEP, _ANY_STEP = 10, 10**9
_FULL = 9
"""A group of so many digits is a number by itself; with ``_REST`` more it is two."""
_REST = 8
_YEAR = re.compile(r"(?:19|20)\d\d")
_POINT = 4
"""Characters before a fraction in which its decimal point is looked for."""
_BLOCK = 8
"""Most digits between separators that are not usual inside numbers."""
_FAR = 28
"""A gap longer than this ends a run."""
_DATE = re.compile(
    r"(?=[0-3])(?:(?<![\d])(?<!\d[/.\-])(?:0?[1-9]|[12]\d|3[01])([/.\-])(?:0?[1-9]|1[0-2])\1(?:19|20)\d{2}"
    r"(?![/.\-]?\d)"
    r"|(?<![\d])(?<!\d[/.\-])(?:0[1-9]|1[0-2])[/.](?:19|20)\d{2}(?![/.\-]?\d))"
)
_FRACTION = re.compile(r"(?:\d{3}\.|(?<!\d)0[.,])$")
_DRESS = re.compile(r"[*_`~\"'“”‘’]+")
_SPACE = re.compile(r"[ \t]+")
_LETTER_RUN = re.compile(r"[^\W\d_]+(?:[ ]+[^\W\d_]+)*")
_SOFT = frozenset(
    {"", " ", ".", "-", " - ", "- ", " -", ". ", " .", "·", " · ", "•", ")", ") ", "][", ")("}
)


@dataclass(frozen=True, slots=True)
class Group:
    """Digits with nothing between them."""

    digits: str
    start: int
    end: int
    word: bool = False
    """Written as words."""
    bare: bool = False
    """Written as words without accents, which may be everyday words."""


@dataclass(frozen=True, slots=True)
class Number:
    """One reading of (a part of) a run. Offsets are those of its view's text."""

    digits: str
    start: int
    end: int
    view: View
    groups: tuple[int, ...]
    """How many digits each group has."""
    gaps: tuple[str, ...]
    """What stands between the groups, without emphasis marks and doubled spaces."""
    regular: bool
    """Grouped as people group one number."""
    figure: bool
    """Grouped by thousands, as an amount is."""
    glued: bool
    """A letter touches it, or it is what follows a decimal point: a piece of something longer."""
    whole: bool
    """Nothing of the run is left over on either side."""

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands in the original text."""
        return self.view.span(self.start, self.end)


class Run:
    """Digit groups that stand close together."""

    def __init__(self, view: View, groups: list[Group]) -> None:
        self.view = view
        self.groups = groups

    @cached_property
    def gaps(self) -> list[str]:
        """What stands between each group and the next, tidied."""
        text = self.view.text
        gaps = [_tidy_gap(text[left.end : right.start]) for left, right in pairwise(self.groups)]
        if all(group.word for group in self.groups):
            return [" " if gap.strip() in {",", ";"} else gap for gap in gaps]
        return gaps

    def numbers(self) -> Iterator[Number]:
        """Every reading of adjacent groups as one number that is regular, or all of the run."""
        sizes = [len(group.digits) for group in self.groups]
        end = len(sizes) - 1
        for first in range(len(sizes)):
            length = largest = 0
            kinds: set[str] = set()
            for last in range(first, len(sizes)):
                length += sizes[last]
                if last > first:
                    kinds.add(self.gaps[last - 1])
                    largest = max(largest, sizes[last - 1])
                whole = first == 0 and last == end
                if length > LONGEST or (len(kinds) > _PAIR and first > 0):
                    break
                if length < SHORTEST or (kinds and largest <= _PAIR and not whole):
                    continue
                number = self.number(first, last)
                if number.regular or whole:
                    yield number

    def number(self, first: int, last: int) -> Number:
        """The reading of the groups ``first`` to ``last`` as one number."""
        groups = self.groups[first : last + 1]
        gaps = tuple(self.gaps[first:last])
        sizes = tuple(len(group.digits) for group in groups)
        start, end = groups[0].start, groups[-1].end
        text = self.view.text
        whole = first == 0 and last == len(self.groups) - 1
        return Number(
            digits="".join(group.digits for group in groups),
            start=start,
            end=end,
            view=self.view,
            groups=sizes,
            gaps=gaps,
            regular=not gaps or _regular(groups, sizes, gaps, whole=whole),
            figure=bool(gaps) and self._figure(first, last),
            glued=text[start - 1 : start].isalpha()
            or text[end : end + 1].isalpha()
            or _FRACTION.search(text, max(0, start - _POINT), start) is not None,
            whole=whole,
        )

    @cached_property
    def _leftmost(self) -> list[int]:
        """For each group the one where its row of thousands with one kind of gap begins."""
        begins: list[int] = []
        for nth, gap in enumerate(self.gaps):
            goes_on = nth > 0 and self.gaps[nth - 1] == gap
            goes_on = goes_on and len(self.groups[nth].digits) == _THOUSANDS
            begins.append(begins[nth - 1] if goes_on else nth)
        return begins

    def _after_plus(self, first: int) -> bool:
        start = self.groups[first].start
        return self.view.text[start - 1 : start] == "+"

    def _figure(self, first: int, last: int) -> bool:
        """Whether these groups are thousands of a figure that begins further left."""
        gap = self.gaps[first]
        if set(self.gaps[first:last]) != {gap} or self._after_plus(first):
            return False
        if any(len(group.digits) != _THOUSANDS for group in self.groups[first + 1 : last + 1]):
            return False
        first = self._leftmost[first]
        return len(self.groups[first].digits) <= _THOUSANDS and self.groups[first].digits[0] != "0"


_GROUPS: WeakKeyDictionary[View, tuple[Group, ...]] = WeakKeyDictionary()


def numbers_in(view: View) -> dict[int, list[Number]]:
    """Every reading of every run, by its number of digits."""
    found: dict[int, list[Number]] = {}
    for run in runs(view):
        for number in run.numbers():
            found.setdefault(len(number.digits), []).append(number)
    return found


def runs(view: View) -> Iterator[Run]:
    """The rows of digit groups in a text that are long enough to be a number."""
    text = view.text
    dates = [found.span() for found in _DATE.finditer(text)]
    dates.append((len(text), len(text) + 1))
    groups: list[Group] = []
    nth = 0
    for group in _all_groups(view):
        while dates[nth][1] <= group.start:
            nth += 1
        if group.start >= dates[nth][0]:
            continue
        if groups and not _near(text, groups[-1].end, group.start):
            yield from _kept(view, groups)
            groups = []
        groups.append(group)
    yield from _kept(view, groups)


def joined_numbers(view: View, numbers: dict[int, list[Number]]) -> View:
    """The view with the parts of each regular number put together, longest reading first."""
    edits: list[Edit] = []
    taken: list[Number] = []
    for length in sorted(numbers, reverse=True):
        taken += [
            number
            for number in numbers[length]
            if number.regular and not number.figure and _whole_looking(number)
        ]
    done: list[tuple[int, int]] = []
    for number in sorted(taken, key=lambda each: (each.start, -each.end)):
        if done and number.start < done[-1][1]:
            continue
        done.append((number.start, number.end))
        if view.text[number.start : number.end] != number.digits:
            edits.append((number.start, number.end, number.digits))
    return View.edited("numbers", view, edits)


def spelled(view: View) -> View:
    """The view with digits for each row of digit words; the view itself where there is none."""
    rows: list[list[Group]] = []
    for group in _all_groups(view):
        if not group.word:
            continue
        if rows and _BETWEEN.fullmatch(view.folded, rows[-1][-1].end, group.start):
            rows[-1].append(group)
        else:
            rows.append([group])
    edits = [
        (row[0].start, row[-1].end, "".join(group.digits for group in row))
        for row in rows
        if len(row) > 1
    ]
    return View.edited("spelled", view, edits) if edits else view


def _whole_looking(number: Number) -> bool:
    digits = number.digits
    if len(digits) in (10, 12) and digits[0] == "0":
        return True
    return len(number.groups) == 1 or (number.whole and len(digits) >= _FULL)


def _near(text: str, end: int, start: int) -> bool:
    """Whether what stands between two groups may stand inside one number."""
    if start - end > _FAR or _GAP.fullmatch(text, end, start) is None:
        return False
    return text.count("\n", end, start) <= _BREAKS


def _kept(view: View, groups: list[Group]) -> Iterator[Run]:
    """The run, in parts where everyday words were taken for digits, unless it is too short."""
    parts = [groups]
    if any(group.bare for group in groups) and sum(group.word for group in groups) < _BARE_RUN:
        parts = [[]]
        for group in groups:
            if group.bare:
                parts.append([])
            else:
                parts[-1].append(group)
    for part in parts:
        inner = _without_edge_words(part)
        if sum(len(group.digits) for group in inner) >= SHORTEST:
            yield Run(view, inner)
        if len(inner) < len(part) and all(len(group.digits) == 1 for group in part):
            yield Run(view, part)


def _without_edge_words(groups: list[Group]) -> list[Group]:
    """The groups without a lone "năm" before a year or "ba" after a phone number."""
    if len(groups) > 1 and groups[0].word and not groups[1].word:
        groups = groups[1:]
    if len(groups) > 1 and groups[-1].word and not groups[-2].word:
        groups = groups[:-1]
    return groups


def _all_groups(view: View) -> tuple[Group, ...]:
    """Every group of digits or digit words in a view; looked for once."""
    known = _GROUPS.get(view)
    if known is None:
        text = view.text
        found = (_group(text, atom) for atom in _ATOM.finditer(view.folded))
        known = _GROUPS[view] = tuple(group for group in found if group is not None)
    return known


def _group(text: str, atom: re.Match[str]) -> Group | None:
    """The digits of an atom; None where its accents make other words of it."""
    piece, (start, end) = atom[0], atom.span()
    if piece.isalpha() and not piece.strip("oil") and not text[start:end].isascii():
        return None  # "ở", not a zero
    if not piece.isalpha() or not piece.strip("oil"):
        return Group(piece.translate(_LETTERS), start, end)
    words = [text[start + a : start + b].lower() for a, b in map(_SPAN, _WORD.finditer(piece))]
    digits = [ALL_WORDS.get(word, "") for word in words]
    if not all(digits):
        return None
    bare = any(word in BARE_WORDS and word not in WORDS for word in words)
    return Group("".join(digits), start, end, word=True, bare=bare)


def _tidy_gap(gap: str) -> str:
    """A gap without emphasis, doubled spaces and filler words; a line break alone where it is."""
    bare = _DRESS.sub("", gap) or gap[:1]
    if "\n" in bare:
        return _SPACE.sub("", bare).replace(">", "")
    return _SPACE.sub(" ", _LETTER_RUN.sub(" ", bare)) if len(bare) > 1 else bare


def _regular(
    groups: Sequence[Group], sizes: tuple[int, ...], gaps: tuple[str, ...], *, whole: bool
) -> bool:
    """Whether people group one number so."""
    kinds, gap = set(gaps), gaps[0]
    *_, second, largest = sorted(sizes)
    blocks = _blocks(sizes)
    uneven = len(blocks) > _MANY and (
        min(blocks[:-1]) != max(blocks[:-1]) or blocks[-1] > blocks[0]
    )
    scattered = max(sizes[:-1]) <= _PAIR and (not whole or len(set(sizes[:-1])) > 1)
    fraction = gap == "." and sizes[0] == 1 and len(sizes) == _PAIR
    if (
        uneven
        or scattered
        or fraction
        or _ascending(groups, gap)
        or _two_numbers(groups, second, largest)
    ):
        return False
    if kinds <= _SOFT:
        return len(kinds) <= _PAIR
    if len(sizes) == _PAIR and gap == "\n" and min(sizes) >= _THOUSANDS:
        return True
    return len(kinds) == 1 and largest <= _BLOCK


def _two_numbers(groups: Sequence[Group], second: int, largest: int) -> bool:
    """Whether one group is a number by itself, and another one is, too, or is a year."""
    if largest < _FULL:
        return False
    return second >= _REST or any(_YEAR.fullmatch(group.digits) for group in groups)


def _blocks(sizes: tuple[int, ...]) -> list[int]:
    """The sizes with single digits that follow each other taken together."""
    blocks: list[int] = []
    single = False
    for size in sizes:
        if size == 1 and single:
            blocks[-1] += 1
        else:
            blocks.append(size)
        single = size == 1
    return blocks


def _ascending(groups: Sequence[Group], gap: str) -> bool:
    """Whether the groups count upwards, as codes in a list or a table do."""
    step = _ANY_STEP if gap.strip() in {",", ";"} else _SMALL_STEP
    values = [int(group.digits) for group in groups]
    return len(values) > _PAIR and all(a < b < a + step for a, b in pairwise(values))
