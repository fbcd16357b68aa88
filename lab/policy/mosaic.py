"""The mosaic: details that are harmless alone and, over a session, point at one person or unit.

``policies/mosaic.yaml`` says which kinds of details there are and how far each narrows a crowd
down. Each kind counts once; what the gate masked does not count, since it does not leave. The
result says what it was made of, so that a trainee can see what to soften.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from lab import datafile
from lab.model import Action, Finding, Message
from lab.mosaic import Mosaic, MosaicCue
from lab.policy.recognizers._words import Lexicon, Reading
from lab.policy.remember import Memory, Prints
from lab.policy.rules import Filled, Kebab, Shape, Text
from lab.policy.text import Views, fold

FILE = "mosaic.yaml"
REMEMBERED = 20_000
HIDDEN = "_"
"""Stands for every character that was masked: no word, and of the same length."""
AMBIGUOUS = frozenset({"ban", "chua", "ho", "khoi", "lang", "ten", "to"})
"""Heads of names that mean something else without their accents."""
_PLACEHOLDER = re.compile(r"\[([^\[\]\d\n]{1,40})(?: \d{1,4})?\]")
_TOKEN = re.compile(r"\w+")
_FIRST = re.compile(r"\w++(?![#@])")
"""A whole first word: a sign right behind it would stand for more of it."""
_NAME = re.compile(r"[^\W_]+(?:[ '’-][^\W_]+){0,3}")
_SIGNS = {"#": r"\d", "@": r"[^\W\d_]"}
NEAR = 24
_SUBJECT = "subject"


class Cues(Shape):
    """What a kind of detail looks like."""

    words: tuple[Filled, ...] = ()
    forms: tuple[Filled, ...] = ()
    named: tuple[Filled, ...] = ()
    numbered: bool = False
    """Whether a number may be the name, as in ``xóm 3``."""
    initials: tuple[Filled, ...] = ()
    unless_before: tuple[Filled, ...] = ()
    unless_after: tuple[Filled, ...] = ()


class Kind(Cues):
    """One kind of detail."""

    id: Kebab
    title: Text
    soften: Text
    """What to write in its place."""
    one_in: int = Field(ge=2, le=100_000)
    about: bool = False
    """Whether it says something private, and not only who or where."""


class Subjects(Cues):
    """What shows that the text speaks of somebody, or of some unit, at all."""

    placeholders: tuple[Filled, ...] = ()
    """Labels of placeholders that stand for one."""


class Picture(Shape):
    """What details may draw together."""

    id: Kebab
    title: Text
    crowd: int = Field(ge=2)
    counted: Text
    """Whom the crowd is made of."""
    warn_below: int = Field(ge=1)
    full_below: int = Field(ge=1)
    at_full: Literal["warn", "block"] = "warn"
    least_kinds: int = Field(2, ge=1)
    needs_about: bool = False
    subjects: Subjects
    kinds: tuple[Kind, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Picture:
        if not self.full_below < self.warn_below < self.crowd:
            raise ValueError("full_below < warn_below < crowd")
        return self

    def kind(self, kind_id: str) -> Kind:
        """One kind. Raises ``KeyError`` where there is none of that id."""
        for kind in self.kinds:
            if kind.id == kind_id:
                return kind
        raise KeyError(kind_id)


class MosaicFile(Shape):
    """``policies/mosaic.yaml``."""

    aliases: tuple[Filled, ...] = ()
    """Letters that stand for anybody, as in ``anh A``: no initial."""
    pictures: tuple[Picture, ...] = ()


def read(folder: Path) -> MosaicFile | None:
    """The mosaic of a policy folder; None where it has none. Raises ``DataFileError``."""
    path = folder / FILE
    return datafile.load(path, MosaicFile) if path.is_file() else None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one text shows: which pictures have a subject, and where each kind comes first."""

    subjects: frozenset[str]
    cues: Mapping[tuple[str, str], tuple[int, int]]


class Meter:
    """Measures conversations. Texts that were measured are remembered by a keyed hash."""

    def __init__(self, file: MosaicFile | None = None) -> None:
        """Without a file nothing is measured."""
        file = file or MosaicFile()
        self._pictures = {picture.id: picture for picture in file.pictures}
        phrases: dict[str, list[str]] = {}
        self._finders: list[tuple[str, str, Cues, list[_Form]]] = []
        for picture in file.pictures:
            every: list[tuple[str, Cues]] = [(_SUBJECT, picture.subjects)]
            every += [(kind.id, kind) for kind in picture.kinds]
            for name, cues in every:
                phrases[f"{picture.id} {name}"] = list(cues.words)
                aliases = file.aliases if name != _SUBJECT else ()
                self._finders.append((picture.id, name, cues, _patterns(cues, aliases)))
        self._lexicon = Lexicon(phrases)
        self._labels = {
            (picture.id, label)
            for picture in file.pictures
            for label in picture.subjects.placeholders
        }
        self._memory: Memory[_Seen] = Memory(REMEMBERED)

    def picture(self, picture_id: str) -> Picture:
        """One picture. Raises ``KeyError``."""
        return self._pictures[picture_id]

    def of(
        self,
        messages: Sequence[Message],
        findings: Sequence[Sequence[Finding]],
        left_out: Container[int],
        prints: Prints,
    ) -> Mosaic | None:
        """What the trainee's own messages, without what is masked in them, give away together."""
        texts: list[tuple[int, str, list[tuple[int, int]]]] = []
        people = False
        for index, message in enumerate(messages):
            if message.role != "user" or index in left_out:
                continue
            masked = [found for found in findings[index] if found.action is Action.MASK]
            people = people or any(found.entity == "PERSON" for found in masked)
            texts.append((index, message.content, [(f.start, f.end) for f in masked]))
        return self.measure(texts, people=people, prints=prints)

    def stops(self, mosaic: Mosaic | None) -> bool:
        """Whether the picture is full and the policy blocks what fills it."""
        if mosaic is None or mosaic.level != "full":
            return False
        return self.picture(mosaic.picture).at_full == "block"

    def measure(
        self,
        texts: Iterable[tuple[int, str, Sequence[tuple[int, int]]]],
        *,
        people: bool = False,
        prints: Prints | None = None,
    ) -> Mosaic | None:
        """What these texts of one trainee give away together; None for nothing.

        ``texts``: index of the message, its text, and the spans in it that do not leave.
        ``people``: whether a person's name is among what does not leave.
        """
        prints = Prints() if prints is None else prints
        seen = [(index, self._seen(_hidden(text, holes), prints)) for index, text, holes in texts]
        drawn = [self._drawn(picture, seen, people=people) for picture in self._pictures.values()]
        found = [mosaic for mosaic in drawn if mosaic is not None]
        return max(found, key=lambda each: each.share, default=None)

    def _drawn(
        self, picture: Picture, seen: Sequence[tuple[int, _Seen]], *, people: bool
    ) -> Mosaic | None:
        """One picture, as far as it can be made out."""
        somebody = people and bool(picture.subjects.placeholders)
        if not (somebody or any(picture.id in each.subjects for _, each in seen)):
            return None
        cues: list[MosaicCue] = []
        for kind in picture.kinds:
            for turn, (index, each) in enumerate(seen, 1):
                span = each.cues.get((picture.id, kind.id))
                if span is not None:
                    cues.append(MosaicCue(kind.id, index, turn, *span, kind.one_in))
                    break
        if not cues:
            return None
        left = picture.crowd / math.prod(cue.one_in for cue in cues)
        about = any(picture.kind(cue.kind).about for cue in cues)
        enough = len(cues) >= picture.least_kinds and (about or not picture.needs_about)
        return _reading(picture, left, tuple(cues), enough=enough)

    def _seen(self, text: str, prints: Prints) -> _Seen:
        known = self._memory.get(prints[text])
        if known is None:
            known = self._look(text)
            self._memory.keep(known, prints[text])
        return known

    def _look(self, text: str) -> _Seen:
        """Read one text; what stands in placeholders is no detail."""
        subjects = {
            picture
            for found in _PLACEHOLDER.finditer(text)
            for picture, label in self._labels
            if found[1].strip() == label
        }
        bare = _PLACEHOLDER.sub(lambda found: HIDDEN * len(found[0]), text)
        view = Views(bare).plain
        spans: dict[tuple[str, str], tuple[int, int]] = {}

        def note(picture: str, name: str, start: int, end: int) -> None:
            if name == _SUBJECT:
                subjects.add(picture)
                return
            span = view.span(start, end)
            if span < spans.get((picture, name), (len(bare), 0)):
                spans[picture, name] = span

        for hit in self._lexicon.search(Reading(view)):
            picture, name = hit.label.split()
            note(picture, name, hit.start, hit.end)
        lower = _lower(view.text)
        words = _beginnings(lower)
        for picture, name, cues, forms in self._finders:
            standing = [form for form in forms if form.may_stand(words)]
            for start, end in _places(view.text, lower, cues, standing, words):
                note(picture, name, start, end)
        return _Seen(frozenset(subjects), spans)


def _reading(picture: Picture, left: float, cues: tuple[MosaicCue, ...], *, enough: bool) -> Mosaic:
    """How full the meter stands, on a scale where each detail adds what it narrows down."""
    whole = math.log(picture.crowd / picture.full_below)
    share = min(1.0, math.log(picture.crowd / left) / whole)
    level: Literal["some", "warn", "full"] = "some"
    if enough and left < picture.full_below:
        level = "full"
    elif enough and left < picture.warn_below:
        level = "warn"
    else:
        share = min(share, 0.95 * math.log(picture.crowd / picture.warn_below) / whole)
    crowd = max(1, round(left)) if level != "some" else max(picture.warn_below, round(left))
    return Mosaic(picture.id, level, round(share, 3), crowd, cues)


def _hidden(text: str, holes: Sequence[tuple[int, int]]) -> str:
    """The text without what does not leave; every offset stays."""
    if not holes:
        return text
    letters = list(text)
    for start, end in holes:
        letters[start:end] = HIDDEN * len(letters[start:end])
    return "".join(letters)


@dataclass(frozen=True, slots=True)
class _Form:
    """An expression, and the words of which a text must have one for it to stand there."""

    pattern: re.Pattern[str]
    """For a text in lower case, unless it is ``cased``: so there is no case to ignore."""
    first: frozenset[str]
    """Empty where a sign is among the first characters: then it may stand in any text."""
    cased: bool = False

    def may_stand(self, words: Mapping[str, Sequence[int]]) -> bool:
        """Whether it is worth looking for."""
        return not self.first or not self.first.isdisjoint(words)

    def found(self, text: str, words: Mapping[str, Sequence[int]]) -> Iterator[re.Match[str]]:
        """Where it stands; tried only at the words that it may begin with."""
        if not self.first:
            yield from self.pattern.finditer(text)
            return
        done = 0
        for at in sorted(at for word in self.first & words.keys() for at in words[word]):
            found = self.pattern.match(text, at) if at >= done else None
            if found:
                done = found.end()
                yield found


def _patterns(cues: Cues, aliases: Sequence[str]) -> list[_Form]:
    """Expressions without nested repetition: forms, heads of names, initials."""
    made: list[_Form] = []
    if cues.forms:
        each = (
            "".join(_SIGNS.get(char) or re.escape(char) for char in form.lower())
            for form in cues.forms
        )
        forms = "|".join(form.replace(r"\ ", r"\s{1,3}") for form in each)
        pattern = re.compile(rf"(?<!\w)(?P<form>{forms})(?!\w)")
        made.append(_Form(pattern, _first_words(cues.forms)))
    if cues.named:
        named = re.compile(rf"(?<!\w)(?P<head>{_either(cues.named)})\s{{1,3}}")
        made.append(_Form(named, _first_words(_spellings(cues.named))))
    if cues.initials:
        not_these = f"(?![{''.join(map(re.escape, aliases))}])" if aliases else ""
        heads = _either(cues.initials)
        pattern = re.compile(rf"(?<!\w)(?i:{heads})\s{{1,3}}{not_these}[A-ZĐ](?!\w)")
        made.append(_Form(pattern, _first_words(_spellings(cues.initials)), cased=True))
    return made


def _first_words(forms: Iterable[str]) -> frozenset[str]:
    """The first word of each form; none at all where one has no word of its own to begin with."""
    first = [_FIRST.match(form.lower()) for form in forms]
    return frozenset(found[0] for found in first if found) if all(first) else frozenset()


def _either(words: Iterable[str]) -> str:
    """One of these words, with their accents or, where no other word is meant, without."""
    forms = sorted(_spellings(words), key=len, reverse=True)
    return "|".join(re.escape(form).replace(r"\ ", r"\s{1,3}") for form in forms)


def _spellings(words: Iterable[str]) -> set[str]:
    """The words as written and, where that is no other word, without accents."""
    words = tuple(words)
    return {word.lower() for word in words} | ({fold(word) for word in words} - AMBIGUOUS)


def _lower(text: str) -> str:
    """The text in lower case, every offset kept."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def _beginnings(lower: str) -> dict[str, list[int]]:
    """Where each word of a text begins."""
    words: dict[str, list[int]] = {}
    for word in _TOKEN.finditer(lower):
        words.setdefault(word[0], []).append(word.start())
    return words


def _places(
    text: str,
    lower: str,
    cues: Cues,
    forms: Iterable[_Form],
    words: Mapping[str, Sequence[int]],
) -> Iterator[tuple[int, int]]:
    """Where forms, names and initials of one kind stand in a text; ``words``: where each begins."""
    for form in forms:
        pattern = form.pattern
        for found in form.found(text if form.cased else lower, words):
            end = found.end()
            if "head" in pattern.groupindex:
                name = _named(text, end, numbered=cues.numbered)
                if name is None:
                    continue
                end = name
            before = lower[max(0, found.start() - NEAR) : found.start()].rstrip()
            after = lower[end : end + NEAR].lstrip()
            if not (before.endswith(cues.unless_before) or after.startswith(cues.unless_after)):
                yield found.start(), end


def _named(text: str, start: int, *, numbered: bool) -> int | None:
    """Where the proper name that begins at ``start`` ends; None where none begins there."""
    found = _NAME.match(text, start)
    if found is None:
        return None
    end = start
    for word in re.finditer(r"[^\W_]+", found[0]):
        first = word[0][0]
        if not (first.isupper() or (numbered and first.isdigit() and end == start)):
            break
        end = start + word.end()
    return end if end > start else None
