"""How much of a file is read, and what the process that reads it may use."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = 4
"""Bytes that say how long the order to the child is, which stands before the file."""


LANGUAGE = "vie"
"""What Tesseract reads."""


@dataclass(frozen=True, slots=True)
class Limits:
    """All of them. The defaults fit a classroom's server of two cores."""

    seconds: float = 60
    """Of the clock, for the whole file."""
    cpu_seconds: int = 45
    """Of each process: Python's, and each of Tesseract's."""
    memory: int = 1_200_000_000
    """Bytes of address space of each process."""
    chars: int = 300_000
    """Characters of all parts together. A longer file is refused: all of it must be checked."""
    entries: int = 3_000
    """Files inside an office file."""
    unpacked: int = 150_000_000
    """Bytes of all of them together, unpacked."""
    ratio: int = 150
    """How many times larger than packed anything over ``ratio_from`` bytes may be."""
    ratio_from: int = 2_000_000
    cells: int = 200_000
    """Cells of a workbook."""
    pages: int = 300
    """Pages of a PDF."""
    scans: int = 10
    """Scanned pages, or pictures inside a file, of which the letters are read."""
    pixels: int = 60_000_000
    """Of one picture as it is stored."""
    ocr_pixels: int = 8_000_000
    """Of one picture as its letters are read; larger ones are made smaller first."""
