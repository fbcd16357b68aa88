"""What reading an attached file costs: seconds of the clock and of the processor, and memory.

Each file is read by the lab's own reader in its child process, three times; the median is printed.
Run it where the lab runs: ``python bench/attachments.py``.
"""

from __future__ import annotations

import io
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
from PIL import Image

from lab.attach import Reader

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from files import as_jpeg, as_scan, picture  # type: ignore[import-not-found]

LINE = "Điều {n}. Ủy ban nhân dân xã Hòa Lam giao các thôn chuẩn bị hội trường, loa đài, nước uống."
ROUNDS = 3


def text(lines: int) -> bytes:
    """A text file."""
    return "\n".join(LINE.format(n=n) for n in range(lines)).encode()


def document(paragraphs: int) -> bytes:
    """A Word file."""
    made, into = docx.Document(), io.BytesIO()
    for n in range(paragraphs):
        made.add_paragraph(LINE.format(n=n))
    made.save(into)
    return into.getvalue()


def workbook(rows: int) -> bytes:
    """A workbook with six columns."""
    book, into = openpyxl.Workbook(), io.BytesIO()
    for n in range(rows):
        book.active.append([n, f"Thôn {n}", f"Hộ {n}", n * 2, "ghi chú", f"Điều {n}"])
    book.save(into)
    return into.getvalue()


def page() -> Image.Image:
    """An A4 page of 40 lines at 200 dots an inch."""
    made: Image.Image = picture("\n".join(LINE.format(n=n)[:60] for n in range(34)), (1654, 2339))
    return made


FILES: dict[str, Callable[[], tuple[str, bytes]]] = {
    "txt, 20,000 characters": lambda: ("a.txt", text(210)),
    "txt, 200,000 characters": lambda: ("a.txt", text(2100)),
    "docx, 20,000 characters": lambda: ("a.docx", document(210)),
    "docx, 200,000 characters": lambda: ("a.docx", document(2100)),
    "xlsx, 500 rows of 6": lambda: ("a.xlsx", workbook(500)),
    "xlsx, 5,000 rows of 6": lambda: ("a.xlsx", workbook(5000)),
    "jpg, one page, 4 megapixels": lambda: ("a.jpg", as_jpeg(page())),
    "jpg, photograph, 12 megapixels": lambda: ("a.jpg", as_jpeg(page().resize((3024, 4032)))),
    "pdf, 1 scanned page": lambda: ("a.pdf", as_scan(page())),
    "pdf, 3 scanned pages": lambda: ("a.pdf", as_scan(page(), page(), page())),
}


def once(name: str, data: bytes) -> tuple[float, float, int]:
    """Seconds of the clock and of processors, kilobytes at most.

    In a process of its own, since only ended children are counted.
    """
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        started = time.monotonic()
        Reader().read_now(name, data)
        seconds = time.monotonic() - started
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.write(write, f"{seconds} {used.ru_utime + used.ru_stime} {used.ru_maxrss}".encode())
        os._exit(0)
    os.waitpid(pid, 0)
    told = os.read(read, 200).decode().split()
    os.close(read)
    os.close(write)
    return float(told[0]), float(told[1]), int(told[2])


def main() -> None:
    """Print a row a file."""
    print("| file | size, kB | clock, s | processor, s | most memory, MB |\n|---|---|---|---|---|")
    for label, make in FILES.items():
        name, data = make()
        rows = [once(name, data) for _ in range(ROUNDS)]
        clock, cpu, memory = (statistics.median(column) for column in zip(*rows, strict=True))
        size = len(data) / 1000
        print(f"| {label} | {size:.0f} | {clock:.2f} | {cpu:.2f} | {memory / 1024:.0f} |")


if __name__ == "__main__":
    main()
