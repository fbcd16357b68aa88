"""Gradio's import without the type stubs that it writes at each one.

While its component classes are made, Gradio parses their sources to keep ``.pyi`` files for editors
beside them (``gradio/component_meta.py``): half of the time that the import takes. It leaves a
component alone whose source has no file, so for the time of the import none has one.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def no_stubs() -> Iterator[None]:
    """While this lasts, no component's source is found; every other object's is, as ever."""
    find = inspect.getfile

    def getfile(thing: Any) -> str:
        if isinstance(thing, type) and hasattr(thing, "EVENTS"):
            raise OSError
        return find(thing)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = find
