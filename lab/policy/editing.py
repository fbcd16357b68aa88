"""Editing the draft: one file or one rule at a time, checked by the loader before it is kept."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lab.errors import Conflict, DataFileError, LabError, NotFound, Problem
from lab.model import Action
from lab.policy import examples, groups, mosaic, versions
from lab.policy import rules as rule_files
from lab.policy.detect import Detector, resolve
from lab.policy.rules import Rule, RuleFile, Shape

OWN = "rules/own.yaml"
"""Where new rules go."""
EMPTY = {
    OWN: "# Quy tắc do cán bộ an toàn viết thêm.\nrules:\n",
    groups.GROUPS: "# Nơi nào chặt hơn: điểm cầu, lớp, bài, vai.\ngroups: []\n",
    groups.EXCEPTIONS: "# Ngoại lệ có người chịu trách nhiệm, lý do và ngày hết.\nexceptions: []\n",
}
"""Files that an officer may begin."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that may be edited: a whole file, or one rule of it."""

    file: str
    text: str
    first: int
    """The line of the file on which it begins, from 1."""
    digest: str
    """Of the whole file: an edit of another is not written over."""


def names(folder: Path) -> list[str]:
    """Files that may be edited."""
    there = [path.relative_to(folder).as_posix() for path in rule_files.files_of(folder)]
    return sorted({*there, *EMPTY})


def file(folder: Path, name: str) -> Piece:
    """One whole file. Raises ``NotFound``."""
    if name not in names(folder):
        raise NotFound("not_found")
    path = folder / name
    text = path.read_text("utf-8") if path.is_file() else EMPTY[name]
    return Piece(name, text, 1, _digest(text))


def rule(folder: Path, rule_id: str) -> Piece:
    """One rule as it stands in its file. Raises ``NotFound``, or ``DataFileError``."""
    path = rule_files.read(folder).files.get(rule_id)
    if path is None:
        raise NotFound("not_found")
    text = path.read_text("utf-8")
    begin, end = _lines_of(text, rule_id)
    lines = text.splitlines(keepends=True)
    name = path.relative_to(folder).as_posix()
    return Piece(name, "".join(lines[begin:end]), begin + 1, _digest(text))


def with_rule(folder: Path, rule_id: str | None, text: str) -> tuple[str, str, int]:
    """File, its whole text with one rule changed (None: added), and the line where that begins."""
    text = text.rstrip() + "\n"
    if rule_id is None:
        whole = file(folder, OWN)
        before = whole.text.rstrip() + "\n"
        return OWN, before + text, before.count("\n") + 1
    piece = rule(folder, rule_id)
    lines = file(folder, piece.file).text.splitlines(keepends=True)
    end = piece.first - 1 + piece.text.count("\n")
    return (
        piece.file,
        "".join(lines[: piece.first - 1]) + text + "".join(lines[end:]),
        piece.first,
    )


def save(folder: Path, name: str, text: str, digest: str) -> tuple[Problem, ...]:
    """Write one file, where the whole policy with it has no problem; else its problems.

    Raises:
        NotFound: no such file.
        Conflict: it was edited since ``digest``.
        LabError: it cannot be written.

    """
    if file(folder, name).digest != digest:
        raise Conflict("policy_edited")
    found = check(folder, name, text)
    if found:
        return found
    target = folder / name
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(exist_ok=True)
        fresh.write_text(text, "utf-8")
        fresh.replace(target)
    except OSError as error:
        raise LabError("policy_read_only", file=name) from error
    return ()


def check(folder: Path, name: str, text: str) -> tuple[Problem, ...]:
    """What would be wrong with the policy were this file so; changed rules run their examples."""
    with tempfile.TemporaryDirectory() as place:
        twin = Path(place)
        versions.copy(folder, twin)
        (twin / name).parent.mkdir(exist_ok=True)
        (twin / name).write_text(text, "utf-8")
        try:
            data = rule_files.read(twin)
            mosaic.read(twin)
            groups.read(twin, data.rules)
        except DataFileError as error:
            return _within(error.problems, twin)
        before: Sequence[Rule] = ()
        with suppress(DataFileError):
            before = rule_files.read(folder).rules
        changed = tuple(each for each in data.rules if each not in before)
        return _within(tuple(examples.problems(replace(data, rules=changed))), twin)


def _within(problems: Iterable[Problem], folder: Path) -> tuple[Problem, ...]:
    prefix = f"{folder}/"
    return tuple(replace(each, file=each.file.removeprefix(prefix)) for each in problems)


def _lines_of(text: str, rule_id: str) -> tuple[int, int]:
    """First line of a rule's entry, and the line after its last, from 0."""
    node = YAML(typ="rt").compose(io.StringIO(text))
    entries = next(value for key, value in node.value if key.value == "rules").value
    starts = [entry.start_mark.line for entry in entries]
    nth = next(
        n
        for n, entry in enumerate(entries)
        if any(key.value == "id" and value.value == rule_id for key, value in entry.value)
    )
    end = starts[nth + 1] if nth + 1 < len(starts) else text.count("\n") + 1
    return starts[nth], end


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- a rule as a form ------------------------------------------------------------------------


def changed(text: str, form: Mapping[str, Any]) -> str:
    """The YAML of one rule with the fields of a form put in; comments and all else stay.

    ``form`` maps names of fields of a rule to new values. Raises ``LabError`` for no YAML.
    """
    yaml = _yaml()
    try:
        tree = yaml.load(text)
        entry = tree[0]
        for name, value in form.items():
            if name == "examples":
                entry.setdefault("examples", {}).update(value)
            else:
                entry[name] = value
    except (YAMLError, TypeError, KeyError, IndexError) as error:
        raise LabError("bad_request", fields="text") from error
    return _dumped(yaml, tree)


def composed(form: Mapping[str, Any]) -> str:
    """The YAML of a new rule."""
    return _dumped(_yaml(), [dict(form)])


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 4096
    yaml.preserve_quotes = True
    yaml.allow_unicode = True
    return yaml


def _dumped(yaml: YAML, tree: Any) -> str:
    out = io.StringIO()
    yaml.dump(tree, out)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Tried:
    """What a pattern finds in one example."""

    text: str
    found: tuple[str, ...]
    right: bool


def tried(pattern: Mapping[str, Any], must: Sequence[str], not_: Sequence[str]) -> list[Tried]:
    """A pattern on examples that it must find and on examples that it must not.

    Raises:
        pydantic.ValidationError: it is no pattern.

    """
    text = {"vi": "-", "en": "-"}
    rule = Rule.model_validate(
        {
            "id": "thu",
            "entity": "TRIED",
            "recognizer": "pattern",
            "tier": "T3",
            "mode": "mask",
            "title": text,
            "why": text,
            "advice": text,
            "source": "-",
            "placeholder": "THỬ",
            "patterns": [{"name": "thu", **pattern}],
            "examples": {"catch": ["-"], "pass": ["-"]},
        }
    )
    detector = Detector([rule])
    rows = []
    for wanted, texts in ((True, must), (False, not_)):
        for each in texts:
            plain = rule_files.plain_example(each)
            signs = resolve(detector.find(plain), {rule.id: Action.MASK})
            found = tuple(plain[sign.start : sign.end] for sign in signs)
            rows.append(Tried(plain, found, bool(found) is wanted))
    return rows


def schema(name: str = "") -> dict[str, Any]:
    """JSON schema of a file of the policy by its name, for editors that complete: by default that
    of the files of rules; empty where the file is no YAML of ours.
    """
    shapes: dict[str, type[Shape]] = {
        "policy.yaml": rule_files.PolicyFile,
        "mosaic.yaml": mosaic.MosaicFile,
        groups.GROUPS: groups.GroupFile,
        groups.EXCEPTIONS: groups.ExceptionFile,
    }
    shape = RuleFile if not name or name.startswith("rules/") else shapes.get(name)
    return shape.model_json_schema(by_alias=True) if shape else {}
