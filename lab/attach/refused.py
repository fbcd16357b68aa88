"""Why a file is not read: raised inside the child, told by its code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class RefusedFile(Exception):
    """The file is not read. ``code`` is the end of an error's code: ``attach_<code>``."""

    def __init__(self, code: str, **values: str | int) -> None:
        """``values`` fill the gaps of the sentence; never anything from the file."""
        super().__init__(code)
        self.code = code
        self.values = values


@contextmanager
def broken_unless_told() -> Iterator[None]:
    """Whatever a library raises over a file means that the file is broken."""
    try:
        yield
    except (RefusedFile, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - libraries raise all kinds over hostile files
        raise RefusedFile("broken") from None
