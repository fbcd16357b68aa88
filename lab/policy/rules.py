"""The shape of ``policies/``: rules, their word lists and their examples, and how they are read.

Light on purpose: nothing here imports Presidio, so that pages and commands may show rules at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from lab import datafile
from lab.errors import DataFileError, PolicyError, Problem
from lab.model import Action, Language, Mode, Tier
from lab.policy import recognizers
from lab.policy.text import fold
from lab.words import say

Kebab = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Upper = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
PlaceholderKind = Annotated[str, StringConstraints(pattern=r"^[^\[\]\d\n]*$", max_length=40)]

MARK = re.compile(r"⟦(.*?)⟧", re.DOTALL)
"""In an example: exactly what must be found."""


class Shape(BaseModel):
    """Frozen, and a mistyped key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Text(Shape):
    """A sentence in both languages."""

    vi: Filled
    en: Filled

    def read(self, language: Language) -> str:
        """The sentence in one language."""
        return self.en if language == "en" else self.vi


class Examples(Shape):
    """What a rule must find, and what it must let pass."""

    catch: tuple[Filled, ...] = Field(min_length=1)
    let_pass: tuple[Filled, ...] = Field(alias="pass", min_length=1)


class Pattern(Shape):
    """One thing that an officer's own rule looks for: phrases, or a form such as ``DA-####/NB``.

    In a form ``#`` is a digit, ``@`` a letter and a space any run of spaces; all else stands for
    itself.
    """

    name: Kebab
    words: tuple[Filled, ...] = ()
    form: str = Field("", max_length=200)
    exact: bool = False
    """True: accents and case must fit. Else words are found whatever their accents and case."""
    score: float = Field(0.85, gt=0, le=1)

    @model_validator(mode="after")
    def _one_of(self) -> Pattern:
        if bool(self.words) == bool(self.form.strip()):
            raise ValueError(say("policy.problem.pattern_one_of"))
        return self


class Rule(Shape):
    """One kind of information, how it is found and what is done with it."""

    id: Kebab
    entity: Upper
    recognizer: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    tier: Tier
    mode: Mode
    title: Text
    why: Text
    advice: Text
    source: Filled
    placeholder: PlaceholderKind = ""
    restore: bool = True
    """False: never restored in a reply, and never stored (passwords, keys, card numbers)."""
    threshold: float = Field(0.5, ge=0, le=1)
    context: tuple[Filled, ...] = ()
    lists: Mapping[str, str | tuple[Filled, ...]] = {}
    patterns: tuple[Pattern, ...] = ()
    examples: Examples

    @model_validator(mode="after")
    def _needs(self) -> Rule:
        if not self.placeholder:
            object.__setattr__(self, "placeholder", self.title.vi.upper())
        return self

    @property
    def action(self) -> Action:
        """What a finding of this rule asks for; a rule in shadow asks for nothing."""
        if self.mode in (Mode.OFF, Mode.SHADOW):
            return Action.ALLOW
        return Action(self.mode.value)

    def words(self, name: str) -> tuple[str, ...]:
        """The words of one list.

        Raises:
            PolicyError: there is no such list, or its file was not read.

        """
        found = self.lists.get(name)
        if not isinstance(found, tuple):
            raise PolicyError("policy_list", rule=self.id, list=name)
        return found


class Cues:
    """Cue words as the rules' own files write them, whatever reading they were found in."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def written(self, rule: Rule, cue: str | None) -> str | None:
        """A cue word of a rule with its accents, where it was found without them.

        The context words are looked at first, then the lists, the short ones before the long.
        """
        if cue is None or fold(cue) != cue:
            return cue
        if (rule.id, cue) not in self._known:
            lists = sorted(
                (each for each in rule.lists.values() if not isinstance(each, str)), key=len
            )
            words = (word for several in (rule.context, *lists) for word in several)
            found = next((word for word in words if fold(word) == cue), cue)
            self._known[rule.id, cue] = found
        return self._known[rule.id, cue]


class RuleFile(Shape):
    """One file of ``policies/rules/``."""

    rules: tuple[Rule, ...] = Field(min_length=1)


class Source(Shape):
    """A legal text that rules cite."""

    title: Text
    date: dt.date
    """Of the text, or from which it is in force."""
    in_force: dt.date | None = None
    url: str | None = None


class PolicyFile(Shape):
    """``policies/policy.yaml``: what belongs to no single rule."""

    sources: Mapping[Kebab, Source]
    pool_chars: int = Field(4000, ge=200, le=100_000)
    """Longer texts are checked in a child process that can be killed."""
    window_turns: int = Field(4, ge=1, le=12)
    """Trainee messages before the prompt that are read together with it."""
    placeholders: tuple[PlaceholderKind, ...] = ()
    """What people type in brackets for a value, such as ``HỌ VÀ TÊN``: never a finding."""
    split_marks: tuple[Filled, ...] = ()
    """Phrases that may be split over two messages."""
    floors: Mapping[str, float] = {}
    """Least figures of ``lab policy eval``, by set."""


@dataclass(frozen=True, slots=True)
class PolicyData:
    """Everything that a policy folder says, read and checked."""

    folder: Path
    settings: PolicyFile
    rules: tuple[Rule, ...]
    files: Mapping[str, Path]
    """Rule id -> the file that holds it."""


def read(folder: Path) -> PolicyData:
    """Read ``policy.yaml``, all rules and the lists that they name.

    Raises:
        DataFileError: with every problem of every file.

    """
    problems: list[Problem] = []
    settings: PolicyFile | None = None
    try:
        settings = datafile.load(folder / "policy.yaml", PolicyFile)
    except DataFileError as error:
        problems += error.problems
    rules: list[Rule] = []
    files: dict[str, Path] = {}
    lists: dict[Path, tuple[str, ...]] = {}
    for path in sorted((folder / "rules").glob("*.yaml")):
        try:
            found = datafile.load(path, RuleFile).rules
        except DataFileError as error:
            problems += error.problems
            continue
        for rule in found:
            resolved, wrong = _with_lists(rule, folder, path, lists)
            problems += wrong
            rules.append(resolved)
            problems += _check(resolved, path, settings, files)
            files.setdefault(rule.id, path)
    if not rules and not problems:
        problems.append(problem_at(folder / "rules", "", "no_rules"))
    if problems or settings is None:
        raise DataFileError(tuple(problems))
    return PolicyData(folder=folder, settings=settings, rules=tuple(rules), files=files)


def files_of(folder: Path) -> tuple[Path, ...]:
    """Every file that a policy is made of, in order."""
    names = ("policy.yaml", "mosaic.yaml", "groups.yaml", "exceptions.yaml")
    single = [folder / name for name in names]
    found = [*single, *folder.glob("rules/*.yaml"), *folder.glob("lists/*.txt")]
    return tuple(sorted(path for path in found if path.is_file()))


def digest(folder: Path) -> str:
    """sha256 (hex) over the names and contents of a policy's files."""
    total = hashlib.sha256()
    for path in files_of(folder):
        name = path.relative_to(folder).as_posix()
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def plain_example(text: str) -> str:
    """An example without its marks."""
    return MARK.sub(r"\1", text)


def marked_spans(text: str) -> tuple[tuple[int, int], ...]:
    """The spans that an example marks, as offsets in ``plain_example(text)``."""
    return tuple(
        (found.start() - 2 * nth, found.end() - 2 * nth - 2)
        for nth, found in enumerate(MARK.finditer(text))
    )


def read_list(path: Path) -> tuple[str, ...]:
    """The entries of a word list: one a line, ``#`` begins a comment, order kept, no doubles.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is not UTF-8.

    """
    lines = path.read_text("utf-8").splitlines()
    words = (re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip() for line in lines)
    return tuple(dict.fromkeys(word for word in words if word))


def _with_lists(
    rule: Rule, folder: Path, path: Path, known: dict[Path, tuple[str, ...]]
) -> tuple[Rule, list[Problem]]:
    """The rule with files of words replaced by their words."""
    resolved: dict[str, Any] = {}
    problems: list[Problem] = []
    root = (folder / "lists").resolve()
    for name, where in rule.lists.items():
        if isinstance(where, tuple):
            resolved[name] = where
            continue
        file = (root / where).resolve()
        try:
            if not file.is_relative_to(root):
                raise FileNotFoundError
            if file not in known:
                known[file] = read_list(file)
        except (OSError, UnicodeDecodeError):
            problems.append(problem_at(path, where, "no_list", rule=rule.id, list=where))
        else:
            resolved[name] = known[file]
    return rule.model_copy(update={"lists": resolved}), problems


def _check(
    rule: Rule, path: Path, settings: PolicyFile | None, seen: Mapping[str, Path]
) -> Iterator[Problem]:
    """What one rule gets wrong that its shape does not show."""
    if rule.id in seen:
        yield problem_at(path, f"id: {rule.id}", "double", rule=rule.id, file=seen[rule.id].name)
    if rule.recognizer not in recognizers.names():
        yield problem_at(
            path,
            f"recognizer: {rule.recognizer}",
            "no_recognizer",
            rule=rule.id,
            name=rule.recognizer,
            known=", ".join(recognizers.names()),
        )
    elif (rule.recognizer == "pattern") != bool(rule.patterns):
        yield problem_at(path, f"id: {rule.id}", "patterns_needed", rule=rule.id)
    cited = rule.source.split(",", 1)[0].strip()
    if settings is not None and cited not in settings.sources:
        yield problem_at(
            path,
            f"source: {rule.source}",
            "no_source",
            rule=rule.id,
            source=cited,
            known=", ".join(settings.sources),
        )
    doubles = [name for name, n in Counter(each.name for each in rule.patterns).items() if n > 1]
    for name in doubles:
        yield problem_at(path, f"name: {name}", "double_pattern", rule=rule.id, name=name)


def problem_at(path: Path, needle: str, key: str, **values: str) -> Problem:
    """A problem that points at the last line of ``path`` that holds ``needle``."""
    line, column, source = 0, 0, ""
    lines: Iterable[str] = path.read_text("utf-8").splitlines() if path.is_file() else ()
    for number, content in enumerate(lines, 1):
        if needle and needle in content:
            line, column, source = number, content.index(needle) + 1, content
    return Problem(
        file=str(path),
        line=line,
        column=column,
        message=say(f"policy.problem.{key}", "vi", **values),
        help=say(f"policy.help.{key}", "vi", **values),
        source=source,
    )
