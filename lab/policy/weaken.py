"""What differs between two versions of the policy, and which of it weakens: pure functions.

Weakening is whatever may let something leave that did not leave before. The few kinds of change
that surely cannot are listed here; every other change counts as weakening.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lab.model import Action, Mode, Tier
from lab.policy import groups as overlays
from lab.policy import mosaic, rules
from lab.policy.groups import Exemption, Group, Overlays
from lab.policy.mosaic import MosaicFile
from lab.policy.rules import Pattern, PolicyFile, Rule
from lab.policy.text import fold

What = Literal[
    "rule_added",
    "rule_removed",
    "mode",
    "tier",
    "entity",
    "recognizer",
    "threshold",
    "restore",
    "placeholder",
    "context",
    "list",
    "pattern",
    "example",
    "words",
    "setting",
    "mosaic",
    "group",
    "exception",
    "file",
]

DETECTING = frozenset({"phrases", "status", "artifacts", "topic", "grave", "stamps", "talk"})
"""Lists of which each entry can only find more: adding strengthens, removing weakens."""
EXCUSING = frozenset({"not", "not_before", "not_after"})
"""Lists of which each entry lets something pass: adding weakens, removing strengthens."""
_MARKS = ("phrases", "stamps")
"""Lists of which an entry alone is a sign."""
_MODES = {mode: rank for rank, mode in enumerate(Mode)}
_TEXTS = ("title", "why", "advice", "source")
"""Of a rule: what people read. Nothing is decided by it."""


@dataclass(frozen=True, slots=True)
class Edition:
    """All that a policy folder decides by."""

    rules: tuple[Rule, ...]
    settings: PolicyFile
    mosaic: MosaicFile | None = None
    overlays: Overlays = field(default_factory=Overlays)
    loose: Mapping[str, str] = field(default_factory=dict)
    """Word lists that no rule names: file -> digest of its words."""

    @classmethod
    def read(cls, folder: Path) -> Edition:
        """The edition in a folder. Raises ``DataFileError`` with every problem."""
        data = rules.read(folder)
        named = {words for rule in data.rules for words in rule.lists.values()}
        loose = {}
        for path in sorted(folder.glob("lists/*.txt")):
            words = rules.read_list(path)
            if words not in named:
                loose[path.name] = hashlib.sha256("\n".join(words).encode()).hexdigest()
        return cls(
            data.rules,
            data.settings,
            mosaic.read(folder),
            overlays.read(folder, data.rules),
            loose,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two editions do not have in common."""

    what: What
    weakens: bool
    rule: str = ""
    """Empty: it belongs to the policy as a whole."""
    name: str = ""
    """Of the list, the pattern, the setting, the group."""
    before: str = ""
    after: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """As JSON."""
        found = {name: getattr(self, name) for name in self.__slots__}
        found["added"], found["removed"] = list(self.added), list(self.removed)
        return {
            name: value for name, value in found.items() if value not in ("", []) or name == "rule"
        }


def differences(old: Edition, new: Edition) -> tuple[Difference, ...]:
    """All of them, rule by rule, then what belongs to no rule."""
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    found: list[Difference] = []
    for rule_id in dict.fromkeys([*before, *after]):
        if rule_id not in after:
            acted = before[rule_id].mode is not Mode.OFF
            mode = str(before[rule_id].mode)
            found.append(Difference("rule_removed", acted, rule_id, before=mode))
        elif rule_id not in before:
            hidden = _hides(after[rule_id], old.rules)
            mode = str(after[rule_id].mode)
            found.append(Difference("rule_added", hidden, rule_id, after=mode))
        else:
            found += _of_rule(before[rule_id], after[rule_id])
    found += _of_settings(old.settings, new.settings)
    found += _of_mosaic(old.mosaic, new.mosaic)
    found += _of_groups(old.overlays.groups, new.overlays.groups)
    found += _of_exceptions(old.overlays.exceptions, new.overlays.exceptions)
    for name in sorted({*old.loose, *new.loose}):
        if old.loose.get(name) != new.loose.get(name):
            found.append(Difference("file", True, name=name))
    return tuple(found)


def weakens(found: Iterable[Difference]) -> bool:
    """Whether a second officer is needed."""
    return any(each.weakens for each in found)


def touches_secrets(found: Iterable[Difference], *editions: Edition) -> bool:
    """Whether a rule of T1 or T2 is among the differences, or what speaks of all rules."""
    tiers = {rule.id: rule.tier for edition in editions for rule in edition.rules}
    return any(
        not each.rule or tiers.get(each.rule, Tier.T1) in (Tier.T1, Tier.T2) for each in found
    )


# --- one rule --------------------------------------------------------------------------------


def _of_rule(old: Rule, new: Rule) -> Iterator[Difference]:
    rule = old.id
    if old.mode is not new.mode:
        milder = _MODES[new.mode] < _MODES[old.mode]
        yield Difference("mode", milder, rule, before=str(old.mode), after=str(new.mode))
    if old.tier is not new.tier:
        yield Difference(
            "tier", new.tier > old.tier, rule, before=str(old.tier), after=str(new.tier)
        )
    for what in ("entity", "recognizer", "placeholder"):
        one, other = getattr(old, what), getattr(new, what)
        if one != other:
            yield Difference(what, True, rule, before=one, after=other)
    if old.threshold != new.threshold:
        higher = new.threshold > old.threshold
        yield Difference(
            "threshold", higher, rule, before=str(old.threshold), after=str(new.threshold)
        )
    if old.restore != new.restore:
        yield Difference(
            "restore", new.restore, rule, before=_yes(old.restore), after=_yes(new.restore)
        )
    yield from _sets("context", rule, "", old.context, new.context, weak_when="removed")
    yield from _of_lists(old, new)
    yield from _of_patterns(old, new)
    yield from _of_examples(old, new)
    for name in _TEXTS:
        if getattr(old, name) != getattr(new, name):
            yield Difference("words", False, rule, name=name)


def _sets(
    what: What,
    rule: str,
    name: str,
    old: Iterable[str],
    new: Iterable[str],
    *,
    weak_when: Literal["added", "removed", "any"],
) -> Iterator[Difference]:
    """Entries that came and went; a mere change of their order is one of ``any`` only."""
    before, after = tuple(old), tuple(new)
    if before == after:
        return
    added = tuple(word for word in after if word not in set(before))
    removed = tuple(word for word in before if word not in set(after))
    weak = {"added": bool(added), "removed": bool(removed), "any": True}[weak_when]
    if added or removed or weak:
        yield Difference(what, weak, rule, name, added=added, removed=removed)


def _of_lists(old: Rule, new: Rule) -> Iterator[Difference]:
    for name in sorted({*old.lists, *new.lists}):
        one, other = old.lists.get(name, ()), new.lists.get(name, ())
        weak: Literal["added", "removed", "any"] = "any"
        if name in DETECTING:
            weak = "removed"
        elif name in EXCUSING:
            weak = "added"
        yield from _sets("list", old.id, name, one, other, weak_when=weak)


def _of_patterns(old: Rule, new: Rule) -> Iterator[Difference]:
    before = {each.name: each for each in old.patterns}
    after = {each.name: each for each in new.patterns}
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        if one is None or other is None:
            yield Difference(
                "pattern", other is None, old.id, name, before=_shown(one), after=_shown(other)
            )
            continue
        weak = (
            one.form != other.form
            or (other.exact and not one.exact)
            or other.score < one.score
            or bool(set(one.words) - set(other.words))
        )
        yield Difference("pattern", weak, old.id, name, _shown(one), _shown(other))


def _shown(pattern: Pattern | None) -> str:
    if pattern is None:
        return ""
    text = pattern.form or " · ".join(pattern.words)
    return f"{text} ({pattern.score:g}{', =' if pattern.exact else ''})"


def _of_examples(old: Rule, new: Rule) -> Iterator[Difference]:
    yield from _sets(
        "example", old.id, "catch", old.examples.catch, new.examples.catch, weak_when="removed"
    )
    yield from _sets(
        "example", old.id, "pass", old.examples.let_pass, new.examples.let_pass, weak_when="added"
    )


def _hides(new: Rule, old: Iterable[Rule]) -> bool:
    """Whether a new rule's placeholder holds a mark of a secret: in brackets it would pass."""
    label = fold(new.placeholder)
    for rule in old:
        if rule.tier in (Tier.T1, Tier.T2):
            words = [word for name in _MARKS for word in rule.lists.get(name, ())]
            words += [word for each in rule.patterns for word in each.words]
            if any(fold(word) in label for word in words):
                return True
    return False


def _yes(value: bool) -> str:
    return "true" if value else "false"


# --- what belongs to no rule -----------------------------------------------------------------


def _of_settings(old: PolicyFile, new: PolicyFile) -> Iterator[Difference]:
    if old.window_turns != new.window_turns:
        fewer = new.window_turns < old.window_turns
        one, other = str(old.window_turns), str(new.window_turns)
        yield Difference("setting", fewer, name="window_turns", before=one, after=other)
    if old.pool_chars != new.pool_chars:
        one, other = str(old.pool_chars), str(new.pool_chars)
        yield Difference("setting", True, name="pool_chars", before=one, after=other)
    yield from _sets(
        "setting", "", "placeholders", old.placeholders, new.placeholders, weak_when="added"
    )
    yield from _sets(
        "setting", "", "split_marks", old.split_marks, new.split_marks, weak_when="removed"
    )
    for name in sorted({*old.floors, *new.floors}):
        least, now = old.floors.get(name, 0.0), new.floors.get(name, 0.0)
        if least != now:
            yield Difference(
                "setting", now < least, name=f"floors.{name}", before=f"{least:g}", after=f"{now:g}"
            )
    if old.sources != new.sources:
        yield Difference("words", False, name="sources")


def _of_mosaic(old: MosaicFile | None, new: MosaicFile | None) -> Iterator[Difference]:
    """Strengthening is only: it speaks earlier, or it stops where it spoke before."""
    if old == new:
        return
    if old is None or new is None:
        yield Difference("mosaic", new is None)
        return
    if old.aliases != new.aliases or [p.id for p in old.pictures] != [p.id for p in new.pictures]:
        yield Difference("mosaic", True)
        return
    for one, other in zip(old.pictures, new.pictures, strict=True):
        if one == other:
            continue
        numbers = ("warn_below", "full_below", "at_full")
        same = one.model_copy(update={name: getattr(other, name) for name in numbers}) == other
        weak = (
            not same
            or other.warn_below < one.warn_below
            or other.full_below < one.full_below
            or (one.at_full == "block" and other.at_full != "block")
        )
        shown = [" ".join(f"{n} {getattr(each, n)}" for n in numbers) for each in (one, other)]
        yield Difference("mosaic", weak, name=one.id, before=shown[0], after=shown[1])


def _of_groups(old: tuple[Group, ...], new: tuple[Group, ...]) -> Iterator[Difference]:
    before, after = {each.id: each for each in old}, {each.id: each for each in new}
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        weak = one is not None and (
            other is None
            or one.where != other.where
            or any(
                rule not in other.tighten or Action(other.tighten[rule]).rank < Action(action).rank
                for rule, action in one.tighten.items()
            )
        )
        yield Difference("group", weak, name=name, before=_asked(one), after=_asked(other))


def _asked(group: Group | None) -> str:
    return "" if group is None else ", ".join(f"{k}: {v}" for k, v in group.tighten.items())


def _of_exceptions(old: tuple[Exemption, ...], new: tuple[Exemption, ...]) -> Iterator[Difference]:
    before, after = {each.id: each for each in old}, {each.id: each for each in new}
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        shorter = (
            one is not None
            and other is not None
            and one.model_copy(update={"until": other.until}) == other
            and other.until < one.until
        )
        rule = (other or one).rule  # type: ignore[union-attr]
        yield Difference(
            "exception", other is not None and not shorter, rule, name, _until(one), _until(other)
        )


def _until(each: Exemption | None) -> str:
    return "" if each is None else f"{each.mode} → {each.until:%d/%m/%Y} ({each.owner})"
