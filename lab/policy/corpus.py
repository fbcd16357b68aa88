"""The labelled corpus: templates filled with fictional values, and the lines that come out.

``policies/corpus/templates/*.yaml`` and ``values.yaml`` are what people edit;
``policies/corpus/*.jsonl`` is made of them, byte for byte the same for the same seed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lab import datafile
from lab.model import Finding, Speaker
from lab.policy.corpus_twists import GROUPS, TWISTS, plain
from lab.policy.corpus_values import ENTITIES, Pools, Values

SEED = "thao-truong-1"
Split = Literal["dev", "test"]
Expect = Literal["block", "mask", "protect", "unchanged"]
"""``protect``: masked or blocked, as long as no planted value leaves."""

GAP = re.compile(
    r"\{(?P<kind>[a-z]+)(?::(?P<style>[a-z]+))?(?:#(?P<nth>\d))?(?:@(?P<part>[12]))?"
    r"(?:\|(?P<twist>[a-z0-9]+))?\}"
)
"""``{name}``, ``{name:upper#2}``, ``{cccd@1}``, ``{mark|any}``: see ``docs/corpus.md``."""
WORD = re.compile(r"\w+")
VOICES = ("unaccented", "lower")
"""Ways of typing of the last cases of a template with voices, one each."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TemplateFile(_Shape):
    """One file of ``policies/corpus/templates/``."""

    set: str
    expect: Expect
    cases: int = Field(ge=1, le=50)
    voices: bool = False
    """True: some cases are typed without accents, or all in lower case."""
    frame: bool = False
    """True: some cases have words of greeting, thanks or hurry around them."""
    beside: tuple[str, ...] = ()
    """Entities that may be found beside the planted values without being false."""
    dev: Mapping[str, str | tuple[str, ...]]
    test: Mapping[str, str | tuple[str, ...]]


class Span(_Shape):
    """A planted value: where it stands, and what it should be found as."""

    message: int = 0
    start: int
    end: int
    entity: str
    kind: str = ""
    """For names: accented, upper, unaccented, lower, initials, given, ethnic."""
    piece: bool = False
    """True: only a part of a value; what counts is that not all pieces leave."""

    def touched(self, finding: Finding) -> bool:
        """Whether a finding covers at least one character of it."""
        same = finding.message == self.message
        return same and finding.start < self.end and self.start < finding.end


class Turn(_Shape):
    """One message of a case."""

    role: Speaker
    content: str


class Case(_Shape):
    """One labelled prompt: a line of a corpus file."""

    id: str
    set: str
    template: str
    split: Split
    expect: Expect
    messages: Annotated[tuple[Turn, ...], Field(min_length=1)]
    spans: tuple[Span, ...] = ()
    beside: tuple[str, ...] = ()
    """Entities that may be found beside the planted values without being false."""
    evasion: str = ""
    """How the value or the mark is hidden; empty for none."""
    voice: str = ""
    """How the whole text is typed: unaccented, lower; empty for as written."""


class Template(_Shape):
    """One template with what its file says of it."""

    id: str
    set: str
    expect: Expect
    split: Split
    cases: int
    voices: bool
    frame: bool
    beside: tuple[str, ...]
    messages: tuple[Turn, ...]


class _Filler:
    """Fills the gaps of one case."""

    def __init__(self, template: Template, pools: Pools, nth: int, seed: str) -> None:
        self.template = template
        self.values = Values(pools, f"{seed} {template.id} {nth}")
        self.drawn: dict[str, str] = {}
        self.evasions: list[str] = []
        self.spans: list[Span] = []
        self.nth = nth

    def case(self) -> Case:
        voice = self._voice()
        messages = []
        for number, turn in enumerate(self.template.messages):
            content = self._fill(number, self._framed(turn.content), voice)
            messages.append(Turn(role=turn.role, content=content))
        spans = tuple(
            span.model_copy(update={"kind": voice}) if voice and _voiced(span) else span
            for span in self.spans
        )
        return Case(
            id=f"{self.template.id}/{self.nth}",
            set=self.template.set,
            template=self.template.id,
            split=self.template.split,
            expect=self.template.expect,
            messages=tuple(messages),
            spans=spans,
            beside=self.template.beside,
            evasion="+".join(dict.fromkeys(self.evasions)),
            voice=voice,
        )

    def _voice(self) -> str:
        from_end = self.template.cases - self.nth
        voiced = self.template.voices and from_end <= len(VOICES)
        return VOICES[-from_end] if voiced else ""

    def _framed(self, content: str) -> str:
        """With words before and after, as people add them; the first case as it was written."""
        if not self.template.frame or not self.nth:
            return content
        pools, source = self.values.pools, self.values.random
        opening, closing = source.choice(pools.openings), source.choice(pools.closings)
        if content.isascii():
            opening, closing = plain(opening), plain(closing)
        if opening and "\n" in content:
            opening = opening.rstrip() + "\n"
        return opening + content + closing

    def _fill(self, number: int, content: str, voice: str) -> str:
        pieces: list[str] = []
        length = at = 0
        for gap in GAP.finditer(content):
            before = _typed(content[at : gap.start()], voice)
            value, kind = self._value(gap)
            value = _typed(value, voice) if "twist" not in kind else value
            start = length + len(before)
            pieces += [before, value]
            length = start + len(value)
            at = gap.end()
            entity = ENTITIES.get(gap["kind"])
            if entity:
                self.spans.append(
                    Span(
                        message=number,
                        start=start,
                        end=length,
                        entity=entity,
                        kind=self._kind_of_name(gap) if entity == "PERSON" else "",
                        piece=gap["part"] is not None,
                    )
                )
        return "".join([*pieces, _typed(content[at:], voice)])

    def _value(self, gap: re.Match[str]) -> tuple[str, str]:
        kind, style, part, twist = gap["kind"], gap["style"] or "", gap["part"], gap["twist"]
        name = f"{kind}#{gap['nth'] or 1}"
        if name not in self.drawn:
            self.drawn[name] = self.values.draw(kind, style)
        value = self.drawn[name]
        if style in STYLES:
            value = STYLES[style](value)
        if part:
            return _part(value, int(part)), kind
        if twist:
            return self._twisted(value, kind, twist), f"{kind} twist"
        return value, kind

    def _kind_of_name(self, gap: re.Match[str]) -> str:
        if gap["kind"] == "given":
            return "given"
        style = {"plain": "unaccented"}.get(gap["style"] or "", gap["style"] or "")
        if style:
            return style
        drawn = self.drawn[f"name#{gap['nth'] or 1}"]
        return "ethnic" if self.values.is_ethnic(drawn) else "accented"

    def _twisted(self, value: str, kind: str, twist: str) -> str:
        if twist == "any":
            twist = "mark" if kind in ("mark", "internal") else "digits"
        if twist in GROUPS:
            twist = GROUPS[twist][(self.nth + len(self.evasions)) % len(GROUPS[twist])]
        self.evasions.append(twist)
        return TWISTS[twist](value, self.values.random)


STYLES = {"upper": str.upper, "lower": str.lower, "plain": plain}


def _typed(text: str, voice: str) -> str:
    if voice == "unaccented":
        return plain(text)
    return text.lower() if voice == "lower" else text


def _voiced(span: Span) -> bool:
    return span.entity == "PERSON"


def _part(value: str, part: int) -> str:
    """The first or second piece: a name before its given name, a number in its middle."""
    digits = "".join(char for char in value if char.isdigit())
    if digits:
        cut = len(digits) // 2
        return digits[:cut] if part == 1 else digits[cut:]
    head, _, tail = value.rpartition(" ")
    return head if part == 1 else tail


def templates(folder: Path) -> tuple[Template, ...]:
    """Every template of a corpus folder. Raises ``DataFileError``."""
    found: list[Template] = []
    for path in sorted((folder / "templates").glob("*.yaml")):
        file = datafile.load(path, TemplateFile)
        for split, texts in (("dev", file.dev), ("test", file.test)):
            for slug, text in texts.items():
                found.append(
                    Template(
                        id=f"{path.stem}/{slug}",
                        set=file.set,
                        expect=file.expect,
                        split="dev" if split == "dev" else "test",
                        cases=file.cases,
                        voices=file.voices,
                        frame=file.frame,
                        beside=file.beside,
                        messages=_messages(text),
                    )
                )
    return tuple(found)


def _messages(text: str | tuple[str, ...]) -> tuple[Turn, ...]:
    said = (text,) if isinstance(text, str) else text
    return tuple(
        Turn(role="assistant", content=each.removeprefix("assistant: "))
        if each.startswith("assistant: ")
        else Turn(role="user", content=each)
        for each in said
    )


def build(folder: Path, *, seed: str = SEED) -> Iterator[Case]:
    """Every case of the templates of a folder, in order, none twice. Raises ``DataFileError``."""
    pools = datafile.load(folder / "values.yaml", Pools)
    for template in templates(folder):
        seen: set[tuple[Turn, ...]] = set()
        for nth in range(template.cases):
            case = _Filler(template, pools, nth, seed).case()
            if case.messages not in seen:
                seen.add(case.messages)
                yield case


def line(case: Case) -> str:
    """One case as one line of a corpus file, defaults left out."""
    row = case.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(row, ensure_ascii=False) + "\n"


def files(folder: Path, *, seed: str = SEED) -> dict[str, str]:
    """Name of each corpus file -> its content, made anew from the templates."""
    lines: dict[str, list[str]] = {}
    for case in build(folder, seed=seed):
        lines.setdefault(f"{case.set}.jsonl", []).append(line(case))
    return {name: "".join(rows) for name, rows in sorted(lines.items())}


def read(folder: Path) -> tuple[Case, ...]:
    """Every case of the corpus files of a folder and of its sub-folders, in order.

    Sub-folders hold what no template made: ``blind/`` was written by somebody who saw neither the
    rules nor the templates.

    Raises:
        ValueError: a line that is no case.

    """
    return tuple(
        Case.model_validate_json(row)
        for path in (*sorted(folder.glob("*.jsonl")), *sorted(folder.glob("*/*.jsonl")))
        for row in path.read_text("utf-8").split("\n")
        if row
    )


def runs(template: Template, length: int) -> set[tuple[str, ...]]:
    """Every run of ``length`` words that a template says itself, accents and case aside."""
    found: set[tuple[str, ...]] = set()
    for turn in template.messages:
        for text in GAP.split(turn.content)[:: GAP.groups + 1]:
            words = WORD.findall(plain(text).lower())
            found |= {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}
    return found
