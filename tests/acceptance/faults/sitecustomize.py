"""Faults for a lab under test: Python runs this file at its start where it is on PYTHONPATH.

Nothing of the lab knows of it. It wraps two functions of the real process: what the recognizer of
identity numbers does when a text holds a word below, and what happens when a row is logged while
a file of that name stands in ``LAB_TEST_FAULTS``.
"""

from __future__ import annotations

import copy
import importlib.abc
import importlib.machinery
import os
import re
import signal
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

FAULTS = Path(os.environ.get("LAB_TEST_FAULTS", "/nonexistent"))
TEXT = "thử-lỗi-"
HOLDERS: list[Any] = []


def in_recognizer(text: str) -> None:
    """What goes wrong while a text is read."""
    if f"{TEXT}raise" in text:
        raise RuntimeError(text)
    if f"{TEXT}hang" in text:
        while True:
            try:
                time.sleep(0.05)
            except Exception:  # noqa: BLE001, S112 - one that swallows errors
                continue
    if f"{TEXT}slow" in text:
        time.sleep(8)
    if f"{TEXT}pattern" in text:
        re.match(r"(a+)+$", "a" * 64 + "b")
    if f"{TEXT}exit" in text:
        os.kill(os.getpid(), signal.SIGKILL)


def cccd(module: ModuleType) -> None:
    """A recognizer that fails."""
    recognizer = module.RECOGNIZER
    find = recognizer.find

    def failing(self: Any, views: Any) -> Any:
        in_recognizer(views.original)
        if f"{TEXT}garbage" in views.original:
            from lab.policy.recognizers.base import Hit

            return [Hit(0, 10**9, 0.9, "broken")]
        return find(self, views)

    recognizer.find = failing


def sqlite(module: ModuleType) -> None:
    """A process that dies, a log that fails or a policy that is replaced, around one row."""
    log = module.SqliteLog
    append = log.append

    async def failing(self: Any, stream: str, kind: str, payload: Any, **more: Any) -> Any:
        if (FAULTS / f"kill-before-{kind}").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        if (FAULTS / f"fail-{kind}").exists():
            raise LogError
        result = await append(self, stream, kind, payload, **more)
        if (FAULTS / f"kill-after-{kind}").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        if (FAULTS / f"replace-after-{kind}").exists():
            replace_policy()
        return result

    from lab.errors import LogError

    log.append = failing


def holder(module: ModuleType) -> None:
    """Knows of every holder of a policy."""
    init = module.PolicyHolder.__init__

    def known(self: Any, *given: Any) -> None:
        init(self, *given)
        HOLDERS.append(self)

    module.PolicyHolder.__init__ = known


def replace_policy() -> None:
    """Another version comes into force, as if it had been published now."""
    for each in HOLDERS:
        other = copy.copy(each.current)
        other.version = "v99" if other.version == "v1" else "v1"
        each.replace(other)


PATCHES = {
    "lab.policy.recognizers.cccd": cccd,
    "lab.log.sqlite": sqlite,
    "lab.session.holder": holder,
}


class Patching(importlib.abc.MetaPathFinder):
    """Runs a patch once its module was imported."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """The module's own spec, its loader wrapped."""
        if name not in PATCHES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def patched(module: ModuleType) -> None:
            load(module)
            PATCHES[name](module)

        spec.loader.exec_module = patched
        return spec


sys.meta_path.insert(0, Patching())
