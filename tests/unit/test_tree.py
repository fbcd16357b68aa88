"""The tree keeps its measure: small modules, small functions, no globals, docstrings on tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("lab", "bench") for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    """All functions of a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, Function):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_keeps_its_measure(path: Path) -> None:
    """No module is over 400 lines, no function over 60, and nothing is declared global."""
    text = path.read_text("utf-8")
    assert text.count("\n") <= 400
    assert [f.name for f in functions(path) if (f.end_lineno or 0) - f.lineno >= 60] == []
    assert not any(isinstance(node, ast.Global) for node in ast.walk(ast.parse(text)))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_every_test_says_what_must_be_true(path: Path) -> None:
    """Each test has a docstring."""
    silent = [
        f.name for f in functions(path) if f.name.startswith("test_") and not ast.get_docstring(f)
    ]
    assert silent == []


def test_only_one_place_makes_cleared() -> None:
    """``Cleared`` is constructed in lab/policy/clear.py and nowhere else."""
    makers = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Cleared"
    }
    assert makers == {"lab/policy/clear.py"}


def test_no_path_of_a_developer_s_machine_is_in_the_tree() -> None:
    """No source names a folder of the machine that it was written on."""
    root = str(ROOT.parent) + "/"
    guilty = [str(p.relative_to(ROOT)) for p in (*SOURCES, *TESTS) if root in p.read_text("utf-8")]
    assert guilty == []
