"""The type is the gate: ``Cleared`` is made in one place."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from lab.settings import ROOT

MODULES = sorted((ROOT / "lab").rglob("*.py"))


def makes_cleared(path: Path) -> bool:
    """Whether a module calls ``Cleared(...)``, by whatever name it imported it, or copies one."""
    tree = ast.parse(path.read_text("utf-8"))
    names = {"Cleared"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {a.asname for a in node.names if a.name == "Cleared" and a.asname}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            if name in names:
                return True
    return False


def test_only_the_gate_makes_cleared() -> None:
    """``Cleared(`` stands in ``lab/policy/clear.py`` and in no other module of the lab."""
    makers = [path.relative_to(ROOT).as_posix() for path in MODULES if makes_cleared(path)]
    assert makers == ["lab/policy/clear.py"]


def test_the_search_sees_a_hidden_maker(tmp_path: Path) -> None:
    """The search above finds a maker that renames the class or reaches it through its module."""
    renamed = tmp_path / "renamed.py"
    renamed.write_text("from lab.model import Cleared as C\nx = C((), '', d)\n", "utf-8")
    reached = tmp_path / "reached.py"
    reached.write_text("import lab.model as m\nx = m.Cleared((), '', d)\n", "utf-8")
    assert makes_cleared(renamed)
    assert makes_cleared(reached)


@pytest.mark.parametrize("module", ["lab.policy.rules", "lab.policy.vault", "lab.policy.workers"])
def test_light_modules_import_no_engine(module: str) -> None:
    """Rules can be shown, and a worker be prepared, without Presidio and spaCy being imported."""
    code = (
        f"import {module}, sys\n"
        "print([m for m in sys.modules if m in ('presidio_analyzer', 'spacy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
