"""The draft: the files in ``settings.policies``, weighed against the version in force."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lab.errors import Conflict, DataFileError, Problem
from lab.policy import examples, versions
from lab.policy import rules as rule_files
from lab.policy.weaken import Difference, Edition, differences, touches_secrets, weakens
from lab.settings import Settings


@dataclass(frozen=True, slots=True)
class Draft:
    """How the draft stands."""

    base: int
    """The version that it is compared with."""
    digest: str
    problems: tuple[Problem, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def weakens(self) -> bool:
        """Whether publishing it needs a second officer."""
        return weakens(self.differences)

    @property
    def rules(self) -> tuple[str, ...]:
        """Rules that differ."""
        return tuple(dict.fromkeys(each.rule for each in self.differences if each.rule))

    def row(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "base": f"v{self.base}",
            "draft": self.digest[:12],
            "problems": [
                {
                    name: getattr(each, name)
                    for name in ("file", "line", "column", "message", "help")
                }
                for each in self.problems
            ],
            "weakens": self.weakens,
            "differences": [each.row() for each in self.differences],
        }


def state(base: int, old: Path, source: Path) -> Draft:
    """The files of ``source`` beside those of ``old``, which is version ``base``. What is wrong
    with them is told, not raised; names of files are those within the policy.

    Raises:
        DataFileError: of ``old`` only.

    """
    return _state(base, old, source, rule_files.digest(old), rule_files.digest(source))


@lru_cache(maxsize=8)
def _state(base: int, old: Path, source: Path, _old_digest: str, digest: str) -> Draft:
    """Done once for the same files. Rules that did not change keep to their examples."""
    before = Edition.read(old)
    try:
        after = Edition.read(source)
        data = rule_files.read(source)
        changed = tuple(rule for rule in data.rules if rule not in before.rules)
        wrong = tuple(examples.problems(replace(data, rules=changed)))
    except DataFileError as error:
        return Draft(base, digest, _within(error.problems, source))
    return Draft(base, digest, _within(wrong, source), differences(before, after))


def _within(problems: tuple[Problem, ...], folder: Path) -> tuple[Problem, ...]:
    prefix = f"{folder}/"
    return tuple(replace(each, file=each.file.removeprefix(prefix)) for each in problems)


def secret_rules(old: Path, source: Path, found: tuple[Difference, ...]) -> bool:
    """Whether a rule of T1 or T2, or what speaks of every rule, is among the differences."""
    return touches_secrets(found, Edition.read(old), Edition.read(source))


def snapshot(settings: Settings) -> Path:
    """A copy of the draft that no edit reaches: what is weighed is what is published.

    Raises:
        Conflict: it was edited meanwhile.
        OSError: it cannot be written.

    """
    digest = rule_files.digest(settings.policies)
    folder = keep(settings, settings.policies, digest)
    if not is_kept(settings, digest):
        shutil.rmtree(folder, ignore_errors=True)
        raise Conflict("policy_moved")
    return folder


def keep(settings: Settings, source: Path, digest: str) -> Path:
    """A copy of the files that a proposal is about; the same for the same digest.

    Raises:
        OSError: it cannot be written.

    """
    folder = kept(settings, digest)
    if not folder.is_dir():
        fresh = folder.with_name(f".{digest}.{time.time_ns()}")
        versions.copy(source, fresh)
        try:
            fresh.rename(folder)
        except OSError:  # another was faster
            shutil.rmtree(fresh)
    return folder


def kept(settings: Settings, digest: str) -> Path:
    """Where the files of a proposal are kept."""
    return settings.home / "policies" / "proposals" / digest


def is_kept(settings: Settings, digest: str) -> bool:
    """Whether the files of a proposal are still those that were proposed."""
    folder = kept(settings, digest)
    return folder.is_dir() and rule_files.digest(folder) == digest
