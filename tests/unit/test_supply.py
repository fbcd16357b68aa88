"""What the lab is made of: nothing that is not used, nothing whose licence is not known."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NOT_IMPORTED = {
    "fontpkg-be-vietnam-pro": "found by its name: it holds files only",
    "python-multipart": "Starlette imports it to read forms",
    "psycopg": "its binary and pool come as extras",
}
"""Packages that the lab needs without an import of its own, and why."""
WITH_ANOTHER = {
    "starlette": "the half of FastAPI's interface that FastAPI does not repeat",
    "pydantic_core": "pydantic's own names for its errors",
}
"""Modules whose package is pinned by a declared one that is built on it."""
ON_WISH = {
    "datasette": "`lab log datasette` says how to install its group where it is missing",
}
"""Modules of a group apart, which one command looks for before it imports them."""


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9_.-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found.group(0)).lower()


def _imported() -> set[str]:
    """Top modules that the lab imports."""
    found: set[str] = set()
    for path in (ROOT / "lab").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found.update(each.name.partition(".")[0] for each in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"lab"}


def test_every_dependency_is_imported_and_named_once() -> None:
    """A package that nothing imports is gone, and no package stands twice."""
    declared = [_name(each) for each in PROJECT["project"]["dependencies"]]
    assert sorted(declared) == sorted(set(declared))
    homes = packages_distributions()
    used = {_name(dist) for module in _imported() for dist in homes.get(module, [])}
    assert set(declared) - used - set(NOT_IMPORTED) == set()


def test_whatever_is_imported_is_declared() -> None:
    """Nothing is used that only came along with something else."""
    declared = {_name(each) for each in PROJECT["project"]["dependencies"]}
    homes = packages_distributions()
    stray = {
        module
        for module in _imported()
        if homes.get(module) and not declared & {_name(dist) for dist in homes[module]}
    }
    assert stray <= {*WITH_ANOTHER, *ON_WISH}


def test_the_lock_file_has_a_hash_for_every_file() -> None:
    """What is installed is what was locked, byte for byte."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    files = [
        file
        for package in lock["package"]
        for file in [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
    ]
    assert len(files) > 100
    assert [file for file in files if not str(file.get("hash", "")).startswith("sha256:")] == []


@pytest.mark.timeout(120)
def test_the_bill_of_materials_is_made_and_every_licence_is_known(tmp_path: Path) -> None:
    """``make sbom`` ends well: CycloneDX with versions, hashes and licences."""
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/sbom.py", tmp_path],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    bom = json.loads((tmp_path / "sbom.cdx.json").read_text("utf-8"))
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.5")
    named = {row["name"]: row for row in bom["components"]}
    assert {"gradio", "presidio-analyzer", "cryptography"} <= named.keys()
    assert named["gradio"]["licenses"]
    assert named["gradio"]["externalReferences"][0]["hashes"]
