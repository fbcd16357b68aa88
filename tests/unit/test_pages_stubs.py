"""Gradio's import, and what it leaves out."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from lab.pages.stubs import no_stubs

IMPORT = """
import inspect
from lab.pages.stubs import no_stubs
find = inspect.getfile
with no_stubs():
    import gradio.component_meta as meta
    print(inspect.getfile(no_stubs) == find(no_stubs))
print(inspect.getfile is find, inspect.getfile(meta.ComponentMeta).endswith("component_meta.py"))
"""


def test_gradio_imports_without_stubs_and_sources_are_found_again() -> None:
    """The import works, all else keeps its file meanwhile, and afterwards nothing is changed."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["True"] * 3, done.stderr[-500:]


def test_only_components_lose_their_file() -> None:
    """A class with events has no file meanwhile; one without has."""

    class Component:
        EVENTS = ()

    with no_stubs():
        with pytest.raises(OSError, match=r"^$"):
            inspect.getfile(Component)
        assert inspect.getfile(subprocess.Popen).endswith("subprocess.py")
    assert inspect.getfile(Component) == __file__
